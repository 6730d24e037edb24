package admin_test

import (
	"net/http"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const rolesPath = "/admin/organizations/contoso/roles"

// ladder reads contoso's roles anew, by name.
func (w *world) ladder() map[string]store.Role {
	w.t.Helper()
	roles, err := w.store.Organization(w.places["contoso"].org.ID).Roles(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	byName := map[string]store.Role{}
	for _, r := range roles {
		byName[r.Name] = r
	}
	return byName
}

func TestRoles_CanBeMadeChangedMovedAndRemoved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner := w.contosoOwner()
		owner.want(owner.get(rolesPath), http.StatusOK, "Readers of contoso", "Is refused", "Has the highest of them", "1 person has no role")
		for text, answers := range map[string][]string{
			"whole number":          {"name", "editor", "rank", "high", "console", "none"},
			"between 1 and 1000000": {"name", "editor", "rank", "0", "console", "none"},
			"without commas":        {"name", "a,b", "rank", "25", "console", "none"},
			"There is a role":       {"name", "Writer", "rank", "25", "console", "none"},
			"has this rank":         {"name", "editor", "rank", "30", "console", "none"},
			"Choose one":            {"name", "editor", "rank", "25", "console", "all"},
		} {
			owner.want(owner.post(rolesPath+"/add", answers...), http.StatusUnprocessableEntity, text)
		}
		owner.want(owner.post(rolesPath+"/add", "name", "editor", "rank", "25", "console", "none"), http.StatusSeeOther, rolesPath+"?done=saved")
		editor := w.ladder()["editor"]
		owner.want(owner.save(rolesPath+"/"+editor.ID+"/edit", "name", "author", "rank", "26", "console", "read", "shared-only", "on"), http.StatusSeeOther)
		if got, want := w.ladder()["author"], (store.Role{ID: editor.ID, Name: "author", Rank: 26, Console: store.ConsoleRead, SharedOnly: true}); got != want {
			t.Errorf("the role is %+v, want %+v", got, want)
		}
		writer := w.ladder()["writer"]
		owner.want(owner.save(rolesPath+"/"+editor.ID+"/raise"), http.StatusSeeOther)
		if now := w.ladder(); now["author"].Rank != writer.Rank || now["writer"].Rank != 26 {
			t.Errorf("raised, the ladder is %+v", now)
		}
		owner.want(owner.get(rolesPath+"/"+editor.ID+"/lower"), http.StatusOK, "Put author below writer", "Who has both roles has writer from then on")
		owner.want(owner.save(rolesPath+"/"+editor.ID+"/lower"), http.StatusSeeOther)
		if now := w.ladder(); now["author"].Rank != 26 || now["writer"].Rank != writer.Rank {
			t.Errorf("lowered, the ladder is %+v", now)
		}
		owner.want(owner.save(rolesPath+"/"+writer.ID+"/remove"), http.StatusSeeOther, "done=role-removed")
		owner.want(owner.get(rolesPath+"/"+w.ladder()["reader"].ID+"/remove"), http.StatusOK, "is still given by 1 mapping: change")
		if _, there := w.ladder()["writer"]; there {
			t.Error("a removed role is there")
		}
	})
}

// The preview of a role names who has it, and what becomes of their right to the console.
func TestRoles_AChangeIsForetold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	w.signIn("contoso", "auditor", w.clock.Now())
	auditor := w.ladder()["auditor"]
	owner.want(owner.post(rolesPath+"/"+auditor.ID+"/edit", "name", "auditor", "rank", "35", "console", "manage"), http.StatusOK,
		"1 keeps the role auditor, now with the console right", "auditor0304")
	owner.want(owner.post(rolesPath+"/"+auditor.ID+"/edit", "name", "inspector", "rank", "35", "console", "read"), http.StatusOK, "1 becomes inspector")
}

// Nobody makes, changes or moves what is not below them.
func TestRoles_KeepToWhatIsBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	manager, ladder := w.signIn("contoso", "admin", w.clock.Now()), w.ladder()
	page := manager.want(manager.get(rolesPath), http.StatusOK, rolesPath+"/"+ladder["reader"].ID+"/edit")
	for _, name := range []string{"admin", "owner"} {
		manager.lacks(page, rolesPath+"/"+ladder[name].ID+"/")
		for _, verb := range []string{"/edit", "/remove"} {
			manager.want(manager.post(rolesPath+"/"+ladder[name].ID+verb, "name", "x", "rank", "5", "console", "none"), http.StatusUnprocessableEntity, "not below yours")
		}
	}
	manager.want(manager.post(rolesPath+"/"+ladder["admin"].ID+"/raise"), http.StatusUnprocessableEntity, "not below yours")
	manager.want(manager.post(rolesPath+"/"+ladder["owner"].ID+"/lower"), http.StatusUnprocessableEntity, "not below yours")
	manager.want(manager.post(rolesPath+"/add", "name", "deputy", "rank", "41", "console", "none"), http.StatusUnprocessableEntity, "not below yours")
	manager.want(manager.post(rolesPath+"/add", "name", "deputy", "rank", "39", "console", "own"), http.StatusUnprocessableEntity, "Choose one")
	manager.want(manager.post(rolesPath+"/"+ladder["auditor"].ID+"/raise"), http.StatusUnprocessableEntity, "not below yours")
	if got := w.ladder(); len(got) != len(ladder) || got["admin"] != ladder["admin"] {
		t.Errorf("the ladder is %+v", got)
	}
}
