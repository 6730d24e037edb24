package scim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestDeclared_IsAsPlainGoHasIt takes random schemas, with users from before and after their declaration, and demands
// that values come back as they were sent and that filters and orders are what the values mean in plain Go.
func TestDeclared_IsAsPlainGoHasIt(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("schema ", seed), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := newDeclaredWorld(t, s, seed)
				w.checkValues(t)
				rapid.Check(t, w.checkFilter)
				rapid.Check(t, w.checkSort)
			})
		})
	}
}

// checkValues reads every user back, by projection, under the declared names.
func (w *declaredWorld) checkValues(t *testing.T) {
	for i, user := range w.users {
		r := w.must(200, "GET", "/Users/"+user.id+"?attributes="+w.urn, "")
		got := decoded(t, r.text)[w.urn]
		want := any(user.values)
		if i >= usersBefore { // what was sent before the declaration is kept as it was
			want = mended(w.attributes, user.values)
		}
		if len(user.values) == 0 {
			want = nil
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-sent +got):\n%s", user.name, diff)
		}
	}
}

func mended(rows []drawnAttribute, values map[string]any) any {
	kept := map[string]any{}
	for _, a := range rows {
		switch v := values[a.Name].(type) {
		case nil:
		case map[string]any:
			kept[a.Name] = mended(a.Parts, v)
		case []any:
			list := make([]any, len(v))
			for i, item := range v {
				list[i] = mended([]drawnAttribute{{Name: "v", Type: a.Type, Parts: a.Parts}}, map[string]any{"v": item}).(map[string]any)["v"]
			}
			kept[a.Name] = list
		default:
			kept[a.Name] = v
			if a.Type == "boolean" {
				kept[a.Name] = mendBoolean(v)
			}
		}
	}
	return kept
}

func (w *declaredWorld) checkFilter(t *rapid.T) {
	text, holds := w.drawFilter(t)
	var want []string
	for _, user := range w.users {
		if holds(user.values) {
			want = append(want, user.name)
		}
	}
	if diff := gocmp.Diff(want, w.names("filter="+url.QueryEscape(text))); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", text, diff)
	}
}

func (w *declaredWorld) checkSort(t *rapid.T) {
	a, part := w.drawPlace(t)
	leaf := leafOf(a, part)
	if leaf.Type == "binary" {
		return // has no order
	}
	order := rapid.SampledFrom([]string{"ascending", "descending"}).Draw(t, "order")
	people := slices.Clone(w.users)
	slices.SortStableFunc(people, func(x, y declaredUser) int {
		c := compareMeanings(leaf, firstOf(x.values[a.Name], part), firstOf(y.values[a.Name], part))
		if order == "descending" {
			return -c
		}
		return c
	})
	var want []string
	for _, user := range people {
		want = append(want, user.name)
	}
	if diff := gocmp.Diff(want, w.names("sortOrder="+order+"&sortBy="+url.QueryEscape(w.place(a, part)))); diff != "" {
		t.Fatalf("%s %s (-want +got):\n%s", w.place(a, part), order, diff)
	}
}

// names are the user names on a page.
func (w *declaredWorld) names(query string) (names []string) {
	w.t.Helper()
	r := w.must(200, "GET", "/Users?count=200&attributes=userName&"+query, "")
	for _, resource := range r.json["Resources"].([]any) {
		names = append(names, resource.(map[string]any)["userName"].(string))
	}
	return names
}

// drawPlace draws an attribute, with the name of a part if it is complex.
func (w *declaredWorld) drawPlace(t *rapid.T) (a drawnAttribute, part string) {
	a = rapid.SampledFrom(w.attributes).Draw(t, "attribute")
	if a.Type == "complex" {
		part = rapid.SampledFrom([]string{"value", "Kind"}).Draw(t, "part")
	}
	return a, part
}

func (w *declaredWorld) place(a drawnAttribute, part string) string {
	if part != "" {
		return w.urn + ":" + a.Name + "." + part
	}
	return w.urn + ":" + a.Name
}

func leafOf(a drawnAttribute, part string) drawnAttribute {
	for _, p := range a.Parts {
		if p.Name == part {
			return p
		}
	}
	return a
}

// drawFilter draws a comparison and what it means of a user's values.
func (w *declaredWorld) drawFilter(t *rapid.T) (text string, holds func(values map[string]any) bool) {
	a, part := w.drawPlace(t)
	leaf := leafOf(a, part)
	operators := []string{"eq", "ne", "pr"}
	switch leaf.Type {
	case "string", "reference":
		operators = append(operators, "co", "sw", "ew", "gt", "ge", "lt", "le")
	case "binary":
		operators = append(operators, "co", "sw", "ew")
	case "integer", "decimal", "dateTime":
		operators = append(operators, "gt", "ge", "lt", "le")
	}
	op := rapid.SampledFrom(operators).Draw(t, "operator")
	operand := rapid.SampledFrom(sentValues[leaf.Type]).Draw(t, "operand")
	literal, _ := json.Marshal(operand)
	comparison := op + " " + string(literal)
	if op == "pr" {
		comparison = op
	}
	satisfies := func(v any) bool { return meets(leaf, op, v, operand) }
	if a.Multi && op != "pr" && rapid.Bool().Draw(t, "brackets") {
		name := part
		if name == "" {
			name = "value"
		}
		text = w.urn + ":" + a.Name + "[" + strings.ToUpper(name) + " " + comparison + "]"
		holds = func(values map[string]any) bool { return slices.ContainsFunc(leaves(values[a.Name], part), satisfies) }
	} else {
		text = w.place(a, part) + " " + comparison
		holds = func(values map[string]any) bool {
			found := leaves(values[a.Name], part)
			return op == "ne" && len(found) == 0 || slices.ContainsFunc(found, satisfies)
		}
	}
	if rapid.Bool().Draw(t, "not") {
		inner := holds
		return "not (" + text + ")", func(values map[string]any) bool { return !inner(values) }
	}
	return text, holds
}

// leaves are the values at a place; a part that an element lacks is nil.
func leaves(v any, part string) (found []any) {
	list, ok := v.([]any)
	if !ok && v != nil {
		list = []any{v}
	}
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			item = object[part]
		}
		found = append(found, item)
	}
	return found
}

// firstOf is the value that a list is sorted by.
func firstOf(v any, part string) any {
	if found := leaves(v, part); len(found) > 0 {
		return found[0]
	}
	return nil
}

func meets(a drawnAttribute, op string, got, want any) bool {
	if got == nil {
		return op == "ne"
	}
	g, w := meaning(a, got), meaning(a, want)
	gotText, _ := g.(string)
	wantText, _ := w.(string)
	order := compareMeanings(a, got, want)
	return map[string]bool{
		"eq": order == 0, "ne": order != 0, "pr": true, "gt": order > 0, "ge": order >= 0, "lt": order < 0, "le": order <= 0,
		"co": strings.Contains(gotText, wantText), "sw": strings.HasPrefix(gotText, wantText), "ew": strings.HasSuffix(gotText, wantText),
	}[op]
}

// meaning is a value in a form that Go compares.
func meaning(a drawnAttribute, v any) any {
	switch a.Type {
	case "boolean":
		if strings.EqualFold(fmt.Sprint(v), "true") {
			return 1.0
		}
		return 0.0
	case "integer", "decimal":
		f, _ := v.(json.Number).Float64()
		return f
	case "dateTime":
		at, _ := time.Parse(time.RFC3339Nano, v.(string))
		return float64(at.UnixMicro())
	}
	if a.Exact {
		return v
	}
	return store.Fold(v.(string))
}

// compareMeanings orders values; none comes last.
func compareMeanings(a drawnAttribute, x, y any) int {
	switch {
	case x == nil || y == nil:
		return cmp.Compare(fmt.Sprint(x == nil), fmt.Sprint(y == nil))
	case meaning(a, x) == meaning(a, y):
		return 0
	}
	if number, ok := meaning(a, x).(float64); ok {
		return cmp.Compare(number, meaning(a, y).(float64))
	}
	return strings.Compare(meaning(a, x).(string), meaning(a, y).(string))
}
