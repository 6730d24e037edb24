package main

import (
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// A ceiling holds against mappings that are there already, for sessions that run, and says in explain what it does.
func TestE2E_Ceiling(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		olivia := w.visitor("olivia.owner")
		if reason := olivia.signIn(w.nodes[0]); reason != "" {
			t.Fatalf("Olivia was refused: %s", reason)
		}
		var shown connectionView
		w.terminal.read(&shown, "connection", "set", "entra", "--ceiling", "admin")
		if shown.Ceiling != "admin" {
			t.Errorf("connection set answered the ceiling %q", shown.Ceiling)
		}
		expect(t, "under the ceiling", olivia, w.nodes[0], true, "admin")
		if e := w.terminal.do("explain", "olivia.owner@contoso.com", "--org", "contoso"); !strings.Contains(e, "mapped to owner, which is above the connection's ceiling") {
			t.Errorf("explain says nothing of the ceiling:\n%s", e)
		}
		said := w.terminal.fails(exitFailed, "mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", "Task.Own", "--role", "owner")
		if !strings.Contains(said, "connection set entra --ceiling owner") {
			t.Errorf("a mapping above the ceiling: %s", said)
		}
		w.terminal.fails(exitFailed, "connection", "set", "entra", "--ceiling", "nobody")
		w.terminal.do("connection", "set", "entra", "--ceiling", "")
		expect(t, "without a ceiling", olivia, w.nodes[0], true, "owner")
	})
}
