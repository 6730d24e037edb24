package main

import (
	"strings"
	"testing"

	"doorlist/store/storetest"
)

func TestUndo_FromATerminal(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret")
		var token newTokenView
		c.read(&token, "token", "create", "--connection", "entra")
		n := c.serve()
		status, id := n.pushUser(t, token.Token, `{"userName":"ann@contoso.com","displayName":"Ann <&>","emails":[{"value":"ann@contoso.com","type":"work"}]}`)
		if status != 201 {
			t.Fatalf("the push is answered %d, %s", status, id)
		}
		event := ""
		for line := range strings.Lines(c.do("audit", "list", "--org", "contoso", "--json")) {
			if strings.Contains(line, `"user.created"`) {
				_, rest, _ := strings.Cut(line, `"id":"`)
				event, _, _ = strings.Cut(rest, `"`)
			}
		}
		var dry, done, back undoView
		c.read(&dry, "undo", event, "--org", "contoso", "--dry-run")
		c.read(&done, "undo", event, "--org", "contoso")
		if !dry.DryRun || dry.Undone != 1 || done.Undone != 1 || len(done.Steps) != 1 || done.Steps[0].Does != dry.Steps[0].Does {
			t.Fatalf("dry: %+v\ndone: %+v", dry, done)
		}
		deleted := ""
		for line := range strings.Lines(c.do("audit", "list", "--org", "contoso", "--json")) {
			if strings.Contains(line, `"user.deleted"`) {
				_, rest, _ := strings.Cut(line, `"id":"`)
				deleted, _, _ = strings.Cut(rest, `"`)
			}
		}
		c.read(&back, "undo", deleted, "--org", "contoso")
		if out := c.do("explain", "ann@contoso.com", "--org", "contoso"); back.Undone != 1 || !strings.Contains(out, "ann@contoso.com") {
			t.Errorf("%+v\n%s", back, out)
		}
		c.fails(exitUsage, "undo", "--org", "contoso")
		c.fails(exitFailed, "undo", tenantID, "--org", "contoso")
		c.fails(exitFailed, "undo", "--connection", "entra", "--cycle", tenantID)
	})
}
