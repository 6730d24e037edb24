package scim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"pgregory.net/rapid"
)

// crowd is a directory of random users and groups as it is answered, and the oracles for them.
type crowd struct {
	*door
	users, groups       oracle
	allUsers, allGroups []any
}

const crowdExtension = "urn:acme:params:Crowd:2.0:User"

// oddTexts are letters that fold or compose in uncommon ways, what SQL and JSON and filters give a meaning to, and what
// could be taken for a value of another type.
var oddTexts = []string{
	"a", "A", "ab", "b", "ba", "Z", "ß", "SS", "ẞ", "ı", "İ", "I", "i", "K", "Å", "é", "É", "e\u0301", "ﬃ", "ǅ", "ς", "Σ", "ͅα", "Ꭰ", "ꭰ",
	"%", "_", "a%b", "a_b", `\`, `"`, "'", `\"`, "!", "[", "a b", "a  b", " a", "a ", " and ", "or", "not (a)", "(", "x[y]", "\t", "\n", "\x01", "\u007f", "\u2028", "\ufeff", "\ufffd",
	"\U0001f600", "\ue000", "\uffff", "a\U0010ffff", "א", "true", "False", "null", "0", "-0", "10", "1e1", "007", "2026-01-02T03:04:05Z", "[]", "{}", "urn:x:y", "a@b.c", "&", "+", "#", "%41",
}

// newCrowd fills the directory. The clock moves in odd steps between the changes.
func newCrowd(t *testing.T, s *store.Store, seed uint64, users, groups int) *crowd {
	t.Helper()
	d := newDoor(t, s)
	c := &crowd{door: d, users: newOracle(d, userSchema, enterpriseSchema), groups: newOracle(d, groupSchema)}
	r := random{rand.New(rand.NewPCG(seed, seed))}
	var ids []string
	for i := range users {
		body := r.resource(c.users)
		body["userName"] = fmt.Sprintf("%s~%d", r.text(), i)
		ids = append(ids, c.post("/Users", body))
		c.pass(r)
	}
	for i := range groups {
		body := r.resource(c.groups)
		body["displayName"] = fmt.Sprintf("%s~%d", r.text(), i)
		body["members"] = r.members(ids)
		ids = append(ids, c.post("/Groups", body))
		c.pass(r)
	}
	for range groups { // groups in groups, circles among them, and times of change
		c.patch("/Groups/"+ids[users+r.IntN(groups)], `[{"op":"add","path":"members","value":`+string(asJSON(r.members(ids)))+`}]`)
		c.patch("/Users/"+ids[r.IntN(users)], `[{"op":"replace","path":"title","value":`+string(asJSON(r.text()))+`}]`)
		c.pass(r)
	}
	c.allUsers, c.allGroups = c.all("/Users"), c.all("/Groups")
	return c
}

func (c *crowd) pass(r random) {
	storetest.ClockOf(c.t, c.store).Advance(time.Duration(r.IntN(3)) * time.Microsecond << r.IntN(30))
}

func (c *crowd) post(path string, body map[string]any) string {
	c.t.Helper()
	return c.create(path, string(asJSON(body)))
}

// all reads a list to its end.
func (c *crowd) all(path string) []any {
	c.t.Helper()
	var all []any
	for {
		r := c.must(http.StatusOK, http.MethodGet, fmt.Sprintf("%s?count=200&startIndex=%d", path, len(all)+1), "")
		all = append(all, r.json["Resources"].([]any)...)
		if float64(len(all)) == r.json["totalResults"] {
			return all
		}
	}
}

func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// random makes what a crowd is made of.
type random struct{ *rand.Rand }

// resource has about every third attribute that a client may write, and an extension that the server does not know.
func (r random) resource(o oracle) map[string]any {
	body := map[string]any{}
	for _, d := range o.attributes {
		if d.Mutability == "readOnly" || d.Name == "members" || r.IntN(3) > 0 {
			continue
		}
		if d.urn == "" {
			body[d.Name] = r.value(d)
			continue
		}
		if body[d.urn] == nil {
			body[d.urn] = map[string]any{}
		}
		body[d.urn].(map[string]any)[d.Name] = r.value(d)
	}
	if r.IntN(2) == 0 {
		body[r.respelled(crowdExtension)] = r.extension()
	}
	return body
}

func (r random) value(d definition) any {
	if !d.MultiValued {
		return r.single(d)
	}
	list := []any{}
	for range r.IntN(4) {
		list = append(list, r.single(d))
	}
	return list
}

func (r random) single(d definition) any {
	switch {
	case d.Type == "complex":
		object := map[string]any{}
		for _, sub := range d.SubAttributes {
			if sub.Mutability != "readOnly" && r.IntN(3) > 0 {
				object[sub.Name] = r.single(sub)
			}
		}
		return object
	case d.Type == "boolean":
		return r.IntN(2) == 0
	case d.Type == "binary":
		return base64.StdEncoding.EncodeToString([]byte(r.text()))
	case len(d.CanonicalValues) > 0 && r.IntN(4) > 0:
		return r.respelled(d.CanonicalValues[r.IntN(len(d.CanonicalValues))])
	}
	return r.text()
}

// extension has a value of every type that JSON has, and one attribute that may have any.
func (r random) extension() map[string]any {
	numbers := []any{-1.5, 0, 1, 2, 10, 1e15}
	all := map[string]any{
		"tag": r.text(), "flag": r.IntN(2) == 0, "level": numbers[r.IntN(len(numbers))], "badge": map[string]any{"color": r.text(), "worn": r.IntN(2) == 0},
		"keys": []any{map[string]any{"value": r.text(), "door": numbers[r.IntN(len(numbers))]}, map[string]any{"value": r.text()}},
		"any":  []any{r.text(), true, 10, map[string]any{"value": "a"}, []any{"a"}}[r.IntN(5)],
	}
	for _, name := range []string{"tag", "flag", "level", "badge", "keys", "any"} {
		if r.IntN(4) == 0 {
			delete(all, name)
		}
	}
	all["always"] = r.text()
	return all
}

func (r random) text() string {
	switch r.IntN(5) {
	case 0:
		return anyText.Example(int(r.Uint32()))
	case 1:
		return oddTexts[r.IntN(len(oddTexts))] + oddTexts[r.IntN(len(oddTexts))]
	case 2:
		return oddTexts[r.IntN(6)] // so that there are equal ones
	}
	return oddTexts[r.IntN(len(oddTexts))]
}

// anyText is text of all of Unicode. NUL is no text (scim/value.go).
var anyText = rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return r != 0 }), 1, 5, -1)

func (r random) respelled(name string) string {
	if r.IntN(2) == 0 {
		return name
	}
	return strings.ToUpper(name)
}

func (r random) members(ids []string) []any {
	members := []any{}
	for range r.IntN(6) {
		members = append(members, map[string]any{"value": ids[r.IntN(len(ids))]})
	}
	return slices.Clip(members)
}
