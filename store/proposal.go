package store

import (
	"context"
	"fmt"
	"time"
)

// Proposal is a change that waits for another owner.
type Proposal struct {
	ID      string
	Title   string // what the page that makes it is called
	Address string // of that page, path and query
	Form    string // what was filled in; "" in lists
	// HomeID is the organization in which the proposer is an owner: this one, or one above.
	HomeID, ProposerID, ProposerName string
	ProposedAt, ExpiresAt            time.Time
}

// ProposalLasts is how long a proposal waits.
const ProposalLasts = 7 * 24 * time.Hour

// maxProposals bounds what waits in an organization, maxProposal a form, in bytes.
const (
	maxProposals = 100
	maxProposal  = 2 << 20
)

func proposalPlace(id string) string { return "proposals.form:" + id }

// Outcome is what becomes of a proposal.
type Outcome string

// The outcomes. A proposal that nobody decides about ends by itself.
const (
	Approved  Outcome = "approved"
	Declined  Outcome = "declined"
	Withdrawn Outcome = "withdrawn"
)

const proposalColumns = "p.id, p.title, p.address, p.home_id, p.proposer_id, p.proposer_name, p.proposed_at, p.expires_at"

func (c conn) proposals(ctx context.Context, condition string, args ...any) ([]Proposal, error) {
	var list []Proposal
	err := c.rows(ctx, "SELECT "+proposalColumns+" FROM proposals p WHERE "+condition+" ORDER BY p.proposed_at, p.id", args, func(scan scanner) error {
		var p Proposal
		var proposed, expires int64
		err := scan(&p.ID, &p.Title, &p.Address, &p.HomeID, &p.ProposerID, &p.ProposerName, &proposed, &expires)
		p.ProposedAt, p.ExpiresAt = fromMicros(proposed), fromMicros(expires)
		list = append(list, p)
		return err
	})
	return list, err
}

// Proposals lists what waits in the organization at a time, the oldest first, without the forms.
func (o *OrganizationScope) Proposals(ctx context.Context, at time.Time) ([]Proposal, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.proposals(ctx, "p.organization_id = ? AND p.expires_at > ?", o.id, micros(at))
}

// Proposal reads a proposal that waits in an organization, with what was filled in.
func (s *Store) Proposal(ctx context.Context, organizationID, id string) (Proposal, error) {
	if !validID(organizationID) || !validID(id) {
		return Proposal{}, ErrNotFound
	}
	p, err := first(s.read.proposals(ctx, "p.organization_id = ? AND p.id = ? AND p.expires_at > ?", organizationID, id, micros(s.Now())))
	if err != nil {
		return Proposal{}, err
	}
	var sealed []byte
	err = s.read.row(ctx, "SELECT form FROM proposals WHERE organization_id = ? AND id = ?", []any{organizationID, id}, &sealed)
	if err == nil {
		p.Form, err = s.sealer.open(sealed, proposalPlace(id))
	}
	return p, err
}

// Propose puts a change up for another owner to decide.
func (o *OrganizationTx) Propose(p Proposal) (Proposal, error) {
	if err := o.lock(); err != nil {
		return Proposal{}, err
	}
	if len(p.Form) > maxProposal {
		return Proposal{}, &InvalidError{"form", "is too large to wait for another owner"}
	}
	var waiting int
	err := o.tx.get("SELECT count(*) FROM proposals WHERE organization_id = ? AND expires_at > ?", []any{o.id, micros(o.tx.now)}, &waiting)
	if err == nil && waiting >= maxProposals {
		err = &RefusedError{fmt.Sprintf("%d changes wait for another owner already: decide about some of them first", waiting)}
	}
	if err != nil {
		return Proposal{}, err
	}
	p.ID, p.ProposerID, p.ProposerName = o.tx.store.newID(), o.tx.actor.ID, o.tx.actor.Name
	p.ProposedAt, p.ExpiresAt = o.tx.now, o.tx.now.Add(ProposalLasts)
	sealed, err := o.tx.store.sealer.seal(p.Form, proposalPlace(p.ID))
	if err != nil {
		return Proposal{}, err
	}
	_, err = o.tx.do(`INSERT INTO proposals (organization_id, id, title, address, form, home_id, proposer_id, proposer_name, proposed_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.id, p.ID, p.Title, p.Address, sealed, p.HomeID, p.ProposerID, p.ProposerName, micros(p.ProposedAt), micros(p.ExpiresAt))
	if err == nil {
		o.note("proposal.made", p.ID, detail{"title": p.Title, "address": p.Address, "expires_at": p.ExpiresAt})
	}
	return p, err
}

// SettleProposal ends a proposal, once however many decide at the same time; ErrNotFound for the others, and for one that is over. What
// was approved must be done in the same change. decider is whoever decides; the actor of an approved change is the proposer.
func (o *OrganizationTx) SettleProposal(p Proposal, outcome Outcome, decider string) error {
	if !validID(o.id) || !validID(p.ID) {
		return ErrNotFound
	}
	err := o.tx.doOne("DELETE FROM proposals WHERE organization_id = ? AND id = ? AND expires_at > ?", o.id, p.ID, micros(o.tx.now))
	if err == nil {
		o.note("proposal."+string(outcome), p.ID, detail{"title": p.Title, "address": p.Address, "proposer": p.ProposerName, "decider": decider})
	}
	return err
}

// PurgeProposals forgets proposals that nobody has decided about in time.
func (s *Store) PurgeProposals(ctx context.Context) error {
	_, err := s.bookkeep(ctx, "DELETE FROM proposals WHERE expires_at <= ?", micros(s.Now()))
	return err
}
