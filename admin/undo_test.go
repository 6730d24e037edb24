package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// plainRecords makes records of documents that have nothing but names.
func plainRecords(context.Context, string) (store.UndoRules, error) {
	return store.UndoRules{
		User: func(document string) (r store.UserRecord, err error) {
			var doc struct {
				UserName, ExternalID, DisplayName string
				Active                            bool
			}
			err = json.Unmarshal([]byte(document), &doc)
			return store.UserRecord{UserName: doc.UserName, ExternalID: doc.ExternalID, DisplayName: doc.DisplayName, Active: doc.Active, Document: document, Keys: "{}"}, err
		},
		Group: func(document string) (r store.GroupRecord, err error) {
			var doc struct{ DisplayName, ExternalID string }
			err = json.Unmarshal([]byte(document), &doc)
			return store.GroupRecord{DisplayName: doc.DisplayName, ExternalID: doc.ExternalID, Document: document, Keys: "{}"}, err
		},
	}, nil
}

// ann is somebody whom the provider made and switched off since, each in a request of its own. She has the events' ids with her.
func (w *world) ann(name string) (id, created, switchedOff string) {
	w.t.Helper()
	d := w.places["contoso"].conn.Directory()
	document := func(active bool) string { return fmt.Sprintf(`{"userName":%q,"active":%t}`, name, active) }
	var u store.User
	push := func(request string, fn func(d *store.DirectoryTx) error) string {
		w.clock.Advance(1e9)
		err := w.store.Write(w.t.Context(), store.Actor{Kind: store.Provisioner, ID: "t", RequestID: request}, func(tx *store.Tx) error { return fn(tx.Directory(d)) })
		if err != nil {
			w.t.Fatal(err)
		}
		events, err := w.store.Organization(d.OrganizationID).Events(w.t.Context(), store.EventQuery{SubjectID: u.ID})
		if err != nil {
			w.t.Fatal(err)
		}
		return events[len(events)-1].ID
	}
	created = push("r-1", func(d *store.DirectoryTx) (err error) {
		u, err = d.CreateUser(store.UserRecord{UserName: name, Active: true, Document: document(true), Keys: "{}"})
		return err
	})
	switchedOff = push("r-2", func(d *store.DirectoryTx) error {
		_, err := d.UpdateUser(u, store.UserRecord{UserName: name, Document: document(false), Keys: "{}"})
		return err
	})
	return u.ID, created, switchedOff
}

func (w *world) isActive(id string) bool {
	w.t.Helper()
	u, err := w.store.Directory(w.places["contoso"].conn.Directory()).User(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Active
}

func TestUndo_IsPreviewedAndDone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const name = "ann<script>alert(1)</script>@contoso.example"
		id, created, switchedOff := w.ann(name)
		owner, path := w.contosoOwner(), "/admin/organizations/contoso/undo/"
		before := w.events("contoso")
		page := owner.want(owner.get(path+switchedOff), http.StatusOK, "Nothing is changed yet", "1 change would be undone.", "They are switched on.", "The provider does not notice", "ann&lt;script&gt;")
		owner.lacks(page, "<script>alert")
		owner.want(owner.get(path+created), http.StatusOK, "Nothing of it can be undone", "has changed since")
		if w.events("contoso") != before || w.isActive(id) {
			t.Error("the preview changed something")
		}
		owner.want(owner.post(path+switchedOff), http.StatusOK, "The change is undone")
		if !w.isActive(id) {
			t.Error("nothing was undone")
		}
		w.clock.Advance(1e9)
		owner.want(owner.get(path+switchedOff), http.StatusOK, "Nothing of it can be undone", "It was undone already.", ", by <bdi>owner", ">Back</a>")
		owner.want(owner.post(path+created), http.StatusOK, "They are deleted")
		owner.want(owner.get(path+created), http.StatusOK, "It was undone already.")
	})
}

func TestUndo_OfACycleAndARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	id, first, last := w.ann("ann@contoso.example")
	owner, path := w.contosoOwner(), "/admin/connections/"+w.places["contoso"].conn.Slug+"/undo?"
	span := url.Values{"first": {first}, "last": {last}}
	owner.want(owner.get(path+span.Encode()), http.StatusOK, "Undo a provisioning cycle of Entra of contoso", "2 changes would be undone.", "They are deleted", "As before: active")
	request := span.Encode() + "&request=r-2"
	owner.want(owner.post(path+request), http.StatusOK, "Undo a request", "The change is undone")
	if !w.isActive(id) {
		t.Error("the request was not undone")
	}
	for _, nothing := range []string{"", "first=x&last=y", "first=" + last + "&last=" + first, strings.ReplaceAll(request, "r-2", "r-9")} {
		owner.want(owner.get(path+nothing), http.StatusNotFound)
	}
	w.clock.Advance(1e9)
	owner.want(owner.post(path+span.Encode()), http.StatusOK, "They are deleted")
}

func TestUndo_NamesTheGroupOfAMapping(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		contoso := w.places["contoso"]
		var byID, byExternalID store.Mapping
		var pilots store.Group
		external := newGUID("testers")
		w.write(func(tx *store.Tx) error {
			d, o := tx.Directory(contoso.conn.Directory()), tx.Organization(contoso.org.ID)
			var err error
			if pilots, err = d.CreateGroup(store.GroupRecord{DisplayName: "Pilots", Document: "{}", Keys: "{}"}, nil); err != nil {
				return err
			}
			if _, err = d.CreateGroup(store.GroupRecord{DisplayName: "Testers", ExternalID: external, Document: "{}", Keys: "{}"}, nil); err != nil {
				return err
			}
			role, err := o.CreateRole(store.Role{Name: "pilot", Rank: 7, Console: store.ConsoleNone})
			if err != nil {
				return err
			}
			if byID, err = o.CreateMapping(store.Mapping{ConnectionID: contoso.conn.ID, RoleID: role.ID, GroupID: pilots.ID}); err != nil {
				return err
			}
			byExternalID, err = o.CreateMapping(store.Mapping{ConnectionID: contoso.conn.ID, RoleID: role.ID, GroupExternalID: strings.ToUpper(external)})
			return err
		})
		owner := w.contosoOwner()
		preview := func(m store.Mapping, wants ...string) {
			events, err := s.Organization(contoso.org.ID).Events(t.Context(), store.EventQuery{SubjectID: m.ID})
			if err != nil || len(events) != 1 {
				t.Fatalf("%v, %v", events, err)
			}
			owner.want(owner.get("/admin/organizations/contoso/undo/"+events[0].ID), http.StatusOK, wants...)
		}
		preview(byID, "A mapping of <bdi>the group Pilots</bdi>", "It gives the role pilot no more.")
		preview(byExternalID, "A mapping of <bdi>the group Testers</bdi>")
		owner.want(owner.get("/admin/organizations/contoso/audit?subject="+byID.ID), http.StatusOK, "A mapping of <bdi>the group Pilots</bdi> to the role <bdi>pilot</bdi> was added")
		w.write(func(tx *store.Tx) error {
			return tx.Directory(contoso.conn.Directory()).DeleteGroup(pilots.ID, pilots.Version)
		})
		preview(byID, "<bdi>the group "+pilots.ID)
	})
}

// A group may arrive after its mapping: then the trail calls it by the name that it has now.
func TestAudit_NamesTheGroupOfAMapping(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		contoso, owner, external := w.places["contoso"], w.contosoOwner(), newGUID("late")
		var early store.Mapping
		w.write(func(tx *store.Tx) (err error) {
			early, err = tx.Organization(contoso.org.ID).CreateMapping(store.Mapping{ConnectionID: contoso.conn.ID, RoleID: contoso.roles["reader"].ID, GroupExternalID: external})
			return err
		})
		trail := "/admin/organizations/contoso/audit?subject=" + early.ID
		owner.want(owner.get(trail), http.StatusOK, "A mapping of <bdi>the group "+external+"</bdi>")
		w.write(func(tx *store.Tx) error {
			_, err := tx.Directory(contoso.conn.Directory()).CreateGroup(store.GroupRecord{DisplayName: "Latecomers", ExternalID: external, Document: "{}", Keys: "{}"}, nil)
			return err
		})
		owner.want(owner.get(trail), http.StatusOK, "A mapping of <bdi>the group Latecomers</bdi>")
		owner.want(owner.get("/admin/organizations/contoso/access-review?on=&since=&dormant="), http.StatusOK, "group <bdi>Latecomers</bdi>")
		w.write(func(tx *store.Tx) error { return tx.Organization(contoso.org.ID).RemoveMapping(early.ID) })
		owner.want(owner.get("/admin/organizations/contoso/audit/export?subject="+early.ID), http.StatusOK, "The mapping of the group Latecomers to the role reader was removed")
	})
}

// An undo is offered where one can be, and a cycle's undo is not about warnings, which changed nothing.
func TestUndo_IsOfferedWhereItCanBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	id, _, switchedOff := w.ann("ann@contoso.example")
	contoso, owner := w.places["contoso"], w.contosoOwner()
	const offer = "What would an undo do?"
	owner.want(owner.get("/admin/organizations/contoso/audit/"+switchedOff), http.StatusOK, offer)
	trail := owner.want(owner.get("/admin/organizations/contoso/audit?subject="+id), http.StatusOK, "<bdi>ann@contoso.example</bdi> was switched off")
	owner.lacks(trail, "was changed: ")
	w.write(func(tx *store.Tx) error {
		return tx.Directory(contoso.conn.Directory()).SetBrake(store.Brake{People: 3, Percent: 5, Hold: 24 * time.Hour})
	})
	events, err := w.store.Organization(contoso.org.ID).Events(t.Context(), store.EventQuery{SubjectID: contoso.conn.ID})
	if err != nil || len(events) == 0 {
		t.Fatalf("%v, %v", events, err)
	}
	set := events[len(events)-1]
	owner.lacks(owner.want(owner.get("/admin/organizations/contoso/audit/"+set.ID), http.StatusOK, "The brake of", "<bdi>0 seconds</bdi>", "<bdi>1 day</bdi>"), offer)
	owner.want(owner.get("/admin/organizations/contoso/undo/"+set.ID), http.StatusOK, "Nothing of it can be undone", "change it back where it is set")
}
