package admin_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestUserHistory_HasMembershipsAndPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := w.places["contoso"]
		ann := w.writerFor(p, "ann@contoso.example")
		auditor, page := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/users/"+ann.ID
		const joined, left = `</bdi> was added to <bdi>Writers of ann@contoso.example`, `</bdi> was taken out of <bdi>Writers of ann@contoso.example`
		auditor.lacks(auditor.want(auditor.get(page), http.StatusOK, joined, left, "&lt;b&gt;ann@contoso.example"), "All of the history")
		w.write(func(tx *store.Tx) (err error) {
			for i := range 60 {
				next := ann.UserRecord
				next.Document = fmt.Sprintf(`{"title":"%d"}`, i)
				if ann, err = tx.Directory(p.conn.Directory()).UpdateUser(ann, next); err != nil {
					return err
				}
			}
			return nil
		})
		auditor.lacks(auditor.want(auditor.get(page), http.StatusOK, page+"/history"), joined)
		first := auditor.want(auditor.get(page+"/history"), http.StatusOK, "was changed", "Go on")
		next := onward.FindStringSubmatch(first.body)
		if next == nil {
			t.Fatal("there is no second page")
		}
		second := auditor.want(auditor.get(next[1]), http.StatusOK, joined, left, "To the beginning")
		if got := strings.Count(first.body+second.body, "was changed"); got != 60 {
			t.Errorf("%d changes are shown, want 60", got)
		}
	})
}

func TestGroupHistory_GoesBackToTheBeginning(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.fromProvider()
		w.joinFree("ann@contoso.example")
		p := w.places["contoso"]
		auditor, page := w.signIn("contoso", "auditor", w.clock.Now()), groupsPath+"/"+p.free.ID
		auditor.lacks(auditor.want(auditor.get(page), http.StatusOK, "</bdi> was added to <bdi>Others of contoso"), "All of the history")
		for i := range 60 {
			w.joinFree(fmt.Sprintf("person%02d@contoso.example", i))
		}
		auditor.want(auditor.get(page), http.StatusOK, page+"/history")
		first := auditor.want(auditor.get(page+"/history"), http.StatusOK, "History of Others of contoso", "All that the audit trail has about the group", "Go on")
		next := onward.FindStringSubmatch(first.body)
		if next == nil {
			t.Fatal("there is no second page")
		}
		second := auditor.want(auditor.get(next[1]), http.StatusOK, "To the beginning", `href="`+page+`"`)
		if got := strings.Count(first.body+second.body, "</bdi> was added to <bdi>Others"); got != 61 {
			t.Errorf("%d additions are shown, want 61:\n%s", got, second.body)
		}
	})
}

func TestAudit_LeadsToTheRequestBehind(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := w.places["contoso"]
		logged := w.logged(p, store.SCIMRequest{Method: "POST", Target: "/Users", Operation: "Create user", Status: 201, RequestID: "r-9"})
		var ann store.User
		err := s.Write(t.Context(), store.Actor{Kind: store.Provisioner, RequestID: "r-9"}, func(tx *store.Tx) (err error) {
			ann, err = tx.Directory(p.conn.Directory()).CreateUser(store.UserRecord{UserName: "ann@contoso.example", Document: "{}", Keys: "{}"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		auditor := w.signIn("contoso", "auditor", w.clock.Now())
		const audit = "/admin/organizations/contoso/audit"
		list := auditor.want(auditor.get(audit+"?subject="+ann.ID), http.StatusOK)
		event := regexp.MustCompile(audit + `/[0-9a-f-]{36}`).FindString(list.body)
		auditor.want(auditor.get(event), http.StatusOK, "r-9", `href="/admin/organizations/contoso/provisioning/`+logged)
		auditor.lacks(auditor.want(auditor.get(audit+"/"+p.event), http.StatusOK), "What the provider has sent")
	})
}
