package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

// leaving is a world where the brake of entra holds everybody who leaves. Alice is signed in, and a writer by her group, which is in
// another one.
type leaving struct {
	*world
	alice, bob     store.User
	writers, outer store.Group
}

func eachLeaving(t *testing.T, fn func(t *testing.T, w *leaving)) {
	t.Helper()
	eachWorld(t, func(t *testing.T, plain *world) {
		w := &leaving{world: plain}
		w.must(func(tx *store.Tx) error {
			return tx.Directory(w.entra.Directory()).SetBrake(store.Brake{Hold: 24 * time.Hour})
		})
		w.alice = w.addUser(w.entra, person("alice@contoso.com", aliceOID, "alice@mail.example"))
		w.bob = w.addUser(w.entra, person("bob@contoso.com", bobOID))
		w.writers = w.addGroup(w.entra, groupRecord("Writers", writersOID), w.alice.ID, w.bob.ID)
		w.outer = w.addGroup(w.entra, groupRecord("Outer", ""), w.writers.ID)
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: w.writers.ID})
			return err
		})
		w.signIn(w.entra, w.alice.ID, "alice")
		fn(t, w)
	})
}

// pushed is the directory of entra as its provider sees it.
func (w *world) pushed() *store.Directory { return w.Directory(pushedKey(w.entra)) }

func pushedKey(c store.Connection) store.DirectoryKey {
	key := c.Directory()
	key.Pushed = true
	return key
}

func (w *leaving) deletes(id string) {
	w.t.Helper()
	if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteUser(id, 0) }); err != nil {
		w.t.Fatal(err)
	}
}

// wantAlice demands that alice comes in as a writer, or not at all.
func (w *leaving) wantAlice(when string, in bool) {
	w.t.Helper()
	v := w.visit("alice")
	if got := v.Session.RevokedAt.IsZero() && v.User.MayEnter() && len(v.Grants) == 1; got != in {
		w.t.Errorf("%s: comes in = %t, want %t: %+v, grants %v, session revoked for %q", when, got, in, v.User, v.Grants, v.Session.RevokedReason)
	}
}

// wantSeen demands that pushes find alice with her groups, or nothing of her.
func (w *leaving) wantSeen(when string, seen bool) {
	w.t.Helper()
	_, err := w.pushed().User(w.t.Context(), w.alice.ID)
	members, membersErr := w.pushed().Members(w.t.Context(), w.writers.ID, "", 0)
	in := slices.ContainsFunc(members, func(m store.Member) bool { return m.ID == w.alice.ID && m.Kind == store.UserMember })
	if (err == nil) != seen || in != seen || membersErr != nil {
		w.t.Errorf("%s: User = %v, Members = %v, %v; want alice to be seen: %t", when, err, members, membersErr, seen)
	}
}

// TestParted_NoMethodShowsThem calls every method of a pushed directory with what belongs to somebody parted, and again with what belongs
// to nobody, and demands the same answer.
func TestParted_NoMethodShowsThem(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		gone, nobody := target{}, randomTarget()
		gone.User, gone.UserName, gone.Email, gone.ExternalID = w.alice.ID, w.alice.UserName, "alice@mail.example", w.alice.ExternalID
		gone.Group, gone.GroupName, gone.GroupExternalID = w.writers.ID, w.writers.DisplayName, w.writers.ExternalID
		nobody.User = w.alice.ID[:len(w.alice.ID)-1] + map[bool]string{true: "0", false: "1"}[!strings.HasSuffix(w.alice.ID, "0")] // for lists that begin there
		nobody.Group, nobody.GroupName, nobody.GroupExternalID = gone.Group, gone.GroupName, gone.GroupExternalID
		for _, method := range methodsOf[*store.Directory](t, directoryCases) {
			if method == "GroupsOf" || method == "Held" { // one is asked about users who were read before, the other is about who is parted
				continue
			}
			answers := make([]string, 2)
			for i, x := range []target{gone, nobody} {
				answer, err := directoryCases[method](w.world, w.pushed(), x)
				answers[i] = strings.NewReplacer(x.User, "<user>", x.UserName, "<name>", x.ExternalID, "<external>").Replace(fmt.Sprintf("%+v %v", answer, err))
			}
			if answers[0] != answers[1] {
				t.Errorf("%s tells who is parted from nobody:\nparted: %s\nnobody: %s", method, answers[0], answers[1])
			}
		}
	})
}

// TestParted_ListsAreThoseOfADirectoryWithoutThem reads a directory in every order and by every kind of filter, before and after the
// deletion takes effect.
func TestParted_ListsAreThoseOfADirectoryWithoutThem(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.addUser(w.entra, person("carol@contoso.com", ""))
		w.deletes(w.alice.ID)
		parted := w.everyList()
		w.decideHeld(func(d *store.DirectoryTx) (int, error) { return d.ApplyHeld("") })
		if diff := cmp.Diff(w.everyList(), parted); diff != "" || len(parted) < 60 {
			t.Errorf("%d lists (-deleted +parted):\n%s", len(parted), diff)
		}
	})
}

// everyList is what lists tell to pushes: of users and groups, by filters and in orders, whole and from a place on.
func (w *leaving) everyList() (told []string) {
	w.t.Helper()
	ctx, d := w.t.Context(), w.pushed()
	wheres := []store.Where{
		nil, equal("alice@contoso.com", "username"), equal(aliceOID, "externalid"), equal(w.alice.ID, "id"), store.Not{Where: equal("bob@contoso.com", "username")},
		store.Compare{Path: []string{"active"}, Op: store.Equal, Value: true}, present("displayname"), some("emails", equal("alice@mail.example", "value")),
		some("groups", equal(w.writers.ID, "value")), some("groups", equal(w.outer.ID, "value")), present("groups"),
		some("members", equal(w.alice.ID, "value")), some("members", equal("user", "type")), some("members", equal("person alice@contoso.com", "display")), present("members"),
	}
	sorts := []*store.Sort{nil, {Path: []string{"username"}}, {Path: []string{"displayname"}, Descending: true}, {Path: []string{"value"}, List: []string{"members"}},
		{Path: []string{"value"}, List: []string{"groups"}}}
	for _, where := range wheres {
		for _, sort := range sorts {
			for _, q := range []store.Query{{Limit: 10}, {}, {Limit: 1, Offset: 1}, {Limit: 2, Start: &store.Start{}}} {
				q.Where, q.Sort, q.Groups = where, sort, true
				users, err := d.Users(ctx, q)
				groups, groupsErr := d.Groups(ctx, q)
				told = append(told, fmt.Sprintf("%v by %+v: %+v %v, %+v %v", where, sort, users, err, groups, groupsErr))
			}
		}
	}
	return told
}

func TestParted_MembershipsAreFrozen(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		before := w.group(w.entra, w.writers.ID).Version
		w.deletes(w.alice.ID)
		if got := w.group(w.entra, w.writers.ID).Version; got != before+1 {
			t.Errorf("the group is at version %d, want %d: to the provider it has a member less", got, before+1)
		}
		for what, change := range map[string]store.MemberChange{
			"removed": {Remove: []string{w.alice.ID}}, "cleared": {Clear: true}, "replaced": {Clear: true, Add: []store.NewMember{{ID: w.bob.ID}}}, "added": adding(w.alice.ID),
		} {
			err := w.pushes(func(d *store.DirectoryTx) error {
				_, err := d.UpdateGroup(w.writers, nil, change)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.wantAlice(what, true)
			w.wantSeen(what, false)
		}
		others := w.addGroup(w.entra, groupRecord("Others", "cccccccc-0000-4000-8000-0000000000ee"))
		if err := w.pushes(func(d *store.DirectoryTx) error {
			_, err := d.UpdateGroup(others, nil, adding(w.alice.ID))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if rows := w.rows("SELECT * FROM members WHERE group_id = ?", others.ID); len(rows) > 0 {
			t.Errorf("a push put whom it has deleted into another group: %v", rows)
		}
		if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteUser(w.alice.ID, 0) }); err != store.ErrNotFound {
			t.Errorf("deleted again: %v", err)
		}
		if err := w.pushes(func(d *store.DirectoryTx) error { return d.DeleteGroup(w.writers.ID, 0) }); err != nil {
			t.Fatal(err)
		}
		if v := w.visit("alice"); len(v.Grants) > 0 || !v.User.MayEnter() {
			t.Errorf("a deleted group gives %v", v.Grants)
		}
		if rows := w.rows("SELECT * FROM members WHERE group_id = ?", w.writers.ID); len(rows) > 0 {
			t.Errorf("left of the group: %v", rows)
		}
	})
}

func TestParted_AnOldCopyOfTheRecordChangesNothing(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		w.deletes(w.alice.ID)
		err := w.pushes(func(d *store.DirectoryTx) error {
			_, err := d.UpdateUser(w.alice, edited(w.alice, func(r *store.UserRecord) { r.Active = false }))
			return err
		})
		if err != store.ErrVersion {
			t.Errorf("UpdateUser = %v, want ErrVersion, so that the record is read again", err)
		}
		w.wantAlice("after the change", true)
	})
}

// At the sign-in, whom the provider speaks of now goes before whom it has deleted.
func TestParted_SignInFindsWhoeverIsThereFirst(t *testing.T) {
	eachLeaving(t, func(t *testing.T, w *leaving) {
		find := func() (ids []string) {
			t.Helper()
			w.must(func(tx *store.Tx) error {
				d := tx.Directory(w.entra.Directory())
				byGUID, err := d.UsersByGUID(aliceOID)
				if err != nil {
					return err
				}
				byName, err := d.UserByName("alice@contoso.com")
				ids = []string{byName.ID}
				for _, u := range byGUID {
					ids = append(ids, u.ID)
				}
				return err
			})
			return ids
		}
		w.deletes(w.alice.ID)
		if got := find(); !slices.Equal(got, []string{w.alice.ID, w.alice.ID}) {
			t.Errorf("parted: %v", got)
		}
		namesake := w.addUser(w.entra, person("alice@contoso.com", ""))
		w.update(w.bob.ID, func(r *store.UserRecord) { r.ExternalID = aliceOID })
		if got := find(); !slices.Equal(got, []string{namesake.ID, w.bob.ID}) {
			t.Errorf("with others of the same name and object id: %v", got)
		}
		for _, name := range []string{"alice@contoso.com", aliceOID} {
			people, err := w.Organization(w.contoso.ID).FindPeople(t.Context(), name)
			if err != nil || len(people) != 2 {
				t.Errorf("FindPeople(%s) = %v, %v", name, people, err)
			}
			for _, p := range people {
				if p.User.Parted == p.HeldUntil.IsZero() || p.Ambiguous != (p.User.Parted && name == aliceOID || p.User.ID == w.alice.ID) {
					t.Errorf("%s: %+v, until %v, ambiguous %t", name, p.User, p.HeldUntil, p.Ambiguous)
				}
			}
		}
	})
}
