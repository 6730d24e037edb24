package main

import (
	"context"

	"doorlist/store"
)

type connectionView struct {
	ID           string                   `json:"id"`
	Slug         string                   `json:"slug"`
	Name         string                   `json:"name"`
	Organization string                   `json:"organization_id"`
	Kind         string                   `json:"kind"`
	Enabled      bool                     `json:"enabled"`
	Issuer       string                   `json:"issuer"`
	TenantID     string                   `json:"tenant_id"`
	ClientID     string                   `json:"client_id"`
	SubjectClaim string                   `json:"subject_claim"`
	Match        string                   `json:"match"`
	Admit        string                   `json:"admit"`
	Roles        string                   `json:"roles"`
	AllowGuests  bool                     `json:"allow_guests"`
	Armed        bool                     `json:"armed"` // an administrator has signed in through it as it is configured
	ArmedBy      string                   `json:"armed_by"`
	Domains      []string                 `json:"domains"`
	Ceiling      string                   `json:"ceiling"` // the role that is the most a push may give; "" for no limit
	SAML         *samlView                `json:"saml,omitempty"`
	Credentials  []providerCredentialView `json:"credentials"`
}

// viewConnection shows a connection. domains, ceilings and SAML parts are those of all connections, by id.
// viewsOf reads what is told of connections beside themselves, and returns what makes a view of each.
func (p *program) viewsOf(ctx context.Context, s *store.Store, connections ...store.Connection) (func(store.Connection) connectionView, error) {
	domains, err := domainsOf(ctx, s, connections...)
	if err != nil {
		return nil, err
	}
	ceilings, err := ceilingsOf(ctx, s, connections...)
	if err != nil {
		return nil, err
	}
	credentials, err := credentialsOf(ctx, s, connections...)
	if err != nil {
		return nil, err
	}
	saml, err := p.samlOf(ctx, s, connections...)
	if err != nil {
		return nil, err
	}
	return func(c store.Connection) connectionView {
		v := viewConnection(c)
		v.Ceiling, v.SAML = ceilings[c.ID].Name, saml[c.ID]
		for _, credential := range credentials[c.ID] {
			v.Credentials = append(v.Credentials, viewProviderCredential(credential))
		}
		if own := domains[c.ID]; len(own) > 0 {
			v.Domains = own
		}
		return v
	}, nil
}

func viewConnection(c store.Connection) connectionView {
	return connectionView{
		ID: c.ID, Slug: c.Slug, Name: c.Name, Organization: c.OrganizationID, Kind: string(c.Kind), Enabled: c.Enabled,
		Issuer: c.Issuer, TenantID: c.TenantID, ClientID: c.ClientID, SubjectClaim: c.SubjectClaim,
		Match: string(c.Match), Admit: c.Admit, Roles: c.Roles, AllowGuests: c.AllowGuests,
		Armed: !c.ArmedAt.IsZero(), ArmedBy: c.ArmedBy, Domains: []string{}, Credentials: []providerCredentialView{},
	}
}

// domainsOf finds the domains of the connections, by the connections' ids.
func domainsOf(ctx context.Context, s *store.Store, connections ...store.Connection) (map[string][]string, error) {
	domains, seen := map[string][]string{}, map[string]bool{}
	for _, c := range connections {
		if seen[c.OrganizationID] {
			continue
		}
		seen[c.OrganizationID] = true
		claims, err := s.Organization(c.OrganizationID).Domains(ctx)
		if err != nil {
			return nil, err
		}
		for _, claim := range claims {
			domains[claim.ConnectionID] = append(domains[claim.ConnectionID], claim.Domain)
		}
	}
	return domains, nil
}
