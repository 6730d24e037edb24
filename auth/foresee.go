package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"

	"doorlist/store"
)

// Outcome is what a person is at an organization, in the words of Explain. The zero value is somebody who does not belong there.
type Outcome struct {
	Admitted bool   `json:"admitted"`
	Reason   string `json:"reason"`
	Method   string `json:"method"`
	Role     string `json:"role"`
	Console  string `json:"console"`
}

// Change is what a change of the rules means for one person.
type Change struct {
	Organization string  `json:"organization"` // its slug
	Connection   string  `json:"connection"`   // its slug; "" for the local directory
	ID           string  `json:"id"`
	UserName     string  `json:"user_name"`
	DisplayName  string  `json:"display_name"`
	Before       Outcome `json:"before"`
	After        Outcome `json:"after"`
	// Home is the id of the organization whose directory has the person.
	Home string `json:"-"`
}

// Foresight is for whom a change would change anything, by organization and user name.
type Foresight struct{ Changes []Change }

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

// Foresee tells for whom a change of an organization, and through it of those below, would change what Explain says, and how. The
// change is made and rolled back (see store.WhatIf) between two readings of the rules; then everybody whom the two treat differently
// is judged by both. An error of change is returned as it is. What only a person's next token can tell, such as whether they are a
// guest, is left out.
func Foresee(ctx context.Context, s *store.Store, organizationID string, actor store.Actor, tell Progress, change func(tx *store.Tx) error) (Foresight, error) {
	var was, will []store.Rules
	var touched map[string][]string
	var after map[string]store.Attendee
	err := s.WhatIf(ctx, func(trial *store.Store) (err error) {
		scope := trial.Organization(organizationID)
		if was, err = scope.Rules(ctx); err != nil {
			return err
		}
		err = trial.Write(ctx, actor, func(tx *store.Tx) error {
			err := change(tx)
			touched = tx.Touched()
			return err
		})
		if err != nil {
			return err
		}
		if will, err = scope.Rules(ctx); err != nil {
			return err
		}
		after, err = touchedPeople(ctx, trial, store.Differences(will, will), touched)
		return err
	})
	if err != nil {
		return Foresight{}, err
	}
	return compare(ctx, s, store.Differences(was, will), touched, after, tell)
}

// ForeseeRemoval is Foresee for the removal of a connection with all its people, which is not tried out: that could take long.
func ForeseeRemoval(ctx context.Context, s *store.Store, c store.Connection, tell Progress) (Foresight, error) {
	scope := s.Organization(c.OrganizationID)
	was, err := scope.Rules(ctx)
	if err != nil {
		return Foresight{}, err
	}
	will, err := scope.Rules(ctx)
	if err != nil {
		return Foresight{}, err
	}
	for i := range will {
		will[i].Ways = slices.DeleteFunc(will[i].Ways, func(w store.Way) bool { return w.Connection.ID == c.ID })
	}
	return compare(ctx, s, store.Differences(was, will), nil, nil, tell)
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

// compare judges everybody concerned by the rules before and after. Those in after are known to be different people then.
func compare(ctx context.Context, s *store.Store, ways []store.Difference, touched map[string][]string, after map[string]store.Attendee, tell Progress) (Foresight, error) {
	var f Foresight
	seen, all := 0, 0
	for _, w := range ways {
		err := s.Organization(w.OrganizationID()).Concerned(ctx, w, touched[w.Directory().DirectoryID], func(people int) { all += people }, func(was store.Attendee) error {
			seen++
			if err := tell.told(seen, all); err != nil {
				return err
			}
			will, ok := after[w.OrganizationID()+was.User.ID]
			if !ok {
				will = was
			}
			c := Change{Before: outcomeBy(s, w.Was, w.WayWas, was), After: outcomeBy(s, w.Will, w.After, will)}
			if c.Before != c.After {
				f.Changes = append(f.Changes, c.named(w, was.User))
			}
			return nil
		})
		if err != nil {
			return Foresight{}, err
		}
	}
	slices.SortStableFunc(f.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(store.Fold(a.UserName), store.Fold(b.UserName)), cmp.Compare(a.ID, b.ID))
	})
	return f, nil
}

func outcomeBy(s *store.Store, r *store.Rules, w *store.Way, a store.Attendee) Outcome {
	if r == nil || w == nil {
		return Outcome{}
	}
	p := r.Person(w, a)
	if comesNot(p) {
		return Outcome{}
	}
	e := judged(p, nil, s.Now())
	return Outcome{e.verdict.Admitted(), string(e.verdict.Reason), string(e.method), e.verdict.Standing.Role.Name, string(e.verdict.Standing.Console())}
}

func (c Change) named(w store.Difference, u store.User) Change {
	r, way := w.Was, w.WayWas
	if r == nil {
		r = w.Will
	}
	if way == nil {
		way = w.After
	}
	c.Home = w.Directory().OrganizationID
	c.Organization, c.Connection, c.ID, c.UserName, c.DisplayName = r.Organization.Slug, way.Connection.Slug, u.ID, u.UserName, u.DisplayName
	return c
}

// Digest is a short text that is the same for the same changes of the same people alone.
func (f Foresight) Digest() string {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(f.Changes); err != nil {
		panic(err) // plain texts and booleans
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
