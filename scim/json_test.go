package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeObject_Accepts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want map[string]any
	}{
		"an empty object":          {`{}`, map[string]any{}},
		"white space around":       {" \r\n\t{ } \n", map[string]any{}},
		"every kind of value":      {`{"s":"x","t":true,"f":false,"z":null,"a":[1,[]],"o":{}}`, map[string]any{"s": "x", "t": true, "f": false, "z": nil, "a": []any{json.Number("1"), []any{}}, "o": map[string]any{}}},
		"numbers as written":       {`{"a":1.50,"b":12345678901234567890,"c":-0,"d":1E400}`, map[string]any{"a": json.Number("1.50"), "b": json.Number("12345678901234567890"), "c": json.Number("-0"), "d": json.Number("1E400")}},
		"escapes":                  {`{"a":"\u00e9\ud83d\ude00\n\/"}`, map[string]any{"a": "é😀\n/"}},
		"text that JSON may hold":  {`{"a":"<&>\u2028\u0001"}`, map[string]any{"a": "<&>\u2028\u0001"}},
		"one name in two objects":  {`{"a":{"b":1},"c":{"b":2}}`, map[string]any{"a": map[string]any{"b": json.Number("1")}, "c": map[string]any{"b": json.Number("2")}}},
		"Operations ahead of it":   {`{"Operations":[{"op":"Replace"}],"schemas":["u"]}`, map[string]any{"Operations": []any{map[string]any{"op": "Replace"}}, "schemas": []any{"u"}}},
		"JSON inside a string":     {`{"value":"{\"id\":1,\"id\":2}"}`, map[string]any{"value": `{"id":1,"id":2}`}},
		"the deepest that is fine": {nested(maxJSONDepth), nestedValue(maxJSONDepth)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeObject([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeObject_Refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, message string }{
		"nothing":                        {"", "the body is empty"},
		"white space alone":              {" \n", "the body is empty"},
		"a list":                         {"[]", "not a JSON object"},
		"a string":                       {`"x"`, "not a JSON object"},
		"a word":                         {"hello", "malformed JSON"},
		"a byte order mark":              {"\xef\xbb\xbf{}", "byte order mark"},
		"UTF-16":                         {"\xff\xfe{\x00}\x00", "malformed JSON"},
		"an object cut short":            {`{"a":`, "ends too early, inside /a"},
		"a string cut short":             {`{"a":{"b":"x`, "ends too early"},
		"a second object":                {`{}{}`, "goes on after"},
		"a comma too many":               {`{"a":1,}`, "malformed JSON"},
		"single quotes":                  {`{'a':1}`, "malformed JSON"},
		"a comment":                      {`{/**/}`, "malformed JSON"},
		"NaN":                            {`{"a":NaN}`, "malformed JSON"},
		"brackets crossed":               {`{"a":[}]`, "malformed JSON"},
		"invalid UTF-8":                  {"{\"a\":\"\xff\"}", "UTF-8"},
		"invalid UTF-8 in a name":        {"{\"\xc3\x28\":1}", "UTF-8"},
		"a lone high surrogate":          {`{"a":"\ud800"}`, "surrogate"},
		"a lone low surrogate":           {`{"a":"\udc00x"}`, "surrogate"},
		"an escaped NUL":                 {`{"userName":"a\u0000b"}`, "the text at /userName contains the character U+0000"},
		"an escaped NUL in a name":       {`{"a\u0000b":1}`, "U+0000"},
		"a raw control character":        {"{\"a\":\"\x01\"}", "malformed JSON"},
		"a name twice":                   {`{"active":false,"active":true}`, `duplicate attribute "active" at the top level; send it once`},
		"a name twice but for case":      {`{"active":false,"Active":true}`, `duplicate attribute "Active" at the top level`},
		"a name twice under folding":     {"{\"userName\":\"a\",\"u\u017ferName\":\"b\"}", "duplicate attribute"},
		"a name twice, spelt by escapes": {`{"active":false,"\u0061ctive":true}`, `duplicate attribute "active"`},
		"a name twice further down":      {`{"Operations":[{"value":{"active":1,"x":[],"active":2}}]}`, `duplicate attribute "active" at /Operations/0/value`},
		"a name twice but case, deeper":  {`{"Operations":[{"value":{"active":1,"x":[{}],"ACTIVE":2}}]}`, `duplicate attribute "ACTIVE" at /Operations/0/value`},
		"one level too many":             {nested(maxJSONDepth + 1), "deeper than 32 levels"},
		"a million levels":               {`{"a":` + strings.Repeat("[", 1_000_000), "deeper than 32 levels"},
		"one member too many":            {`{"o":` + members(maxJSONMembers+1) + `}`, "the object at /o has more than 1000 members"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeObject([]byte(test.body))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			if !strings.Contains(syntax.Message, test.message) {
				t.Errorf("got %q, want it to contain %q", syntax.Message, test.message)
			}
			if syntax.Offset < 0 || syntax.Offset > len(test.body) {
				t.Errorf("offset %d is outside the body", syntax.Offset)
			}
			if len(syntax.Message) > 300 {
				t.Errorf("a message of %d bytes", len(syntax.Message))
			}
		})
	}
}

func TestDecodeObject_MembersAtTheLimit(t *testing.T) {
	t.Parallel()
	object, err := decodeObject([]byte(members(maxJSONMembers)))
	if err != nil || len(object) != maxJSONMembers {
		t.Fatalf("got %d members, %v", len(object), err)
	}
}

func TestDecodeObject_MessagesStayShort(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("é", 100_000)
	_, err := decodeObject([]byte(`{"` + name + `":1,"` + name + `":2}`))
	if err == nil || len(err.Error()) > 500 {
		t.Fatalf("got %.600v", err)
	}
}

func TestDecodeObject_HostileBodiesAreCheap(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, body := range map[string]string{
		"parentheses of objects": strings.Repeat(`{"a":`, size/5),
		"many small objects":     `{"a":[` + strings.Repeat(`{},`, size/3) + `{}]}`,
		"a long string":          `{"a":"` + strings.Repeat("x", size) + `"}`,
		"a long number":          `{"a":` + strings.Repeat("9", size) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, _ = decodeObject([]byte(body))
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// FuzzDecodeObject demands that whatever is accepted is what encoding/json reads too, that printing and reading it
// again changes nothing, and that it holds neither NUL nor two names that fold to one.
func FuzzDecodeObject(f *testing.F) {
	f.Add([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`))
	f.Add([]byte(`{"a":{"A":1,"a":2},"b":[null,true,1e9,"\ud83d\ude00"]}`))
	f.Add([]byte("{\"u\u017ferName\":\"x\",\"username\":\"y\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var object map[string]any
		var err error
		promptly(t, func() { object, err = decodeObject(body) })
		if err != nil {
			return
		}
		var oracle map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		if err := decoder.Decode(&oracle); err != nil {
			t.Fatalf("encoding/json refuses what was accepted: %v", err)
		}
		if diff := cmp.Diff(oracle, object); diff != "" {
			t.Fatalf("-encoding/json +ours:\n%s", diff)
		}
		checkUnambiguous(t, object)
		printed, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeObject(printed)
		if err != nil {
			t.Fatalf("%s: %v", printed, err)
		}
		if diff := cmp.Diff(object, again); diff != "" {
			t.Fatalf("-once +twice:\n%s", diff)
		}
	})
}

func checkUnambiguous(t *testing.T, value any) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		seen := map[string]string{}
		for name, member := range value {
			if other, twice := seen[store.Fold(name)]; twice || strings.ContainsRune(name, 0) {
				t.Fatalf("accepted the name %q beside %q", name, other)
			}
			seen[store.Fold(name)] = name
			checkUnambiguous(t, member)
		}
	case []any:
		for _, element := range value {
			checkUnambiguous(t, element)
		}
	case string:
		if strings.ContainsRune(value, 0) {
			t.Fatalf("accepted %q", value)
		}
	}
}

func nested(levels int) string {
	return strings.Repeat(`{"a":`, levels-1) + "{}" + strings.Repeat("}", levels-1)
}

func nestedValue(levels int) map[string]any {
	value := map[string]any{}
	for range levels - 1 {
		value = map[string]any{"a": value}
	}
	return value
}

func members(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"m%d":%d`, i, i)
	}
	return "{" + strings.Join(list, ",") + "}"
}

func BenchmarkDecodeObject(b *testing.B) {
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeObject(body); err != nil {
			b.Fatal(err)
		}
	}
}
