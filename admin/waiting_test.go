package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// newHurriedWorld is a world in which nobody has the patience to wait for a page as a whole.
func newHurriedWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := newWorld(t, s)
	w.patience = time.Nanosecond
	w.serve()
	return w
}

// inParts demands a page that tells how far it is and is one page all the same.
func (b *browser) inParts(a answer, far, rest string) {
	b.w.t.Helper()
	b.want(a, http.StatusOK)
	told, end := strings.Index(a.body, `<p class="waiting" role="status">`+far), strings.LastIndex(a.body, rest)
	if told < 0 || end < told {
		b.w.t.Errorf("%q, and then %q, are not in:\n%s", far, rest, a.body)
	}
	for _, once := range []string{"<!DOCTYPE html>", "<h1>", "<main", "</main>", "<footer>", "</html>"} {
		if n := strings.Count(a.body, once); n != 1 {
			b.w.t.Errorf("%d times %s in:\n%s", n, once, a.body)
		}
	}
}

func TestWaiting_APreviewTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newHurriedWorld(t, s)
		owner := w.contosoOwner()
		const mode = "/admin/organizations/contoso/settings/sso_mode"
		preview := owner.post(mode, "value", "off")
		owner.inParts(preview, "0 of 2 people looked at.", "What that means")
		seen := confirmed.FindStringSubmatch(preview.body)
		if seen == nil {
			t.Fatalf("nothing can be confirmed:\n%s", preview.body)
		}
		owner.inParts(owner.post(mode, "value", "off", "seen", seen[1]), "0 of 2 people looked at.", `href="/admin/organizations/contoso/settings?done=saved"`)
		if o, err := s.FindOrganization(t.Context(), "contoso"); err != nil || o.SSOMode != store.SSOOff {
			t.Errorf("the mode is %q, %v", o.SSOMode, err)
		}
		owner.inParts(owner.get(rolesPath+"?count=all"), "0 of 2 people looked at.", "Readers of contoso")
		list := owner.want(owner.post(mode, "value", "all", "list", "csv"), http.StatusOK, "user_name")
		owner.lacks(list, "<!DOCTYPE")
	})
}

func TestWaiting_AComparisonTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	w := newHurriedWorld(t, storetest.New(t))
	reader, p := w.signIn("contoso", "auditor", w.clock.Now()), w.places["contoso"]
	a := reader.sendFile("/admin/organizations/contoso/drift", export(1500), "connection", p.conn.Slug)
	reader.inParts(a, "1,000 of 1,500 lines compared.", "At Entra, and not on the list: 1425")
}

// Who waits for a short time gets the page as a whole.
func TestWaiting_IsNotForPagesThatComeSoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	owner.lacks(owner.want(owner.post("/admin/organizations/contoso/settings/sso_mode", "value", "off"), http.StatusOK, "What that means"), `class="waiting"`)
}

// What breaks when a page has begun says so in it.
func TestWaiting_WhatBreaksOffIsFinishedAsAPage(t *testing.T) {
	t.Parallel()
	w := newHurriedWorld(t, storetest.New(t))
	d, owner := w.places["contoso"].conn.Directory(), w.contosoOwner()
	var u store.User
	push := func(fn func(d *store.DirectoryTx) error) {
		w.clock.Advance(time.Second)
		if err := w.store.Write(t.Context(), store.Actor{Kind: store.Provisioner, ID: "t"}, func(tx *store.Tx) error { return fn(tx.Directory(d)) }); err != nil {
			t.Fatal(err)
		}
	}
	push(func(d *store.DirectoryTx) (err error) {
		u, err = d.CreateUser(store.UserRecord{UserName: "ann", Active: true, Document: `{"userName":"ann","active":true}`, Keys: "{}"})
		return err
	})
	for i := range 200 { // as many as one transaction undoes; the next one has to delete her
		now := store.UserRecord{UserName: "ann", DisplayName: fmt.Sprint(i), Active: true, Document: fmt.Sprintf(`{"userName":"ann","displayName":"%d","active":true}`, i), Keys: "{}"}
		before := u
		push(func(d *store.DirectoryTx) (err error) {
			u, err = d.UpdateUser(before, now)
			return err
		})
	}
	events, err := w.store.Organization(d.OrganizationID).Events(t.Context(), store.EventQuery{SubjectID: u.ID})
	if err != nil || len(events) < 2 {
		t.Fatalf("the events are %+v, %v", events, err)
	}
	storetest.TamperWith(t, w.store, "ALTER TABLE tombstones RENAME TO stones")
	span := url.Values{"first": {events[0].ID}, "last": {events[len(events)-1].ID}}
	owner.inParts(owner.post(entraPath+"/undo?"+span.Encode(), "from", "0"), "200 of 201 changes looked at.", "This could not be finished")
}
