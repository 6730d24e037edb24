package scim

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOddities_TellWhereTheyWereSeen(t *testing.T) {
	t.Parallel()
	for i, o := range oddities {
		if o.seen == "" || o.from == "" {
			t.Errorf("oddity %d does not show the request or name its source", i)
		}
	}
}

func TestTolerate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		a          *attribute
		sent, want string
	}{
		{"True", activeAttribute, `"True"`, `true`},
		{"fALSE", activeAttribute, `"fALSE"`, `false`},
		{"no boolean", activeAttribute, `"yes"`, `"yes"`},
		{"a title is no boolean", userType.core.byKey["title"], `"True"`, `"True"`},
		{"manager as text", managerAttribute, `"m"`, `{"value":"m"}`},
		{"manager as a list of one text", managerAttribute, `["m"]`, `{"value":"m"}`},
		{"manager as an empty list", managerAttribute, `[]`, `null`},
		{"two managers", managerAttribute, `["m","n"]`, `["m","n"]`},
		{"role with JSON", rolesAttribute, `{"value":"{\"id\":\"1\",\"value\":\"A\",\"displayName\":\"B\"}","primary":true}`, `{"id":"1","value":"A","display":"B","primary":true}`},
		{"role with JSON in capitals", rolesAttribute, `{"Value":"{\"Value\":\"A\"}"}`, `{"Value":"A"}`},
		{"role with text in braces", rolesAttribute, `{"value":"{A}"}`, `{"value":"{A}"}`},
		{"role with JSON that has no value", rolesAttribute, `{"value":"{\"id\":\"1\"}"}`, `{"value":"{\"id\":\"1\"}"}`},
		{"role with both names", rolesAttribute, `{"value":"A","display":"x","displayName":"y"}`, `{"value":"A","display":"x","displayName":"y"}`},
		{"member as text", membersAttribute, `"m"`, `{"value":"m"}`},
		{"member with displayName", membersAttribute, `{"value":"m","displayName":"d"}`, `{"value":"m","display":"d"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sent := decoded(t, `{"v":`+test.sent+`}`)["v"]
			if diff := cmp.Diff(decoded(t, `{"v":`+test.want+`}`)["v"], tolerate(test.a, sent)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCoerce_OtherTypes covers the types that no writable attribute of the RFC has, but a new row of the table may.
func TestCoerce_OtherTypes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typ  attrType
		sent any
		ok   bool
		keys string
	}{
		{typeInteger, json.Number("12"), true, `12`},
		{typeInteger, json.Number("1.5"), false, ``},
		{typeInteger, "12", false, ``},
		{typeDecimal, json.Number("1.50"), true, `1.50`},
		{typeDecimal, json.Number("1e999"), false, ``},
		{typeDateTime, "2026-01-02T03:04:05.1234567+01:00", true, `1767319445123456`},
		{typeDateTime, "yesterday", false, ``},
		{typeBinary, "QUJD", true, `"QUJD"`},
	} {
		table := compile(&schemaTable{attributes: []*attribute{{name: "x", typ: test.typ}}})
		a := table.byKey["x"]
		got, err := coerce(a, test.sent)
		if (err == nil) != test.ok {
			t.Errorf("%s %v: error %v", test.typ, test.sent, err)
			continue
		}
		if err != nil {
			continue
		}
		w := writer{keys: true}
		w.value(a, got)
		if string(w.text) != test.keys {
			t.Errorf("%s %v: key %s, want %s", test.typ, test.sent, w.text, test.keys)
		}
		if row := define(table)["attributes"].([]map[string]any)[0]; mustJSON(t, row["type"]) != `"`+string(test.typ)+`"` {
			t.Errorf("%s is described as %v", test.typ, row["type"])
		}
	}
	if want := time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC).UnixMicro(); want != 1767319445123456 {
		t.Errorf("the expected key is wrong: %d", want)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
