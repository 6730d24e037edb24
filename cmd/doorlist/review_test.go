package main

import (
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// A user name passes to a new person. When an owner says so, the new person comes in as somebody else, with nothing of what
// the one before had, and the provider's next cycle finds the new record and gives them their groups.
func TestE2E_ReviewNewPerson(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		w.terminal.fails(exitFailed, "review", "new-person", "rita.reader@contoso.com", "--org", "contoso")
		rita := w.person("rita.reader")
		before := w.idOf("rita.reader")
		w.rebind("rita.reader", "0f0f0f0f-1111-4222-8333-444444444444")
		var waiting []reviewView
		w.terminal.read(&waiting, "review", "list", "--org", "contoso")
		if len(waiting) != 1 || waiting[0].UserID != before || waiting[0].Before != rita.ObjectID || waiting[0].Connection != "entra" || waiting[0].Since == "" {
			t.Fatalf("review list = %+v", waiting)
		}
		// The tenant takes the record back for Rita, who stays held back: only an owner ends that.
		w.rebind("rita.reader", rita.ObjectID)
		if e := w.explain("rita.reader"); e.Reason != "rebound_pending" {
			t.Errorf("explain says %q, want rebound_pending", e.Reason)
		}
		var fresh replacedView
		w.terminal.read(&fresh, "review", "new-person", before, "--org", "contoso")
		if fresh.Replaced != before || fresh.UserID == before || fresh.UserID != w.idOf("rita.reader") {
			t.Errorf("review new-person = %+v", fresh)
		}
		if e := w.explain("rita.reader"); e.Reason != "no_role" {
			t.Errorf("the new person: %q, want no_role", e.Reason)
		}
		if report, err := w.engine.Initial(t.Context()); err != nil || !report.Clean() {
			t.Fatalf("provisioning restarted: %v, %+v", err, report)
		}
		if e := w.explain("rita.reader"); e.Reason != "admitted" || e.Role != "reader" {
			t.Errorf("after a restart of provisioning: %q, %q", e.Reason, e.Role)
		}
		if trail := w.terminal.do("audit", "list", "--org", "contoso", "--json"); !strings.Contains(trail, `"user.replaced"`) {
			t.Error("the audit does not tell of the replacement")
		}
	})
}

func TestE2E_ReviewSamePerson(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.rebind("rita.reader", "0f0f0f0f-1111-4222-8333-444444444444")
	admin := w.remote("adam.admin")
	for _, decision := range []string{"same-person", "new-person"} {
		if said := admin.fails(exitFailed, "review", decision, "rita.reader@contoso.com"); !strings.Contains(said, "higher console right") {
			t.Errorf("review %s by an administrator: %s", decision, said)
		}
	}
	if got := admin.do("review", "list"); !strings.Contains(got, "rita.reader@contoso.com") {
		t.Errorf("review list:\n%s", got)
	}
	w.terminal.do("review", "same-person", "rita.reader@contoso.com", "--org", "contoso")
	if e := w.explain("rita.reader"); e.Reason != "admitted" || e.Role != "reader" {
		t.Errorf("explain says %q, %q", e.Reason, e.Role)
	}
}

func (w *tenantWorld) idOf(alias string) string {
	w.t.Helper()
	var who struct{ Person struct{ ID string } }
	w.terminal.read(&who, "explain", alias+"@contoso.com", "--org", "contoso")
	return who.Person.ID
}
