package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// clientView is an OAuth client in a list: never a secret.
type clientView struct {
	ID            string             `json:"client_id"`
	Connection    string             `json:"connection_id"`
	Label         string             `json:"label"`
	Scopes        []string           `json:"scopes"`
	TokenLifetime int64              `json:"token_lifetime_seconds"`
	Issuer        string             `json:"issuer"`
	TenantID      string             `json:"tenant_id"`
	Subject       string             `json:"subject"`
	Audience      string             `json:"audience"`
	CreatedAt     *time.Time         `json:"created_at"`
	LastUsedAt    *time.Time         `json:"last_used_at"`
	LastAddress   string             `json:"last_address"`
	RevokedAt     *time.Time         `json:"revoked_at"`
	Secrets       []clientSecretView `json:"secrets"`
}

type clientSecretView struct {
	ID        string     `json:"id"`
	CreatedAt *time.Time `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
}

// newSecretView is the only place where a client's secret is shown.
type newSecretView struct {
	ClientID      string     `json:"client_id"`
	ClientSecret  string     `json:"client_secret,omitempty"` // none where assertions are the proof
	SecretID      string     `json:"secret_id,omitempty"`
	ExpiresAt     *time.Time `json:"expires_at"`
	TokenEndpoint string     `json:"token_endpoint"`
}

func viewClient(c store.Client, secrets []store.ClientSecret) clientView {
	v := clientView{
		ID: c.ID, Connection: c.ConnectionID, Label: c.Label, Scopes: strings.Fields(string(c.Scopes)), TokenLifetime: int64(c.TokenLifetime.Seconds()),
		Issuer: c.Federation.Issuer, TenantID: c.Federation.TenantID, Subject: c.Federation.Subject, Audience: c.Federation.Audience,
		CreatedAt: stamp(c.CreatedAt), LastUsedAt: stamp(c.LastUsedAt), LastAddress: c.LastAddress, RevokedAt: stamp(c.RevokedAt), Secrets: []clientSecretView{},
	}
	for _, s := range secrets {
		if s.ClientID == c.ID {
			v.Secrets = append(v.Secrets, clientSecretView{s.ID, stamp(s.CreatedAt), stamp(s.ExpiresAt), stamp(s.RevokedAt)})
		}
	}
	return v
}

func (p *program) clientCommand() *cobra.Command {
	return group("client", "Clients: programs of a provider that get SCIM access tokens by OAuth, for a secret or a signed assertion",
		p.clientCreateCommand(), p.clientListCommand(), p.clientAddSecretCommand(), p.clientRevokeSecretCommand(), p.clientRevokeCommand())
}

func (p *program) clientCreateCommand() *cobra.Command {
	var connection string
	var wanted store.Client
	var scopes []string
	var expires time.Duration
	c := p.addJSON(&cobra.Command{
		Use: "create", Short: "Add an OAuth client to a connection and print its secret, this once", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			wanted.Scopes = store.Scopes(strings.Join(scopes, " "))
			if wanted.TokenLifetime == 0 {
				return usagef("--token-lifetime is 0; give a time from 1h to 6h")
			}
			if c.Flags().Changed("scope") && len(scopes) == 0 {
				return usagef("--scope is empty; name some of read, users and groups, or leave it out for all")
			}
			if expires < 0 {
				return usagef("--expires is %s; give a time to come such as 365d, or 0 for never", store.Span(expires))
			}
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				wanted.ConnectionID = found.ID
				return p.createClient(c.Context(), s, found, wanted, expires)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&connection, "connection", "", "the slug of a connection")
	f.StringVar(&wanted.Label, "label", "", "a reminder of where the client is used")
	f.StringSliceVar(&scopes, "scope", nil, "what it may do: read, users, groups (default all)")
	spanVar(f, &wanted.TokenLifetime, "token-lifetime", store.MinTokenLifetime, "how long an access token is good, 1h to 6h")
	spanVar(f, &expires, "expires", 365*24*time.Hour, "how long the secret is valid; 0 means for ever")
	f.StringVar(&wanted.Federation.Subject, "subject", "", `instead of a secret: the "sub" of the assertions that the client signs in with`)
	f.StringVar(&wanted.Federation.Audience, "audience", "", `with --subject: the "aud" of the assertions, at Entra an application ID`)
	f.StringVar(&wanted.Federation.Issuer, "issuer", "", "with --subject: the issuer of the assertions; the default is the connection's")
	return c
}

func (p *program) createClient(ctx context.Context, s *store.Store, c store.Connection, wanted store.Client, valid time.Duration) error {
	var client store.Client
	var kept store.ClientSecret
	var secret string
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		o := tx.Organization(c.OrganizationID)
		if client, err = o.CreateClient(wanted); err != nil || client.Federation != (store.Federation{}) {
			return err
		}
		kept, secret, err = o.AddClientSecret(client.ID, until(s, valid))
		return err
	})
	if err != nil {
		return err
	}
	if secret == "" {
		endpoint := p.config.publicURL() + "/oauth/token"
		return p.print(newSecretView{ClientID: client.ID, TokenEndpoint: endpoint},
			"Added the client.\n  Client identifier: %s\n  Token endpoint:    %s", client.ID, endpoint)
	}
	return p.showSecret(kept, secret)
}

// until is the time at which something ends that is valid for so long; never for 0.
func until(s *store.Store, valid time.Duration) time.Time {
	if valid == 0 {
		return time.Time{}
	}
	return s.Now().Add(valid)
}

func (p *program) showSecret(kept store.ClientSecret, secret string) error {
	v := newSecretView{
		ClientID: kept.ClientID, ClientSecret: secret, SecretID: kept.ID, ExpiresAt: stamp(kept.ExpiresAt), TokenEndpoint: p.config.publicURL() + "/oauth/token",
	}
	return p.print(v, "%s\n  The secret %s expires: %s. It is not shown again.\n  Client identifier: %s\n  Token endpoint:    %s",
		secret, v.SecretID, day(v.ExpiresAt), v.ClientID, v.TokenEndpoint)
}

func (p *program) clientListCommand() *cobra.Command {
	var connection string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List the OAuth clients of a connection and their secrets", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				clients, err := s.Organization(found.OrganizationID).Clients(c.Context())
				if err != nil {
					return err
				}
				secrets, err := s.Organization(found.OrganizationID).ClientSecrets(c.Context())
				if err != nil {
					return err
				}
				clients = slices.DeleteFunc(clients, func(k store.Client) bool { return k.ConnectionID != found.ID })
				view := func(k store.Client) clientView { return viewClient(k, secrets) }
				return list(p, clients, view, []string{"ID", "LABEL", "SCOPES", "LAST USED", "FROM", "REVOKED", "PROOF"}, func(v clientView) []string {
					return []string{v.ID, v.Label, strings.Join(v.Scopes, ","), day(v.LastUsedAt), v.LastAddress, day(v.RevokedAt), v.proof()}
				})
			})
		},
	})
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	return c
}

// proof says how the client proves itself: its living secrets, or assertions.
func (v clientView) proof() string {
	if v.Subject != "" {
		return "assertions of " + v.Issuer
	}
	var ids []string
	for _, s := range v.Secrets {
		if s.RevokedAt == nil {
			ids = append(ids, s.ID+" until "+day(s.ExpiresAt))
		}
	}
	return "secrets: " + strings.Join(ids, ", ")
}

func (p *program) clientAddSecretCommand() *cobra.Command {
	var expires time.Duration
	c := p.addJSON(&cobra.Command{
		Use: "add-secret CLIENT-ID", Short: "Give a client a second secret, to change over to, and print it, this once", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if expires < 0 {
				return usagef("--expires is %s; give a time to come such as 365d, or 0 for never", store.Span(expires))
			}
			return p.withStore(c.Context(), func(s *store.Store) error {
				var kept store.ClientSecret
				var secret string
				err := inItsOrganization(c.Context(), s, fmt.Sprintf("client %q in use", args[0]), func(o *store.OrganizationTx) (err error) {
					kept, secret, err = o.AddClientSecret(args[0], until(s, expires))
					return err
				})
				if err != nil {
					return err
				}
				return p.showSecret(kept, secret)
			})
		},
	})
	spanVar(c.Flags(), &expires, "expires", 365*24*time.Hour, "how long the secret is valid; 0 means for ever")
	return c
}

func (p *program) clientRevokeSecretCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke-secret SECRET-ID", Short: "Make a client's secret, and the access tokens it was exchanged for, worthless at once", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.revoke(c.Context(), "secret", args[0], (*store.OrganizationTx).RevokeClientSecret)
		},
	}
}

func (p *program) clientRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke CLIENT-ID", Short: "Make a client, its secrets and its access tokens worthless at once", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.revoke(c.Context(), "client", args[0], (*store.OrganizationTx).RevokeClient)
		},
	}
}

// revoke makes a credential worthless.
func (p *program) revoke(ctx context.Context, what, id string, do func(o *store.OrganizationTx, id string) error) error {
	return p.withStore(ctx, func(s *store.Store) error {
		err := inItsOrganization(ctx, s, fmt.Sprintf("%s %q", what, id), func(o *store.OrganizationTx) error { return do(o, id) })
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "Revoked the %s %s.\n", what, id)
		return err
	})
}

// inItsOrganization makes a change that an id alone names: it is all that an administrator has in hand when a secret leaked,
// so every organization is asked.
func inItsOrganization(ctx context.Context, s *store.Store, what string, change func(o *store.OrganizationTx) error) error {
	all, err := organizations(ctx, s)
	if err != nil {
		return err
	}
	for _, o := range all {
		err := write(ctx, s, func(tx *store.Tx) error { return change(tx.Organization(o.ID)) })
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("there is no %s; `doorlist token list` and `doorlist client list` show them", what)
}
