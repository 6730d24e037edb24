package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"

	"github.com/google/uuid"
)

// somebody is a person as the oracle knows them.
type somebody struct {
	store.User
	connection string // id; "" for the local directory
	emails     []string
	ownWay     bool
	roles      []string
}

// gathering is a world with people in three directories.
type gathering struct {
	*world
	random *rand.Rand
	people []somebody
	roles  []store.Role
}

// TestPeople_AgreesWithAPlainLook lists people by random filters, orders and page sizes, and compares what comes page by page with
// a look at everybody.
func TestPeople_AgreesWithAPlainLook(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		g := &gathering{world: w, random: rand.New(rand.NewPCG(1, 25))}
		g.fill(60)
		for range 150 {
			g.compare(g.query())
		}
	})
}

func (g *gathering) fill(count int) {
	g.t.Helper()
	roles, err := g.Organization(g.contoso.ID).Roles(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	g.roles = roles[:3]
	places := []store.DirectoryKey{g.contoso.LocalDirectory, g.entra.Directory(), g.okta.Directory()}
	connections := []string{"", g.entra.ID, g.okta.ID}
	var mapped []store.Group
	for _, c := range []store.Connection{g.entra, g.okta} {
		mapped = append(mapped, g.addGroup(c, groupRecord("Writers", writersOID)))
	}
	g.must(func(tx *store.Tx) error {
		o := tx.Organization(g.contoso.ID)
		for i, m := range []store.Mapping{{ConnectionID: g.entra.ID, GroupID: mapped[0].ID}, {ConnectionID: g.okta.ID, GroupExternalID: writersOID}, {ConnectionID: g.okta.ID, AppRole: "Task.Write"}} {
			m.RoleID = g.roles[[]int{0, 1, 0}[i]].ID
			if _, err := o.CreateMapping(m); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range count {
		place := g.random.IntN(3)
		s := somebody{connection: connections[place]}
		name := []string{"anna", "Anna", "ÅSA", "bob", "b%b", "zoë"}[g.random.IntN(6)]
		r := person(fmt.Sprintf("%s%d@contoso.com", name, i), []string{uuid.NewString(), strings.ToUpper(uuid.NewString()), "E" + fmt.Sprint(i)}[g.random.IntN(3)],
			fmt.Sprintf("Mail%d.%s@contoso.com", i%7, name))
		r.DisplayName, r.Active = []string{"", "Anna B", name}[g.random.IntN(3)], g.random.IntN(4) > 0
		if place == 2 && g.random.IntN(4) == 0 {
			r.AppRoles = []string{"task.write"}
			s.roles = append(s.roles, g.roles[0].ID)
		}
		s.emails = []string{r.Emails[0].Value}
		g.must(func(tx *store.Tx) (err error) {
			s.User, err = tx.Directory(places[place]).CreateUser(documented(r))
			return err
		})
		g.people = append(g.people, g.live(s, places[place], place, mapped))
	}
}

// live gives somebody what comes with time.
func (g *gathering) live(s somebody, directory store.DirectoryKey, place int, mapped []store.Group) somebody {
	g.t.Helper()
	var signedIn int64
	if g.random.IntN(2) == 0 {
		s.LastSignInAt = time.UnixMicro(1_780_000_000_000_000 + int64(g.random.IntN(5))).UTC()
		signedIn = s.LastSignInAt.UnixMicro()
	}
	if place > 0 && g.random.IntN(5) == 0 {
		s.Origin = store.FromSignIn
	}
	assigned, choice, member := g.random.IntN(5) == 0, place > 0 && g.random.IntN(5) == 0, place > 0 && g.random.IntN(3) == 0
	g.must(func(tx *store.Tx) error {
		o := tx.Organization(g.contoso.ID)
		if _, err := o.Update("", "Contoso "+s.ID); err != nil { // the event of the change
			return err
		}
		if assigned {
			if err := o.AssignRole(directory.DirectoryID, s.ID, g.roles[2].ID); err != nil {
				return err
			}
		}
		if choice {
			if err := o.SetSSOChoice(directory.DirectoryID, s.ID, "off"); err != nil {
				return err
			}
		}
		return store.Execute(tx, "UPDATE users SET last_sign_in_at = ?, origin = ?, modified_at = modified_at + ? WHERE directory_id = ? AND id = ?",
			signedIn, string(s.Origin), g.random.IntN(3), directory.DirectoryID, s.ID)
	})
	if member {
		g.must(func(tx *store.Tx) error {
			_, err := tx.Directory(directory).UpdateGroup(mapped[place-1], nil, adding(s.ID))
			return err
		})
		s.roles = append(s.roles, g.roles[place-1].ID)
	}
	if assigned {
		s.roles = append(s.roles, g.roles[2].ID)
	}
	s.ownWay = choice
	u, err := g.Directory(directory).User(g.t.Context(), s.ID)
	if err != nil {
		g.t.Fatal(err)
	}
	s.User = u
	return s
}

func (g *gathering) query() store.PeopleQuery {
	r, yes := g.random, func(n int) bool { return g.random.IntN(n) == 0 }
	q := store.PeopleQuery{Limit: 1 + r.IntN(9), Descending: yes(2)}
	q.Order = []store.PeopleOrder{store.ByCreation, store.ByUserName, store.ByName, store.ByLastSignIn, store.ByChange}[r.IntN(5)]
	if yes(2) {
		somebody := g.people[r.IntN(len(g.people))]
		q.Search = []string{"anna", "AN", "åsa", "b%", "mail1", "Anna b", "E1", "e", "nobody", somebody.ID, somebody.ExternalID, somebody.UserName}[r.IntN(12)]
	}
	if yes(4) {
		q.ConnectionID = g.entra.ID
	}
	if yes(4) {
		active := yes(2)
		q.Active = &active
	}
	if yes(5) {
		q.Origin = []store.Origin{store.FromProvisioning, store.FromAdministrator, store.FromSignIn}[r.IntN(3)]
	}
	q.OwnWay = yes(6)
	if yes(4) {
		q.RoleID = g.roles[r.IntN(3)].ID
	}
	switch r.IntN(8) {
	case 0:
		q.NeverSignedIn = true
	case 1:
		q.SignedInSince = time.UnixMicro(1_780_000_000_000_002)
	case 2:
		q.SignedInBefore = time.UnixMicro(1_780_000_000_000_002)
	}
	if yes(3) {
		q.Keep = func(p store.ListedPerson) bool { return p.User.Version == 1 && p.User.ID[35]%2 == 0 }
	}
	return q
}

// meets is the oracle.
func (p somebody) meets(q store.PeopleQuery) bool {
	begins := func(text string) bool { return strings.HasPrefix(store.Fold(text), store.Fold(q.Search)) }
	external := p.ExternalID
	if _, err := uuid.Parse(external); err == nil {
		external = strings.ToLower(external)
	}
	found := q.Search == "" || p.ID == q.Search || begins(p.UserName) || begins(p.DisplayName) || slices.ContainsFunc(p.emails, begins) ||
		strings.HasPrefix(external, q.Search) || strings.HasPrefix(external, store.Fold(q.Search))
	return found && (q.ConnectionID == "" || p.connection == q.ConnectionID) && (q.Active == nil || p.Active == *q.Active) &&
		(q.Origin == "" || p.Origin == q.Origin) && (!q.OwnWay || p.connection == "" || p.ownWay) && (q.RoleID == "" || slices.Contains(p.roles, q.RoleID)) &&
		(!q.NeverSignedIn || p.LastSignInAt.IsZero()) && (q.SignedInSince.IsZero() || !p.LastSignInAt.Before(q.SignedInSince)) &&
		(q.SignedInBefore.IsZero() || !p.LastSignInAt.IsZero() && p.LastSignInAt.Before(q.SignedInBefore)) &&
		(q.Keep == nil || q.Keep(store.ListedPerson{PersonRecord: store.PersonRecord{User: p.User}}))
}

func (g *gathering) compare(q store.PeopleQuery) {
	g.t.Helper()
	var want []string
	people := slices.Clone(g.people)
	slices.SortFunc(people, func(a, b somebody) int {
		order := cmp.Or(map[store.PeopleOrder]int{
			store.ByUserName: cmp.Compare(store.Fold(a.UserName), store.Fold(b.UserName)), store.ByName: cmp.Compare(store.Fold(a.DisplayName), store.Fold(b.DisplayName)),
			store.ByLastSignIn: a.LastSignInAt.Compare(b.LastSignInAt), store.ByChange: a.ModifiedAt.Compare(b.ModifiedAt),
		}[q.Order], cmp.Compare(a.ID, b.ID))
		if q.Descending {
			return -order
		}
		return order
	})
	for _, p := range people {
		if p.meets(q) {
			want = append(want, p.UserName)
		}
	}
	for _, enough := range []func(int) bool{nil, func(int) bool { return true }} {
		q.After, q.Enough = nil, enough
		var got []string
		for pages := 0; ; pages++ {
			page, err := g.Organization(g.contoso.ID).People(g.t.Context(), q)
			if err != nil {
				g.t.Fatalf("%+v: %v", q, err)
			}
			for _, p := range page.People {
				got = append(got, p.User.UserName)
			}
			if len(page.People) > q.Limit || page.Cut || pages > len(g.people) || page.Looked > 0 && enough == nil {
				g.t.Fatalf("%+v: a page of %d, %+v", q, len(page.People), page)
			}
			if !page.More {
				break
			}
			q.After = &page.Last
		}
		if !slices.Equal(got, want) {
			g.t.Fatalf("%+v: got %d %q, want %d %q", q, len(got), got, len(want), want)
		}
	}
}
