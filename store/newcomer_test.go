package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

func aliceProfile() store.Profile {
	return store.Profile{UserName: "alice@contoso.com", ExternalID: aliceOID, DisplayName: "Alice", AppRoles: []string{"Task.Write", "Task.Read", "task.write "}}
}

// addNewcomer adds somebody to entra whom a sign-in has made.
func (w *world) addNewcomer(p store.Profile) (u store.User) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		u, err = tx.Directory(w.entra.Directory()).CreateNewcomer(p)
		return err
	})
	return u
}

func (w *world) mapAppRole(value, role string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, role).ID, AppRole: value})
		return err
	})
}

func (w *world) grants(userID string) (grants []store.Grant) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		grants, err = tx.Directory(w.entra.Directory()).Grants(userID)
		return err
	})
	return grants
}

func TestCreateNewcomer_HasTheRolesOfTheToken(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.mapAppRole("task.WRITE", "writer")
		var foretold []store.Grant
		w.must(func(tx *store.Tx) (err error) {
			foretold, err = tx.Directory(w.entra.Directory()).AppRoleGrants(aliceProfile().AppRoles)
			return err
		})
		u := w.addNewcomer(aliceProfile())
		if diff := cmp.Diff(foretold, w.grants(u.ID)); diff != "" || len(foretold) != 1 || foretold[0].Role.Name != "writer" {
			t.Errorf("the grants are not those that were foretold, %+v (-foretold +got):\n%s", foretold, diff)
		}
		got := w.user(w.entra, u.ID)
		u.Emails, u.AppRoles = nil, nil
		if diff := cmp.Diff(u, got); diff != "" || got.Origin != store.FromSignIn || got.Link != store.Linked || !got.Active {
			t.Errorf("%+v (-made +read):\n%s", got, diff)
		}
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: u.ID})
		if err != nil || len(events) != 1 || events[0].Action != "user.created" || !strings.Contains(events[0].Detail, `"source":"sign_in"`) {
			t.Errorf("events %+v, %v", events, err)
		}
		for _, again := range []store.Profile{aliceProfile(), {UserName: "other", ExternalID: aliceOIDUpper}, {UserName: "ALICE@contoso.com", ExternalID: bobOID}} {
			err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error { _, err := d.CreateNewcomer(again); return err })
			if !errors.As(err, new(*store.ConflictError)) {
				t.Errorf("%+v was made beside her: %v", again, err)
			}
		}
	})
}

func TestRefreshNewcomer_FollowsTheToken(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.mapAppRole("Task.Write", "writer")
		u := w.addNewcomer(aliceProfile())
		refresh := func(p store.Profile) {
			t.Helper()
			before := w.user(w.entra, u.ID)
			w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).RefreshNewcomer(before, p) })
		}
		refresh(aliceProfile())
		if got := w.user(w.entra, u.ID); got.Version != 1 {
			t.Errorf("nothing changed, and the version is %d", got.Version)
		}
		refresh(store.Profile{UserName: "somebody@else.com", ExternalID: bobOID, DisplayName: "Alice B."})
		got := w.user(w.entra, u.ID)
		if got.UserName != "alice@contoso.com" || got.ExternalID != aliceOID || got.DisplayName != "Alice B." || got.Origin != store.FromSignIn || got.Version != 2 {
			t.Errorf("refreshed: %+v", got)
		}
		if grants := w.grants(u.ID); len(grants) > 0 {
			t.Errorf("the roles that the token lost still count: %+v", grants)
		}
		pushed := w.addUser(w.entra, person("bob@contoso.com", bobOID))
		w.must(func(tx *store.Tx) error {
			return tx.Directory(w.entra.Directory()).RefreshNewcomer(pushed, store.Profile{DisplayName: "x"})
		})
		if after := w.user(w.entra, pushed.ID); after.Version != 1 || after.DisplayName == "x" {
			t.Errorf("a pushed user was changed by a sign-in: %+v", after)
		}
	})
}

// TestNewcomer_IsTakenOverByAPush: whether the provider changes the user or sends it as a new one, it is one and the same
// user, and provisioning's from then on.
func TestNewcomer_IsTakenOverByAPush(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		edit := func(u store.User, r store.UserRecord) (after store.User, err error) {
			err = w.inDirectory(w.entra, func(d *store.DirectoryTx) (err error) { after, err = d.UpdateUser(u, r); return err })
			return after, err
		}
		u := w.addNewcomer(aliceProfile())
		if _, err := edit(store.User{ID: u.ID, Version: 7, UserRecord: u.UserRecord, Origin: store.FromSignIn}, u.UserRecord); !errors.Is(err, store.ErrVersion) {
			t.Errorf("an outdated change: %v", err)
		}
		same, err := edit(u, u.UserRecord)
		if err != nil || same.Version != 1 || same.Origin != store.FromProvisioning || w.user(w.entra, u.ID).Origin != store.FromProvisioning {
			t.Errorf("a push that changes nothing: %+v, %v", same, err)
		}
		if got, want := w.actions(w.contoso, u.ID), []string{"user.created", "user.adopted"}; !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		bob := w.addNewcomer(store.Profile{UserName: "bob@contoso.com", ExternalID: bobOID, AppRoles: []string{"Task.Write"}})
		w.mapAppRole("Task.Write", "writer")
		pushed := w.addUser(w.entra, person("robert@contoso.com", strings.ToUpper(bobOID)))
		if pushed.ID != bob.ID || pushed.Version != 2 || pushed.Origin != store.FromProvisioning || pushed.UserName != "robert@contoso.com" {
			t.Errorf("pushed as a new user: %+v, want the user %s", pushed, bob.ID)
		}
		if grants := w.grants(bob.ID); len(grants) > 0 {
			t.Errorf("the token's roles count beside the push: %+v", grants)
		}
		if second := w.addUser(w.entra, person("robert2@contoso.com", bobOID)); second.ID == bob.ID {
			t.Error("a pushed user was taken over by another push")
		}
	})
}

func TestBuried_KnowsTheDeletedByTheirObjectID(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		buried := func(externalID string) (yes bool) {
			t.Helper()
			w.must(func(tx *store.Tx) (err error) {
				yes, err = tx.Directory(w.entra.Directory()).Buried(externalID)
				return err
			})
			return yes
		}
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOIDUpper))
		if buried(aliceOID) {
			t.Error("buried alive")
		}
		w.bury(alice.ID)
		if !buried(aliceOID) || buried(bobOID) || buried("") || buried("\x00") {
			t.Errorf("buried: alice %t, bob %t", buried(aliceOID), buried(bobOID))
		}
	})
}

func TestConnection_AdmitsAssignedPeopleByIdentityAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := w.entra
		c.Admit = "role_assigned"
		if err := w.inContoso(func(o *store.OrganizationTx) error { _, err := o.UpdateConnection(c); return err }); err != nil {
			t.Fatal(err)
		}
		c.Match = store.MatchUserName
		err := w.inContoso(func(o *store.OrganizationTx) error { _, err := o.UpdateConnection(c); return err })
		refusedFor(t, "matching by name", err, "admit", "change hands")
	})
}
