package auth

import (
	"context"

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

// Foresee tells for whom a change would change what Explain says, and how (see Prospect.Each). All of them are named.
func Foresee(ctx context.Context, s *store.Store, organizationID string, actor store.Actor, tell Progress, change func(tx *store.Tx) error) (Foresight, error) {
	p, err := Try(ctx, s, organizationID, actor, change)
	if err != nil {
		return Foresight{}, err
	}
	return p.Foresee(ctx, tell, Asked{})
}

// Foresee sums up for whom the change would change anything.
func (p Prospect) Foresee(ctx context.Context, tell Progress, asked Asked) (Foresight, error) {
	s := newSumming(asked)
	if err := p.Each(ctx, tell, s.add); err != nil {
		return Foresight{}, err
	}
	return s.sum(), nil
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
