package main

import (
	"fmt"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

func TestSession_ListAndEnd(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		door := w.nodes[0]
		olivia, wendy, rita := w.visitor("olivia.owner"), w.visitor("wendy.writer"), w.visitor("rita.reader")
		for _, v := range []*visitor{olivia, wendy, rita} {
			if reason := v.signIn(door); reason != "" {
				t.Fatalf("refused: %s", reason)
			}
		}
		list := func(args ...string) []sessionView {
			t.Helper()
			var views []sessionView
			w.terminal.read(&views, append([]string{"session", "list"}, args...)...)
			return views
		}
		for _, args := range [][]string{nil, {"--org", "contoso"}, {"--connection", "entra"}} {
			if got := list(args...); len(got) != 3 {
				t.Errorf("list %v: %d sessions, want 3", args, len(got))
			}
		}
		wendys := list("--user", "wendy.writer@contoso.com")
		if len(wendys) != 1 || wendys[0].UserName != "wendy.writer@contoso.com" || wendys[0].Method != "oidc" || wendys[0].Organization != "contoso" {
			t.Fatalf("Wendy's: %+v", wendys)
		}
		w.terminal.do("session", "end", wendys[0].ID)
		expect(t, "her session was ended", wendy, door, false, "session_revoked")
		w.terminal.fails(exitFailed, "session", "end", wendys[0].ID)
		w.terminal.do("session", "end", "--user", "rita.reader@contoso.com")
		expect(t, "all of hers were ended", rita, door, false, "session_revoked")
		expect(t, "nobody ended hers", olivia, door, true, "owner")
		if out := w.terminal.do("session", "end", "--connection", "entra"); !strings.Contains(out, "ended: 1") {
			t.Errorf("ending the connection's said %q", out)
		}
		expect(t, "the connection's were ended", olivia, door, false, "session_revoked")
		for _, args := range [][]string{{"--org", "contoso"}, {"--all"}} {
			olivia.signIn(door)
			w.terminal.do(append([]string{"session", "end"}, args...)...)
			expect(t, fmt.Sprint("end ", args), olivia, door, false, "session_revoked")
		}
		if trail := w.terminal.do("audit", "list", "--org", "contoso", "--subject", wendys[0].ID); !strings.Contains(trail, "session.ended") || !strings.Contains(trail, "administrator") {
			t.Errorf("the trail says %q", trail)
		}
	})
}

func TestSession_EndDemandsToBeToldWhose(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	for _, args := range [][]string{nil, {"x", "--all"}, {"--all", "--org", "contoso"}, {"--user", "a", "--connection", "b"}} {
		c.fails(exitUsage, append([]string{"session", "end"}, args...)...)
	}
	c.fails(exitFailed, "session", "end", "x")
	if out := c.do("session", "list", "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("without any: %q", out)
	}
}
