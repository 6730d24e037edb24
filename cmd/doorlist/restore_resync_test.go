package main

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

// followed looks at what providers have asked, as a server does some minutes later.
func (c *terminal) followed() {
	c.t.Helper()
	s, err := store.Open(c.t.Context(), store.Options{URL: strings.TrimPrefix(c.environ[0], "DOORLIST_DATABASE="), MasterKey: storetest.MasterKey,
		Now: func() time.Time { return time.Now().Add(10 * time.Minute) }})
	if err != nil {
		c.t.Fatal(err)
	}
	defer s.Close()
	followResyncs(c.t.Context(), s, slog.New(slog.DiscardHandler))
}

func (c *terminal) resync() (v resyncView) {
	c.t.Helper()
	c.read(&v, "connection", "resync", "entra")
	return v
}

// TestRestore_ShowsWhoHasLeftSince: who left after the copy was made is back with it, and Entra never names them again, however thoroughly it pushes.
func TestRestore_ShowsWhoHasLeftSince(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		file := filepath.Join(t.TempDir(), "copy")
		w.terminal.do("backup", file)
		leaver := w.person("wendy.writer")
		if err := w.tenant.HardDelete(leaver.ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push()

		sqlite, postgres := storetest.URLs(t)
		target, wants := sqlite, exitDone
		if strings.HasPrefix(url, "postgres") {
			target, wants = postgres, exitFailed // of durability the tests' own has none
		}
		c := newTerminal(t, target)
		c.do("restore", file)
		n := c.serve()
		w.nodes, w.terminal = []*node{n}, c
		if before := c.resync(); before.Unnamed < 30 || before.CopiedAt == nil || len(before.People) != before.Unnamed {
			t.Errorf("after the restore: %+v", before)
		}
		w.doctor(wants).wants(t, isWarning, "its people were restored from a copy of")
		if e := w.explain("wendy.writer"); !e.Admitted {
			t.Errorf("explain says %q of the leaver; want the list as it was", e.Reason)
		}

		again, err := entra.NewProvisioner(entra.ProvisionerOptions{Endpoint: n.url + "/scim/v2", Token: w.token, Tenant: w.tenant, Dialect: "both", Concurrency: 4, Seed: 8})
		if err != nil {
			t.Fatal(err)
		}
		if report, err := again.Initial(t.Context()); err != nil || !report.Clean() {
			t.Fatalf("the cycle after a restart of provisioning: %v, %+v", err, report)
		}
		eventually(t, "everybody but the leaver was named", func() bool { c.followed(); return c.resync().Unnamed == 1 })
		if left := c.resync().People; left[0].UserName != leaver.UserPrincipalName {
			t.Errorf("not named was %+v, want %s", left, leaver.UserPrincipalName)
		}
		if got := c.do("connection", "resync", "entra"); !strings.Contains(got, leaver.UserPrincipalName) {
			t.Errorf("printed %s", got)
		}
		body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`
		if res := w.scim(http.MethodPatch, "/Users/"+w.idOf("wendy.writer"), body); res.StatusCode != http.StatusOK {
			t.Fatalf("switching the leaver off: %s", res.Status)
		}
		eventually(t, "nothing is awaited any more", func() bool { c.followed(); return c.resync().CopiedAt == nil })
		if got := c.do("connection", "resync", "entra"); !strings.Contains(got, "waits for nothing") {
			t.Errorf("printed %s", got)
		}
		c.do("connection", "resync", "entra", "--done")
	})
}
