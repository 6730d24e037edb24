package auth

import (
	"context"

	"doorlist/store"
)

// Ownerless says that a change takes the right to own the organization from everybody who can sign in with it, here or above. Nobody could
// give it back in the console.
func (f Foresight) Ownerless(ctx context.Context, s *store.Store, org store.Organization) (bool, error) {
	of := f.owners[org.Slug]
	if of == nil || len(of.lose) == 0 {
		return false, nil
	}
	all, err := s.Organization(org.ID).OwnersInLine(ctx)
	for _, owner := range all {
		if err != nil || of.lose[owner.UserID] {
			continue
		}
		var stays bool
		if stays, err = ownsNow(ctx, s, owner); stays {
			return false, nil
		}
	}
	return err == nil, err
}

func (o Outcome) owns() bool { return o.Admitted && o.Console == string(store.ConsoleOwn) }

// ownsNow says that somebody can sign in and own the organization that gives them the right.
func ownsNow(ctx context.Context, s *store.Store, owner store.OwnerInLine) (bool, error) {
	org, err := s.FindOrganization(ctx, owner.OrganizationID)
	if err != nil {
		return false, err
	}
	people, err := Visitors(ctx, s, org, owner.UserID)
	for _, p := range people {
		e := judged(p, nil, s.Now())
		if e.verdict.Admitted() && string(e.verdict.Standing.Console()) == string(store.ConsoleOwn) {
			return true, err
		}
	}
	return false, err
}
