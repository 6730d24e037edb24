package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"doorlist/store"
)

// scimFlags are what a connection demands of its provider, as given on the command line. The store judges them.
type scimFlags struct {
	allow, certificates []string
	entraToken, app     string
}

// scimSettings are the names of scimFlags.
var scimSettings = []string{"scim-allow", "scim-client-cert", "scim-entra-token", "scim-entra-app"}

func (o *scimFlags) addFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&o.allow, "scim-allow", nil, "the networks from which SCIM is taken, such as 192.0.2.0/24,2001:db8::/32 (replaces earlier ones; '' for everywhere)")
	f.StringArrayVar(&o.certificates, "scim-client-cert", nil,
		"a client certificate that SCIM must show besides: a file, or its SHA-256 fingerprint (may be repeated; replaces earlier ones; '' for none)")
	f.StringVar(&o.entraToken, "scim-entra-token", "off", "entra: on takes tokens that Entra signs itself, for a job without a secret token; on or off")
	f.StringVar(&o.app, "scim-entra-app", "", "entra: the application ID that such a token must name ('' for any of the tenant)")
}

func anyChanged(f *pflag.FlagSet, names []string) bool {
	for _, name := range names {
		if f.Changed(name) {
			return true
		}
	}
	return false
}

// change is what the flags that were given make of the settings. Files are read at the server's own terminal only.
func (o *scimFlags) change(f *pflag.FlagSet, elsewhere bool) (func(a *store.SCIMAccess), error) {
	certificates, err := fingerprints(o.certificates, elsewhere)
	if err != nil {
		return nil, err
	}
	if o.entraToken != "on" && o.entraToken != "off" {
		return nil, usagef("--scim-entra-token is %q; give on or off", o.entraToken)
	}
	return func(a *store.SCIMAccess) {
		if f.Changed("scim-allow") {
			a.Networks = strings.Join(o.allow, " ")
		}
		if f.Changed("scim-client-cert") {
			a.Certificates = certificates
		}
		if f.Changed("scim-entra-token") {
			a.EntraTokens = o.entraToken == "on"
		}
		if f.Changed("scim-entra-app") {
			a.EntraApp = o.app
		}
	}, nil
}

// fingerprints are the SHA-256 fingerprints of certificates, each given by itself or by its file.
func fingerprints(given []string, elsewhere bool) (string, error) {
	var list []string
	for _, text := range given {
		digits := strings.ReplaceAll(text, ":", "")
		sum, err := hex.DecodeString(digits)
		if text == "" || err == nil && len(sum) == sha256.Size {
			list = append(list, digits)
			continue
		}
		if elsewhere {
			return "", usagef("--scim-client-cert: files are read at the server's own terminal only; give the certificate's SHA-256 fingerprint, 64 hexadecimal digits")
		}
		fingerprint, err := fingerprintOf(text)
		if err != nil {
			return "", err
		}
		list = append(list, fingerprint)
	}
	return strings.Join(list, " "), nil
}

func fingerprintOf(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", usagef("--scim-client-cert: %v", err)
	}
	if block, _ := pem.Decode(text); block != nil && block.Type == "CERTIFICATE" {
		text = block.Bytes
	}
	certificate, err := x509.ParseCertificate(text)
	if err != nil {
		return "", usagef("--scim-client-cert: %s holds no certificate in PEM or DER", file)
	}
	sum := sha256.Sum256(certificate.Raw)
	return hex.EncodeToString(sum[:]), nil
}

// scimView is how a connection's SCIM endpoint may be reached.
type scimView struct {
	Connection   string   `json:"connection"`
	TenantURL    string   `json:"tenant_url"`
	OwnURL       string   `json:"own_url"`
	Token        string   `json:"token_endpoint"`
	Networks     []string `json:"scim_allow"`
	Certificates []string `json:"scim_client_cert"`
	EntraTokens  bool     `json:"scim_entra_token"`
	EntraApp     string   `json:"scim_entra_app"`
	LogDays      int      `json:"log_retention_days"`
}

func (p *program) connectionSCIMCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "scim CONNECTION", Short: "Show how a connection's SCIM endpoint may be reached", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withConnection(c.Context(), args[0], func(s *store.Store, found store.Connection) error {
				a, err := s.Organization(found.OrganizationID).SCIMAccess(c.Context(), found.ID)
				if err != nil {
					return err
				}
				days, err := s.Organization(found.OrganizationID).LogDays(c.Context(), found.ID)
				if err != nil {
					return err
				}
				base := p.config.publicURL()
				v := scimView{
					Connection: found.Slug, TenantURL: base + "/scim/v2", OwnURL: base + "/connections/" + found.Slug + "/scim/v2", Token: base + "/oauth/token",
					Networks: append([]string{}, strings.Fields(a.Networks)...), Certificates: append([]string{}, strings.Fields(a.Certificates)...),
					EntraTokens: a.EntraTokens, EntraApp: a.EntraApp, LogDays: days,
				}
				return p.print(v, "Tenant URL:            %s\nFor Entra's own token: %s\nToken endpoint:        %s\nNetworks:              %s\n"+
					"Client certificates:   %s\nEntra's own tokens:    %s\nRequests are kept for: %d days", v.TenantURL, v.OwnURL, v.Token,
					either(strings.Join(v.Networks, ", "), "everywhere"), either(strings.Join(v.Certificates, ", "), "none"), v.entra(), v.LogDays)
			})
		},
	})
}

func either(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (v scimView) entra() string {
	if !v.EntraTokens {
		return "refused"
	}
	return "taken, of " + either(v.EntraApp, "any application of the tenant")
}
