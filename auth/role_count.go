package auth

import (
	"context"
	"errors"
	"slices"

	"doorlist/policy"
	"doorlist/store"
)

// RoleCount is how many people have a role at an organization now, as Explain says it.
type RoleCount struct {
	In  int // who can sign in
	Out int // who cannot, for another reason
}

// errManyPeople ends a count.
var errManyPeople = errors.New("auth: there are more people than may be counted")

// CountRoles counts the people of an organization, and those who come to it from above, by the id of their role; "" is who has none.
// It is false if there are more than limit; 0 is no limit.
func CountRoles(ctx context.Context, s *store.Store, organizationID string, limit int, tell Progress) (map[string]RoleCount, bool, error) {
	rules, err := s.Organization(organizationID).Rules(ctx)
	if err != nil {
		return nil, false, err
	}
	ways := slices.DeleteFunc(store.Differences(rules, nil), func(w store.Difference) bool { return w.OrganizationID() != organizationID })
	for _, w := range ways {
		if limit == 0 {
			break
		}
		if more, err := s.Organization(organizationID).HasMorePeople(ctx, w, limit); more || err != nil {
			return nil, false, err
		}
	}
	counts, seen, all := map[string]RoleCount{}, 0, 0
	for _, w := range ways {
		var facts []byte
		book := newRulebook(w.Was, w.WayWas, s.Now())
		err := s.Organization(organizationID).Concerned(ctx, w, nil, func(people int) { all += people }, func(a store.Attendee) error {
			if seen++; limit > 0 && seen > limit {
				return errManyPeople
			}
			if err := tell.told(seen, all); err != nil {
				return err
			}
			facts = a.AppendFacts(facts[:0])
			j := book.judge(a, facts)
			if !j.here {
				return nil
			}
			c := counts[j.roleID]
			if j.outcome.Admitted {
				c.In++
			} else {
				c.Out++
			}
			counts[j.roleID] = c
			return nil
		})
		if errors.Is(err, errManyPeople) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
	return counts, true, nil
}

// Opens says whether somebody whose role is the one comes into what demands the other, as far as roles decide.
func Opens(has, demanded store.Role) bool {
	return policy.Standing{Role: policyRole(has)}.AtLeast(policyRole(demanded))
}
