package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const usersPath = "/admin/organizations/contoso/users"

// addStaff adds people to contoso's connection, which takes roles given by hand: alice is a writer and never signed in, bob is
// switched off, carol has no role, and dave has a password and an exception.
func (w *world) addStaff() map[string]store.User {
	w.t.Helper()
	p, staff := w.places["contoso"], map[string]store.User{}
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		w.write(func(tx *store.Tx) (err error) {
			d, o := tx.Directory(p.conn.Directory()), tx.Organization(p.org.ID)
			document := fmt.Sprintf(`{"userName":"%s@contoso.example","displayName":"=%s <script>","title":"Engineer"}`, name, name)
			u, err := d.CreateUser(store.UserRecord{UserName: name + "@contoso.example", DisplayName: "=" + name + " <script>", ExternalID: newGUID(name), Active: name != "bob", Document: document, Keys: "{}"})
			staff[name] = u
			if err != nil || name == "carol" {
				return err
			}
			if name == "dave" {
				if err := o.SetSSOChoice(p.conn.DirectoryID, u.ID, "off"); err != nil {
					return err
				}
			}
			return o.AssignRole(p.conn.DirectoryID, u.ID, p.roles["writer"].ID)
		})
	}
	return staff
}

func TestUsers_FiltersSayWhoAndWhyNot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.addStaff()
		auditor := w.signIn("contoso", "auditor", w.clock.Now())
		auditor.want(auditor.get(usersPath), http.StatusOK, "=alice &lt;script&gt;", "cannot: switched off by the provider", "cannot: no role", "cannot: has no password yet", "cannot: held back")
		for query, names := range map[string]string{
			"q=ALI": "alice", "q=" + newGUID("bob"): "bob", "state=inactive": "bob", "state=cannot&q=%3D": "bob carol dave", "state=can&q=%3D": "alice",
			"role=writer": "alice bob dave", "sso=off": "dave", "sso=on&role=writer": "alice bob", "origin=local": "", "seen=never&q=%3D": "alice bob carol dave", "seen=once": "",
			"since=2026-01-01": "", "before=2026-01-01": "", "connection=contoso-spare": "", "connection=contoso-entra&role=writer&sort=-user_name": "dave bob alice",
		} {
			a := auditor.want(auditor.get(usersPath+"?"+query), http.StatusOK)
			last := -1
			for _, name := range strings.Fields(names) {
				at := strings.Index(a.body, "<bdi>"+name+"@contoso.example")
				if at <= last {
					t.Errorf("%s: %s comes too early or not at all:\n%s", query, name, a.body)
				}
				last = at
			}
			if n := strings.Count(a.body, "&lt;script&gt;</bdi>"); n != len(strings.Fields(names)) {
				t.Errorf("%s: %d people, want %q", query, n, names)
			}
		}
	})
}

func TestUsers_SayWhichFilterCannotBeMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	for query, text := range map[string]string{
		"state=perhaps": "Choose one of those that are offered", "since=yesterday": "such as 2026-03-31", "sort=-": "Choose one of those", "seen=never&since=2026-01-01": "Choose one of them", "q=%00": "plain text",
	} {
		auditor.want(auditor.get(usersPath+"?"+query), http.StatusUnprocessableEntity, "Nothing is shown", text)
		auditor.want(auditor.get(usersPath+"/export?format=csv&"+query), http.StatusUnprocessableEntity, "Nothing is shown")
	}
	auditor.want(auditor.get(usersPath+"/export?format=xlsx"), http.StatusUnprocessableEntity, "choose csv or jsonl")
	auditor.want(auditor.get(usersPath+"?after=nonsense"), http.StatusOK, "waiting@contoso.example")
}

// TestUsers_PageByKey walks through pages of people whose names no address could hold.
func TestUsers_PageByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso"]
	w.write(func(tx *store.Tx) error {
		for i := range 120 {
			name := fmt.Sprintf("user%03d@contoso.example", i)
			_, err := tx.Directory(p.conn.Directory()).CreateUser(store.UserRecord{UserName: name, DisplayName: strings.Repeat("ß\n", 500), ExternalID: newGUID(name), Active: true, Document: "{}", Keys: "{}"})
			if err != nil {
				return err
			}
		}
		return nil
	})
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	seen, at := map[string]bool{}, usersPath+"?q=user"
	for pages := 1; ; pages++ {
		a := auditor.want(auditor.get(at), http.StatusOK)
		for i := range 120 {
			if name := fmt.Sprintf("user%03d@contoso.example", i); strings.Contains(a.body, name) {
				if seen[name] {
					t.Errorf("%s comes twice", name)
				}
				seen[name] = true
			}
		}
		_, rest, more := strings.Cut(a.body, `rel="next" href="`)
		if !more {
			if pages != 3 || len(seen) != 120 {
				t.Errorf("%d pages with %d people", pages, len(seen))
			}
			return
		}
		link, _, _ := strings.Cut(rest, `"`)
		at = strings.ReplaceAll(link, "&amp;", "&")
	}
}

func TestUsers_ExportsWhatIsFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.addStaff()
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	a := auditor.want(auditor.get(usersPath+"/export?format=csv&role=writer"), http.StatusOK)
	rows, err := readCSV(a.body)
	if err != nil || len(rows) != 4 || rows[1][1] != "alice@contoso.example" || rows[1][2] != "'=alice <script>" || rows[2][8] != "false" || rows[2][9] != "inactive" {
		t.Errorf("%v: %q", err, rows)
	}
	a = auditor.want(auditor.get(usersPath+"/export?format=jsonl&q=carol"), http.StatusOK)
	var carol map[string]any
	if err := json.Unmarshal([]byte(a.body), &carol); err != nil || carol["reason"] != "no_role" || carol["display_name"] != "=carol <script>" {
		t.Errorf("%v: %s", err, a.body)
	}
}

func TestUser_ShowsWhyAndWhoOwnsWhat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, staff := w.places["contoso"], w.addStaff()
		w.write(func(tx *store.Tx) error {
			d := tx.Directory(p.conn.Directory())
			inner, err := d.CreateGroup(store.GroupRecord{DisplayName: "Inner", Document: "{}", Keys: "{}"}, []store.NewMember{{ID: staff["alice"].ID}})
			if err != nil {
				return err
			}
			_, err = d.CreateGroup(store.GroupRecord{DisplayName: "Outer", Document: "{}", Keys: "{}"}, []store.NewMember{{ID: inner.ID}})
			return err
		})
		auditor := w.signIn("contoso", "auditor", w.clock.Now())
		auditor.want(auditor.get(usersPath+"/"+staff["alice"].ID), http.StatusOK, "Can sign in, as <bdi>writer", "given by hand", "Inner", "through <bdi>Inner", "Engineer", "Entra of contoso", "Owned by", "was added", "has not tried")
		auditor.lacks(auditor.get(usersPath+"/"+staff["alice"].ID), "/assign")
		auditor.want(auditor.get(usersPath+"/"+staff["bob"].ID), http.StatusOK, "Cannot sign in: switched off by the provider", "What to do")
		auditor.want(auditor.get(usersPath+"/"+staff["carol"].ID), http.StatusOK, "Cannot sign in: no role", "Nothing gives a role")
		var erin store.User
		w.write(func(tx *store.Tx) (err error) {
			o := tx.Organization(p.org.ID)
			if _, err = o.UpdateConnection(entraRoles(p.spare)); err != nil {
				return err
			}
			erin, err = tx.Directory(p.spare.Directory()).CreateUser(store.UserRecord{UserName: "erin@contoso.example", Active: true, Document: "{}", Keys: "{}"})
			if err != nil {
				return err
			}
			return o.AssignRole(p.spare.DirectoryID, erin.ID, p.roles["writer"].ID)
		})
		auditor.want(auditor.get(usersPath+"/"+erin.ID), http.StatusOK, "Cannot sign in: no role", "the connection takes roles from the provider alone")
	})
}

// entraRoles lets roles come from the provider alone.
func entraRoles(c store.Connection) store.Connection {
	c.Roles = "entra"
	return c
}

func TestUser_ActionsKeepToTheCallersOwnRole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, staff := w.places["contoso"], w.addStaff()
		admin, owner := w.signIn("contoso", "admin", w.clock.Now()), w.contosoOwner()
		alice, carol := usersPath+"/"+staff["alice"].ID, usersPath+"/"+staff["carol"].ID
		owners := w.idOf(owner)

		admin.want(admin.get(alice), http.StatusOK, "/assign")
		admin.lacks(admin.get(alice), "/invite")
		admin.want(admin.save(carol+"/assign", "role", p.roles["owner"].ID), http.StatusUnprocessableEntity, "Choose one of those")
		admin.want(admin.save(carol+"/assign", "role", p.roles["reader"].ID), http.StatusSeeOther, "done=assigned")
		admin.want(admin.get(carol), http.StatusOK, "Can sign in, as <bdi>reader")
		admin.want(admin.save(carol+"/unassign", "role", p.roles["reader"].ID), http.StatusSeeOther, "done=unassigned")
		admin.want(admin.get(carol), http.StatusOK, "Cannot sign in: no role")

		admin.want(admin.get(usersPath+"/"+owners), http.StatusOK, "which is above yours")
		for _, action := range []string{"/end-sessions", "/assign"} {
			admin.want(admin.post(usersPath+"/"+owners+action, "role", p.roles["reader"].ID), http.StatusUnprocessableEntity, "above yours", "Nothing was changed")
		}
		owner.want(owner.get("/admin"), http.StatusOK)

		owner.want(owner.save(alice+"/sso", "choice", "off"), http.StatusSeeOther, "done=saved")
		owner.want(owner.get(alice), http.StatusOK, "Cannot sign in: has no password yet")
		owner.want(owner.post(alice+"/invite"), http.StatusOK, "/invite/dli_", "chooses a password")
		owner.want(owner.save(alice+"/sso", "choice", "none"), http.StatusSeeOther, "done=saved")
		owner.want(owner.post(alice+"/invite"), http.StatusOK, "/invite/dli_", "It leads to")
		owner.want(owner.post(alice+"/reset-second-factor"), http.StatusUnprocessableEntity, "has no second factor")
		owner.want(owner.get(usersPath+"/"+p.waiting), http.StatusOK, "Decide who it is", "/reviews/"+p.waiting+"/same-person")

		admins := w.idOf(admin)
		owner.want(owner.get(usersPath+"/"+admins+"/end-sessions"), http.StatusOK, "What ends")
		owner.want(owner.post(usersPath+"/"+admins+"/end-sessions"), http.StatusSeeOther, "done=ended")
		admin.want(admin.get("/admin"), http.StatusSeeOther, "/login")
	})
}

// idOf is the id of the person whose browser it is.
func (w *world) idOf(b *browser) string {
	w.t.Helper()
	page, err := w.store.Organization(w.places["contoso"].org.ID).People(w.t.Context(), store.PeopleQuery{Search: strings.TrimPrefix(b.secret, "secret of "), Limit: 2})
	if err != nil || len(page.People) != 1 {
		w.t.Fatalf("%+v, %v", page, err)
	}
	return page.People[0].User.ID
}
