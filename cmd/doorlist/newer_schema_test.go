package main

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// TestNewerSchema_OlderServersWorkUntilTheyAreShutOut writes into the database what a newer version does: a schema of its own, and at last that older servers
// cannot work on it.
func TestNewerSchema_OlderServersWorkUntilTheyAreShutOut(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		running := c.serve()
		ready := func(what string, n *node, status int) {
			t.Helper()
			if resp, body := fetch(t, http.MethodGet, n.url+"/readyz"); resp.StatusCode != status {
				t.Errorf("%s: /readyz is %d %s, want %d", what, resp.StatusCode, body, status)
			}
		}
		c.tamper("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		ready("a server that runs, on a newer schema", running, http.StatusOK)
		restarted := c.serve()
		ready("a server that starts there", restarted, http.StatusOK)
		restarted.stop(t)
		if log := restarted.log.String(); !strings.Contains(log, "the database has a newer schema") || !strings.Contains(log, "schema=99999") {
			t.Errorf("its log says nothing of that: %s", log)
		}
		c.do("org", "add", "fabrikam")
		if got := c.do("migrate", "status"); !strings.Contains(got, "schema 99999, newer than this version's") {
			t.Errorf("migrate status: %s", got)
		}
		c.tamper("UPDATE schema_floor SET oldest = 99999")
		ready("a server that is shut out", running, http.StatusServiceUnavailable)
		for _, command := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"serve", "--listen", "127.0.0.1:0", "--migrate=false"}, {"org", "list"}, {"migrate", "up"}, {"doctor"}} {
			got := execute(t, c.environ, command...)
			if said := got.stdout + got.stderr; got.code != exitFailed || !strings.Contains(said, "on which programs work that know 99999 or later") || !strings.Contains(said, "start the newer version") {
				t.Errorf("%q, shut out: exit code %d: %s", command, got.code, said)
			}
		}
	})
}
