package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"doorlist/entra"
)

// runFlags are the flags of "entrasim run".
type runFlags struct {
	listen      string
	tenant      entra.TenantOptions
	application entra.Application
	groupClaims string
	saml        entra.SAML
	sample      bool // instead of the demonstration's tenant
	users       int
	groups      int
	scim        string
	token       string
	dialect     string
	every       time.Duration
	auto        bool
	printJSON   bool
	verbose     bool
}

func runCommand() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve the tenant: issuer, sign-in page, control page and API",
		Long: "Serves a tenant on loopback: the OpenID Connect and SAML issuer, a page to choose who signs in, and a page and API to\n" +
			"change the directory. With --scim and --token it also pushes the directory to a SCIM server.\n" +
			"Without --users and --groups the tenant is the demonstration's, with people named after roles.",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := noArguments(cmd, args); err != nil {
				return err
			}
			return f.check(cmd.Flags().Changed)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8090", "loopback address and port; port 0 takes a free one")
	flags.StringVar(&f.tenant.ID, "tenant-id", "", "tenant GUID (default: made from the seed)")
	flags.StringVar(&f.tenant.Domain, "domain", "contoso.com", "the tenant's domain")
	flags.StringVar(&f.tenant.Name, "name", "Contoso", "the tenant's name")
	flags.Uint64Var(&f.tenant.Seed, "seed", 1, "seed of everything random; the same seed gives the same people and ids")
	flags.StringVar(&f.application.ClientID, "client-id", "", "client id of the application (default: made from the seed)")
	secret := flags.String("client-secret", "", "client secret of the application (default: made from the seed)")
	flags.StringArrayVar(&f.application.RedirectURIs, "redirect-uri", []string{entra.AnyLoopback}, "redirect URI, may be repeated; the default permits any on loopback")
	flags.BoolVar(&f.application.AssignmentRequired, "assignment-required", false, "turn people away who are not assigned (AADSTS50105)")
	flags.StringVar(&f.groupClaims, "group-claims", "", "groups in tokens: SecurityGroup, ApplicationGroup (default: none)")
	flags.StringArrayVar(&f.saml.Identifiers, "saml-entity-id", nil, "identifier (entity ID) of the application; it then signs in by SAML as well; may be repeated")
	flags.StringArrayVar(&f.saml.ReplyURLs, "saml-acs", nil, "reply URL (assertion consumer service), may be repeated; the default permits any on loopback")
	flags.StringVar((*string)(&f.saml.Sign), "saml-sign", string(entra.SignAssertion), "what is signed of a SAML answer: assertion, response or both")
	flags.IntVar(&f.users, "users", 0, "number of people of a random sample")
	flags.IntVar(&f.groups, "groups", 0, "number of groups of a random sample")
	flags.StringVar(&f.scim, "scim", "", "URL of a SCIM server to push to; the first cycle runs at once")
	flags.StringVar(&f.token, "token", "", "bearer token of the SCIM server")
	flags.StringVar(&f.dialect, "dialect", string(entra.DialectClassic), "PATCH dialect: classic, compliant or both")
	flags.DurationVar(&f.every, "every", 0, "pause between provisioning cycles; 0 runs them on request only")
	flags.BoolVar(&f.auto, "auto-provision", true, "push each change of the control page and API at once")
	flags.BoolVar(&f.printJSON, "json", false, "print URLs and ids as one line of JSON")
	flags.BoolVar(&f.verbose, "verbose", false, "print every SCIM request and the status of its answer")
	cmd.PreRun = func(*cobra.Command, []string) {
		if *secret != "" {
			f.application.Secrets = []string{*secret}
		}
	}
	return cmd
}

func (f *runFlags) check(changed func(string) bool) error {
	if changed("users") != changed("groups") {
		return usageError{errors.New("--users and --groups belong together: give both or neither")}
	}
	f.sample = changed("users")
	if f.users < 0 || f.groups < 0 {
		return usageError{errors.New("--users and --groups cannot be negative")}
	}
	if _, err := uuid.Parse(f.tenant.ID); f.tenant.ID != "" && (err != nil || len(f.tenant.ID) != 36) {
		return usageError{fmt.Errorf("--tenant-id %q is not a GUID such as 8c2f9a1e-0b7d-4c55-9a70-3f1d2e6b4c11", f.tenant.ID)}
	}
	if (f.scim == "") != (f.token == "") {
		return usageError{errors.New("--scim and --token belong together: give both or neither")}
	}
	if err := f.checkSAML(); err != nil {
		return err
	}
	f.application.Groups = entra.GroupClaims(f.groupClaims)
	switch f.application.Groups {
	case entra.NoGroups, entra.SecurityGroup, entra.ApplicationGroup:
	default:
		return usageError{fmt.Errorf("--group-claims %q is unknown; use SecurityGroup or ApplicationGroup, or leave it out", f.groupClaims)}
	}
	return nil
}

func (f *runFlags) checkSAML() error {
	if len(f.saml.Identifiers) == 0 {
		if len(f.saml.ReplyURLs) > 0 {
			return usageError{errors.New("--saml-acs needs --saml-entity-id, the identifier of the application")}
		}
		return nil
	}
	switch f.saml.Sign {
	case entra.SignAssertion, entra.SignResponse, entra.SignBoth:
	default:
		return usageError{fmt.Errorf("--saml-sign %q is unknown; use assertion, response or both", f.saml.Sign)}
	}
	if len(f.saml.ReplyURLs) == 0 {
		f.saml.ReplyURLs = []string{entra.AnyLoopback}
	}
	f.application.SAML = &f.saml
	return nil
}

func (f *runFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	address, err := loopbackAddress(f.listen)
	if err != nil {
		return err
	}
	tenant, stranger, app, err := f.tenants()
	if err != nil {
		return err
	}
	server, err := entra.NewServer(entra.ServerOptions{Tenants: []*entra.Tenant{tenant, stranger}, Seed: f.tenant.Seed})
	if err != nil {
		return err
	}
	provisioner, err := f.provisioner(tenant, stderr)
	if err != nil {
		return err
	}
	if provisioner != nil {
		server.UseProvisioner(provisioner, f.auto)
	}
	listener, err := net.ListenTCP("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another port with --listen", f.listen, err)
	}
	if err := f.announce(stdout, "http://"+listener.Addr().String(), tenant, stranger, app); err != nil {
		return err
	}
	if provisioner != nil {
		go f.cycles(ctx, server, stderr)
	}
	return serve(ctx, listener, server)
}

// tenants makes the tenant, and a stranger with which the same application is registered, as a multi-tenant
// application is: the two share signing keys, and only issuer and tid tell them apart.
func (f *runFlags) tenants() (tenant, stranger *entra.Tenant, app entra.Application, err error) {
	build := entra.Demo
	if f.sample {
		build = func(o entra.TenantOptions) (*entra.Tenant, error) { return entra.Sample(o, f.users, f.groups) }
	}
	if tenant, err = build(f.tenant); err != nil {
		return nil, nil, app, err
	}
	if app, err = tenant.Register(f.withOptionalClaims()); err != nil {
		return nil, nil, app, err
	}
	other := entra.TenantOptions{Domain: "fabrikam.com", Name: "Fabrikam (a stranger)", Seed: f.tenant.Seed + 1}
	if stranger, err = entra.Sample(other, 5, 1); err != nil {
		return nil, nil, app, err
	}
	_, err = stranger.Register(app)
	return tenant, stranger, app, err
}

func (f *runFlags) withOptionalClaims() entra.Application {
	a := f.application
	a.OptionalClaims = entra.AllOptionalClaims
	return a
}
