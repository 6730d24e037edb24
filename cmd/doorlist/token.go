package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// tokenView is a token in a list: never its secret.
type tokenView struct {
	ID         string     `json:"id"`
	Connection string     `json:"connection_id"`
	Label      string     `json:"label"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
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
		ID: t.ID, Connection: t.ConnectionID, Label: t.Label, CreatedAt: stamp(t.CreatedAt),
		ExpiresAt: stamp(t.ExpiresAt), LastUsedAt: stamp(t.LastUsedAt), RevokedAt: stamp(t.RevokedAt),
	}
}

func (p *program) tokenCommand() *cobra.Command {
	return group("token", "Tokens: the credentials with which a provider pushes people and groups",
		p.tokenCreateCommand(), p.tokenListCommand(), p.tokenRevokeCommand())
}

func (p *program) tokenCreateCommand() *cobra.Command {
	var connection, label string
	var expires time.Duration
	c := p.addJSON(&cobra.Command{
		Use: "create", Short: "Make a SCIM token for a connection and print it, this once", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if expires < 0 {
				return usagef("--expires is %s; give a time to come such as 8760h, or 0 for never", expires)
			}
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				return p.createToken(c.Context(), s, found, label, expires)
			})
		},
	})
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	c.Flags().StringVar(&label, "label", "", "a reminder of where the token is used")
	c.Flags().DurationVar(&expires, "expires", 365*24*time.Hour, "how long the token is valid; 0 means for ever")
	return c
}

func (p *program) createToken(ctx context.Context, s *store.Store, c store.Connection, label string, valid time.Duration) error {
	var until time.Time
	if valid > 0 {
		until = s.Now().Add(valid)
	}
	var token store.Token
	var secret string
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		token, secret, err = tx.Organization(c.OrganizationID).CreateToken(c.ID, label, until)
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
				return list(p, tokens, viewToken, []string{"ID", "LABEL", "EXPIRES", "LAST USED", "REVOKED"}, func(v tokenView) []string {
					return []string{v.ID, v.Label, day(v.ExpiresAt), day(v.LastUsedAt), day(v.RevokedAt)}
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
			return p.withStore(c.Context(), func(s *store.Store) error {
				return p.revokeToken(c.Context(), s, args[0])
			})
		},
	}
}

func (p *program) revokeToken(ctx context.Context, s *store.Store, id string) error {
	all, err := organizations(ctx, s)
	if err != nil {
		return err
	}
	// A token's id is all that an administrator has in hand when a secret leaked: ask every organization.
	for _, o := range all {
		err := write(ctx, s, func(tx *store.Tx) error { return tx.Organization(o.ID).RevokeToken(id) })
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "Revoked the token %s.\n", id)
		return err
	}
	return fmt.Errorf("there is no token %q; give its id, as in `doorlist token list`", id)
}
