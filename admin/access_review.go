package admin

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

// accessReview is what a review of access is about.
type accessReview struct {
	At      time.Time // of the list
	From    time.Time // since when changes count
	Dormant time.Duration
	Whole   bool // At is the end of a day
}

// reviewed is a row of the review: somebody on the list, or who has left it.
type reviewed struct {
	Person store.PersonRecord
	auth.Standing
	Name       string
	Since      time.Time // of the role; zero where the trail does not tell
	LastSignIn time.Time // zero: never, or Later
	Later      bool      // the last sign-in came after the day, so that the one before it is not known
	Dormant    bool
	NoFactor   bool // a local person with a right to the console, and no second factor
	Change     string
	Was        auth.Standing // before a change
	Through    []grantWords
}

// The changes of a period.
const (
	reviewJoined  = "joined"
	reviewLeft    = "left"
	reviewChanged = "changed"
)

// Local says that no provider has the person.
func (p reviewed) Local() bool { return p.Person.Connection.ID == "" }

// reviewer goes through everybody for a review.
type reviewer struct {
	accessReview
	store *store.Store
	past  *store.Past // at the time of the list
	mine  *store.OrganizationScope
}

func (q accessReview) begin(ctx context.Context, s *store.Store, o store.Organization) (*reviewer, error) {
	v := &reviewer{accessReview: q, store: s, mine: s.Organization(o.ID)}
	var err error
	v.past, err = v.mine.Past(ctx, q.At)
	return v, err
}

// each calls fn for everybody on the list, and for those who left it in the period. Both lists have one order, so that they are
// compared as they are read.
func (v *reviewer) each(ctx context.Context, fn func(reviewed) error) error {
	before, err := v.mine.Past(ctx, v.From)
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(everybody(ctx, before))
	defer stop()
	old, err, more := next()
	leave := func(until store.PersonRecord) error {
		for more && err == nil && (until.User.ID == "" || placeBefore(old, until)) {
			gone := reviewed{Person: old, Name: cmp.Or(old.User.DisplayName, old.User.UserName), Change: reviewLeft, Was: auth.StandingOf(old)}
			if err := fn(gone); err != nil {
				return err
			}
			old, err, more = next()
		}
		return err
	}
	for place, going := (store.PastPlace{}), true; going; going = place != (store.PastPlace{}) {
		people, on, failed := v.past.Page(ctx, place, pastPage)
		if failed != nil {
			return failed
		}
		rows, failed := v.rows(ctx, people)
		if failed != nil {
			return failed
		}
		for _, row := range rows {
			if err := leave(row.Person); err != nil {
				return err
			}
			row.Change = reviewJoined
			if more && old.User.ID == row.Person.User.ID {
				row.compare(old)
				old, err, more = next()
			}
			if err := fn(row); err != nil {
				return err
			}
		}
		place = on
	}
	return leave(store.PersonRecord{})
}

// placeBefore says that a person comes before another in the order of a list of the past.
func placeBefore(a, b store.PersonRecord) bool {
	return cmp.Or(cmp.Compare(a.Directory.DirectoryID, b.Directory.DirectoryID), cmp.Compare(a.User.ID, b.User.ID)) < 0
}

// compare tells what has changed since somebody was as they were.
func (p *reviewed) compare(old store.PersonRecord) {
	p.Change = ""
	if p.Was = auth.StandingOf(old); p.Was.Role.ID != p.Role.ID || p.Was.Admits != p.Admits {
		p.Change = reviewChanged
	}
}

// rows make rows of a page of people.
func (v *reviewer) rows(ctx context.Context, people []store.PersonRecord) ([]reviewed, error) {
	var rows []reviewed
	var holders []store.Holder
	for _, p := range people {
		if !auth.ComesTo(p) {
			continue
		}
		row := reviewed{Person: p, Standing: auth.StandingOf(p), Name: cmp.Or(p.User.DisplayName, p.User.UserName)}
		row.Through = throughWords(row.Grants)
		if at := p.User.LastSignInAt; at.After(v.At) {
			row.Later = true
		} else {
			row.LastSignIn = at
			row.Dormant = row.Admits && at.Before(v.At.Add(-v.accessReview.Dormant)) && p.User.CreatedAt.Before(v.At.Add(-v.accessReview.Dormant))
		}
		if row.Local() && row.Role.Console != store.ConsoleNone && row.Admits {
			has, err := hasFactor(ctx, v.store, p)
			if err != nil {
				return nil, err
			}
			row.NoFactor = !has
		}
		var grant store.Grant
		if len(row.Grants) > 0 {
			grant = row.Grants[0]
		}
		rows, holders = append(rows, row), append(holders, store.Holder{Person: p, Grant: grant})
	}
	since, err := v.past.HeldSince(ctx, holders)
	for i := range since {
		rows[i].Since = since[i]
	}
	return rows, err
}

// everybody goes through all people of the past.
func everybody(ctx context.Context, past *store.Past) iter.Seq2[store.PersonRecord, error] {
	return func(yield func(store.PersonRecord, error) bool) {
		stopped := errors.New("nobody asks on")
		err := EachPast(ctx, past, func(p store.PersonRecord) error {
			if !yield(p, nil) {
				return stopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(store.PersonRecord{}, err)
		}
	}
}
