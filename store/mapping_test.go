package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/uuid"
)

func (w *world) createMapping(m store.Mapping) (got store.Mapping, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.CreateMapping(m); return err })
	return got, err
}

// grantNames lists the roles that a user of entra is given.
func (w *world) grantNames(userID string) (names []string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		grants, err := tx.Directory(w.entra.Directory()).Grants(userID)
		names = nil
		for _, g := range grants {
			names = append(names, string(g.Source)+" "+g.Role.Name)
		}
		return err
	})
	slices.Sort(names)
	return names
}

func TestCreateMapping_NeedsExactlyOneTarget(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reader := w.role(w.contoso, "reader").ID
		g := w.addGroup(w.entra, groupRecord("Readers", ""))
		for what, m := range map[string]store.Mapping{
			"none": {}, "a blank app role": {AppRole: "  "}, "two groups": {GroupID: g.ID, GroupExternalID: writersOID},
			"a group and an app role": {GroupExternalID: writersOID, AppRole: "r"},
		} {
			m.ConnectionID, m.RoleID = w.entra.ID, reader
			_, err := w.createMapping(m)
			refusedFor(t, what, err, "mapping", "exactly one", "external id", "app role")
		}
		elsewhere := w.addGroup(w.okta, groupRecord("Readers", ""))
		for what, m := range map[string]store.Mapping{
			"an unknown connection":         {ConnectionID: uuid.NewString(), RoleID: reader, AppRole: "r"},
			"an unknown role":               {ConnectionID: w.entra.ID, RoleID: uuid.NewString(), AppRole: "r"},
			"an unknown group":              {ConnectionID: w.entra.ID, RoleID: reader, GroupID: uuid.NewString()},
			"a group of another connection": {ConnectionID: w.entra.ID, RoleID: reader, GroupID: elsewhere.ID},
		} {
			if _, err := w.createMapping(m); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
	})
}

func TestCreateMapping_ATargetIsMappedOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reader, writer := w.role(w.contoso, "reader").ID, w.role(w.contoso, "writer").ID
		g := w.addGroup(w.entra, groupRecord("Readers", ""))
		for _, pair := range [][2]store.Mapping{
			{{GroupID: g.ID}, {GroupID: g.ID}},
			{{GroupExternalID: writersOID}, {GroupExternalID: strings.ToUpper(writersOID)}},
			{{AppRole: "Task.Write"}, {AppRole: " task.WRITE "}},
		} {
			for i, m := range pair {
				m.ConnectionID, m.RoleID = w.entra.ID, []string{reader, writer}[i]
				_, err := w.createMapping(m)
				if i == 0 && err != nil {
					t.Fatal(err)
				}
				if i == 1 {
					conflictOf(t, "mapping a target again", err, "mapping")
				}
			}
		}
		// The same target of another connection is another thing.
		if _, err := w.createMapping(store.Mapping{ConnectionID: w.okta.ID, RoleID: reader, AppRole: "Task.Write"}); err != nil {
			t.Error(err)
		}
		mappings, err := w.Organization(w.contoso.ID).Mappings(t.Context())
		if err != nil || len(mappings) != 4 || mappings[0].GroupID != g.ID || mappings[1].GroupExternalID != writersOID || mappings[2].AppRole != "Task.Write" {
			t.Errorf("Mappings = %+v, %v", mappings, err)
		}
	})
}

func TestMapping_OfAGroupIDHoldsForThatGroupOnly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		g := w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		if _, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: g.ID}); err != nil {
			t.Fatal(err)
		}
		rename := func(name, externalID string) {
			r := groupRecord(name, externalID)
			w.changeGroup(w.group(w.entra, g.ID), &r, store.MemberChange{})
		}
		for _, step := range []struct {
			name, externalID string
			want             []string
		}{
			{"Writers", writersOID, []string{"group writer"}},
			{"Authors", strings.ToUpper(writersOID), []string{"group writer"}},
			// Entra binds an old record to a new group of the same name: the new group has earned nothing.
			{"Authors", bobOID, nil},
			{"Authors", "", nil},
			{"Authors", writersOID, []string{"group writer"}},
		} {
			rename(step.name, step.externalID)
			if got := w.grantNames(alice.ID); !slices.Equal(got, step.want) {
				t.Errorf("as %s (%s) the group gives %v, want %v", step.name, step.externalID, got, step.want)
			}
		}
	})
}

func TestMapping_OfAGroupWithoutExternalIDHoldsUntilItGetsOne(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		g := w.addGroup(w.entra, groupRecord("Writers", ""), alice.ID)
		if _, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: g.ID}); err != nil {
			t.Fatal(err)
		}
		if got, want := w.grantNames(alice.ID), []string{"group writer"}; !slices.Equal(got, want) {
			t.Errorf("the group gives %v, want %v", got, want)
		}
		bound := groupRecord("Writers", writersOID)
		w.changeGroup(g, &bound, store.MemberChange{})
		if got := w.grantNames(alice.ID); len(got) > 0 {
			t.Errorf("bound to a group of the provider it gives %v, want nothing: anybody may have made that group", got)
		}
	})
}

func TestMapping_OfAnExternalIDWaitsForItsGroup(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if _, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupExternalID: writersOID}); err != nil {
			t.Fatal(err)
		}
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		eve := w.addUser(w.okta, person("eve@contoso.com", "eve"))
		w.addGroup(w.okta, groupRecord("Writers", writersOID), eve.ID)
		w.addGroup(w.entra, groupRecord("writers", ""), alice.ID)
		if got := w.grantNames(alice.ID); len(got) > 0 {
			t.Errorf("a group of the same name gives %v, want nothing", got)
		}
		w.addGroup(w.entra, groupRecord("Writers 2", strings.ToUpper(writersOID)), alice.ID)
		if got, want := w.grantNames(alice.ID), []string{"group writer"}; !slices.Equal(got, want) {
			t.Errorf("the group gives %v, want %v", got, want)
		}
		w.signIn(w.okta, eve.ID, "eve's")
		if v := w.visit("eve's"); len(v.Grants) > 0 {
			t.Errorf("a group of another connection with the same external id gives %v", v.Grants)
		}
	})
}

func TestMapping_ChangesAndRemovalsAreRecorded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("alice@contoso.com", aliceOID)
		r.AppRoles = []string{"Task.Write", "task.write", " "}
		alice := w.addUser(w.entra, r)
		m, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "reader").ID, AppRole: "Task.Write"})
		if err != nil {
			t.Fatal(err)
		}
		admin := w.role(w.contoso, "admin").ID
		for range 2 {
			w.must(func(tx *store.Tx) error {
				got, err := tx.Organization(w.contoso.ID).UpdateMapping(m.ID, admin)
				if got.RoleID != admin {
					t.Errorf("UpdateMapping = %+v, want role %s", got, admin)
				}
				return err
			})
		}
		if got, want := w.grantNames(alice.ID), []string{"app_role admin"}; !slices.Equal(got, want) {
			t.Errorf("grants = %v, want %v", got, want)
		}
		for _, roles := range [][]string{{"other"}, nil, {" TASK.write"}} {
			w.update(alice.ID, func(r *store.UserRecord) { r.AppRoles = roles })
			var want []string
			if len(roles) > 0 && roles[0] != "other" {
				want = []string{"app_role admin"}
			}
			if got := w.grantNames(alice.ID); !slices.Equal(got, want) {
				t.Errorf("app roles %v give %v, want %v", roles, got, want)
			}
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveMapping(m.ID) })
		if got := w.grantNames(alice.ID); len(got) > 0 {
			t.Errorf("grants = %v, want none", got)
		}
		if got, want := w.actions(w.contoso, m.ID), []string{"mapping.created", "mapping.updated", "mapping.removed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}
