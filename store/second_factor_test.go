package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// enroll gives a user of entra a second factor, proved by the code of step 10.
func (w *world) enroll(userID string, recovery ...string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		return tx.Directory(w.entra.Directory()).EnrollSecondFactor(userID, "SHARED", 10, recovery)
	})
}

func (w *world) secondFactor(userID string) (f store.SecondFactor) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		f, err = tx.Directory(w.entra.Directory()).SecondFactor(userID)
		return err
	})
	return f
}

func TestSecondFactor_ACodeWorksOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		if got := w.secondFactor(alice); got != (store.SecondFactor{Rule: store.SecondFactorOwners}) {
			t.Errorf("at first = %+v", got)
		}
		w.enroll(alice)
		if got := w.secondFactor(alice); got != (store.SecondFactor{Rule: store.SecondFactorOwners, Secret: "SHARED", LastStep: 10}) {
			t.Errorf("enrolled = %+v", got)
		}
		if text := rowText("", w.rows("SELECT * FROM second_factors")[0]); strings.Contains(text, "SHARED") {
			t.Error("the secret is kept in clear")
		}
		use := func(step int64) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.UseSecondFactor(alice, step) })
		}
		won := 0
		for _, err := range together(6, func(int) error { return use(11) }) {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrUsed) {
				t.Errorf("a loser got %v, want ErrUsed", err)
			}
		}
		if won != 1 {
			t.Errorf("%d of 6 uses of one code succeeded, want 1", won)
		}
		if err := use(10); !errors.Is(err, store.ErrUsed) {
			t.Errorf("an earlier code: %v, want ErrUsed", err)
		}
	})
}

func TestRecoveryCode_WorksOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		w.enroll(alice, "one", "two")
		use := func(code string) (left int, err error) {
			err = w.inDirectory(w.entra, func(d *store.DirectoryTx) error { left, err = d.UseRecoveryCode(alice, code); return err })
			return left, err
		}
		if left, err := use("one"); left != 1 || err != nil {
			t.Errorf("the first use: %d left, %v", left, err)
		}
		for _, code := range []string{"one", "", "three"} {
			if _, err := use(code); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the code %q: %v, want ErrNotFound", code, err)
			}
		}
		w.enroll(alice, "three")
		if _, err := use("two"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a code of the second factor before: %v, want ErrNotFound", err)
		}
	})
}

func TestRenewRecoveryCodes_ReplacesAll(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		renew := func(codes ...string) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.RenewRecoveryCodes(alice, codes) })
		}
		left := func() (int, error) {
			return w.Directory(w.entra.Directory()).RecoveryCodesLeft(t.Context(), alice)
		}
		if err := renew("one"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("without a second factor: %v, want ErrNotFound", err)
		}
		if _, err := left(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("counting without a second factor: %v, want ErrNotFound", err)
		}
		w.enroll(alice, "one", "two")
		use := func(code string) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { _, err := d.UseRecoveryCode(alice, code); return err })
		}
		if err := use("one"); err != nil {
			t.Fatal(err)
		}
		if n, err := left(); n != 1 || err != nil {
			t.Errorf("after one of two: %d left, %v", n, err)
		}
		if err := renew("three", "four", "five"); err != nil {
			t.Fatal(err)
		}
		if n, err := left(); n != 3 || err != nil {
			t.Errorf("renewed: %d left, %v", n, err)
		}
		if err := use("two"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an earlier code: %v, want ErrNotFound", err)
		}
		if err := use("four"); err != nil {
			t.Errorf("a new code: %v", err)
		}
		if got := w.secondFactor(alice); got.Secret != "SHARED" {
			t.Errorf("the app's secret became %q", got.Secret)
		}
	})
}

func TestResetSecondFactor_EndsWhatWasBegunWithIt(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		reset := func() error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.ResetSecondFactor(alice) })
		}
		if err := reset(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("without one: %v, want ErrNotFound", err)
		}
		w.enroll(alice, "one")
		w.signIn(w.entra, alice, "hers")
		if err := reset(); err != nil {
			t.Fatal(err)
		}
		if got := w.secondFactor(alice).Secret; got != "" || len(w.rows("SELECT * FROM recovery_codes")) != 0 {
			t.Errorf("afterwards the secret is %q, or codes are left", got)
		}
		if got := w.visit("hers").Session.RevokedReason; got != "second_factor_reset" {
			t.Errorf("her session ended for %q", got)
		}
	})
}

func TestSetSecondFactorRule(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		set := func(rule store.SecondFactorRule) error {
			return w.inContoso(func(o *store.OrganizationTx) error { _, err := o.SetSecondFactorRule(rule); return err })
		}
		if err := set(store.SecondFactorAll); err != nil {
			t.Fatal(err)
		}
		if got, err := w.FindOrganization(t.Context(), "contoso"); got.SecondFactor != store.SecondFactorAll || err != nil {
			t.Errorf("kept %+v, %v", got, err)
		}
		refusedFor(t, "another rule", set("sometimes"), "second-factor", "owners, all or off")
	})
}

func TestChallenge_IsMetOnceInItsTime(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		start := func(secret string) {
			w.must(func(tx *store.Tx) error {
				return tx.Directory(w.entra.Directory()).StartChallenge(secretHash(secret), store.Challenge{
					UserID: alice, Enrolls: "SHARED", ReturnTo: "/wiki", ExpiresAt: w.Now().Add(time.Minute),
				})
			})
		}
		meet := func(secret string) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				if err := d.MeetChallenge(alice, secretHash(secret)); err != nil {
					return err
				}
				return d.EnrollSecondFactor(alice, "SHARED", 1, nil) // a change needs an event
			})
		}
		start("first")
		c, err := w.Challenge(t.Context(), secretHash("first"))
		if err != nil || c.UserID != alice || c.Directory != w.entra.Directory() || c.Enrolls != "SHARED" || c.ReturnTo != "/wiki" {
			t.Errorf("Challenge = %+v, %v", c, err)
		}
		if text := rowText("", w.rows("SELECT * FROM challenges")[0]); strings.Contains(text, "SHARED") {
			t.Error("the secret is kept in clear")
		}
		if err := meet("first"); err != nil {
			t.Fatal(err)
		}
		if err := meet("first"); !errors.Is(err, store.ErrUsed) {
			t.Errorf("meeting it twice: %v, want ErrUsed", err)
		}
		if _, err := w.Challenge(t.Context(), secretHash("first")); !errors.Is(err, store.ErrUsed) {
			t.Errorf("a challenge that was met: %v, want ErrUsed", err)
		}
		start("late")
		storetest.ClockOf(t, w.Store).Advance(time.Minute)
		if _, err := w.Challenge(t.Context(), secretHash("late")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a late challenge: %v, want ErrNotFound", err)
		}
		if err := meet("late"); !errors.Is(err, store.ErrUsed) {
			t.Errorf("meeting it late: %v, want ErrUsed", err)
		}
	})
}

// Somebody who is switched off between the password and the code does not get further by being switched on again.
func TestChallenge_DiesWithThePerson(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		w.must(func(tx *store.Tx) error {
			return tx.Directory(w.entra.Directory()).StartChallenge(secretHash("hers"), store.Challenge{UserID: alice, ExpiresAt: w.Now().Add(time.Hour)})
		})
		w.update(alice, func(r *store.UserRecord) { r.Active = false })
		w.update(alice, func(r *store.UserRecord) { r.Active = true })
		if _, err := w.Challenge(t.Context(), secretHash("hers")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("her challenge: %v, want ErrNotFound", err)
		}
	})
}

func TestPasswordFailures_CountSinceTheLatestAdmissionFromThere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		clock := storetest.ClockOf(t, w.Store)
		record := func(address, reason string) {
			w.must(func(tx *store.Tx) error {
				_, err := tx.Organization(w.contoso.ID).RecordDecision(store.Decision{UserID: alice, Address: address, Reason: reason, Admitted: reason == "admitted"})
				return err
			})
			clock.Advance(time.Second)
		}
		for range 3 {
			record("here", "bad_credentials")
		}
		record("there", "bad_credentials")
		record("here", "locked")
		count := func(address string, since time.Time) (f store.Failures) {
			w.must(func(tx *store.Tx) (err error) {
				f, err = tx.Directory(w.entra.Directory()).PasswordFailures(alice, address, since)
				return err
			})
			if read, err := w.Directory(w.entra.Directory()).PasswordFailures(t.Context(), alice, address, since); read != f || err != nil {
				t.Errorf("without a lock: %+v, %v; want %+v", read, err, f)
			}
			return f
		}
		want := store.Failures{Here: 3, Everywhere: 4, LastHere: storetest.Start.Add(2 * time.Second), LastEverywhere: storetest.Start.Add(3 * time.Second)}
		if got := count("here", storetest.Start); got != want {
			t.Errorf("here = %+v, want %+v", got, want)
		}
		if got := count("here", storetest.Start.Add(2*time.Second)); got.Here != 1 || got.Everywhere != 2 {
			t.Errorf("later = %+v, want 1 here and 2 everywhere", got)
		}
		record("here", "admitted")
		if got := count("here", storetest.Start); got != (store.Failures{}) {
			t.Errorf("after an admission from here = %+v, want none", got)
		}
		if got := count("there", storetest.Start); got.Here != 1 || got.Everywhere != 4 {
			t.Errorf("from there = %+v, want them still", got)
		}
	})
}

func TestOwner_TheLastOneStays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, _, err := w.createOwner("first@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		own := w.role(w.contoso, "owner")
		demote := func(id string) error {
			return w.inContoso(func(o *store.OrganizationTx) error {
				return o.UnassignRole(w.contoso.LocalDirectory.DirectoryID, id, own.ID)
			})
		}
		inUse(t, "demoting the last owner", demote(first.ID), "without an owner", "doorlist owner create")
		weak := own
		weak.Console = store.ConsoleManage
		inUse(t, "taking the right from the role", w.inContoso(func(o *store.OrganizationTx) error { _, err := o.UpdateRole(weak); return err }), "without an owner")
		second, _, err := w.createOwner("second@contoso.com")
		if err != nil {
			t.Fatal(err)
		}
		if err := demote(first.ID); err != nil {
			t.Errorf("demoting one of two: %v", err)
		}
		inUse(t, "demoting the other", demote(second.ID), "without an owner")
	})
}
