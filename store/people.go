package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"
)

// PeopleQuery selects people of an organization's own directories; an empty field does not restrict.
type PeopleQuery struct {
	// Search is the beginning of a user name, a display name, an e-mail address or an external id, or a whole user id. It is
	// compared under Fold, external ids that are no GUID as they are.
	Search       string
	ConnectionID string
	Origin       Origin
	Active       *bool
	// OwnWay selects people of whom something of their own decides how they sign in: a choice, a password, an outage.
	OwnWay bool
	// RoleID selects people of whom a grant may give the role, if any gives a role of the organization.
	RoleID                        string
	NeverSignedIn                 bool
	SignedInSince, SignedInBefore time.Time // in both, those who never did are not
	// Keep judges what no column tells; nil keeps everybody.
	Keep func(ListedPerson) bool
	// Enough is asked, now and then, whether looking for people who match shall end after so many; nil never ends it. Filters
	// that few meet are looked for by an index; the others, in a large directory, among all.
	Enough func(looked int) bool

	Order      PeopleOrder
	Descending bool
	After      *Place // the last place that was seen; nil for the beginning
	Limit      int    // 0: none
}

// PeopleOrder is what a list of people is ordered by. Equals are in order of creation.
type PeopleOrder string

// The orders.
const (
	ByCreation   PeopleOrder = ""
	ByUserName   PeopleOrder = "user_name"
	ByName       PeopleOrder = "name"
	ByLastSignIn PeopleOrder = "last_sign_in"
	ByChange     PeopleOrder = "changed"
)

// peopleKey is the column of an order, "" for the id.
type peopleKey struct {
	column string
	number bool
	unique bool // in a directory
}

var peopleKeys = map[PeopleOrder]peopleKey{
	ByCreation:   {unique: true},
	ByUserName:   {column: "u.user_name_key"},
	ByName:       {column: "u.display_name_key"},
	ByLastSignIn: {column: "u.last_sign_in_at", number: true},
	ByChange:     {column: "u.modified_at", number: true},
}

// ListedPerson is a person in a list. Of the user there are no documents, and of the groups none.
type ListedPerson struct {
	PersonRecord
	LastReason string // of the latest attempt that was known for the person's; "" for none
}

// PeoplePage is a page of people.
type PeoplePage struct {
	People []ListedPerson
	// More says that there may be people behind Last.
	More bool
	Last Place
	// Looked is how many people were looked at before Enough ended that: go on behind Last. It is 0 for a page that is whole.
	Looked int
	// Cut says that so many people match the search that only the first of them, by each name, were looked at. Without Enough,
	// none are left out.
	Cut bool
}

// peopleFound is how many people are looked up one by one because they meet a filter, rather than in order.
const peopleFound = 2000

// People lists people by key.
func (o *OrganizationScope) People(ctx context.Context, q PeopleQuery) (PeoplePage, error) {
	key, known := peopleKeys[q.Order]
	if !o.valid() || !known || !isStorable(q.Search) || q.Limit <= 0 || !key.takes(q.After) {
		return PeoplePage{}, nil
	}
	places, err := o.placesOf(ctx, q.ConnectionID)
	if err != nil || len(places) == 0 {
		return PeoplePage{}, err
	}
	l := &peopleList{o: o, q: q, key: key, after: q.After, shown: Fold(q.Search)}
	for _, in := range places {
		s, err := l.stream(ctx, in, len(places))
		if err != nil {
			return PeoplePage{}, err
		}
		l.streams = append(l.streams, s)
		l.page.Cut = l.page.Cut || s.cut
	}
	return l.fill(ctx)
}

// placesOf are the places of the organization, or that of one connection.
func (o *OrganizationScope) placesOf(ctx context.Context, connectionID string) ([]PersonRecord, error) {
	places, err := o.places(ctx, false)
	return slices.DeleteFunc(places, func(in PersonRecord) bool {
		return connectionID != "" && in.Connection.ID != connectionID
	}), err
}

// takes says whether a place can be one of the order.
func (k peopleKey) takes(p *Place) bool {
	if p == nil {
		return true
	}
	if k.number {
		if _, err := strconv.ParseInt(p.Key, 10, 64); err != nil {
			return false
		}
	}
	return validID(p.ID) && isStorable(p.Key)
}

// compare puts places in order.
func (l *peopleList) compare(a, b Place) int {
	var order int
	if l.key.number {
		x, _ := strconv.ParseInt(a.Key, 10, 64)
		y, _ := strconv.ParseInt(b.Key, 10, 64)
		order = cmp.Compare(x, y)
	} else {
		order = cmp.Compare(a.Key, b.Key)
	}
	if order = cmp.Or(order, cmp.Compare(a.ID, b.ID)); l.q.Descending {
		return -order
	}
	return order
}
