package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// connectionDetail is a connection with the organizations that it lets people sign in to.
type connectionDetail struct {
	connectionView
	Attached []string `json:"attached"`  // slugs of the organizations where it is attached, by themselves or by those above
	OptedOut []string `json:"opted_out"` // slugs of those that do without, though one above has it
}

func (p *program) viewDetail(ctx context.Context, s *store.Store, c store.Connection) (connectionDetail, error) {
	view, err := p.viewsOf(ctx, s, c)
	if err != nil {
		return connectionDetail{}, err
	}
	all, err := destinations(ctx, s, c)
	if err != nil {
		return connectionDetail{}, err
	}
	v := connectionDetail{connectionView: view(c), Attached: []string{}, OptedOut: []string{}}
	for _, d := range all {
		switch {
		case auth.Attached(d.Line):
			v.Attached = append(v.Attached, d.Slug)
		case auth.Attached(d.Line[1:]):
			v.OptedOut = append(v.OptedOut, d.Slug)
		}
	}
	return v, nil
}

// where names the organizations that a connection is attached to.
func (v connectionDetail) where() string {
	if len(v.Attached) == 0 {
		return "no organization, so nobody signs in through it"
	}
	return strings.Join(v.Attached, ", ")
}

// newestExpires is when the newest credential does.
func (v connectionView) newestExpires() string {
	if len(v.Credentials) == 0 {
		return "none"
	}
	return unknown(v.Credentials[0].ExpiresAt)
}

// credentialsOf finds the credentials of the connections, by the connections' ids.
func credentialsOf(ctx context.Context, s *store.Store, connections ...store.Connection) (map[string][]store.ProviderCredential, error) {
	found, seen := map[string][]store.ProviderCredential{}, map[string]bool{}
	for _, c := range connections {
		if seen[c.OrganizationID] {
			continue
		}
		seen[c.OrganizationID] = true
		all, err := s.Organization(c.OrganizationID).ProviderCredentials(ctx)
		if err != nil {
			return nil, err
		}
		for _, credential := range all {
			found[credential.ConnectionID] = append(found[credential.ConnectionID], credential)
		}
	}
	return found, nil
}

func (p *program) connectionShowCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "show CONNECTION", Short: "Show a connection, the organizations that it is attached to, and when its credentials expire", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), args[0], func(s *store.Store, connection store.Connection) error {
				v, err := p.viewDetail(c.Context(), s, connection)
				if err != nil {
					return err
				}
				return p.showConnection(v)
			})
		},
	})
}

func (p *program) showConnection(v connectionDetail) error {
	if p.json {
		return p.printJSON(v)
	}
	enabled, armed := "no", "no"
	if v.Enabled {
		enabled = "yes"
	}
	if v.Armed {
		armed = "yes, by " + v.ArmedBy
	}
	rows := [][]string{
		{"id", v.ID}, {"kind", v.Kind}, {"enabled", enabled}, {"armed", armed}, {"issuer", v.Issuer}, {"client id", v.ClientID},
		{"attached to", v.where()}, {"opted out", strings.Join(v.OptedOut, ", ")}, {"domains", strings.Join(v.Domains, ", ")}, {"ceiling", v.Ceiling},
	}
	for _, c := range v.Credentials {
		rows = append(rows, []string{"credential", c.Kind + " " + c.ID + ", expires: " + unknown(c.ExpiresAt)})
	}
	return p.printTable([]string{"CONNECTION", v.Slug}, rows)
}
