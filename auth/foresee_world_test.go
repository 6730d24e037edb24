package auth_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"doorlist/auth"
	"doorlist/store"
)

// ruled is a random world of two organizations, one below the other, in which rules can be changed at random.
type ruled struct {
	*rand.Rand
	t           *testing.T
	store       *store.Store
	orgs        []store.Organization
	connections []store.Connection
	groups      map[string][]store.Group // by connection
	people      []ruledPerson
}

type ruledPerson struct {
	id        string
	directory store.DirectoryKey
}

func newRuled(t *testing.T, s *store.Store, seed uint64) *ruled {
	w := &ruled{Rand: rand.New(rand.NewPCG(seed, 7)), t: t, store: s, groups: map[string][]store.Group{}}
	w.must(func(tx *store.Tx) error {
		top, err := tx.CreateOrganization("top", "", "")
		if err != nil {
			return err
		}
		branch, err := tx.CreateOrganization("branch", "", top.ID)
		w.orgs = []store.Organization{top, branch}
		return err
	})
	for i, kind := range []store.ConnectionKind{store.EntraConnection, store.OIDCConnection, store.EntraConnection} {
		w.addConnection(w.orgs[i/2], fmt.Sprintf("way-%d", i), kind)
	}
	for _, o := range w.orgs {
		w.addPeople(o.LocalDirectory, "local@"+o.Slug, 4)
	}
	return w
}

func (w *ruled) must(change func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.store.Write(context.Background(), admin, change); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ruled) addConnection(o store.Organization, slug string, kind store.ConnectionKind) {
	wanted := store.Connection{Slug: slug, Kind: kind, ClientID: "app", Roles: pick(w, "entra", "hybrid", "hybrid", "local")}
	if kind == store.EntraConnection {
		wanted.TenantID = tenantID
	} else {
		wanted.Issuer, wanted.SubjectClaim = "https://idp.example.com", "sub"
	}
	var c store.Connection
	w.must(func(tx *store.Tx) (err error) {
		c, err = tx.Organization(o.ID).CreateConnection(wanted, "hush")
		return err
	})
	w.connections = append(w.connections, c)
	ids := w.addPeople(c.Directory(), slug, 10)
	for i := range 4 {
		w.must(func(tx *store.Tx) error {
			r := store.GroupRecord{DisplayName: fmt.Sprintf("%s group %d", slug, i), ExternalID: pick(w, "", uuid.NewString()), Document: "{}", Keys: "{}"}
			var members []store.NewMember
			for _, id := range ids {
				if w.IntN(3) == 0 {
					members = append(members, store.NewMember{ID: id})
				}
			}
			g, err := tx.Directory(c.Directory()).CreateGroup(r, members)
			w.groups[c.ID] = append(w.groups[c.ID], g)
			return err
		})
	}
}

// addPeople makes people of whom some are switched off, share an object id, have an app role, or a password.
func (w *ruled) addPeople(d store.DirectoryKey, name string, n int) (ids []string) {
	twin := uuid.NewString()
	for i := range n {
		r := store.UserRecord{UserName: fmt.Sprintf("%s-%d@example.com", name, i), Active: w.IntN(6) > 0, Document: "{}", Keys: "{}"}
		r.ExternalID = pick(w, uuid.NewString(), uuid.NewString(), uuid.NewString(), twin, "", "no-guid")
		if w.IntN(3) == 0 {
			r.AppRoles = []string{pick(w, "Task.Read", "task.write")}
		}
		password := w.IntN(3) == 0
		w.must(func(tx *store.Tx) error {
			u, err := tx.Directory(d).CreateUser(r)
			if err != nil {
				return err
			}
			w.people, ids = append(w.people, ruledPerson{u.ID, d}), append(ids, u.ID)
			if password {
				err = tx.Directory(d).SetPassword(u.ID, "a hash", "")
			}
			return err
		})
	}
	return ids
}

func pick[T any](w *ruled, from ...T) T { return from[w.IntN(len(from))] }

func (w *ruled) role(o store.Organization) store.Role {
	ladder, err := w.store.Organization(o.ID).Roles(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return pick(w, ladder...)
}

// someMapping is one of an organization's mappings; the zero value where there is none.
func (w *ruled) someMapping(o store.Organization) store.Mapping {
	all, err := w.store.Organization(o.ID).Mappings(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return pick(w, append(all, store.Mapping{ID: uuid.NewString()})...)
}

// change draws a change of the rules of an organization, with its name.
func (w *ruled) change() (string, store.Organization, func(tx *store.Tx) error) {
	o, c := pick(w, w.orgs...), pick(w, w.connections...)
	role, other, person := w.role(o), w.role(o), pick(w, w.people...)
	at := func(tx *store.Tx) *store.OrganizationTx { return tx.Organization(o.ID) }
	switch w.IntN(15) {
	case 0, 1:
		m := store.Mapping{ConnectionID: c.ID, RoleID: role.ID}
		switch g := pick(w, w.groups[c.ID]...); {
		case w.IntN(3) == 0:
			m.AppRole = pick(w, "Task.Read", "TASK.Write")
		case g.ExternalID != "" && w.IntN(2) == 0:
			m.GroupExternalID = g.ExternalID
		default:
			m.GroupID = g.ID
		}
		return "add a mapping", o, func(tx *store.Tx) error { _, err := at(tx).CreateMapping(m); return err }
	case 2:
		m := w.someMapping(o)
		return "change a mapping", o, func(tx *store.Tx) error { _, err := at(tx).UpdateMapping(m.ID, role.ID); return err }
	case 3:
		m := w.someMapping(o)
		return "remove a mapping", o, func(tx *store.Tx) error { return at(tx).RemoveMapping(m.ID) }
	case 4:
		return "set a ceiling", o, func(tx *store.Tx) error { return at(tx).SetCeiling(c.ID, pickID(role, other)) }
	case 5:
		role.Rank, role.SharedOnly = w.IntN(60)+1, role.SharedOnly != (w.IntN(4) == 0)
		role.Console = pick(w, role.Console, store.ConsoleNone)
		return "change a role", o, func(tx *store.Tx) error { _, err := at(tx).UpdateRole(role); return err }
	case 6:
		return "reorder the ladder", o, func(tx *store.Tx) error { return at(tx).SwapRoles(role.ID, other.ID) }
	case 7:
		id := pick(w, role.ID, "")
		return "set the default role", o, func(tx *store.Tx) error { return at(tx).SetDefaultRole(id) }
	case 8:
		return "assign a role", o, func(tx *store.Tx) error {
			return at(tx).AssignRole(person.directory.DirectoryID, person.id, role.ID)
		}
	case 9:
		return "take a role back", o, func(tx *store.Tx) error {
			return at(tx).UnassignRole(person.directory.DirectoryID, person.id, role.ID)
		}
	case 10:
		mode := pick(w, store.SSOAll, store.SSOOff, store.SSOPerUser)
		return "set the mode", o, func(tx *store.Tx) error { return at(tx).SetSSOMode(mode) }
	case 11:
		choice, home := pick(w, "on", "off", ""), store.Organization{ID: person.directory.OrganizationID}
		return "make an exception", home, func(tx *store.Tx) error {
			return tx.Organization(home.ID).SetSSOChoice(person.directory.DirectoryID, person.id, choice)
		}
	case 12:
		wanted := w.IntN(2) == 0
		return "attach or detach", o, func(tx *store.Tx) error { return auth.Attach(tx, o.ID, c.ID, wanted) }
	case 13:
		rule := pick(w, "highest", "refuse")
		return "set the rule of ambiguity", o, func(tx *store.Tx) error { return at(tx).SetAmbiguousRoles(rule) }
	}
	s := pick(w, store.SSOModeSetting, store.DefaultRoleSetting, store.AmbiguousRolesSetting)
	return "inherit a setting", o, func(tx *store.Tx) error { return at(tx).Inherit(s) }
}

func pickID(a, b store.Role) string {
	if a.Rank%2 == 0 {
		return a.ID
	}
	if b.Rank%2 == 0 {
		return ""
	}
	return b.ID
}
