package admin_test

import (
	"net/http"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// writerFor makes somebody a writer through a group, and after two days removes them from it, so that they are nothing.
func (w *world) writerFor(p *place, userName string) store.User {
	w.t.Helper()
	var u store.User
	var g store.Group
	w.write(func(tx *store.Tx) (err error) {
		d := tx.Directory(p.conn.Directory())
		if _, err = tx.Organization(p.org.ID).UpdateConnection(hybrid(p.conn)); err != nil {
			return err
		}
		u, err = d.CreateUser(store.UserRecord{UserName: userName, DisplayName: "<b>" + userName, ExternalID: newGUID(userName), Active: true, Document: "{}", Keys: "{}"})
		if err != nil {
			return err
		}
		g, err = d.CreateGroup(store.GroupRecord{DisplayName: "Writers of " + userName, ExternalID: newGUID("writers of " + userName), Document: "{}", Keys: "{}"}, []store.NewMember{{ID: u.ID}})
		if err != nil {
			return err
		}
		_, err = tx.Organization(p.org.ID).CreateMapping(store.Mapping{ConnectionID: p.conn.ID, RoleID: p.roles["writer"].ID, GroupID: g.ID})
		return err
	})
	w.clock.Advance(48 * time.Hour)
	w.write(func(tx *store.Tx) error {
		_, err := tx.Directory(p.conn.Directory()).UpdateGroup(g, nil, store.MemberChange{Remove: []string{u.ID}})
		return err
	})
	return u
}

func TestHistory_SaysWhoHadWhichRoleOnADay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		day := w.clock.Now().Format(time.DateOnly)
		alice := w.writerFor(w.places["contoso"], "alice@contoso.example")
		auditor, at := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/history"
		today := w.clock.Now().Format(time.DateOnly)

		auditor.want(auditor.get(at), http.StatusOK, "Choose a day")
		auditor.want(auditor.get(at+"?on="+day), http.StatusOK, "At the end of", "&lt;b&gt;alice@contoso.example", "Writers of alice", "writer")
		auditor.want(auditor.get(at+"?who="+alice.ID+"&on="+day), http.StatusOK, "had the role <strong>writer</strong>", "mapped by", "no role", "Writers of alice@contoso.example")
		auditor.want(auditor.get(at+"?who=alice@contoso.example&on="+today), http.StatusOK, "So far on", "had no role", `href="/admin/organizations/contoso/audit/`)
		auditor.want(auditor.get(at+"?who=alice@contoso.example&on=2001-01-01"), http.StatusOK, "There was no such organization yet: it was made <time", "Start over")
		auditor.want(auditor.get(at+"?who=nobody"), http.StatusOK, "Nobody of that name")

		csv := auditor.get(at + "?on=" + day + "&format=csv")
		auditor.want(csv, http.StatusOK, "user_name", "alice@contoso.example", "group,Writers of alice")
		auditor.want(auditor.get(at+"?on="+day+"&who=alice@contoso.example&format=jsonl"), http.StatusOK, `"role":"writer"`)
	})
}

func TestHistory_RefusesWhatNoDayIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	auditor, at := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/history"
	auditor.want(auditor.get(at+"?on=yesterday"), http.StatusUnprocessableEntity, "Write a day")
	auditor.want(auditor.get(at+"?on=2999-01-01"), http.StatusUnprocessableEntity, "still to come")
	auditor.want(auditor.get(at+"?who=%00"), http.StatusUnprocessableEntity, "plain text")
}

func TestHistory_LeadsThroughEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso"]
	w.write(func(tx *store.Tx) error {
		for i := range 60 {
			name := newGUID(string(rune('a'+i))) + "@contoso.example"
			if _, err := tx.Directory(p.conn.Directory()).CreateUser(store.UserRecord{UserName: name, Active: true, Document: "{}", Keys: "{}"}); err != nil {
				return err
			}
		}
		return nil
	})
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	on := w.clock.Now().Format(time.DateOnly)
	auditor.want(auditor.get("/admin/organizations/contoso/history?on="+on), http.StatusOK, "Go on", "after=")
}
