package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/auth"
	"doorlist/store"
)

// certificateLasts is how long a certificate that is made here is valid, unless --expires says otherwise.
const certificateLasts = 365 * 24 * time.Hour

// providerCredentialView is a credential in a list: never what is secret about it.
type providerCredentialView struct {
	ID         string     `json:"id"`
	Connection string     `json:"connection_id"`
	Kind       string     `json:"kind"`
	Method     string     `json:"method"` // how a secret is sent; "" for as the provider's discovery says
	Label      string     `json:"label"`
	CreatedAt  *time.Time `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"` // null where nobody has said
	RefusedAt  *time.Time `json:"refused_at"` // when the provider last did not take it; null since it did
	TokenFile  string     `json:"token_file"`
	// Certificate is PEM. Thumbprint is SHA-1 in hexadecimal, as Entra shows it, and ThumbprintSHA256 what assertions carry.
	Certificate      string `json:"certificate"`
	Thumbprint       string `json:"thumbprint"`
	ThumbprintSHA256 string `json:"thumbprint_sha256"`
}

func viewProviderCredential(c store.ProviderCredential) providerCredentialView {
	v := providerCredentialView{
		ID: c.ID, Connection: c.ConnectionID, Kind: string(c.Kind), Method: c.Method, Label: c.Label, CreatedAt: stamp(c.CreatedAt), ExpiresAt: stamp(c.ExpiresAt),
		RefusedAt: stamp(c.RefusedAt), TokenFile: c.TokenFile, Certificate: c.Certificate,
	}
	v.Thumbprint, v.ThumbprintSHA256 = c.Thumbprints()
	return v
}

func (p *program) providerCredentialCommand() *cobra.Command {
	return group("credential", "Credentials: with what a connection proves to its provider who it is",
		p.providerCredentialListCommand(), p.providerCredentialAddCommand(), p.providerCredentialRemoveCommand())
}

func (p *program) providerCredentialListCommand() *cobra.Command {
	var connection string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List a connection's credentials at its provider, the newest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				all, err := credentialsOf(c.Context(), s, found)
				if err != nil {
					return err
				}
				return list(p, all[found.ID], viewProviderCredential, []string{"ID", "KIND", "LABEL", "EXPIRES", "REFUSED", "THUMBPRINT"}, func(v providerCredentialView) []string {
					return []string{v.ID, v.Kind, v.Label, unknown(v.ExpiresAt), day(v.RefusedAt), v.Thumbprint}
				})
			})
		},
	})
	c.Flags().StringVar(&connection, "connection", "", "the slug of a connection")
	return c
}

// unknown is the end of a credential in a table: whoever did not say when it expires does not know that it never does.
func unknown(t *time.Time) string {
	if t == nil {
		return "unknown"
	}
	return day(t)
}

// credentialFlags describe a new credential.
type credentialFlags struct {
	kind, method, label, clientSecret, certFile, keyFile, tokenFile, expires string
	generate                                                                 bool
}

func (p *program) providerCredentialAddCommand() *cobra.Command {
	var connection string
	var o credentialFlags
	c := p.addJSON(&cobra.Command{
		Use: "add", Short: "Give a connection a credential beside the one that it has", Args: cobra.NoArgs,
		Long: `Give a connection a credential at its provider, beside the one that it has, so that the old one can be removed once the new one works. The
newest that has not expired is used; while the provider does not take it, the other one is.

  --kind secret       --client-secret, or better DOORLIST_CLIENT_SECRET_FILE; and --expires, the date that the provider shows
  --kind certificate  --generate makes a key, keeps it sealed, and prints the certificate to upload at the provider;
                      --cert FILE --key FILE takes a pair in PEM
  --kind federated    --token-file FILE, which the platform keeps fresh (the value of AZURE_FEDERATED_TOKEN_FILE); read at each use`,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withConnection(c.Context(), connection, func(s *store.Store, found store.Connection) error {
				wanted, secret, err := p.newCredential(o, found, s.Now())
				if err != nil {
					return err
				}
				return p.addProviderCredential(c.Context(), s, found, wanted, secret)
			})
		},
	})
	f := c.Flags()
	f.StringVar(&connection, "connection", "", "the slug of a connection")
	f.StringVar(&o.kind, "kind", string(store.SecretCredential), "secret, certificate or federated")
	f.StringVar(&o.method, "method", "", "how a secret is sent, basic or post, where the provider takes another than its discovery suggests")
	f.StringVar(&o.label, "label", "", "a reminder of what it is")
	f.StringVar(&o.clientSecret, "client-secret", "", "the application's secret; better given by DOORLIST_CLIENT_SECRET_FILE")
	f.StringVar(&o.expires, "expires", "", "when it expires: a date such as 2027-05-01, or a time from now such as 4320h")
	f.BoolVar(&o.generate, "generate", false, "make the key and the certificate here")
	f.StringVar(&o.certFile, "cert", "", "a file with the certificate in PEM")
	f.StringVar(&o.keyFile, "key", "", "a file with the certificate's private key in PEM")
	f.StringVar(&o.tokenFile, "token-file", "", "the absolute path of a file that holds the platform's token")
	return c
}

// newCredential is what the flags describe.
func (p *program) newCredential(o credentialFlags, to store.Connection, now time.Time) (c store.ProviderCredential, secret string, err error) {
	c = store.ProviderCredential{Kind: store.ProviderCredentialKind(o.kind), Method: o.method, Label: o.label}
	if c.ExpiresAt, err = parseExpiry(o.expires, now); err != nil {
		return c, "", err
	}
	switch c.Kind {
	case store.SecretCredential:
		if o.clientSecret == "" {
			return c, "", usagef("--client-secret is missing; it is better given by DOORLIST_CLIENT_SECRET_FILE")
		}
		return c, o.clientSecret, nil
	case store.FederatedCredential:
		c.TokenFile = o.tokenFile
		return c, "", nil
	case store.CertificateCredential:
		c.Certificate, secret, err = p.newCertificate(o, to, c.ExpiresAt, now)
		return c, secret, err
	}
	return c, "", usagef("--kind is %q; give secret, certificate or federated", o.kind)
}

func (p *program) newCertificate(o credentialFlags, to store.Connection, until, now time.Time) (certificate, key string, err error) {
	files := o.certFile != "" && o.keyFile != ""
	if o.generate == files || o.generate && (o.certFile != "" || o.keyFile != "") {
		return "", "", usagef("--kind certificate takes either --generate, or --cert and --key")
	}
	if o.generate {
		valid := certificateLasts
		if !until.IsZero() {
			valid = until.Sub(now)
		}
		return auth.NewClientCertificate("Doorlist "+to.Slug, now, valid)
	}
	if !until.IsZero() {
		return "", "", usagef("--expires does not go with --cert: the certificate itself says when it expires")
	}
	cert, err := p.readFile(o.certFile)
	if err != nil {
		return "", "", err
	}
	private, err := p.readFile(o.keyFile)
	return string(cert), string(private), err
}

// parseExpiry reads a date, a time, or a time from now; "" is the zero time.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--expires is %q; give a date such as 2027-05-01, or a time from now such as 4320h", text)
}

func (p *program) addProviderCredential(ctx context.Context, s *store.Store, to store.Connection, c store.ProviderCredential, secret string) error {
	var added store.ProviderCredential
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		added, err = tx.Organization(to.OrganizationID).AddProviderCredential(to.ID, c, secret)
		return err
	})
	if err != nil {
		return err
	}
	v := viewProviderCredential(added)
	said := fmt.Sprintf("Added the %s %s to the connection %s. It expires: %s.", v.Kind, v.ID, to.Slug, unknown(v.ExpiresAt))
	if v.Certificate != "" {
		said += "\nUpload this certificate in the app registration, under Certificates & secrets, Certificates; Entra shows it with the thumbprint\n" +
			v.Thumbprint + ". People can sign in with it from then on.\n" + strings.TrimSpace(v.Certificate)
	}
	if p.json {
		return p.printJSON(v)
	}
	_, err = fmt.Fprintln(p.stdout, said)
	return err
}

func (p *program) providerCredentialRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove CREDENTIAL-ID", Short: "Forget a credential of a connection; remove it at the provider too", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withStore(c.Context(), func(s *store.Store) error { return p.removeProviderCredential(c.Context(), s, args[0]) })
		},
	}
}

func (p *program) removeProviderCredential(ctx context.Context, s *store.Store, id string) error {
	all, err := organizations(ctx, s)
	if err != nil {
		return err
	}
	for _, o := range all {
		err := write(ctx, s, func(tx *store.Tx) error { return tx.Organization(o.ID).RemoveProviderCredential(id) })
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "Removed the credential %s.\n", id)
		return err
	}
	return fmt.Errorf("there is no credential %q; give its id, as in `doorlist connection credential list`", id)
}
