package auth

import (
	"context"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// PeopleFilter selects people of an organization by what its directories say of them, and by what the rules make of it.
type PeopleFilter struct {
	store.PeopleQuery
	Method  string // "sso" or "password": how they sign in; "" for both
	CanSign *bool  // whether they can sign in; nil for both
}

// Person is a person in a list, with what the rules say of a sign-in now. Waits behind wrong passwords are not in it: they are
// short.
type Person struct {
	store.ListedPerson
	Admitted bool
	Reason   string
	Role     string // the winning role; "" for none
	Method   string // "sso" or "password"
}

// PeoplePage is a page of people.
type PeoplePage struct {
	store.PeoplePage
	People []Person
}

// looksFor is how long a request looks for people who match a filter that nothing but a look at everybody can answer.
const looksFor = 40 * time.Millisecond

// People lists people of an organization. It looks for a short time, and tells where to go on.
func People(ctx context.Context, s *store.Store, org store.Organization, f PeopleFilter) (PeoplePage, error) {
	begun := s.Now()
	f.Enough = func(int) bool { return s.Now().Sub(begun) > looksFor }
	return peoplePage(ctx, s, org, f)
}

// allAtOnce is how many people are read at a time where all are wanted.
const allAtOnce = 250

// EachPerson calls each for all people whom a filter selects. It keeps a few at a time only.
func EachPerson(ctx context.Context, s *store.Store, org store.Organization, f PeopleFilter, each func(Person) error) error {
	f.Limit, f.After = allAtOnce, nil
	for {
		page, err := peoplePage(ctx, s, org, f)
		if err != nil {
			return err
		}
		for _, p := range page.People {
			if err := each(p); err != nil {
				return err
			}
		}
		if !page.More {
			return nil
		}
		f.After = &page.Last
	}
}

func peoplePage(ctx context.Context, s *store.Store, org store.Organization, f PeopleFilter) (PeoplePage, error) {
	now := s.Now()
	if f.judges() {
		f.Keep = func(p store.ListedPerson) bool { return f.keeps(listed(p, now)) }
	}
	f.OwnWay = f.Method != "" && f.Method != usualMethod(org)
	found, err := s.Organization(org.ID).People(ctx, f.PeopleQuery)
	page := PeoplePage{PeoplePage: found, People: make([]Person, len(found.People))}
	for i, p := range found.People {
		page.People[i] = listed(p, now).shown()
	}
	return page, err
}

// usualMethod is how those of an organization's synced people sign in of whom nothing else is known.
func usualMethod(org store.Organization) string {
	method, _ := policy.MethodFor(policy.MethodFacts{Synced: true, Mode: policy.Mode(org.SSOMode), Armed: true})
	return string(method)
}

// judges says that the filter asks for what no column tells.
func (f PeopleFilter) judges() bool { return f.Method != "" || f.CanSign != nil || f.RoleID != "" }

func (f PeopleFilter) keeps(e judgedPerson) bool {
	return (f.Method == "" || string(e.method) == f.Method) && (f.CanSign == nil || e.verdict.Admitted() == *f.CanSign) &&
		(f.RoleID == "" || e.verdict.Standing.Role.ID == f.RoleID)
}

// judgedPerson is a listed person with what the rules say.
type judgedPerson struct {
	store.ListedPerson
	explained
}

func listed(p store.ListedPerson, now time.Time) judgedPerson {
	var last *store.Decision
	if p.LastReason != "" {
		last = &store.Decision{Reason: p.LastReason}
	}
	return judgedPerson{p, judged(p.PersonRecord, last, now)}
}

func (j judgedPerson) shown() Person {
	return Person{
		ListedPerson: j.ListedPerson, Admitted: j.verdict.Admitted(), Reason: string(j.verdict.Reason), Role: j.verdict.Standing.Role.Name, Method: string(j.method),
	}
}
