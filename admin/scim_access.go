package admin

import (
	"strings"

	"doorlist/store"
)

// setAccess changes what the connection demands of its provider beside a credential.
func setAccess(r *request) error {
	access, err := r.Store.Organization(r.org.ID).SCIMAccess(r.Request().Context(), r.connection.ID)
	if err != nil {
		return err
	}
	f := form{
		Heading: "From where " + r.connection.Name + " may push", Submit: "Save", Back: r.connectionPath("tokens"),
		Lead:    "This counts beside a token or a client, from the next request on.",
		Warning: "A provider that is shut out goes into quarantine and stops. Watch what arrives after a change.",
		Fields: []field{
			{Name: "scim-allow", Label: "Networks, one on each line", Type: "list", Optional: true, Value: lines(access.Networks),
				Hint: "Such as 192.0.2.0/24 or 2001:db8::/32. With none, from everywhere. Entra's own are those of the service tag AzureActiveDirectory, which change."},
			{Name: "scim-client-cert", Label: "Client certificates, one on each line", Type: "list", Optional: true, Value: lines(access.Certificates),
				Hint: "SHA-256 fingerprints, as from: openssl x509 -in client.pem -noout -fingerprint -sha256. With none, no certificate is asked for. The proxy in front has to pass certificates on."},
		},
	}
	if r.connection.Kind == store.EntraConnection {
		f.Fields = append(f.Fields,
			field{Name: "scim-entra-token", Label: "Take tokens that Entra signs itself, for a job without a secret token", Type: "flag", Value: flagOf(access.EntraTokens)},
			field{Name: "scim-entra-app", Label: "The application that such a token must name", Optional: true, Value: access.EntraApp,
				Hint: "Its application ID. With none, any application of the tenant is good."})
	}
	return r.ask(f, func(v values) (string, error) {
		return r.connectionPath("tokens") + "?done=saved", r.write(func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).ChangeSCIMAccess(r.connection.ID, func(a *store.SCIMAccess) {
				a.Networks, a.Certificates = strings.ReplaceAll(v["scim-allow"], "\n", " "), strings.ReplaceAll(v["scim-client-cert"], "\n", " ")
				a.EntraTokens, a.EntraApp = v["scim-entra-token"] == flagOn, v["scim-entra-app"]
			})
		})
	})
}

// lines puts each word on a line of its own.
func lines(text string) string { return strings.Join(strings.Fields(text), "\n") }

// scopes are what a credential of SCIM may do.
var scopes = []option{
	{string(store.AllScopes), "Users and groups"},
	{store.ScopeUsers, "Users alone; groups can be read"},
	{store.ScopeGroups, "Groups and their members alone; users can be read"},
	{store.ScopeRead, "Nothing: it can read"},
}

func scopeField() field {
	return field{Name: "scope", Label: "What it may change", Type: "choice", Options: scopes, Value: scopes[0].Value}
}

// scopeWords says scopes to people.
func scopeWords(s store.Scopes) string {
	for _, o := range scopes {
		if o.Value == string(s) {
			return o.Label
		}
	}
	return string(s)
}
