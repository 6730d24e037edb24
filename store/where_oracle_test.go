package store_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"pgregory.net/rapid"
)

// TestWhere_IsAnsweredAsTheOracleSays puts random users into both databases and demands that every condition selects
// exactly those that an evaluator in Go selects from the comparison documents.
func TestWhere_IsAnsweredAsTheOracleSays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		directory, people := keepRandomUsers(t, s, 60)
		rapid.Check(t, func(t *rapid.T) {
			where := drawWhere(t, 3)
			var want []string
			for id, keys := range people {
				if whereMatches(where, keys) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			page, err := directory.Users(t.Context(), store.Query{Where: where, Limit: len(people)})
			if err != nil {
				t.Fatalf("%#v: %v", where, err)
			}
			var got []string
			for _, user := range page.Users {
				got = append(got, user.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) || page.Total != len(want) {
				t.Fatalf("%#v\nselects %d of %d users, want %d: %s", where, len(got), page.Total, len(want), firstDifference(got, want, people))
			}
		})
	})
}

func firstDifference(got, want []string, people map[string]map[string]any) string {
	for id, keys := range people {
		if slices.Contains(got, id) != slices.Contains(want, id) {
			text, _ := json.Marshal(keys)
			return fmt.Sprintf("wanted %t: %s", slices.Contains(want, id), text)
		}
	}
	return ""
}

// whereMatches is the meaning of a condition, in the plainest words: keys is the comparison document of a resource
// with its id and meta, or inside a list the element.
func whereMatches(where store.Where, keys any) bool {
	switch w := where.(type) {
	case store.And:
		return !slices.ContainsFunc(w, func(each store.Where) bool { return !whereMatches(each, keys) })
	case store.Or:
		return slices.ContainsFunc(w, func(each store.Where) bool { return whereMatches(each, keys) })
	case store.Not:
		return !whereMatches(w.Where, keys)
	case store.Element:
		list, _ := valueAt(keys, w.Path).([]any)
		return slices.ContainsFunc(list, func(element any) bool { return whereMatches(w.Where, element) })
	case store.Present:
		return !isAbsent(valueAt(keys, w.Path))
	case store.Compare:
		return compareMatches(w, valueAt(keys, w.Path))
	}
	panic(fmt.Sprintf("no condition: %T", where))
}

func valueAt(value any, path []string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

func isAbsent(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

func compareMatches(w store.Compare, value any) bool {
	order, sameType := 0, false
	switch want := w.Value.(type) {
	case string:
		got, isText := value.(string)
		order, sameType = strings.Compare(got, want), isText
		if isText && got != "" {
			switch w.Op {
			case store.Contains:
				return strings.Contains(got, want)
			case store.StartsWith:
				return strings.HasPrefix(got, want)
			case store.EndsWith:
				return strings.HasSuffix(got, want)
			}
		}
	case bool:
		got, isBool := value.(bool)
		sameType = isBool
		if got != want {
			order = 1
		}
	case float64:
		got, isNumber := value.(float64)
		order, sameType = cmp.Compare(got, want), isNumber
	case time.Time:
		got, isNumber := value.(float64)
		order, sameType = cmp.Compare(got, float64(want.UnixMicro())), isNumber
	}
	if isAbsent(value) || !sameType {
		return w.Op == store.NotEqual
	}
	holds := map[store.Op]bool{
		store.Equal: order == 0, store.NotEqual: order != 0, store.Less: order < 0,
		store.LessEqual: order <= 0, store.Greater: order > 0, store.GreaterEqual: order >= 0,
	}
	return holds[w.Op]
}

// What random users are made of. The texts are folded already, and hostile: wildcards of LIKE, quotes, characters
// beyond the Basic Multilingual Plane, which sort differently in UTF-16.
var (
	texts    = []string{"a", "ab", "b", "ba", "a%b", "a_b", "%", "_", "!", `\`, `'`, `"`, "é", "éa", "z", "\ue000", "\U0001f600", "a\U0010ffff", "0", "10", "[]", "{}", "true", "null"}
	numbers  = []float64{-1.5, 0, 1, 2, 10, 1e15}
	moments  = []time.Time{storetest.Start.Add(-time.Hour), storetest.Start, storetest.Start.Add(time.Microsecond)}
	acme     = "urn:acme:2.0:user"
	textPath = [][]string{{"username"}, {"externalid"}, {"displayname"}, {"title"}, {"name", "familyname"}, {acme, "tag"}}
	// Nothing says of which type an attribute of an unknown extension is, so every comparison can meet every type.
	anyPath = [][]string{{acme, "tag"}, {acme, "flag"}, {acme, "level"}, {acme, "list"}, {acme, "none"}, {acme}}
)

func keepRandomUsers(t *testing.T, s *store.Store, count int) (*store.Directory, map[string]map[string]any) {
	t.Helper()
	random := rand.New(rand.NewPCG(2026, 11))
	people := map[string]map[string]any{}
	var key store.DirectoryKey
	err := s.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) error {
		organization, err := tx.CreateOrganization("contoso", "Contoso", "")
		if err != nil {
			return err
		}
		key = organization.LocalDirectory
		for i := range count {
			keys, emails := randomKeys(random, i)
			text, err := json.Marshal(keys)
			if err != nil {
				return err
			}
			user, err := tx.Directory(key).CreateUser(store.UserRecord{
				UserName: keys["username"].(string), ExternalID: textOf(keys["externalid"]), DisplayName: textOf(keys["displayname"]),
				Active: keys["active"].(bool), Emails: emails, Document: "{}", Keys: string(text),
			})
			if err != nil {
				return err
			}
			keys["id"] = user.ID
			keys["meta"] = map[string]any{"created": float64(user.CreatedAt.UnixMicro()), "lastmodified": float64(user.ModifiedAt.UnixMicro())}
			people[user.ID] = keys
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Directory(key), people
}

func textOf(value any) string { text, _ := value.(string); return text }

func randomKeys(random *rand.Rand, i int) (map[string]any, []store.Email) {
	pick := func() string { return texts[random.IntN(len(texts))] }
	half := func() bool { return random.IntN(2) == 0 }
	keys := map[string]any{"username": fmt.Sprint(pick(), i), "active": half(), "schemas": []any{"core", pick()}}
	for _, name := range []string{"externalid", "displayname", "title"} {
		if half() {
			keys[name] = pick()
		}
	}
	if half() {
		keys["name"] = map[string]any{"familyname": pick()}
		keys[acme] = map[string]any{"tag": pick(), "flag": half(), "level": numbers[random.IntN(len(numbers))], "list": []any{pick(), half(), numbers[random.IntN(len(numbers))], nil, map[string]any{"value": pick()}, []any{pick()}}}
	}
	if half() {
		keys["when"] = float64(moments[random.IntN(len(moments))].UnixMicro())
	}
	var emails []store.Email
	for _, list := range []string{"emails", "roles"} {
		elements := []any{}
		for range random.IntN(3) {
			email := store.Email{Value: pick(), Type: []string{"", "work", "home"}[random.IntN(3)], Primary: half()}
			element := map[string]any{"value": email.Value}
			if email.Primary || half() {
				element["primary"] = email.Primary
			}
			if email.Type != "" {
				element["type"] = email.Type
			}
			elements = append(elements, element)
			if list == "emails" {
				emails = append(emails, email)
			}
		}
		if len(elements) > 0 {
			keys[list] = elements
		}
	}
	return keys, emails
}

func drawWhere(t *rapid.T, depth int) store.Where {
	kinds := []string{"text", "bool", "number", "time", "present", "element", "scalar", "and", "or", "not"}
	if depth == 0 {
		kinds = kinds[:7]
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "and":
		return store.And(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) store.Where { return drawWhere(t, depth-1) }), 0, 3).Draw(t, "and"))
	case "or":
		return store.Or(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) store.Where { return drawWhere(t, depth-1) }), 0, 3).Draw(t, "or"))
	case "not":
		return store.Not{Where: drawWhere(t, depth-1)}
	case "bool":
		return drawBool(t, rapid.SampledFrom(append([][]string{{"active"}}, anyPath...)).Draw(t, "path"))
	case "number":
		return store.Compare{Path: rapid.SampledFrom(anyPath).Draw(t, "path"), Op: drawOrder(t), Value: rapid.SampledFrom(numbers).Draw(t, "number")}
	case "time":
		path := rapid.SampledFrom([][]string{{"when"}, {"meta", "created"}, {"meta", "lastmodified"}}).Draw(t, "path")
		return store.Compare{Path: path, Op: drawOrder(t), Value: rapid.SampledFrom(moments).Draw(t, "time")}
	case "present":
		paths := append([][]string{{"id"}, {"active"}, {"name"}, {"emails"}, {"roles"}, {"when"}, {acme}, {acme, "flag"}, {"meta", "created"}}, textPath...)
		return store.Present{Path: rapid.SampledFrom(paths).Draw(t, "path")}
	case "element":
		list := rapid.SampledFrom(append([][]string{{"emails"}, {"emails"}, {"roles"}, {"schemas"}, {"name"}}, anyPath...))
		return store.Element{Path: list.Draw(t, "list"), Where: drawInElement(t, 2)}
	case "scalar":
		number := store.Compare{Op: drawOrder(t), Value: rapid.SampledFrom(numbers).Draw(t, "number")}
		whole := rapid.SampledFrom([]store.Where{store.Present{}, drawText(t, nil), drawBool(t, nil), number, store.Not{Where: number}}).Draw(t, "whole")
		return store.Element{Path: rapid.SampledFrom([][]string{{"schemas"}, {acme, "list"}}).Draw(t, "list"), Where: whole}
	}
	return drawText(t, rapid.SampledFrom(slices.Concat(textPath, textPath, anyPath)).Draw(t, "path"))
}

func drawInElement(t *rapid.T, depth int) store.Where {
	kinds := []string{"value", "type", "primary", "present", "and", "or", "not"}
	if depth == 0 {
		kinds = kinds[:4]
	}
	switch kind := rapid.SampledFrom(kinds).Draw(t, "in element"); kind {
	case "and":
		return store.And{drawInElement(t, depth-1), drawInElement(t, depth-1)}
	case "or":
		return store.Or{drawInElement(t, depth-1), drawInElement(t, depth-1)}
	case "not":
		return store.Not{Where: drawInElement(t, depth-1)}
	case "primary":
		return drawBool(t, []string{"primary"})
	case "present":
		return store.Present{Path: []string{rapid.SampledFrom([]string{"value", "type", "display", "primary"}).Draw(t, "sub")}}
	default:
		return drawText(t, []string{kind})
	}
}

func drawText(t *rapid.T, path []string) store.Where {
	op := rapid.SampledFrom([]store.Op{store.Equal, store.NotEqual, store.Contains, store.StartsWith, store.EndsWith, store.Less, store.LessEqual, store.Greater, store.GreaterEqual})
	value := rapid.SampledFrom(append([]string{"work", "home", "core"}, texts...))
	return store.Compare{Path: path, Op: op.Draw(t, "operator"), Value: value.Draw(t, "text")}
}

func drawBool(t *rapid.T, path []string) store.Where {
	op := rapid.SampledFrom([]store.Op{store.Equal, store.NotEqual}).Draw(t, "operator")
	return store.Compare{Path: path, Op: op, Value: rapid.Bool().Draw(t, "bool")}
}

func drawOrder(t *rapid.T) store.Op {
	return rapid.SampledFrom([]store.Op{store.Equal, store.NotEqual, store.Less, store.LessEqual, store.Greater, store.GreaterEqual}).Draw(t, "operator")
}
