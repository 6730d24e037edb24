package admin_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const hostileName = "<script>alert(1)</script>\u202egnp.exe"

func TestAudit_ListsFiltersAndLeadsToEachEvent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, at := w.places["contoso"], "/admin/organizations/contoso/audit"
		var alice store.User
		w.write(func(tx *store.Tx) (err error) {
			d := tx.Directory(p.conn.Directory())
			alice, err = d.CreateUser(store.UserRecord{UserName: hostileName, Active: true, Document: `{"title":"Clerk"}`, Keys: "{}"})
			if err != nil {
				return err
			}
			after := alice.UserRecord
			after.Document = `{"title":"=Head","name":{"givenName":"Alice"}}`
			_, err = d.UpdateUser(alice, after)
			return err
		})
		if err := s.Chain(t.Context()); err != nil {
			t.Fatal(err)
		}
		auditor := w.signIn("contoso", "auditor", w.clock.Now())
		shown := auditor.want(auditor.get(at), http.StatusOK, "<bdi>auditor</bdi>", "&lt;script&gt;", "Export all that is selected")
		if strings.Contains(shown.body, "<script>alert") || strings.Contains(shown.body, "Verify now") {
			t.Errorf("a name runs, or whoever reads may verify:\n%s", shown.body)
		}
		one := auditor.want(auditor.get(at+"?action=user.updated"), http.StatusOK, "was changed")
		auditor.lacks(one, "<bdi>auditor</bdi>")
		event := regexp.MustCompile(`/audit/([0-9a-f-]{36})`).FindStringSubmatch(one.body)
		if event == nil {
			t.Fatalf("no link to an event:\n%s", one.body)
		}
		auditor.want(auditor.get(at+"/"+event[1]), http.StatusOK, "name.givenName", "Clerk", "=Head", "block 1", "All events about the same", "user.updated")
		auditor.want(auditor.get(at+"?subject="+alice.ID+"&q=CLERK&connection=contoso-entra&actor=test"), http.StatusOK, "was changed")
		auditor.want(auditor.get(at+"?q=nothing-like-it"), http.StatusOK, "No event is like that")
		for _, query := range []string{"?since=yesterday", "?action=nonsense", "?connection=fabrikam-entra", "?q=%00", "?since=2026-02-02&until=2026-01-01"} {
			auditor.want(auditor.get(at+query), http.StatusUnprocessableEntity, "Nothing is shown")
		}
		auditor.want(auditor.get(at+"?after=nonsense"), http.StatusOK, "The role")
		file := auditor.want(auditor.get(at+"/export?format=csv&action=user"), http.StatusOK, "user.created")
		if got := file.Header.Get("Content-Disposition"); !strings.Contains(got, "contoso-audit-") || strings.Contains(file.body, "role.created") {
			t.Errorf("the file %s is\n%s", got, file.body)
		}
		auditor.want(auditor.get(at+"/export?format=jsonl"), http.StatusOK, `"proof":"`)
		auditor.want(auditor.get(at+"/export?action=nonsense"), http.StatusUnprocessableEntity, "Nothing is shown")
	})
}

func TestAudit_AnOwnerVerifiesNow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, at := w.signIn("contoso", "owner", w.clock.Now()), "/admin/organizations/contoso/audit"
		if err := s.Chain(t.Context()); err != nil {
			t.Fatal(err)
		}
		owner.want(owner.get(at), http.StatusOK, "Nobody has verified", "Verify now")
		owner.want(owner.post(at+"/verify"), http.StatusSeeOther, at)
		shown := owner.get(at)
		for range 100 {
			if !strings.Contains(shown.body, "Verifying") {
				break
			}
			time.Sleep(50 * time.Millisecond)
			shown = owner.get(at)
		}
		owner.want(shown, http.StatusOK, "events are as they were written")
		r, err := s.Organization(w.places["contoso"].org.ID).LastAuditReport(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r.Fault = &store.AuditFault{Kind: store.AuditEdited, Record: "event", Seq: 1, EventID: "some-event", Message: "event some-event is not what was written"}
		if err := s.KeepAuditReport(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		owner.want(owner.get(at), http.StatusOK, "The trail is broken", "some-event")
	})
}
