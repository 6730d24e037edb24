package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// held are those whom the brake of contoso's connection holds.
func (w *world) held() []store.Held {
	w.t.Helper()
	list, err := w.store.Directory(w.places["contoso"].conn.Directory()).Held(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// leave lets the provider make people and switch them off again.
func (w *world) leave(names ...string) {
	w.t.Helper()
	d := w.places["contoso"].conn.Directory()
	err := w.store.Write(w.t.Context(), store.Actor{Kind: store.Provisioner}, func(tx *store.Tx) error {
		for _, name := range names {
			u, err := tx.Directory(d).CreateUser(store.UserRecord{UserName: name, Active: true, Document: "{}", Keys: "{}"})
			if err != nil {
				return err
			}
			off := u.UserRecord
			off.Active = false
			if _, err := tx.Directory(d).UpdateUser(u, off); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestBrake_HoldsAndIsDecided(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, brake := w.contosoOwner(), entraPath+"/brake"
		owner.want(owner.get(brake), http.StatusOK, "more than 10 people and 20%", "Nobody is held at the moment")
		for _, wrong := range [][]string{{"-1", "0", "1 day"}, {"0", "101", "24h"}, {"0", "0", "721 hours"}, {"0", "0", "90 minutes"}, {"0", "0", "24"}, {"0", "0", "99999999999999 days"}, {"a", "0", "1 day"}} {
			owner.want(owner.post(brake+"/edit", "people", wrong[0], "percent", wrong[1], "hold", wrong[2]), http.StatusUnprocessableEntity, `aria-invalid="true"`)
		}
		owner.want(owner.post(brake+"/edit", "people", "0", "percent", "0", "hold", "1 day"), http.StatusSeeOther, "brake?done=saved")
		w.leave("ann", "ben", "cid")
		held := w.held()
		if len(held) != 3 {
			t.Fatalf("the brake holds %+v", held)
		}
		owner.want(owner.get("/admin/organizations/contoso"), http.StatusOK, "3 people whom Entra of contoso switched off or deleted are held", brake)
		owner.want(owner.get(brake), http.StatusOK, "held for 1 day", ">ann<", "Keep ben")
		owner.want(owner.get(brake+"/apply?person="+held[0].UserID), http.StatusOK, "Switch off one person", "<li>ann</li>")
		owner.want(owner.post(brake+"/apply?person="+held[0].UserID), http.StatusSeeOther, "brake?done=switched-off")
		owner.want(owner.get(brake+"/apply?person="+held[0].UserID), http.StatusNotFound)
		owner.want(owner.get(brake+"/apply?person="+w.places["contoso"].waiting), http.StatusNotFound)
		owner.want(owner.post(brake+"/release"), http.StatusSeeOther, "brake?done=kept")
		owner.want(owner.get(brake), http.StatusOK, "kept by an owner")
		owner.want(owner.get(usersPath+"/"+held[1].UserID), http.StatusOK, "they stay until the provider switches them on", `class="button quiet" href="`+brake+`"`)
		owner.lacks(owner.get("/admin"), "held by the brake")
		if left := w.held(); len(left) != 2 || !left[0].Since.IsZero() {
			t.Errorf("it holds %+v", left)
		}
	})
}

func TestBrake_DecidesAboutThoseTicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, brake := w.contosoOwner(), entraPath+"/brake"
	owner.want(owner.post(brake+"/edit", "people", "0", "percent", "0", "hold", "1 day"), http.StatusSeeOther)
	w.leave("ann", "ben", "cid", "dan")
	held := w.held()
	two := "?ticked=yes&person=" + held[0].UserID + "&person=" + held[2].UserID
	page := owner.want(owner.get(brake+"/release"+two), http.StatusOK, "Keep 2 people", "<li>ann</li>", "<li>cid</li>")
	owner.lacks(page, "<li>ben</li>")
	for _, none := range []string{"/release?ticked=yes", "/apply?ticked=yes"} {
		owner.want(owner.get(brake+none), http.StatusUnprocessableEntity, "Nobody is ticked")
		owner.want(owner.post(brake+none), http.StatusUnprocessableEntity, "Nobody is ticked")
	}
	owner.want(owner.get(brake+"/apply?ticked=yes"+strings.Repeat("&person="+held[0].UserID, 101)), http.StatusUnprocessableEntity, "at most 100")
	owner.want(owner.get(brake+"/apply?ticked=yes&person="+w.places["contoso"].waiting), http.StatusNotFound)
	if left := w.held(); len(left) != 4 {
		t.Fatalf("looking decided: %+v", left)
	}
	owner.want(owner.post(brake+"/release"+two), http.StatusSeeOther, "brake?done=kept")
	page = owner.want(owner.get(brake+"/apply"), http.StatusOK, "Switch off 2 people", "<li>ben</li>", "<li>dan</li>")
	owner.lacks(page, "<li>ann</li>")
	owner.want(owner.post(brake+"/apply"), http.StatusSeeOther, "brake?done=switched-off")
	owner.lacks(owner.get(brake), "let all go")
	var kept []string
	for _, h := range w.held() {
		kept = append(kept, h.UserName)
	}
	if strings.Join(kept, " ") != "ann cid" {
		t.Errorf("it keeps %q", kept)
	}
}

func TestBrake_TellsDeletionsFromTheRest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, brake := w.contosoOwner(), entraPath+"/brake"
		owner.want(owner.post(brake+"/edit", "people", "0", "percent", "0", "hold", "1 day"), http.StatusSeeOther)
		w.leave("ann")
		w.vanish("ben")
		held := w.held()
		if len(held) != 2 || held[0].Deleted || !held[1].Deleted {
			t.Fatalf("the brake holds %+v", held)
		}
		owner.want(owner.get(brake), http.StatusOK, `data-label="By the provider">switched off<`, `data-label="By the provider">deleted<`, "Switch off ann", "Delete ben")
		owner.want(owner.get("/admin/organizations/contoso/users/"+held[1].UserID), http.StatusOK, "the provider has deleted the person", "UTC at the latest", "was deleted by the provider, and is held", `class="button" href="`+brake+`"`)
		ben := "?person=" + held[1].UserID
		owner.lacks(owner.want(owner.get(brake+"/apply?person="+held[0].UserID), http.StatusOK, "Switch off one person"), "roles given by hand")
		owner.lacks(owner.want(owner.get(brake+"/apply"+ben), http.StatusOK, "Delete one person", "roles given by hand", "<li>ben</li>"), "Switch off one person")
		owner.want(owner.get(brake+"/apply"), http.StatusOK, "Switch off or delete 2 people")
		owner.lacks(owner.want(owner.get(brake+"/release"+ben), http.StatusOK, "finds again by the user name"), "without a limit of time")
		owner.want(owner.get(brake+"/release"), http.StatusOK, "Keep 2 people", "finds again by the user name", "without a limit of time")
		w.vanish("ben") // another person of that name, who is deleted as well
		if held = w.held(); len(held) != 3 {
			t.Fatalf("the brake holds %+v", held)
		}
		owner.want(owner.post(brake+"/release"+ben), http.StatusSeeOther, "brake?done=kept")
		other := "?person=" + held[2].UserID
		owner.want(owner.post(brake+"/release"+other), http.StatusUnprocessableEntity, "The user name ben is another user&#39;s meanwhile")
		owner.want(owner.post(brake+"/apply"+other), http.StatusSeeOther, "brake?done=switched-off")
		if held = w.held(); len(held) != 1 || held[0].UserName != "ann" {
			t.Errorf("the brake holds %+v", held)
		}
	})
}

// vanish lets the provider make people and delete them.
func (w *world) vanish(names ...string) {
	w.t.Helper()
	d := w.places["contoso"].conn.Directory()
	err := w.store.Write(w.t.Context(), store.Actor{Kind: store.Provisioner}, func(tx *store.Tx) error {
		for _, name := range names {
			u, err := tx.Directory(d).CreateUser(store.UserRecord{UserName: name, Active: true, Document: "{}", Keys: "{}"})
			if err != nil {
				return err
			}
			if err := tx.Directory(d).DeleteUser(u.ID, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
