package main

import (
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// What a dry run tells of a mapping and of a role is what then happens, and the dry run changes nothing.
func TestDryRun_NamesWhoChanges(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		contosoWithPeople(t, c)
		var connection struct{ Roles string }
		c.read(&connection, "connection", "set", "entra", "--roles", "hybrid")
		c.do("user", "assign", "alice@contoso.com", "--org", "contoso", "--role", "reader")
		var v rehearsalView
		c.read(&v, "mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", "Task.Write", "--role", "writer", "--dry-run")
		if v.Changed || len(v.Changes) != 0 || v.Summary != "Nobody's role or way in changes." {
			t.Errorf("a mapping of nobody: %+v", v)
		}
		var m mappingView
		c.read(&m, "mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", "Task.Write", "--role", "writer")
		c.read(&v, "mapping", "remove", m.ID, "--org", "contoso", "--dry-run")
		c.read(&v, "mapping", "set", m.ID, "--org", "contoso", "--role", "reader", "--dry-run")
		c.read(&v, "role", "remove", "contributor", "--org", "contoso", "--dry-run")
		var mappings []mappingView
		c.read(&mappings, "mapping", "list", "--org", "contoso")
		if len(mappings) != 1 || mappings[0].Role != "writer" {
			t.Errorf("after dry runs the mappings are %+v", mappings)
		}
		c.read(&v, "role", "set", "reader", "--org", "contoso", "--name", "viewer", "--dry-run")
		if len(v.Changes) != 1 || v.Changes[0].UserName != "alice@contoso.com" || v.Changes[0].Before.Role != "reader" || v.Changes[0].After.Role != "viewer" {
			t.Errorf("another name for a role: %+v", v)
		}
		if got := c.do("role", "set", "reader", "--org", "contoso", "--name", "viewer", "--dry-run"); !strings.Contains(got, "alice@contoso.com at contoso: ") || !strings.Contains(got, "Nothing was changed") {
			t.Errorf("it says %q", got)
		}
	})
}
