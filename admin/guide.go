package admin

import (
	"doorlist/store"
)

// Guide is everything that somebody enters at a provider to connect it, in the order of the work. The console shows it as a page and
// the command `doorlist connection guide` as text or JSON.
type Guide struct {
	Connection string  `json:"connection"`
	Kind       string  `json:"kind"`
	Values     []Value `json:"values"`
	Steps      []Step  `json:"steps"`
	// Documents are JSON for Microsoft Graph or the application's manifest; none for other providers than Entra.
	Documents []Document `json:"documents"`
}

// Value is one value to paste.
type Value struct {
	Name  string `json:"name"` // stable, such as "redirect_uri"
	Label string `json:"label"`
	Value string `json:"value"`
	Where string `json:"where"` // to enter it
}

// Step is one step of the work at the provider or here.
type Step struct {
	Title   string   `json:"title"`
	Do      []string `json:"do"`                // sentences
	Uses    []string `json:"uses"`              // names of values and documents
	Command string   `json:"command,omitempty"` // that does what is to do here
	page    string   // of the console, that does the same
}

// Document is a piece of configuration to paste.
type Document struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Where string `json:"where"`
	JSON  any    `json:"json"`
}

// NewGuide writes the guide for a connection of the server with the public URL base and no slash at its end. shared says that the
// connection signs people in through the server's own application, so that none has to be registered.
func NewGuide(base string, o store.Organization, c store.Connection, ladder []store.Role, shared bool) Guide {
	g := Guide{Connection: c.Slug, Kind: string(c.Kind), Values: valuesOf(base, c), Steps: otherSteps(o.Slug, c.Slug), Documents: []Document{}}
	switch c.Kind {
	case store.EntraConnection:
		g.Steps, g.Documents = entraSteps(o.Slug, c.Slug), entraDocuments(ladder)
	case store.SAMLConnection:
		g.Steps = samlSteps(o.Slug, c.Slug)
	}
	if shared {
		g.Steps, g.Documents = g.Steps[registrationSteps:], g.Documents[registrationDocuments:]
	}
	return g
}

// valuesOf are the addresses of this server that a provider must know.
func valuesOf(base string, c store.Connection) []Value {
	if c.Kind == store.SAMLConnection {
		return samlValues(base, c)
	}
	where := func(entra, other string) string {
		if c.Kind == store.EntraConnection {
			return entra
		}
		return other
	}
	return []Value{
		{"redirect_uri", "Redirect URI", base + "/login/callback", where("App registrations, Authentication, platform Web", "the application's redirect or callback URIs")},
		{"logout_redirect_uri", "Second redirect URI, after signing out", base + "/logout", where("App registrations, Authentication, platform Web", "the application's post-logout redirect URIs")},
		{"front_channel_logout_url", "Front-channel logout URL", base + "/logout/frontchannel", where("App registrations, Authentication", "the application's front-channel logout URL, if the provider has it")},
		{"sign_on_url", "Sign-on URL", base + "/login/" + c.Slug, where("App registrations, Branding & properties, Home page URL", "the application's home page or initiate-login URL")},
		{"tenant_url", "Tenant URL", base + "/scim/v2", where("the second enterprise application, Provisioning, Admin credentials", "the provisioning's SCIM base URL")},
		{"secret_token", "Secret token", "", where("beside the Tenant URL", "beside the base URL, as a bearer token")},
	}
}
