package auth

import (
	"context"
	"slices"
	"time"

	"doorlist/store"
)

// Prospect is a change of the rules that has been tried out.
type Prospect struct {
	store   *store.Store
	now     time.Time
	ways    []store.Difference
	touched map[string][]string       // whom the change itself is about, by directory
	after   map[string]store.Attendee // how those are then, by organization and user
}

// Progress is told, now and then, at how many people of all a computation is. An error of it ends that. It may be nil.
type Progress func(done, all int) error

// toldEvery is how many people lie between two calls of a Progress.
const toldEvery = 500

func (p Progress) told(done, all int) error {
	if p == nil || done%toldEvery != 1 {
		return nil
	}
	return p(done-1, all)
}

// Try tries a change of an organization out, and through it of those below: it is made and rolled back (see store.WhatIf) between two
// readings of the rules. An error of change is returned as it is.
func Try(ctx context.Context, s *store.Store, organizationID string, actor store.Actor, change func(tx *store.Tx) error) (Prospect, error) {
	p := Prospect{store: s, now: s.Now()}
	err := s.WhatIf(ctx, func(trial *store.Store) error {
		scope := trial.Organization(organizationID)
		was, err := scope.Rules(ctx)
		if err != nil {
			return err
		}
		err = trial.Write(ctx, actor, func(tx *store.Tx) error {
			err := change(tx)
			p.touched = tx.Touched()
			return err
		})
		if err != nil {
			return err
		}
		will, err := scope.Rules(ctx)
		if err != nil {
			return err
		}
		p.ways = store.Differences(was, will)
		p.after, err = touchedPeople(ctx, trial, store.Differences(will, will), p.touched)
		return err
	})
	return p, err
}

// TryRemoval is Try for the removal of a connection with all its people, which is not made: that could take long.
func TryRemoval(ctx context.Context, s *store.Store, c store.Connection) (Prospect, error) {
	scope := s.Organization(c.OrganizationID)
	was, err := scope.Rules(ctx)
	if err != nil {
		return Prospect{}, err
	}
	will, err := scope.Rules(ctx)
	if err != nil {
		return Prospect{}, err
	}
	for i := range will {
		will[i].Ways = slices.DeleteFunc(will[i].Ways, func(w store.Way) bool { return w.Connection.ID == c.ID })
	}
	return Prospect{store: s, now: s.Now(), ways: store.Differences(was, will)}, nil
}

// touchedPeople reads, inside a trial, the people that the change itself was about. They are by organization and user.
func touchedPeople(ctx context.Context, trial *store.Store, ways []store.Difference, touched map[string][]string) (map[string]store.Attendee, error) {
	found := map[string]store.Attendee{}
	for _, w := range ways {
		err := trial.Organization(w.OrganizationID()).Concerned(ctx, w, touched[w.Directory().DirectoryID], nil, func(a store.Attendee) error {
			found[w.OrganizationID()+a.User.ID] = a
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Each tells for whom the change would change what Explain says, and how: by organization and connection, in the order in which the people
// were made. Everybody whom the two sets of rules may treat differently is judged by both. What only a person's next token can tell, such
// as whether they are a guest, is left out.
func (p Prospect) Each(ctx context.Context, tell Progress, each func(Change) error) error {
	seen, all := 0, 0
	for _, w := range p.ways {
		before, after := newRulebook(w.Was, w.WayWas, p.now), newRulebook(w.Will, w.After, p.now)
		var facts []byte
		err := p.store.Organization(w.OrganizationID()).Concerned(ctx, w, p.touched[w.Directory().DirectoryID], func(people int) { all += people }, func(was store.Attendee) error {
			seen++
			if err := tell.told(seen, all); err != nil {
				return err
			}
			facts = was.AppendFacts(facts[:0])
			c := Change{Before: before.judge(was, facts).outcome}
			if will, touched := p.after[w.OrganizationID()+was.User.ID]; touched {
				c.After = after.judge(will, will.AppendFacts(nil)).outcome
			} else {
				c.After = after.judge(was, facts).outcome
			}
			if c.Before == c.After {
				return nil
			}
			return each(c.named(w, was.User))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
