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
  second tenant  %s (registered with the same application, to try strangers)

Press Ctrl+C to stop.
`, cmp.Or(t.Name, t.Domain), a.People, a.Groups, a.Seed, a.URL, a.Authority, a.Issuer, a.TenantID, a.ClientID, a.ClientSecret, a.RedirectURIs, a.StrangerID)
	return err
}
