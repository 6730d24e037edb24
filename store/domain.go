package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// DomainClaim is a mail domain whose addresses lead to a connection.
type DomainClaim struct {
	ConnectionID string
	Domain       string         // as CanonicalDomain spells it
	Statement    ClaimStatement // what the claim rests on
	VerifiedAt   time.Time
	// MissingSince is when the record that proved it was found gone; zero while it is there.
	MissingSince time.Time
}

// ClaimStatement is what a claim to a domain rests on.
type ClaimStatement string

const (
	// OwnerStatement is the word of whoever runs the server. Nobody else is believed without proof, so nobody can draw another
	// organization's people to a provider of his own.
	OwnerStatement ClaimStatement = "owner"
	// DNSProof is a record in the domain's own zone; see DomainChallenge.
	DNSProof ClaimStatement = "dns"
)

// maxDomains bounds what one connection may claim.
const maxDomains = 500

var tooManyDomains = &InvalidError{"domain", fmt.Sprintf("a connection can have %d domains at most", maxDomains)}

// publicDomains give an address to anybody, so they say nothing about where a person belongs.
var publicDomains = map[string]bool{
	"aol.com": true, "fastmail.com": true, "gmail.com": true, "gmx.de": true, "gmx.net": true, "googlemail.com": true, "hotmail.com": true,
	"icloud.com": true, "live.com": true, "mac.com": true, "mail.com": true, "mail.ru": true, "me.com": true, "msn.com": true,
	"outlook.com": true, "proton.me": true, "protonmail.com": true, "qq.com": true, "web.de": true, "yahoo.com": true,
	"yandex.ru": true, "ymail.com": true, "zoho.com": true, "163.com": true,
}

// domainForm is the profile that browsers use, with the limits of DNS.
var domainForm = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// CanonicalDomain spells a domain as claims are kept and compared: A-labels in lower case (RFC 5891). It is "" for what
// is no domain with at least two labels.
func CanonicalDomain(raw string) string {
	if len(raw) > 1024 || !utf8.ValidString(raw) { // an A-label form has 253 bytes at most; mapping long texts is slow
		return ""
	}
	domain, err := domainForm.ToASCII(raw)
	domain = strings.TrimSuffix(domain, ".") // the root's, which few write and nobody means
	if err != nil || !strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") {
		return ""
	}
	return domain
}

// DomainOf is the canonical domain of an e-mail address. It is "" for what has not exactly one "@": whoever reads the
// first of several and whoever reads the last disagree about where the person belongs (CVE-2026-40574 was that).
func DomainOf(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	if local == "" || strings.Contains(domain, "@") {
		return ""
	}
	return CanonicalDomain(domain)
}

// SetConnectionDomains replaces the domains that lead to the connection; none makes it one that is for everybody whose
// domain nobody claims. New ones rest on the owner's statement; those that stay rest on what they did.
func (o *OrganizationTx) SetConnectionDomains(connectionID string, domains []string) error {
	if _, err := o.connection(connectionID); err != nil {
		return err
	}
	wanted, err := canonicalDomains(domains)
	if err != nil {
		return err
	}
	was, err := o.tx.domains(o.tx.ctx, " WHERE n.organization_id = ? AND n.connection_id = ?", o.id, connectionID)
	if err != nil {
		return err
	}
	before := []string{}
	for _, claim := range was {
		before = append(before, claim.Domain)
	}
	if slices.Equal(before, wanted) {
		return nil
	}
	for _, domain := range without(before, wanted) {
		for _, table := range []string{"connection_domains", "domain_proofs"} {
			if err := o.dropDomain(table, connectionID, domain); err != nil {
				return err
			}
		}
	}
	if err := o.tx.lockDomains(wanted); err != nil {
		return err
	}
	for _, domain := range without(wanted, before) {
		if err := o.claimDomain(connectionID, domain, OwnerStatement); err != nil {
			return err
		}
	}
	o.note("connection.domains_changed", connectionID, detail{"before": before, "after": wanted})
	return nil
}

// lockDomains lets nobody else claim these domains before this change ends: of two organizations, each would find that the
// other has none of them yet. The domains are in order, so that two changes never wait for each other.
func (tx *Tx) lockDomains(domains []string) error {
	if tx.d.lockName == "" {
		return nil
	}
	for _, domain := range domains {
		if err := tx.get(tx.d.lockName, []any{"domain " + domain}, new(string)); err != nil {
			return err
		}
	}
	return nil
}

// without is a list without what is in another one.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return slices.Contains(others, item) })
}

// claimDomain refuses what another organization has: two claims must not compete for people. What the connection has asked for
// is settled by it.
func (o *OrganizationTx) claimDomain(connectionID, domain string, statement ClaimStatement) error {
	if err := o.refuseForeign(domain); err != nil {
		return err
	}
	if err := o.dropDomain("domain_challenges", connectionID, domain); err != nil {
		return err
	}
	_, err := o.tx.do(`INSERT INTO connection_domains (organization_id, connection_id, domain, statement, verified_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (organization_id, connection_id, domain) DO UPDATE SET statement = excluded.statement, verified_at = excluded.verified_at`,
		o.id, connectionID, domain, string(statement), micros(o.tx.now))
	return err
}

func (o *OrganizationTx) refuseForeign(domain string) error {
	others, err := o.tx.domains(o.tx.ctx, " WHERE n.domain = ? AND n.organization_id <> ?", domain, o.id)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return &RefusedError{fmt.Sprintf("the domain %s belongs to a connection of another organization: take it away there first", domain)}
	}
	return nil
}

// dropDomain forgets a domain of the connection: one that it has, one that it has asked for, or what has proved it.
func (o *OrganizationTx) dropDomain(table, connectionID, domain string) error {
	_, err := o.tx.do("DELETE FROM "+table+" WHERE organization_id = ? AND connection_id = ? AND domain = ?", o.id, connectionID, domain)
	return err
}

// canonicalDomains judges and sorts a list of domains; empty ones are passed over.
func canonicalDomains(domains []string) ([]string, error) {
	list := []string{}
	for _, raw := range domains {
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		domain := CanonicalDomain(raw)
		if domain == "" {
			return nil, &InvalidError{"domain", fmt.Sprintf("%q is no mail domain such as contoso.com", storable(raw, 300))}
		}
		if publicDomains[domain] {
			return nil, &InvalidError{"domain", domain + " gives addresses to anybody, so it cannot say who belongs to an organization"}
		}
		list = append(list, domain)
	}
	if len(list) > maxDomains {
		return nil, tooManyDomains
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// canonicalOne is canonicalDomains for a single domain.
func canonicalOne(raw string) (string, error) {
	list, err := canonicalDomains([]string{raw})
	if err == nil && len(list) == 0 {
		err = &InvalidError{"domain", "is missing: give a mail domain such as contoso.com"}
	}
	if err != nil {
		return "", err
	}
	return list[0], nil
}

// Domains lists what the organization's connections claim, by domain.
func (o *OrganizationScope) Domains(ctx context.Context) ([]DomainClaim, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.domains(ctx, " WHERE n.organization_id = ?", o.id)
}

func (c conn) domains(ctx context.Context, condition string, args ...any) ([]DomainClaim, error) {
	var list []DomainClaim
	err := c.rows(ctx, "SELECT n.connection_id, n.domain, n.statement, n.verified_at, coalesce(p.missing_at, 0) FROM connection_domains n LEFT JOIN domain_proofs p"+
		" ON p.organization_id = n.organization_id AND p.connection_id = n.connection_id AND p.domain = n.domain"+condition+" ORDER BY n.domain, n.connection_id", args, func(scan scanner) error {
		var claim DomainClaim
		var verified, missing int64
		err := scan(&claim.ConnectionID, &claim.Domain, &claim.Statement, &verified, &missing)
		claim.VerifiedAt, claim.MissingSince = fromMicros(verified), fromMicros(missing)
		list = append(list, claim)
		return err
	})
	return list, err
}
