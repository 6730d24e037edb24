package scim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"doorlist/store"
)

// drawnAttribute is an attribute of a random schema as RFC 7643 section 7 writes it.
type drawnAttribute struct {
	Name  string           `json:"name"`
	Type  string           `json:"type"`
	Multi bool             `json:"multiValued"`
	Exact bool             `json:"caseExact"`
	Parts []drawnAttribute `json:"subAttributes,omitempty"`
}

// sentValues are what clients send for each type: texts that fold to the same, look like other types, or mean something to
// SQL; times that are the same moment; integers that no double has.
var sentValues = map[string][]any{
	"string":    {"a", "B", "b", "ab", "Straße", "STRASSE", "é", "true", "10", "2026-01-31T12:00:00Z", `q"u`, "a%", "a_", `\`, "\U0001f600"},
	"reference": {"http://x/a", "http://X/a", "../Users/1"},
	"binary":    {"QUJD", "qujd", "QUJDRA=="},
	"boolean":   {true, false, "True", "FALSE"},
	"integer":   {json.Number("-3"), json.Number("0"), json.Number("7"), json.Number("9007199254740992"), json.Number("9007199254740993")},
	"decimal":   {json.Number("-1.5"), json.Number("0.1"), json.Number("7"), json.Number("7.0"), json.Number("1e20")},
	"dateTime":  {"2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000001Z", "1969-12-31T23:59:59.5Z"},
}

var simpleTypes = []string{"string", "string", "reference", "binary", "boolean", "integer", "decimal", "dateTime"}

// declaredWorld is a directory whose users have values of a random schema, a part of them from before its declaration.
type declaredWorld struct {
	*door
	urn        string
	attributes []drawnAttribute
	users      []declaredUser // in order of creation
}

type declaredUser struct {
	name, id string
	values   map[string]any // as sent, under the declared names
}

// usersBefore is how many users there are before the declaration.
const usersBefore = 15

func newDeclaredWorld(t *testing.T, s *store.Store, seed uint64) *declaredWorld {
	t.Helper()
	random := rand.New(rand.NewPCG(2026, seed))
	w := &declaredWorld{door: newDoor(t, s), urn: "urn:x:Acme:2.0:User"}
	for i := range 8 {
		w.attributes = append(w.attributes, randomSimple(random, fmt.Sprint("Attr", i), random.IntN(2) == 0))
	}
	for i, multi := range []bool{false, true} {
		parts := []drawnAttribute{randomSimple(random, "value", false), randomSimple(random, "Kind", false), {Name: "primary", Type: "boolean"}}
		w.attributes = append(w.attributes, drawnAttribute{Name: fmt.Sprint("Complex", i), Type: "complex", Multi: multi, Parts: parts})
	}
	for i := range usersBefore {
		w.add(random, i, strings.ToUpper)
	}
	schema, err := json.Marshal(map[string]any{"id": w.urn, "attributes": w.attributes})
	if err != nil {
		t.Fatal(err)
	}
	if unfit := w.declare("User", string(schema)); unfit != 0 {
		t.Fatalf("%d users have values that do not fit %s", unfit, schema)
	}
	for i := range 25 {
		w.add(random, usersBefore+i, strings.ToLower)
	}
	return w
}

func randomSimple(random *rand.Rand, name string, multi bool) drawnAttribute {
	kind := simpleTypes[random.IntN(len(simpleTypes))]
	exact := kind == "reference" || kind == "binary" || kind == "string" && random.IntN(2) == 0
	return drawnAttribute{Name: name, Type: kind, Multi: multi, Exact: exact}
}

// add creates a user with random values; spell is how the client spells the names.
func (w *declaredWorld) add(random *rand.Rand, number int, spell func(string) string) {
	w.t.Helper()
	user := declaredUser{name: fmt.Sprintf("user%02d", number), values: randomValues(random, w.attributes)}
	body, err := json.Marshal(map[string]any{"userName": user.name, spell(w.urn): spelled(user.values, spell)})
	if err != nil {
		w.t.Fatal(err)
	}
	user.id = w.create("/Users", string(body))
	w.users = append(w.users, user)
}

func spelled(v any, spell func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		named := map[string]any{}
		for name, inner := range v {
			named[spell(name)] = spelled(inner, spell)
		}
		return named
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = spelled(item, spell)
		}
		return list
	}
	return v
}

func randomValues(random *rand.Rand, rows []drawnAttribute) map[string]any {
	values := map[string]any{}
	for _, a := range rows {
		switch {
		case random.IntN(3) == 0:
		case a.Multi:
			list := []any{}
			for range 1 + random.IntN(3) {
				list = append(list, randomValue(random, a))
			}
			values[a.Name] = list
		default:
			values[a.Name] = randomValue(random, a)
		}
	}
	return values
}

func randomValue(random *rand.Rand, a drawnAttribute) any {
	if a.Type == "complex" {
		values := randomValues(random, a.Parts)
		delete(values, "primary") // several would be mended to one
		values[a.Parts[0].Name] = randomValue(random, a.Parts[0])
		return values
	}
	pool := sentValues[a.Type]
	return pool[random.IntN(len(pool))]
}
