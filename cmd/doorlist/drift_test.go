package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorlist/admin"
	"doorlist/store/storetest"
)

func TestDrift_FromATerminal(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("org", "add", "fabrikam")
		c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret")
		file := filepath.Join(t.TempDir(), "exportUsers.csv")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		wants := func(code int, says string, args ...string) {
			if out := c.fails(code, args...); !strings.Contains(out, says) {
				t.Errorf("%q lacks %q", out, says)
			}
		}
		write("id,userPrincipalName,displayName\n" + tenantID + ",ann@contoso.com,Ann\n")
		var got driftView
		c.read(&got, "drift", "--org", "contoso", "--connection", "entra", file)
		if got.Counts[admin.DriftMissing] != 1 || len(got.Details) != 1 || got.Details[0].UserName != "ann@contoso.com" || got.Details[0].Line != 2 {
			t.Errorf("got %+v", got)
		}
		if out := c.do("drift", "--connection", "entra", file); !strings.Contains(out, "At Entra, and not on the list: 1") || !strings.Contains(out, "Provision on demand") {
			t.Errorf("got %s", out)
		}
		wants(exitFailed, "does not belong to fabrikam", "drift", "--org", "fabrikam", "--connection", "entra", file)
		wants(exitUsage, "--group", "drift", "--connection", "entra", "--group", "Writers", file)
		write("id,userPrincipalName,displayName\nx,ann@contoso.com,Ann\n")
		wants(exitFailed, "line 2", "drift", "--connection", "entra", file)
	})
}
