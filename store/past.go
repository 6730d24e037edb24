package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Past is what decided about roles in an organization at an instant. It is found by undoing, on what the tables hold now, the
// events since: rules at once, people when they are asked for. The trail has to be complete for that (see Since), and what it
// never tells of is as it is now.
type Past struct {
	At time.Time
	// Since is from when on the trail tells everything: earlier instants cannot be told surely. Zero for always.
	Since time.Time
	// Made is when the organization was made, if that was after At: nobody was on its list then. Zero otherwise.
	Made time.Time

	scope        *OrganizationScope
	organization Organization
	line         []string // the organization and those above it, by distance
	roles        map[string]pastRole
	mappings     map[string]pastMapping
	connections  map[string]Connection
	ceilings     map[string]string // role ids by connection
	said         map[attached]string
	groups       map[string]pastGroup // those that have been asked for
	mapped       map[string]time.Time // when mappings were last changed, of those that have been asked for
}

// attached is an organization with a connection, of which it may say something.
type attached struct{ organizationID, connectionID string }

// pastMapping is a mapping with what is not told of one otherwise.
type pastMapping struct {
	Mapping
	DirectoryID, ExternalKey string
}

type pastGroup struct {
	on bool
	GroupRecord
}

// Past reads how the organization was at an instant.
func (o *OrganizationScope) Past(ctx context.Context, at time.Time) (*Past, error) {
	if !o.valid() {
		return nil, ErrNotFound
	}
	p := newPast(o, at)
	// What is undone twice is undone the same way, so that changes between these two do no harm.
	if err := p.readRules(ctx); err != nil {
		return nil, err
	}
	return p, p.undoRules(ctx)
}

func newPast(o *OrganizationScope, at time.Time) *Past {
	return &Past{At: at, scope: o, roles: map[string]pastRole{}, mappings: map[string]pastMapping{}, connections: map[string]Connection{},
		ceilings: map[string]string{}, said: map[attached]string{}, groups: map[string]pastGroup{}, mapped: map[string]time.Time{}}
}

// Roles is the ladder, the highest first.
func (p *Past) Roles() []Role {
	var ladder []Role
	for _, r := range p.roles {
		if r.organizationID == p.organization.ID {
			ladder = append(ladder, r.Role)
		}
	}
	slices.SortFunc(ladder, func(a, b Role) int { return b.Rank - a.Rank })
	return ladder
}

// PastPlace is where somebody may be in a list of people of the past; the zero value is before everybody.
type PastPlace struct{ DirectoryID, UserID string }

// Page lists people who were on the list, in order of directory and id, behind a place. next is where it ends; the zero place
// where nobody follows. People of connections that were removed since are not among them: see Gone.
func (p *Past) Page(ctx context.Context, after PastPlace, max int) (people []PersonRecord, next PastPlace, err error) {
	for _, d := range p.directories() {
		if d.key.DirectoryID < after.DirectoryID {
			continue
		}
		from := ""
		if d.key.DirectoryID == after.DirectoryID {
			from = after.UserID
		}
		for {
			ids, err := p.candidates(ctx, d, from, max-len(people))
			if err != nil {
				return nil, next, err
			}
			found, err := p.peopleOf(ctx, d, ids)
			if err != nil {
				return nil, next, err
			}
			people = append(people, found...)
			if len(ids) == 0 {
				break
			}
			from = ids[len(ids)-1]
			if len(people) >= max {
				return people, PastPlace{d.key.DirectoryID, from}, nil
			}
		}
	}
	return people, PastPlace{}, nil
}

// Person finds how one person was; ErrNotFound if they were not on the list.
func (p *Past) Person(ctx context.Context, directoryID, userID string) (PersonRecord, error) {
	if !validID(userID) {
		return PersonRecord{}, ErrNotFound
	}
	for _, d := range p.directories() {
		if d.key.DirectoryID == directoryID {
			return first(p.peopleOf(ctx, d, []string{userID}))
		}
	}
	return PersonRecord{}, ErrNotFound
}

// Find finds the people who were on the list and have now, or had when they were deleted, a user name, external id or id; by an
// e-mail address, those who have it now.
func (p *Past) Find(ctx context.Context, who string) ([]PersonRecord, error) {
	called, err := p.scope.EverCalled(ctx, who)
	if err != nil {
		return nil, err
	}
	var found []PersonRecord
	for _, place := range called {
		person, err := p.Person(ctx, place.DirectoryID, place.UserID)
		if err == nil {
			found = append(found, person)
		} else if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return found, nil
}

// EverCalled finds people who are, or were when they were deleted, called so: see FindVisitors and FindDeleted.
func (o *OrganizationScope) EverCalled(ctx context.Context, who string) ([]PastPlace, error) {
	now, err := o.FindVisitors(ctx, who)
	if err != nil {
		return nil, err
	}
	gone, err := o.FindDeleted(ctx, who)
	if err != nil {
		return nil, err
	}
	var list []PastPlace
	for _, person := range now {
		list = append(list, PastPlace{person.Directory.DirectoryID, person.User.ID})
	}
	for _, t := range gone {
		list = append(list, PastPlace{t.DirectoryID, t.ID})
	}
	return list, nil
}

// Connection is a connection as it was; the zero value for one that was not there.
func (p *Past) Connection(id string) Connection { return p.connections[id] }

// Mappings lists what gave roles, in order of creation.
func (p *Past) Mappings() []Mapping {
	var list []Mapping
	for _, id := range slices.Sorted(maps.Keys(p.mappings)) {
		m := p.mappings[id]
		if m.GroupID == "" && m.AppRole == "" {
			m.GroupExternalID = m.ExternalKey
		}
		list = append(list, m.Mapping)
	}
	return list
}

// Gone lists the connections that were there then and are not now. Their people left with them, and are not told.
func (p *Past) Gone(ctx context.Context) ([]Connection, error) {
	now, err := p.scope.ReachableConnections(ctx)
	if err != nil {
		return nil, err
	}
	left := maps.Clone(p.connections)
	for _, r := range now {
		delete(left, r.Connection.ID)
	}
	return slices.SortedFunc(maps.Values(left), func(a, b Connection) int { return strings.Compare(a.Slug, b.Slug) }), nil
}

// pastDirectory is a directory as it was.
type pastDirectory struct {
	key        DirectoryKey
	connection Connection // no ID for the local one
	line       []string   // what was said of the connection
}

// directories are the local one and those of connections, in order of id.
func (p *Past) directories() []pastDirectory {
	if !p.Made.IsZero() {
		return nil
	}
	list := []pastDirectory{{key: p.organization.LocalDirectory}}
	for _, c := range p.connections {
		d := pastDirectory{key: c.Directory(), connection: c}
		for _, id := range p.line {
			d.line = append(d.line, p.said[attached{id, c.ID}])
			if id == c.OrganizationID {
				break
			}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b pastDirectory) int { return strings.Compare(a.key.DirectoryID, b.key.DirectoryID) })
	return list
}
