package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

type domainView struct {
	Domain       string     `json:"domain"`
	Connection   string     `json:"connection"`
	ConnectionID string     `json:"connection_id"`
	Verified     bool       `json:"verified"`              // addresses of the domain lead to the connection
	VerifiedBy   string     `json:"verified_by"`           // statement or dns
	VerifiedAt   *time.Time `json:"verified_at"`           // when it was stated or proved
	MissingSince *time.Time `json:"missing_since"`         // when the record that proved it was found gone; null while it is there
	RecordName   string     `json:"record_name,omitempty"` // of the TXT record that DNS is to have
	RecordText   string     `json:"record_text,omitempty"`
}

// The ways to verify a domain, as --verify and domainView call them.
const (
	byStatement = "statement"
	byDNS       = "dns"
)

func (p *program) domainCommand() *cobra.Command {
	return group("domain", "Mail domains: whose addresses lead to which connection",
		p.domainListCommand(), p.domainAddCommand(), p.domainVerifyCommand(), p.domainRemoveCommand())
}

func viewClaim(claim store.DomainClaim, c store.Connection) domainView {
	v := domainView{Domain: claim.Domain, Connection: c.Slug, ConnectionID: c.ID, Verified: true, VerifiedBy: byStatement, VerifiedAt: stamp(claim.VerifiedAt)}
	if claim.Statement == store.DNSProof {
		v.VerifiedBy, v.MissingSince = byDNS, stamp(claim.MissingSince)
	}
	return v
}

func viewChallenge(asked store.DomainChallenge, c store.Connection) domainView {
	return domainView{Domain: asked.Domain, Connection: c.Slug, ConnectionID: c.ID, RecordName: asked.RecordName(), RecordText: asked.Token}
}

func (p *program) domainListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List the mail domains of all connections or of an organization's, and how each was verified", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withStore(c.Context(), func(s *store.Store) error {
				all, err := connectionsOf(c.Context(), s, org)
				if err != nil {
					return err
				}
				domains, err := viewDomains(c.Context(), s, all)
				if err != nil {
					return err
				}
				same := func(v domainView) domainView { return v }
				return list(p, domains, same, []string{"DOMAIN", "CONNECTION", "VERIFIED", "WHEN", "TXT RECORD", "TEXT"}, func(v domainView) []string {
					if !v.Verified {
						return []string{v.Domain, v.Connection, "not yet", "", v.RecordName, v.RecordText}
					}
					record := ""
					if v.MissingSince != nil {
						record = "missing since " + v.MissingSince.Format(time.DateOnly)
					}
					return []string{v.Domain, v.Connection, v.VerifiedBy, v.VerifiedAt.Format(time.DateOnly), record, ""}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

// viewDomains lists what connections have and ask for, organization by organization.
func viewDomains(ctx context.Context, s *store.Store, connections []store.Connection) ([]domainView, error) {
	byID, done := map[string]store.Connection{}, map[string]bool{}
	for _, c := range connections {
		byID[c.ID] = c
	}
	var views []domainView
	for _, c := range connections {
		if done[c.OrganizationID] {
			continue
		}
		done[c.OrganizationID] = true
		claims, err := s.Organization(c.OrganizationID).Domains(ctx)
		if err != nil {
			return nil, err
		}
		for _, claim := range claims {
			views = append(views, viewClaim(claim, byID[claim.ConnectionID]))
		}
		asked, err := s.Organization(c.OrganizationID).DomainChallenges(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range asked {
			views = append(views, viewChallenge(a, byID[a.ConnectionID]))
		}
	}
	return views, nil
}

func (p *program) domainAddCommand() *cobra.Command {
	var connection, way string
	c := p.addJSON(&cobra.Command{
		Use: "add DOMAIN", Short: "Add a mail domain to a connection, or ask for it until DNS proves it", Args: cobra.ExactArgs(1),
		Long: `Add a mail domain to a connection, so that people with such an address are led to it.

With --verify dns the command prints a TXT record. The domain leads nobody until the record is published and
` + "`doorlist domain verify`" + ` has found it. With --verify statement it counts at once, on the word of whoever runs the server.`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case way != byDNS && way != byStatement:
				return usagef("--verify is %q; give dns or statement", way)
			case way == byStatement && p.served != nil:
				return usagef("--verify statement is for the server's own terminal: it concerns more than your organization; --verify dns proves the domain")
			}
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				if way == byStatement {
					return p.stateDomain(c.Context(), s, found, args[0])
				}
				return p.askForDomain(c.Context(), s, found, args[0])
			})
		},
	})
	addConnectionFlag(c, &connection)
	c.Flags().StringVar(&way, "verify", byDNS, "dns, by a TXT record that only the domain's owner can publish, or statement, by your word")
	return c
}

func (p *program) stateDomain(ctx context.Context, s *store.Store, c store.Connection, domain string) error {
	err := write(ctx, s, func(tx *store.Tx) error { return tx.Organization(c.OrganizationID).StateDomain(c.ID, domain) })
	if err != nil {
		return err
	}
	return p.printClaim(ctx, s, c, domain)
}

func (p *program) askForDomain(ctx context.Context, s *store.Store, c store.Connection, domain string) error {
	var asked store.DomainChallenge
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		asked, err = tx.Organization(c.OrganizationID).ChallengeDomain(c.ID, domain)
		return err
	})
	if err != nil {
		return err
	}
	return p.print(viewChallenge(asked, c), `Publish this TXT record in the zone of %s, then run `+"`doorlist domain verify %s --connection %s`"+`:
  Name: %s
  Text: %s
Only then is the domain verified by DNS.`, asked.Domain, asked.Domain, c.Slug, asked.RecordName(), asked.Token)
}

// printClaim prints what the connection has of a domain.
func (p *program) printClaim(ctx context.Context, s *store.Store, c store.Connection, domain string) error {
	claims, err := s.Organization(c.OrganizationID).Domains(ctx)
	for _, claim := range claims {
		if claim.ConnectionID == c.ID && claim.Domain == store.CanonicalDomain(domain) {
			v := viewClaim(claim, c)
			return p.print(v, "Addresses at %s lead to %s, verified by %s.", v.Domain, v.Connection, v.VerifiedBy)
		}
	}
	if err == nil {
		err = fmt.Errorf("%s neither has the domain %q nor asks for it; `doorlist domain add` changes that", c.Slug, domain)
	}
	return err
}
