package store_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestBrake_Specification(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/brake.txt")
	if err != nil {
		t.Fatal(err)
	}
	b := store.Brake{Hold: time.Hour}
	cases := 0
	for i, line := range strings.Split(string(data), "\n") {
		var leavers, people int
		var want string
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "brake "):
			_, err = fmt.Sscanf(line, "brake people=%d percent=%d", &b.People, &b.Percent)
		default:
			cases++
			_, err = fmt.Sscanf(line, "%d of %d -> %s", &leavers, &people, &want)
		}
		if err != nil {
			t.Fatalf("line %d, %q: %v", i+1, line, err)
		}
		if got := map[bool]string{true: "held", false: "leaves"}[store.Holds(b, leavers, people)]; want != "" && got != want {
			t.Errorf("line %d, %q: %s", i+1, line, got)
		}
	}
	if cases < 18 {
		t.Errorf("the specification has %d cases, which is fewer than there ever were", cases)
	}
}

// pushes makes changes in entra as provisioning does.
func (w *world) pushes(fn func(d *store.DirectoryTx) error) error {
	push := store.Actor{Kind: store.Provisioner, ID: "t1", Name: "token"}
	return w.Write(w.t.Context(), push, func(tx *store.Tx) error { return fn(tx.Directory(w.entra.Directory())) })
}

// switchTo pushes somebody's active; the answer is what provisioning is told.
func (w *world) switchTo(id string, active bool) store.User {
	w.t.Helper()
	before := w.user(w.entra, id)
	var u store.User
	err := w.pushes(func(d *store.DirectoryTx) (err error) {
		u, err = d.UpdateUser(before, edited(before, func(r *store.UserRecord) { r.Active = active }))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if u.Active != active {
		w.t.Errorf("provisioning is told that the user is active: %t, want %t as it wrote", u.Active, active)
	}
	return u
}

func (w *world) heldPeople() (ids []string) {
	w.t.Helper()
	list, err := w.Directory(w.entra.Directory()).Held(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range list {
		ids = append(ids, h.UserID)
	}
	slices.Sort(ids)
	return ids
}

// mass is 20 people with a session each, the last five of whom a push has switched off after 12 others: the brake holds
// from the eleventh on.
func mass(w *world) (people []string) {
	w.holds()
	return w.departure()
}

// holds lets the brake of entra hold people.
func (w *world) holds() {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		return tx.Directory(w.entra.Directory()).SetBrake(store.Brake{People: 10, Percent: 20, Hold: 24 * time.Hour})
	})
}

func (w *world) departure() (people []string) {
	people = w.addUsers(20)
	for _, id := range people {
		w.signIn(w.entra, id, id)
	}
	for _, id := range people[:15] {
		w.switchTo(id, false)
	}
	return people
}

func TestBrake_HoldsWhoIsAboveTheBound(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			_, _, err := tx.Organization(w.contoso.ID).CreateOwner("owner@contoso.com")
			return err
		})
		people := mass(w)
		for i, id := range people {
			v, held := w.visit(id), i >= 10 && i < 15
			if out := i < 10; v.User.MayEnter() == out || v.Session.RevokedAt.IsZero() == out || v.User.Held != held || v.User.Active != (i >= 15) {
				t.Errorf("person %d: %+v, session revoked for %q", i, v.User, v.Session.RevokedReason)
			}
			if got := w.actions(w.contoso, id); held != slices.Contains(got, "user.held") || (i < 10) != slices.Contains(got, "user.deactivated") {
				t.Errorf("events about person %d = %v", i, got)
			}
		}
		if got := w.heldPeople(); !slices.Equal(got, slices.Sorted(slices.Values(people[10:15]))) {
			t.Errorf("held = %v", got)
		}
		if n, err := w.CountHeld(t.Context()); err != nil || n != 5 {
			t.Errorf("CountHeld = %d, %v", n, err)
		}
		alarms := 0
		for _, action := range w.actions(w.contoso, w.entra.ID) {
			if action == "brake.engaged" {
				alarms++
			}
		}
		mail, err := w.UnsentMail(t.Context())
		if err != nil || alarms != 1 || len(mail) != 1 || mail[0].To != "owner@contoso.com" || !strings.Contains(mail[0].Subject, "entra") {
			t.Errorf("%d alarms, mail %+v, %v; want one each", alarms, mail, err)
		}
		// Another change of somebody who is held, or of who has left, changes nothing about that.
		held := w.user(w.entra, people[12])
		if err := w.pushes(func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(held, edited(held, func(r *store.UserRecord) { r.DisplayName = "Renamed" }))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if v := w.visit(people[12]); !v.User.Held || !v.Session.RevokedAt.IsZero() {
			t.Errorf("after another change: %+v", v.User)
		}
	})
}

func TestBrake_HoldsNobodyUnlessSetTo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			_, _, err := tx.Organization(w.contoso.ID).CreateOwner("owner@contoso.com")
			return err
		})
		for i, id := range w.departure() {
			if v := w.visit(id); v.User.MayEnter() != (i >= 15) || v.Session.RevokedAt.IsZero() != (i >= 15) {
				t.Errorf("person %d: %+v, session revoked for %q", i, v.User, v.Session.RevokedReason)
			}
		}
		alarms := 0
		for _, action := range w.actions(w.contoso, w.entra.ID) {
			if action == "brake.alarm" {
				alarms++
			}
		}
		mail, err := w.UnsentMail(t.Context())
		if err != nil || alarms != 1 || len(mail) != 1 || len(w.heldPeople()) > 0 {
			t.Errorf("%d alarms, mail %+v, %v, %d held; want one alarm and one letter", alarms, mail, err, len(w.heldPeople()))
		}
	})
}

func TestBrake_SwitchedOnAgain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		w.switchTo(people[12], true)
		if v := w.visit(people[12]); v.User.Held || !v.User.Active || !v.Session.RevokedAt.IsZero() {
			t.Errorf("switched on again: %+v, session revoked for %q", v.User, v.Session.RevokedReason)
		}
		// Who comes back is no leaver any more: with six of them back there is room for one.
		for _, id := range people[:5] {
			w.switchTo(id, true)
		}
		if u := w.switchTo(people[15], false); u.Held {
			t.Error("the tenth leaver is held")
		}
		if u := w.switchTo(people[16], false); !u.Held {
			t.Error("the eleventh leaver is not held")
		}
	})
}

func TestBrake_CountsAnHour(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		storetest.ClockOf(t, w.Store).Advance(time.Hour + time.Second)
		if u := w.switchTo(people[15], false); u.Held {
			t.Error("a single leaver an hour later is held")
		}
		if got := w.heldPeople(); len(got) != 5 {
			t.Errorf("held = %v, want the five from before", got)
		}
	})
}

func TestBrake_IsForPushesOnly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := mass(w)
		for _, id := range people[15:] {
			if u := w.update(id, func(r *store.UserRecord) { r.Active = false }); u.Held || u.MayEnter() {
				t.Errorf("an administrator's change is held: %+v", u)
			}
		}
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(people[12], 0) })
		if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteUser(people[13], 0) }); err != nil {
			t.Fatal(err)
		}
		if got := w.heldPeople(); len(got) != 4 {
			t.Errorf("held = %v, want four: whom an administrator deletes is gone at once", got)
		}
	})
}

func TestBrake_DeletionsCount(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.holds()
		people := w.addUsers(20)
		for _, id := range people[:10] {
			if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteUser(id, 0) }); err != nil {
				t.Fatal(err)
			}
		}
		if u := w.switchTo(people[10], false); !u.Held {
			t.Error("who is switched off after ten deletions is not held")
		}
	})
}

func TestBrake_TwoNodesAtTheBound(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.holds()
		people := w.addUsers(24)
		before := make([]store.User, len(people))
		for i, id := range people {
			before[i] = w.user(w.entra, id)
		}
		for _, err := range together(len(people), func(i int) error {
			return w.pushes(func(d *store.DirectoryTx) error {
				_, err := d.UpdateUser(before[i], edited(before[i], func(r *store.UserRecord) { r.Active = false }))
				return err
			})
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if got := w.heldPeople(); len(got) != 14 {
			t.Errorf("%d of 24 who leave at once are held, want all but ten", len(got))
		}
		engaged := 0
		for _, action := range w.actions(w.contoso, w.entra.ID) {
			if action == "brake.engaged" {
				engaged++
			}
		}
		if engaged != 1 {
			t.Errorf("%d alarms, want one", engaged)
		}
	})
}

func TestSetBrake(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		set := func(b store.Brake) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.SetBrake(b) })
		}
		tell := func(want store.Brake) {
			t.Helper()
			if got, err := w.Directory(w.entra.Directory()).BrakeOf(t.Context()); err != nil || got != want {
				t.Errorf("BrakeOf = %+v, %v; want %+v", got, err, want)
			}
		}
		tell(store.DefaultBrake)
		strict := store.Brake{People: 1, Percent: 0, Hold: 2 * time.Hour}
		for range 2 {
			if err := set(strict); err != nil {
				t.Fatal(err)
			}
		}
		tell(strict)
		for _, wrong := range []struct {
			field string
			b     store.Brake
		}{
			{"people", store.Brake{People: -1, Hold: time.Hour}}, {"percent", store.Brake{Percent: 101, Hold: time.Hour}},
			{"hold", store.Brake{Hold: 90 * time.Minute}}, {"hold", store.Brake{Hold: -time.Hour}}, {"hold", store.Brake{Hold: 721 * time.Hour}},
		} {
			refusedFor(t, fmt.Sprint(wrong.b), set(wrong.b), wrong.field)
		}
		if got, want := w.actions(w.contoso, w.entra.ID), []string{"connection.created", "connection.credential_added", "connection.brake_changed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		people := w.addUsers(6)
		for i, want := range []bool{false, true, true} {
			if u := w.switchTo(people[i], false); u.Held != want {
				t.Errorf("leaver %d is held: %t", i+1, u.Held)
			}
		}
		if err := set(store.Brake{Percent: 100, Hold: time.Hour}); err != nil {
			t.Fatal(err)
		}
		for _, id := range people[3:] {
			if u := w.switchTo(id, false); u.Held {
				t.Error("a brake that is off holds somebody")
			}
		}
	})
}

// alarms are how often each alarm is in the trail, and the subjects of the letters that went out with it.
func (w *world) alarms() (events map[string]int, subjects []string) {
	w.t.Helper()
	mail, err := w.UnsentMail(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range mail {
		subjects = append(subjects, m.Subject)
	}
	events = map[string]int{}
	for _, action := range w.actions(w.contoso, w.entra.ID) {
		if strings.HasPrefix(action, "brake.") {
			events[action]++
		}
	}
	return events, subjects
}

func (w *world) withOwner() {
	w.t.Helper()
	w.must(func(tx *store.Tx) error {
		_, _, err := tx.Organization(w.contoso.ID).CreateOwner("owner@contoso.com")
		return err
	})
}

func TestBrake_DeletionsGiveTheAlarm(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.withOwner()
		w.holds()
		people := w.addUsers(20)
		for i, id := range people[:12] {
			if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteUser(id, 0) }); err != nil {
				t.Fatal(err)
			}
			if events, mail := w.alarms(); (events["brake.engaged"] == 1) != (i >= 10) || len(mail) != events["brake.engaged"] {
				t.Errorf("after %d deletions: %v, %q", i+1, events, mail)
			}
		}
		if w.switchTo(people[12], false); !w.user(w.entra, people[12]).Held {
			t.Error("who is switched off after the deletions is not held")
		}
	})
}

func TestBrake_LostRolesGiveTheAlarm(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.withOwner()
		people := w.addUsers(20)
		members := make([]store.NewMember, len(people))
		for i, id := range people {
			members[i] = store.NewMember{ID: id}
		}
		var mapped, plain store.Group
		w.must(func(tx *store.Tx) (err error) {
			d := tx.Directory(w.entra.Directory())
			if mapped, err = d.CreateGroup(store.GroupRecord{DisplayName: "Lost", ExternalID: "lost", Document: "{}", Keys: "{}"}, members); err != nil {
				return err
			}
			if plain, err = d.CreateGroup(store.GroupRecord{DisplayName: "Plain", ExternalID: "plain", Document: "{}", Keys: "{}"}, members); err != nil {
				return err
			}
			_, err = tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "reader").ID, GroupID: mapped.ID})
			return err
		})
		take := func(g store.Group, ids ...string) {
			t.Helper()
			err := w.pushes(func(d *store.DirectoryTx) error {
				_, err := d.UpdateGroup(g, nil, store.MemberChange{Remove: ids})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		take(plain, people...)
		take(mapped, people[:10]...)
		if events, mail := w.alarms(); len(events) > 0 || len(mail) > 0 {
			t.Errorf("ten have lost the group: %v, %q", events, mail)
		}
		for _, id := range people[10:12] {
			take(mapped, id)
		}
		if events, mail := w.alarms(); events["brake.roles_lost"] != 1 || len(mail) != 1 || !strings.Contains(mail[0], "entra") {
			t.Errorf("twelve have lost the group: %v, %q", events, mail)
		}
		storetest.ClockOf(t, w.Store).Advance(2 * time.Hour)
		if err := w.ApplyDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows := w.rows("SELECT * FROM role_losses"); len(rows) > 0 {
			t.Errorf("losses of long ago: %v", rows)
		}
		if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteGroup(mapped.ID, 0) }); err != nil {
			t.Fatal(err)
		}
		if events, _ := w.alarms(); events["brake.roles_lost"] != 1 {
			t.Errorf("eight lose a deleted group, of twenty: %v", events)
		}
	})
}
