package admin

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

var credentialsTemplate = parsePage("credentials")

// credentialEndsSoon is how long before its end a credential is marked; the trail warns of it from then on too.
const credentialEndsSoon = 60 * 24 * time.Hour

// shownCredential is a credential with how it stands.
type shownCredential struct {
	store.ProviderCredential
	State, Mark string // Mark is the style of the state: good, soon or off
	Thumbprint  string // of a certificate, as Entra shows it
}

// Name is what a credential is called on pages.
func (c shownCredential) Name() string {
	kind := map[store.ProviderCredentialKind]string{
		store.SecretCredential: "Client secret", store.CertificateCredential: "Certificate", store.FederatedCredential: "Federated credential",
	}[c.Kind]
	if c.Label == "" {
		return kind
	}
	return kind + " “" + c.Label + "”"
}

func showCredential(c store.ProviderCredential, now time.Time) shownCredential {
	shown := shownCredential{ProviderCredential: c, State: "in force", Mark: "good"}
	shown.Thumbprint, _ = c.Thumbprints()
	left := c.ExpiresAt.Sub(now)
	switch {
	case !c.ExpiresAt.IsZero() && left <= 0:
		shown.State, shown.Mark = "expired", "off"
	case !c.RefusedAt.IsZero():
		shown.State, shown.Mark = "refused by the provider", "soon"
	case !c.ExpiresAt.IsZero() && left <= credentialEndsSoon:
		shown.State, shown.Mark = "expires in "+days(left), "soon"
	}
	return shown
}

// days is a length of time in words.
func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "one day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}

// credentials are those of the connection, the newest first. A connection that is no client of its provider has none.
func (r *request) credentials() ([]shownCredential, error) {
	if r.connection.Kind == store.SAMLConnection {
		return nil, store.ErrNotFound
	}
	all, err := r.Store.ProviderCredentials(r.Request().Context(), r.connection)
	list := make([]shownCredential, len(all))
	for i, c := range all {
		list[i] = showCredential(c, r.now())
	}
	return list, err
}

type credentialsContent struct {
	Path        string // of the connection
	Entra       bool
	Credentials []shownCredential
	Full        bool // there can be no more
}

// showCredentials lists with what a connection proves to its provider who it is.
func showCredentials(r *request) error {
	list, err := r.credentials()
	if err != nil {
		return err
	}
	return r.ok(credentialsTemplate, "Credentials of "+r.connection.Name, credentialsContent{
		Path: r.connectionPath(), Entra: r.connection.Kind == store.EntraConnection, Credentials: list, Full: len(list) >= store.MaxProviderCredentials,
	})
}

// addSecret adds an application's secret beside the credential that is there.
func addSecret(r *request) error {
	if _, err := r.credentials(); err != nil {
		return err
	}
	f := form{
		Heading: "New client secret of " + r.connection.Name, Submit: "Save the secret", Back: r.connectionPath("credentials"),
		Lead: "From the application's registration at the provider. It is used from the next sign-in on, and never shown again. The one there is stays, and steps in where the provider does not take the new one.",
		Fields: []field{
			{Name: "client-secret", Label: "Client secret", Type: "password", Hint: "In Entra, the column Value under Certificates & secrets; not the Secret ID."},
			{Name: "expires", Label: "Expires on", Optional: true, Hint: "As the provider shows it, such as 2027-05-01. You are warned 60 days before."},
			{Name: "label", Label: "What it is called", Optional: true},
		},
	}
	if r.connection.Kind == store.OIDCConnection {
		f.Fields = append(f.Fields, field{Name: "method", Label: "How it is sent", Type: "choice", Value: "any", Options: []option{
			{"any", "As the provider's discovery says"}, {"basic", "In the header (client_secret_basic)"}, {"post", "In the form (client_secret_post)"},
		}})
	}
	return r.ask(f, func(v values) (string, error) {
		c := store.ProviderCredential{Kind: store.SecretCredential, Label: v["label"]}
		if m := v["method"]; m != "any" {
			c.Method = m
		}
		var err error
		if c.ExpiresAt, err = readDate("expires", v["expires"]); err != nil {
			return "", err
		}
		return r.connectionPath("credentials") + "?done=secret", r.addCredential(c, v["client-secret"])
	})
}

// readDate reads the value of a field for a date; "" is the zero time.
func readDate(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, faultIn(name, "Give a date such as 2027-05-01.")
	}
	return t, nil
}

func (r *request) addCredential(c store.ProviderCredential, secret string) error {
	return r.write(func(tx *store.Tx) error {
		_, err := tx.Organization(r.org.ID).AddProviderCredential(r.connection.ID, c, secret)
		return err
	})
}

// addCertificate makes a key, which nobody ever sees, and its certificate, to be uploaded at the provider.
func addCertificate(r *request) error {
	list, err := r.credentials()
	if err != nil {
		return err
	}
	f := form{
		Heading: "New certificate of " + r.connection.Name, Submit: "Make the certificate", Back: r.connectionPath("credentials"),
		Lead: "The private key is made here, kept sealed, and never shown. The certificate is what you upload at the provider.",
		Fields: []field{
			{Name: "days", Label: "In force for", Type: "choice", Value: "365", Options: []option{{"365", "One year"}, {"730", "Two years"}, {"180", "180 days"}}},
			{Name: "label", Label: "What it is called", Optional: true},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		days, err := strconv.Atoi(v["days"])
		if err != nil {
			return "", err // the form offers numbers alone
		}
		if len(list) >= store.MaxProviderCredentials {
			return "", faultIn("", "The connection has two credentials already: remove the one that is out of use first.")
		}
		certificate, key, err := auth.NewClientCertificate("Doorlist "+r.connection.Slug, r.now(), time.Duration(days)*24*time.Hour)
		if err != nil {
			return "", err
		}
		c := store.ProviderCredential{Kind: store.CertificateCredential, Label: v["label"], Certificate: certificate}
		return r.connectionPath("credentials") + "?done=certificate", r.addCredential(c, key)
	})
}

// removeCredential forgets a credential.
func removeCredential(r *request) error {
	list, err := r.credentials()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c shownCredential) bool { return c.ID == r.Param("credential") })
	if i < 0 {
		return store.ErrNotFound
	}
	f := form{
		Heading: "Remove: " + list[i].Name(), Submit: "Remove it", Back: r.connectionPath("credentials"),
		Warning: "It is forgotten at once. Remove it at the provider too.",
	}
	others := slices.DeleteFunc(slices.Clone(list), func(c shownCredential) bool { return c.ID == list[i].ID || c.Mark == "off" })
	if len(others) == 0 && !r.Shared.Serves(r.connection) {
		f.Warning += " No other is in force: nobody can sign in through the connection until there is one."
	}
	return r.ask(f, func(values) (string, error) {
		return r.connectionPath("credentials") + "?done=forgotten", r.write(func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).RemoveProviderCredential(list[i].ID)
		})
	})
}
