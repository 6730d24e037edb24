package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// fromProvider lets groups of contoso's connection give roles.
func (w *world) fromProvider() {
	w.write(func(tx *store.Tx) error {
		c := w.places["contoso"].conn
		c.Roles = "hybrid"
		_, err := tx.Organization(c.OrganizationID).UpdateConnection(c)
		return err
	})
}

// joinFree puts new people into the group that gives nothing yet.
func (w *world) joinFree(names ...string) {
	w.t.Helper()
	p := w.places["contoso"]
	w.write(func(tx *store.Tx) error {
		d := tx.Directory(p.conn.Directory())
		g, err := w.store.Directory(p.conn.Directory()).Group(w.t.Context(), p.free.ID)
		if err != nil {
			return err
		}
		var change store.MemberChange
		for _, name := range names {
			u, err := d.CreateUser(store.UserRecord{UserName: name, DisplayName: "The " + name, Active: true, ExternalID: newGUID(name), Document: "{}", Keys: "{}"})
			if err != nil {
				return err
			}
			change.Add = append(change.Add, store.NewMember{ID: u.ID})
		}
		_, err = d.UpdateGroup(g, nil, change)
		return err
	})
}

func TestForesight_ComesBeforeSaving(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.fromProvider()
		w.joinFree("ann@contoso.example", "<bob>@contoso.example")
		owner, p := w.contosoOwner(), w.places["contoso"]
		add := entraPath + "/mappings/add?group=" + p.free.ID
		preview := owner.want(owner.post(add, "role", p.roles["writer"].ID), http.StatusOK, "2 people change: 2 get in as writer.", "The ann@", "&lt;bob&gt;@contoso", "out: no role",
			"writer, through the provider", `name="role" value="`+p.roles["writer"].ID)
		owner.want(owner.post(add, "role", p.roles["writer"].ID, "step", "back"), http.StatusOK, "See what that means", `value="`+p.roles["writer"].ID+`" selected`)
		list := owner.want(owner.post(add, "role", p.roles["writer"].ID, "list", "csv"), http.StatusOK, "user_name", "ann@contoso.example")
		if got := list.Header.Get("Content-Disposition"); !strings.Contains(got, ".csv") {
			t.Errorf("the list is not a file: %q", got)
		}
		// Somebody else joins before it is saved.
		w.joinFree("carol@contoso.example")
		seen := confirmed.FindStringSubmatch(preview.body)[1]
		owner.want(owner.post(add, "role", p.roles["writer"].ID, "seen", seen), http.StatusOK, "Nothing was saved yet", "3 people change")
		if all, err := s.Organization(p.org.ID).Mappings(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("the mappings are %+v, %v, before anything was confirmed", all, err)
		}
		owner.want(owner.save(add, "role", p.roles["writer"].ID), http.StatusSeeOther, "done=mapped")
		all, err := s.Organization(p.org.ID).Mappings(t.Context())
		if err != nil || len(all) != 2 {
			t.Fatalf("the mappings are %+v, %v", all, err)
		}
		mapping := entraPath + "/mappings/" + all[1].ID
		owner.want(owner.save(mapping+"/edit", "role", p.roles["admin"].ID), http.StatusSeeOther)
		owner.want(owner.get(mapping+"/remove"), http.StatusOK, "3 people change: 3 lose access.", "admin, through the provider, console right manage")
		manager := w.signIn("contoso", "auditor", w.clock.Now())
		manager.want(manager.post(mapping+"/edit", "role", p.roles["reader"].ID), http.StatusForbidden)
	})
}

func TestForesight_NamesSomeAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.fromProvider()
	var names []string
	for i := range 70 {
		names = append(names, fmt.Sprintf("person%02d@contoso.example", i))
	}
	w.joinFree(names...)
	owner, p := w.contosoOwner(), w.places["contoso"]
	add := entraPath + "/mappings/add?group=" + p.free.ID
	first := owner.want(owner.post(add, "role", p.roles["reader"].ID), http.StatusOK, "70 people change", "person49@", `name="from" value="50"`)
	owner.lacks(first, "person50@")
	second := owner.want(owner.post(add, "role", p.roles["reader"].ID, "from", "50"), http.StatusOK, "person69@", "To the beginning")
	owner.lacks(second, "person49@")
	owner.lacks(second, "Nothing was saved yet")
}

// People of an organization above come by its connection too. Their names are its own.
func TestForesight_DoesNotNameStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso-test"]
	w.write(func(tx *store.Tx) error { return tx.Organization(p.org.ID).SetDefaultRole(p.roles["reader"].ID) })
	w.joinFree("ann@contoso.example")
	w.fromProvider()
	below := w.signIn("contoso-test", "owner", w.clock.Now())
	page := below.want(below.get("/admin/organizations/contoso-test/connections/contoso-entra/detach"), http.StatusOK, "1 loses access", "of them belong to an organization above")
	below.lacks(page, "ann@")
	list := below.want(below.post("/admin/organizations/contoso-test/connections/contoso-entra/detach", "list", "csv"), http.StatusOK, "contoso-test")
	below.lacks(list, "ann@")
}

func TestForesight_WarnsBeforeTheLastOwnerGoes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.fromProvider()
		w.joinFree("ann@contoso.example")
		p := w.places["contoso"]
		var mapping store.Mapping
		w.write(func(tx *store.Tx) (err error) {
			mapping, err = tx.Organization(p.org.ID).CreateMapping(store.Mapping{ConnectionID: p.conn.ID, RoleID: p.roles["owner"].ID, GroupID: p.free.ID})
			return err
		})
		const warning = "Nobody would be left who owns"
		owner, detach := w.contosoOwner(), "/admin/organizations/contoso/connections/contoso-entra/detach"
		byHand := owner.want(owner.get(entraPath+"/mappings/"+mapping.ID+"/remove"), http.StatusOK, "1 person changes: 1 loses access.")
		owner.lacks(byHand, warning) // the other has the role by hand
		owner.want(owner.get(detach), http.StatusOK, warning+" The contoso", "doorlist owner create")
		below := w.places["contoso-test"]
		w.signIn("contoso-test", "owner", w.clock.Now())
		fromAbove := owner.want(owner.get("/admin/organizations/contoso-test/connections/"+below.conn.Slug+"/detach"), http.StatusOK, "1 loses access")
		owner.lacks(fromAbove, warning) // those above own it too
	})
}
