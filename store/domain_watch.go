package store

import (
	"context"
	"fmt"
	"time"
)

// DomainProof is a domain that DNS has proved, and what later looks have found.
type DomainProof struct {
	OrganizationID string
	Slug           string // of the connection
	DomainChallenge
	CheckedAt time.Time
	MissingAt time.Time // when the record was first found gone; zero while it is there
	Absences  int       // how many looks have found it gone since
}

// A domain is lost when its record has been gone for so long, and that was seen so often: a mistake in a zone, and a change of
// its name servers, last a day or two.
const (
	DomainStays = 7 * 24 * time.Hour
	leastLooks  = 5
)

const proofColumns = "p.organization_id, c.slug, p.connection_id, p.domain, p.token, p.checked_at, p.missing_at, p.absences"

// keepProof remembers what has proved a domain.
func (o *OrganizationTx) keepProof(c DomainChallenge) error {
	_, err := o.tx.do(`INSERT INTO domain_proofs (organization_id, connection_id, domain, token, checked_at, missing_at, absences) VALUES (?, ?, ?, ?, ?, 0, 0)
		ON CONFLICT (organization_id, connection_id, domain) DO UPDATE SET token = excluded.token, checked_at = excluded.checked_at, missing_at = 0, absences = 0`,
		o.id, c.ConnectionID, c.Domain, c.Token, micros(o.tx.now))
	return err
}

func (c conn) proofs(ctx context.Context, condition string, args ...any) ([]DomainProof, error) {
	var list []DomainProof
	err := c.rows(ctx, "SELECT "+proofColumns+` FROM domain_proofs p
		JOIN connections c ON c.organization_id = p.organization_id AND c.id = p.connection_id
		JOIN connection_domains n ON n.organization_id = p.organization_id AND n.connection_id = p.connection_id AND n.domain = p.domain`+condition+" ORDER BY p.checked_at, p.domain, p.connection_id", args,
		func(scan scanner) error {
			var p DomainProof
			var checked, missing int64
			err := scan(&p.OrganizationID, &p.Slug, &p.ConnectionID, &p.Domain, &p.Token, &checked, &missing, &p.Absences)
			p.CheckedAt, p.MissingAt = fromMicros(checked), fromMicros(missing)
			list = append(list, p)
			return err
		})
	return list, err
}

// DueDomainProofs lists the proofs that nobody has looked for since a time.
func (s *Store) DueDomainProofs(ctx context.Context, since time.Time) ([]DomainProof, error) {
	return s.read.proofs(ctx, " WHERE p.checked_at < ?", micros(since))
}

// ClaimDomainCheck takes a look on for this server; false where another server did meanwhile.
func (s *Store) ClaimDomainCheck(ctx context.Context, due DomainProof) (bool, error) {
	n, err := s.bookkeep(ctx, "UPDATE domain_proofs SET checked_at = ? WHERE organization_id = ? AND connection_id = ? AND domain = ? AND checked_at = ?",
		micros(s.Now()), due.OrganizationID, due.ConnectionID, due.Domain, micros(due.CheckedAt))
	return n == 1, err
}

// NoteDomainCheck keeps what a look has found: the record is there, or the zone says that it is not. Absences, the return of
// a record and the loss of a domain are in the audit trail; owners hear of the first absence and of the loss by mail. It returns the proof as it is now; lost says that the domain
// leads nobody to the connection any more. It waits for its record again then.
func (s *Store) NoteDomainCheck(ctx context.Context, looked DomainProof, there bool) (now DomainProof, lost bool, err error) {
	if there && looked.MissingAt.IsZero() {
		return looked, false, nil
	}
	err = s.Write(ctx, Actor{Kind: System, ID: "domain check", Name: "the daily look for domains' records"}, func(tx *Tx) error {
		lost = false
		o := tx.Organization(looked.OrganizationID)
		now, err = first(tx.proofs(tx.ctx, " WHERE p.organization_id = ? AND p.connection_id = ? AND p.domain = ? AND p.token = ?",
			looked.OrganizationID, looked.ConnectionID, looked.Domain, looked.Token))
		if err != nil {
			return err
		}
		if there {
			now.MissingAt, now.Absences = time.Time{}, 0
			return o.noteProof(now, "connection.domain_found")
		}
		lost, err = o.missDomain(&now)
		return err
	})
	return now, lost, err
}

func (o *OrganizationTx) noteProof(p DomainProof, action string) error {
	err := o.tx.doOne("UPDATE domain_proofs SET missing_at = ?, absences = ? WHERE organization_id = ? AND connection_id = ? AND domain = ?",
		micros(p.MissingAt), p.Absences, o.id, p.ConnectionID, p.Domain)
	if err == nil {
		o.note(action, p.ConnectionID, detail{"domain": p.Domain, "record": p.RecordName(), "absences": p.Absences})
	}
	return err
}

// missDomain counts an absence, and takes the domain away when there were enough.
func (o *OrganizationTx) missDomain(p *DomainProof) (lost bool, err error) {
	p.Absences++
	begins := p.MissingAt.IsZero()
	if begins {
		p.MissingAt = o.tx.now
	}
	lost = p.Absences >= leastLooks && o.tx.now.Sub(p.MissingAt) >= DomainStays
	if err := o.noteProof(*p, "connection.domain_missing"); err != nil || !lost && !begins {
		return false, err
	}
	if lost {
		if err := o.loseDomain(*p); err != nil {
			return false, err
		}
	}
	return lost, o.tellOwners(func(owner Owner) Mail { return domainLetter(owner, *p, lost, o.tx.now) })
}

// loseDomain makes a domain wait for its record again. What had proved it stays: a connection that has lost its last domain must not be
// offered to everybody from then on; see Leads.
func (o *OrganizationTx) loseDomain(p DomainProof) error {
	if err := o.dropDomain("connection_domains", p.ConnectionID, p.Domain); err != nil {
		return err
	}
	_, err := o.tx.do("INSERT INTO domain_challenges (organization_id, connection_id, domain, token, asked_at) VALUES (?, ?, ?, ?, ?)",
		o.id, p.ConnectionID, p.Domain, p.Token, micros(o.tx.now))
	if err == nil {
		o.note("connection.domain_lost", p.ConnectionID, detail{"domain": p.Domain, "missing_since": p.MissingAt})
	}
	return err
}

func domainLetter(owner Owner, p DomainProof, lost bool, now time.Time) Mail {
	subject, what := "A record in DNS is missing: "+p.Domain, fmt.Sprintf("If it stays away, addresses at %s lead nobody to the connection %s any more, from %s on.",
		p.Domain, p.Slug, now.Add(DomainStays).Format(time.DateOnly))
	if lost {
		subject, what = "A domain is lost: "+p.Domain, fmt.Sprintf(`Addresses at %[1]s lead nobody to the connection %[2]s any more. When the record is there again:

  doorlist domain verify %[1]s --connection %[2]s`, p.Domain, p.Slug)
	}
	return Mail{To: owner.Email, ExpiresAt: now.Add(24 * time.Hour), Subject: subject, Text: fmt.Sprintf(
		`The zone of %s says that this TXT record is not there. Please publish it again, or keep it, where the domain's DNS is kept:

  Name: %s
  Text: %s

%s
`, p.Domain, p.RecordName(), p.Token, what)}
}
