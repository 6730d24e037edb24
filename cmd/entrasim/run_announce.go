package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"doorlist/entra"
)

// announcement is what --json prints.
type announcement struct {
	URL          string   `json:"url"` // of the control page; also the authority
	Authority    string   `json:"authority"`
	Issuer       string   `json:"issuer"`
	TenantID     string   `json:"tenant_id"`
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	RedirectURIs []string `json:"redirect_uris"`
	SAMLMetadata string   `json:"saml_metadata,omitempty"` // URL, where the application signs in by SAML
	SAMLIssuer   string   `json:"saml_issuer,omitempty"`
	StrangerID   string   `json:"stranger_tenant_id"`
	People       int      `json:"people"`
	Groups       int      `json:"groups"`
	Seed         uint64   `json:"seed"`
}

func (f *runFlags) announce(w io.Writer, base string, t, stranger *entra.Tenant, app entra.Application) error {
	a := announcement{
		URL: base, Authority: base, Issuer: base + "/" + t.ID + "/v2.0", TenantID: t.ID, ClientID: app.ClientID,
		ClientSecret: app.Secrets[0], RedirectURIs: app.RedirectURIs, StrangerID: stranger.ID,
		People: len(t.People()), Groups: len(t.Groups()), Seed: f.tenant.Seed,
	}
	if app.SAML != nil {
		a.SAMLMetadata = base + "/" + t.ID + "/FederationMetadata/2007-06/FederationMetadata.xml?appid=" + app.ClientID
		a.SAMLIssuer = "https://sts.windows.net/" + t.ID + "/"
	}
	if f.printJSON {
		return json.NewEncoder(w).Encode(a)
	}
	_, err := fmt.Fprintf(w, `Simulated Entra tenant %s (%d people in %d groups, seed %d). No passwords: for tests only.

  control page   %s/
  authority      %s
  issuer         %s
  tenant id      %s
  client id      %s
  client secret  %s
  redirect URIs  %v
  SAML metadata  %s
  second tenant  %s (registered with the same application, to try strangers)

Press Ctrl+C to stop.
`, cmp.Or(t.Name, t.Domain), a.People, a.Groups, a.Seed, a.URL, a.Authority, a.Issuer, a.TenantID, a.ClientID, a.ClientSecret, a.RedirectURIs, cmp.Or(a.SAMLMetadata, "(start with --saml-entity-id, or add a SAML application on the control page)"), a.StrangerID)
	return err
}
