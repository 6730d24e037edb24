package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestPast_IsWhatWasSeen makes random changes in an organization and the one above it, writes down now and then who is on the
// list with which grants, and demands that the past tells exactly that later. It holds only if the trail is complete.
func TestPast_IsWhatWasSeen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &world{Store: s, t: t}
		worlds := 0
		rapid.Check(t, func(r *rapid.T) {
			worlds++
			c := newChanging(r, w, fmt.Sprintf("w%d", worlds))
			for range rapid.IntRange(5, 25).Draw(r, "changes") {
				storetest.ClockOf(t, s).Advance(time.Second)
				c.change()
				if rapid.IntRange(0, 9).Draw(r, "look") == 0 {
					c.look()
				}
			}
			c.recall()
			c.retell(c.organization())
		})
	})
}

// changing is a small world that changes at random.
type changing struct {
	*rapid.T
	w           *world
	top, branch store.Organization
	connections []store.Connection // of top, and of branch
	locals      []store.DirectoryKey
	users       map[store.DirectoryKey][]string
	groups      map[store.DirectoryKey][]string
	seen        []sight
	named       int
}

// sight is what was seen of an organization at an instant.
type sight struct {
	at     time.Time
	o      store.Organization
	people map[string]string // what decides about each, by id
}

func newChanging(t *rapid.T, w *world, slug string) *changing {
	c := &changing{T: t, w: w, users: map[store.DirectoryKey][]string{}, groups: map[store.DirectoryKey][]string{}}
	w.must(func(tx *store.Tx) (err error) {
		if c.top, err = tx.CreateOrganization(slug, "", ""); err != nil {
			return err
		}
		if c.branch, err = tx.CreateOrganization(slug+"-branch", "", c.top.ID); err != nil {
			return err
		}
		c.connections = nil
		for _, o := range []store.Organization{c.top, c.branch} {
			connection, err := tx.Organization(o.ID).CreateConnection(entraConnection(o.Slug+"-entra"), "")
			if err != nil {
				return err
			}
			c.connections = append(c.connections, connection)
			if err := tx.Directory(connection.Directory()).SetBrake(store.Brake{Hold: time.Hour}); err != nil {
				return err
			}
		}
		return nil
	})
	c.locals = []store.DirectoryKey{c.top.LocalDirectory, c.branch.LocalDirectory}
	c.populate()
	return c
}

// populate begins with people and groups of each connection that roles are mapped to, so that changes find something.
func (c *changing) populate() {
	for _, connection := range c.connections {
		in := connection.Directory()
		for i := range 3 {
			r := person(c.name("user")+"@example.com", uuid.NewString())
			r.AppRoles = [][]string{{"Task.Read"}, {"Task.Write"}, nil}[i]
			c.users[in] = append(c.users[in], c.w.addUser(connection, documented(r)).ID)
		}
		g := c.w.addGroup(connection, groupRecord(c.name("group"), uuid.NewString()), c.users[in]...)
		c.groups[in] = []string{g.ID}
		for i, o := range []store.Organization{c.top, c.branch} {
			c.w.must(func(tx *store.Tx) error {
				if i == 0 && connection.OrganizationID == c.branch.ID {
					return nil
				}
				_, err := tx.Organization(o.ID).CreateMapping(store.Mapping{ConnectionID: connection.ID, RoleID: c.w.role(o, "writer").ID, GroupExternalID: g.ExternalID})
				if err == nil {
					_, err = tx.Organization(o.ID).CreateMapping(store.Mapping{ConnectionID: connection.ID, RoleID: c.w.role(o, "admin").ID, AppRole: "Task.Read"})
				}
				return err
			})
		}
	}
}

func pick[T any](c *changing, list []T) (one T) {
	if len(list) > 0 {
		one = list[rapid.IntRange(0, len(list)-1).Draw(c.T, "which")]
	}
	return one
}

// change makes one change; some are refused, which is no change.
func (c *changing) change() {
	changes := []func(tx *store.Tx) error{c.createUser, c.createUser, c.updateUser, c.updateUser, c.updateUser, c.deleteUser, c.review, c.decideHeld,
		c.createGroup, c.updateGroup, c.changeMembers, c.changeMembers, c.changeMembers, c.deleteGroup, c.createMapping, c.createMapping, c.changeMapping,
		c.changeRole, c.assign, c.assign, c.setPolicy, c.limit, c.changeConnection, c.newcomer}
	kind := rapid.IntRange(0, len(changes)-1).Draw(c.T, "change")
	actor := rapid.SampledFrom([]store.ActorKind{store.Provisioner, store.Administrator}).Draw(c.T, "actor")
	before := storetest.ClockOf(c.w.t, c.w.Store).Now()
	err := c.w.Write(c.w.t.Context(), store.Actor{Kind: actor, ID: "x"}, changes[kind])
	if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrVersion) {
		return
	}
	_, refused := errors.AsType[*store.RefusedError](err)
	_, conflict := errors.AsType[*store.ConflictError](err)
	if _, invalid := errors.AsType[*store.InvalidError](err); !refused && !conflict && !invalid {
		c.Fatalf("change %d at %v: %v", kind, before, err)
	}
}

// look writes down what is there now.
func (c *changing) look() {
	for _, o := range []store.Organization{c.top, c.branch} {
		s := sight{at: c.w.Now(), o: o, people: map[string]string{}}
		for _, users := range c.users {
			for _, id := range users {
				found, err := c.w.Organization(o.ID).FindVisitors(c.w.t.Context(), id)
				if err != nil {
					c.Fatal(err)
				}
				for _, p := range found {
					s.people[id] = whatDecides(p)
				}
			}
		}
		c.seen = append(c.seen, s)
	}
}

// recall asks the past for each sight, person by person and all at once.
func (c *changing) recall() {
	ctx := c.w.t.Context()
	for _, s := range c.seen {
		past, err := c.w.Organization(s.o.ID).Past(ctx, s.at)
		if err != nil {
			c.Fatal(err)
		}
		all, one := map[string]string{}, map[string]string{}
		for place, more := (store.PastPlace{}), true; more; more = place != (store.PastPlace{}) {
			var people []store.PersonRecord
			if people, place, err = past.Page(ctx, place, 5); err != nil {
				c.Fatal(err)
			}
			for _, p := range people {
				all[p.User.ID] = whatDecides(p)
			}
		}
		for in, users := range c.users {
			for _, id := range users {
				if p, err := past.Person(ctx, in.DirectoryID, id); err == nil {
					one[id] = whatDecides(p)
				} else if !errors.Is(err, store.ErrNotFound) {
					c.Fatal(err)
				}
			}
		}
		if diff := gocmp.Diff(s.people, all); diff != "" {
			c.Fatalf("everybody at %v in %s (-seen +told):\n%s", s.at, s.o.Slug, diff)
		}
		if diff := gocmp.Diff(s.people, one); diff != "" {
			c.Fatalf("one by one at %v in %s (-seen +told):\n%s", s.at, s.o.Slug, diff)
		}
	}
}

// retell asks for each person's timeline, and demands that it has what was seen.
func (c *changing) retell(o store.Organization) {
	for in, users := range c.users {
		for _, id := range users {
			line, more, err := c.w.Organization(o.ID).Timeline(c.w.t.Context(), in.DirectoryID, id)
			if errors.Is(err, store.ErrNotFound) { // of a directory that is none of the organization's
				line = []store.PastRecord{{}}
			} else if err != nil || more {
				c.Fatal(err, more)
			}
			for _, s := range c.seen {
				if s.o.ID != o.ID {
					continue
				}
				i := slices.IndexFunc(line, func(r store.PastRecord) bool { return !r.From.After(s.at) })
				told := ""
				if line[i].On {
					told = whatDecides(line[i].Person)
				}
				if diff := gocmp.Diff(s.people[id], told); diff != "" {
					c.Fatalf("%s at %v in %s (-seen +told):\n%s", id, s.at, o.Slug, diff)
				}
			}
		}
	}
}

// whatDecides is all of a person by which a role is decided.
func whatDecides(p store.PersonRecord) string {
	var grants, groups []string
	for _, g := range p.Grants {
		grants = append(grants, fmt.Sprint(g))
	}
	for _, g := range p.Groups {
		groups = append(groups, g.ID+" "+g.DisplayName+" "+g.ExternalID)
	}
	slices.Sort(grants)
	slices.Sort(groups)
	u, connection := p.User, p.Connection
	connection.ArmedAt, connection.ArmedBy, connection.CreatedAt = time.Time{}, "", time.Time{}
	return fmt.Sprintf("%s %s %s %s %v %v %s %s\n%v\n%v\n%s %s\n%v\n%v", u.ID, u.UserName, u.ExternalID, u.DisplayName, u.Active, u.Held, u.Origin, u.Link,
		connection, p.Attachments, p.Organization.DefaultRoleID, p.Organization.AmbiguousRoles, strings.Join(grants, "; "), strings.Join(groups, "; "))
}
