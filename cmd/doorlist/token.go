package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// tokenView is a token in a list: never its secret.
type tokenView struct {
	ID         string     `json:"id"`
	Connection string     `json:"connection_id"`
	Label      string     `json:"label"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	LastFrom   string     `json:"last_address"`
	RevokedAt  *time.Time `json:"revoked_at"`
}

// newTokenView is the only place where a token's secret is shown.
type newTokenView struct {
	ID        string     `json:"id"`
	Token     string     `json:"token"`
	ExpiresAt *time.Time `json:"expires_at"`
}

func viewToken(t store.Token) tokenView {
	return tokenView{
		ID: t.ID, Connection: t.ConnectionID, Label: t.Label, Scopes: strings.Fields(string(t.Scopes)), CreatedAt: stamp(t.CreatedAt),
		ExpiresAt: stamp(t.ExpiresAt), LastUsedAt: stamp(t.LastUsedAt), LastFrom: t.LastAddress, RevokedAt: stamp(t.RevokedAt),
	}
}

func (p *program) tokenCommand() *cobra.Command {
	return group("token", "Tokens: the credentials with which a provider pushes people and groups",
		p.tokenCreateCommand(), p.tokenListCommand(), p.tokenRevokeCommand())
}

func (p *program) tokenCreateCommand() *cobra.Command {
	var connection, label string
	var scopes []string
	var expires time.Duration
	c := p.addJSON(&cobra.Command{
		Use: "create", Short: "Make a SCIM token for a connection and print it, this once", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("scope") && len(scopes) == 0 {
				return usagef("--scope is empty; name some of read, users and groups, or leave it out for all")
			}
			if expires < 0 {
				return usagef("--expires is %s; give a time to come such as 365d, or 0 for never", store.Span(expires))
			}
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				return p.createToken(c.Context(), s, found, label, expires, scopes)
			})
		},
	})
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	c.Flags().StringVar(&label, "label", "", "a reminder of where the token is used")
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it may do: read, users, groups (default all)")
	spanVar(c.Flags(), &expires, "expires", 365*24*time.Hour, "how long the token is valid; 0 means for ever")
	return c
}

func (p *program) createToken(ctx context.Context, s *store.Store, c store.Connection, label string, valid time.Duration, scopes []string) error {
	var token store.Token
	var secret string
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		token, secret, err = tx.Organization(c.OrganizationID).CreateToken(c.ID, label, until(s, valid), scopes...)
		return err
	})
	if err != nil {
		return err
	}
	view := newTokenView{ID: token.ID, Token: secret, ExpiresAt: stamp(token.ExpiresAt)}
	return p.print(view, "%s\n  The token %s of the connection %s expires: %s. It is not shown again.",
		secret, token.ID, c.Slug, day(view.ExpiresAt))
}

func (p *program) tokenListCommand() *cobra.Command {
	var connection string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List the SCIM tokens of a connection", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				tokens, err := s.Organization(found.OrganizationID).Tokens(c.Context())
				if err != nil {
					return err
				}
				tokens = slices.DeleteFunc(tokens, func(t store.Token) bool { return t.ConnectionID != found.ID })
				return list(p, tokens, viewToken, []string{"ID", "LABEL", "SCOPES", "EXPIRES", "LAST USED", "FROM", "REVOKED"}, func(v tokenView) []string {
					return []string{v.ID, v.Label, strings.Join(v.Scopes, ","), day(v.ExpiresAt), day(v.LastUsedAt), v.LastFrom, day(v.RevokedAt)}
				})
			})
		},
	})
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	return c
}

func (p *program) tokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke TOKEN-ID", Short: "Make a SCIM token worthless at once", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.revoke(c.Context(), "token", args[0], (*store.OrganizationTx).RevokeToken)
		},
	}
}
