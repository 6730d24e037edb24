package admin

import (
	"errors"
	"slices"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

var domainsTemplate = parsePage("domains")

type domainsContent struct {
	Path   string // of the connection
	Claims []shownClaim
	Asked  []store.DomainChallenge
}

// shownClaim is a domain that leads to the connection.
type shownClaim struct {
	store.DomainClaim
	By     string    // what the claim rests on
	LostAt time.Time // when the domain is lost if its record stays away; zero while that is there
}

// domains are the mail domains that lead to the connection, and those that it asks for.
func (r *request) domains() (content domainsContent, err error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	content.Path = r.connectionPath()
	claims, err := scope.Domains(ctx)
	for _, claim := range claims {
		if claim.ConnectionID != r.connection.ID {
			continue
		}
		shown := shownClaim{DomainClaim: claim, By: "the word of whoever runs the server"}
		if claim.Statement == store.DNSProof {
			shown.By = "DNS"
			if !claim.MissingSince.IsZero() {
				shown.LostAt = claim.MissingSince.Add(store.DomainStays)
			}
		}
		content.Claims = append(content.Claims, shown)
	}
	if err != nil {
		return content, err
	}
	content.Asked, err = scope.DomainChallenges(ctx)
	content.Asked = slices.DeleteFunc(content.Asked, func(c store.DomainChallenge) bool { return c.ConnectionID != r.connection.ID })
	return content, err
}

// showDomains shows which mail domains lead to the connection, and what is to be published for those that do not yet.
func showDomains(r *request) error {
	content, err := r.domains()
	if err != nil {
		return err
	}
	return r.ok(domainsTemplate, "Mail domains of "+r.connection.Name, content)
}

// addDomain asks for a domain, which DNS has to prove. A domain on somebody's word is for the server's own terminal: it decides about
// the first page of everybody.
func addDomain(r *request) error {
	f := form{
		Heading: "New mail domain for " + r.connection.Name, Submit: "Ask for it", Back: r.connectionPath("domains"),
		Lead:   "You publish a TXT record in its zone, which nobody else can do. Until then it leads nobody anywhere.",
		Fields: []field{{Name: "domain", Label: "Domain", Hint: "What follows the @ in addresses, such as contoso.com. Subdomains count by themselves."}},
	}
	return r.ask(f, func(v values) (string, error) {
		var asked store.DomainChallenge
		err := r.write(func(tx *store.Tx) (err error) {
			asked, err = tx.Organization(r.org.ID).ChallengeDomain(r.connection.ID, v["domain"])
			return err
		})
		return r.connectionPath("domains", asked.Domain, "verify"), err
	})
}

// verifyDomain looks for the record that proves a domain.
func verifyDomain(r *request) error {
	content, err := r.domains()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(content.Asked, func(c store.DomainChallenge) bool { return c.Domain == r.Param("domain") })
	if i < 0 {
		return store.ErrNotFound
	}
	asked := content.Asked[i]
	f := form{
		Heading: "Prove " + asked.Domain, Submit: "Look for the record", Back: r.connectionPath("domains"),
		Lead: "Publish this TXT record where the domain's DNS is kept, then come back: this page stays. DNS can take hours to show it everywhere.",
		Values: []Value{
			{Label: "Type", Value: "TXT"}, {Label: "Name", Value: asked.RecordName(), Where: "Many panels add the domain by themselves: give them what stands before it."},
			{Label: "Text", Value: asked.Token},
		},
	}
	return r.ask(f, func(values) (string, error) {
		if err := auth.Published(r.Request().Context(), r.Resolver, asked); err != nil {
			return "", err
		}
		err := r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).ProveDomain(asked) })
		if errors.Is(err, store.ErrNotFound) {
			err = nil // somebody else's look has settled it
		}
		return r.connectionPath("domains") + "?done=proved", err
	})
}
