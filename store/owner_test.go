package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) createOwner(email string) (owner store.Owner, secret string, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error { owner, secret, err = o.CreateOwner(email); return err })
	return owner, secret, err
}

func TestCreateOwner_IsALocalPersonWithTheHighestRole(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if _, err := w.createRole(store.Role{Name: "super", Rank: 90, Console: store.ConsoleManage}); err != nil {
			t.Fatal(err)
		}
		owner, _, err := w.createOwner("Owner@Contoso.com")
		if err != nil || owner.Email != "Owner@Contoso.com" || !owner.CreatedAt.Equal(storetest.Start) {
			t.Fatalf("CreateOwner = %+v, %v", owner, err)
		}
		owners, err := w.Organization(w.contoso.ID).Owners(t.Context())
		if want := []store.Owner{owner}; err != nil || !slices.Equal(owners, want) {
			t.Errorf("Owners = %v, %v; want %v", owners, err, want)
		}
		people, err := w.Organization(w.contoso.ID).FindPeople(t.Context(), "owner@contoso.com")
		if err != nil || len(people) != 1 || people[0].Directory != w.contoso.LocalDirectory || people[0].Connection.ID != "" ||
			len(people[0].Grants) != 1 || people[0].Grants[0].Role.Name != "owner" || people[0].Grants[0].Source != store.LocalGrant {
			t.Errorf("FindPeople = %+v, %v", people, err)
		}
	})
}

func TestCreateOwner_InvitesAgainWhoIsThereAlready(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, lost, err := w.createOwner("owner@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		again, secret, err := w.createOwner("OWNER@contoso.com")
		if err != nil || again.ID != first.ID {
			t.Fatalf("invited again: %+v, %v; want the owner %s", again, err, first.ID)
		}
		if _, err := w.Invitation(t.Context(), lost); !errors.Is(err, store.ErrUsed) {
			t.Errorf("the lost link: %v, want it used", err)
		}
		if i, err := w.Invitation(t.Context(), secret); err != nil || i.UserID != first.ID {
			t.Errorf("the new link: %+v, %v", i, err)
		}
		owners, err := w.Organization(w.contoso.ID).Owners(t.Context())
		if err != nil || len(owners) != 1 {
			t.Errorf("%d owners, %v", len(owners), err)
		}
	})
}

func TestCreateOwner_SaysWhatToGiveInstead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, email := range []string{"", "owner", "a@b@c", "Owner <owner@contoso.com>", "a b@c.d", "owner@contoso.com\n", "own\x00er@contoso.com"} {
			_, _, err := w.createOwner(email)
			refusedFor(t, "e-mail "+email, err, "email", "e-mail address", "owner@example.com")
		}
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).RemoveRole(w.role(w.contoso, "owner").ID)
		})
		_, _, err := w.createOwner("owner@contoso.com")
		inUse(t, "a ladder without an owner", err, "doorlist role add owner", "--console own")
	})
}

func TestInvitation_CanBeUsedOnceInItsTime(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		owner, secret, err := w.createOwner("owner@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		in, err := w.Invitation(t.Context(), secret)
		want := store.Invitation{ID: in.ID, Purpose: store.ToInvite, Directory: w.contoso.LocalDirectory, UserID: owner.ID, UserName: owner.Email, ExpiresAt: storetest.Start.Add(store.InviteFor)}
		if err != nil || in != want {
			t.Errorf("Invitation = %+v, %v; want %+v", in, err, want)
		}
		if rows := w.rows("SELECT * FROM one_time_secrets"); strings.Contains(rowText("", rows[0]), secret) {
			t.Error("the secret is kept in clear")
		}
		accept := func() error {
			return w.write(func(tx *store.Tx) error { _, err := tx.AcceptInvitation(secret, "hash"); return err })
		}
		won := 0
		for _, err := range together(10, func(int) error { return accept() }) {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrUsed) {
				t.Errorf("a loser got %v, want ErrUsed", err)
			}
		}
		if won != 1 {
			t.Errorf("%d of 10 uses succeeded, want 1", won)
		}
		if _, err := w.Invitation(t.Context(), secret); !errors.Is(err, store.ErrUsed) {
			t.Errorf("after its use: %v, want ErrUsed", err)
		}
	})
}

func TestInvitation_ExpiresAndGoesWithItsUser(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		removed, removedSecret, err := w.createOwner("removed@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		_, late, err := w.createOwner("late@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error { return tx.Directory(w.contoso.LocalDirectory).DeleteUser(removed.ID, 0) })
		storetest.ClockOf(t, w.Store).Advance(store.InviteFor)
		for what, secret := range map[string]string{"of a deleted user": removedSecret, "too late": late, "never given": "dli_x", "empty": ""} {
			if _, err := w.Invitation(t.Context(), secret); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an invitation %s = %v, want ErrNotFound", what, err)
			}
			err := w.write(func(tx *store.Tx) error { _, err := tx.AcceptInvitation(secret, "hash"); return err })
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("accepting an invitation %s = %v, want ErrNotFound", what, err)
			}
		}
	})
}

func TestAcceptInvitation_SetsThePasswordAndEndsSessions(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		owner, secret, err := w.createOwner("Owner@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		find := func(name string) []store.PasswordPerson {
			people, err := w.PasswordPeople(t.Context(), name)
			if err != nil {
				t.Fatalf("PasswordPeople(%q): %v", name, err)
			}
			return people
		}
		if got := find("owner@contoso.com"); len(got) > 0 {
			t.Errorf("before a password is set: %+v, want nobody", got)
		}
		w.must(func(tx *store.Tx) error {
			_, err := tx.Directory(w.contoso.LocalDirectory).StartSession(newSession(owner.ID, "", "owner's"))
			return err
		})
		w.must(func(tx *store.Tx) error { _, err := tx.AcceptInvitation(secret, "a hash"); return err })
		got := find("OWNER@contoso.com")
		if len(got) != 1 || got[0].User.ID != owner.ID || got[0].Organization != w.contoso || got[0].PasswordHash != "a hash" {
			t.Errorf("PasswordPeople = %+v", got)
		}
		for _, nobody := range []string{"", "%", "x\x00", "\xff"} {
			if got := find(nobody); len(got) > 0 {
				t.Errorf("PasswordPeople(%q) = %+v, want nobody", nobody, got)
			}
		}
		if v := w.visit("owner's"); v.Session.RevokedReason != "password_changed" {
			t.Errorf("a session from before ended for %q, want password_changed", v.Session.RevokedReason)
		}
		if got := w.actions(w.contoso, owner.ID); got[len(got)-1] != "user.password_set" {
			t.Errorf("events = %v, want the last to be user.password_set", got)
		}
	})
}
