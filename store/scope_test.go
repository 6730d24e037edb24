package store_test

import (
	"testing"

	"doorlist/store"
)

func TestParseScopes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]store.Scopes{
		"": store.AllScopes, " , ": store.AllScopes, "read": "read", "groups,read": "read groups", "users users": "users", "groups users read": store.AllScopes,
	} {
		if got, err := store.ParseScopes(text); err != nil || got != want {
			t.Errorf("ParseScopes(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"write", "read users people", "Users", "*"} {
		_, err := store.ParseScopes(text)
		refusedFor(t, text, err, "scope", "read, users, groups")
	}
}

func TestScopes_Within(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		have, of store.Scopes
		want     bool
	}{{"read", store.AllScopes, true}, {"read", "users", true}, {"read groups", "users", false}, {"read", "", false}, {"users", "read users", true}, {"users groups", "users", false}, {"", "read", true}, {"users", "", false}} {
		if got := c.have.Within(c.of); got != c.want {
			t.Errorf("%q.Within(%q) = %v, want %v", c.have, c.of, got, c.want)
		}
	}
}
