package store

import (
	"context"
	"errors"
	"time"
)

// DomainChallenge is a domain that a connection asks for. It leads nobody to the connection until its owner has published the
// token under the domain, which nobody else can do.
type DomainChallenge struct {
	ConnectionID string
	Domain       string // as CanonicalDomain spells it
	Token        string // the text of the TXT record
	AskedAt      time.Time
}

// challengeLabel is where the record is expected. The underscore keeps it apart from hosts (RFC 8552).
const challengeLabel = "_doorlist-challenge."

// maxName bounds a name in DNS, in bytes (RFC 1035 section 2.3.4, without the root's).
const maxName = 253

// RecordName is the name of the TXT record that proves the domain.
func (c DomainChallenge) RecordName() string { return challengeLabel + c.Domain }

// StateDomain makes a domain lead to the connection on the owner's word, beside those that do already.
func (o *OrganizationTx) StateDomain(connectionID, domain string) error {
	domain, err := o.mayHave(connectionID, domain)
	if err != nil {
		return err
	}
	return o.gainDomain(connectionID, domain, OwnerStatement)
}

// ChallengeDomain asks for a domain that its owner is to prove. Whoever asks again gets the same token, which may be published
// already.
func (o *OrganizationTx) ChallengeDomain(connectionID, domain string) (DomainChallenge, error) {
	domain, err := o.mayHave(connectionID, domain)
	if err != nil {
		return DomainChallenge{}, err
	}
	if len(challengeLabel+domain) > maxName {
		return DomainChallenge{}, &InvalidError{"domain", "is too long to be proved in DNS: " + challengeLabel + " must fit before it"}
	}
	if err := o.refuseForeign(domain); err != nil {
		return DomainChallenge{}, err
	}
	has, err := o.claim(connectionID, domain)
	if err != nil {
		return DomainChallenge{}, err
	}
	if has.Statement == DNSProof {
		return DomainChallenge{}, &RefusedError{"the domain " + domain + " is verified by DNS already: there is nothing left to do"}
	}
	asked, err := first(o.tx.challenges(o.tx.ctx, " WHERE h.organization_id = ? AND h.connection_id = ? AND h.domain = ?", o.id, connectionID, domain))
	if !errors.Is(err, ErrNotFound) {
		return asked, err
	}
	c := DomainChallenge{ConnectionID: connectionID, Domain: domain, Token: newSecret(""), AskedAt: o.tx.now}
	_, err = o.tx.do("INSERT INTO domain_challenges (organization_id, connection_id, domain, token, asked_at) VALUES (?, ?, ?, ?, ?)",
		o.id, connectionID, domain, c.Token, micros(c.AskedAt))
	if err != nil {
		return DomainChallenge{}, err
	}
	o.note("connection.domain_challenged", connectionID, detail{"domain": domain, "record": c.RecordName()})
	return c, nil
}

// ProveDomain makes a domain lead to the connection because DNS has the token of its challenge. ErrNotFound where that was not
// asked for, or was taken back meanwhile.
func (o *OrganizationTx) ProveDomain(c DomainChallenge) error {
	if _, err := o.connection(c.ConnectionID); err != nil {
		return err
	}
	asked, err := first(o.tx.challenges(o.tx.ctx, " WHERE h.organization_id = ? AND h.connection_id = ? AND h.domain = ?", o.id, c.ConnectionID, c.Domain))
	if err == nil && asked.Token != c.Token {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := o.gainDomain(c.ConnectionID, c.Domain, DNSProof); err != nil {
		return err
	}
	return o.keepProof(c)
}

// RemoveDomain takes a domain away from the connection, proved, stated or asked for. ErrNotFound where it has none of that.
func (o *OrganizationTx) RemoveDomain(connectionID, domain string) error {
	if _, err := o.connection(connectionID); err != nil {
		return err
	}
	domain = CanonicalDomain(domain)
	var rows int64
	for _, table := range []string{"connection_domains", "domain_challenges", "domain_proofs"} {
		n, err := o.tx.do("DELETE FROM "+table+" WHERE organization_id = ? AND connection_id = ? AND domain = ?", o.id, connectionID, domain)
		if err != nil {
			return err
		}
		rows += n
	}
	if rows == 0 {
		return ErrNotFound
	}
	o.note("connection.domain_removed", connectionID, detail{"domain": domain})
	return nil
}

// mayHave judges a domain that the connection is to have beside others.
func (o *OrganizationTx) mayHave(connectionID, raw string) (string, error) {
	if _, err := o.connection(connectionID); err != nil {
		return "", err
	}
	domain, err := canonicalOne(raw)
	if err != nil {
		return "", err
	}
	var others int
	err = o.tx.get(`SELECT count(*) FROM (SELECT domain FROM connection_domains WHERE organization_id = ? AND connection_id = ?
		UNION SELECT domain FROM domain_challenges WHERE organization_id = ? AND connection_id = ?) n WHERE n.domain <> ?`,
		[]any{o.id, connectionID, o.id, connectionID, domain}, &others)
	if err == nil && others >= maxDomains {
		err = tooManyDomains
	}
	return domain, err
}

// gainDomain claims one more domain. Nothing changes where the claim rests on the same already.
func (o *OrganizationTx) gainDomain(connectionID, domain string, statement ClaimStatement) error {
	if err := o.tx.lockDomains([]string{domain}); err != nil {
		return err
	}
	has, err := o.claim(connectionID, domain)
	if err != nil || has.Statement == statement || has.Statement == DNSProof {
		return err
	}
	if err := o.claimDomain(connectionID, domain, statement); err != nil {
		return err
	}
	o.note("connection.domain_verified", connectionID, detail{"domain": domain, "by": statement})
	return nil
}

// claim is what the connection has of a domain; zero for nothing.
func (o *OrganizationTx) claim(connectionID, domain string) (DomainClaim, error) {
	has, err := first(o.tx.domains(o.tx.ctx, " WHERE n.organization_id = ? AND n.connection_id = ? AND n.domain = ?", o.id, connectionID, domain))
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return has, err
}

// DomainChallenges lists the domains that the organization's connections have asked for, by domain.
func (o *OrganizationScope) DomainChallenges(ctx context.Context) ([]DomainChallenge, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.challenges(ctx, " WHERE h.organization_id = ?", o.id)
}

func (c conn) challenges(ctx context.Context, condition string, args ...any) ([]DomainChallenge, error) {
	var list []DomainChallenge
	err := c.rows(ctx, "SELECT h.connection_id, h.domain, h.token, h.asked_at FROM domain_challenges h"+condition+" ORDER BY h.domain, h.connection_id", args,
		func(scan scanner) error {
			var found DomainChallenge
			var asked int64
			err := scan(&found.ConnectionID, &found.Domain, &found.Token, &asked)
			found.AskedAt = fromMicros(asked)
			list = append(list, found)
			return err
		})
	return list, err
}
