package admin

import (
	"regexp"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

// clouds are Microsoft's, each with people and app registrations of its own.
var clouds = []option{
	{"https://login.microsoftonline.com", "Worldwide"},
	{"https://login.microsoftonline.us", "US Government"},
	{"https://login.partner.microsoftonline.cn", "China (21Vianet)"},
}

// otherCloud is the choice of an authority that is typed in.
const otherCloud = "other"

// cloudOf is the name of the cloud that a connection's tenant is in; its host where it is none of Microsoft's.
func cloudOf(c store.Connection) string {
	if c.Kind != store.EntraConnection {
		return ""
	}
	for _, cloud := range clouds {
		if cloud.Value == c.Authority {
			return cloud.Label
		}
	}
	return c.Authority
}

// addConnection makes a connection by hand. ?kind=oidc and ?kind=saml ask for what other providers than Entra need.
func addConnection(r *request) error {
	if r.QueryParam("kind") == string(store.SAMLConnection) {
		return addSAML(r)
	}
	other := r.QueryParam("kind") == string(store.OIDCConnection)
	f := form{
		Heading: "Connect Microsoft Entra ID", Submit: "Make the connection", Back: r.orgPath(),
		Lead:   "Register an application in Entra first: App registrations, New registration, this organizational directory only, platform Web. Its pages have what is asked for here.",
		Values: valuesOf(r.door.To(""), store.Connection{Kind: store.EntraConnection})[:1],
		Fields: append(commonFields("Microsoft", "entra"), append(entraFields(), attachField(r.org))...),
	}
	if other {
		f.Heading, f.Fields = "Connect another OpenID Connect provider", append(commonFields("", ""), append(oidcFields(), attachField(r.org))...)
		f.Lead, f.Values = "Register a web application at the provider first.", valuesOf(r.door.To(""), store.Connection{Kind: store.OIDCConnection})[:1]
	}
	return r.ask(f, func(v values) (string, error) {
		wanted := store.Connection{
			Slug: v["slug"], Name: v["display"], Kind: store.EntraConnection, ClientID: v["client-id"], TenantID: v["tenant-id"], Authority: v["cloud"],
		}
		if err := checkCloud(v); err != nil {
			return "", err
		}
		if v["cloud"] == otherCloud {
			wanted.Authority = v["authority"]
		}
		if other {
			wanted.Kind, wanted.Issuer, wanted.SubjectClaim = store.OIDCConnection, v["issuer"], v["subject-claim"]
		}
		expires, err := readDate("expires", v["expires"])
		if err != nil {
			return "", err
		}
		return to("connections", wanted.Slug) + "?done=connection", r.write(func(tx *store.Tx) error {
			o := tx.Organization(r.org.ID)
			made, err := o.CreateConnection(wanted, "")
			if err != nil {
				return err
			}
			_, err = o.AddProviderCredential(made.ID, store.ProviderCredential{Kind: store.SecretCredential, ExpiresAt: expires}, v["client-secret"])
			if err != nil || v["attach"] == attachNow {
				return err
			}
			return auth.Attach(tx, r.org.ID, made.ID, false)
		})
	})
}

func commonFields(name, slug string) []field {
	return []field{
		{Name: "display", Label: "Name", Hint: "As people see it when they choose how to sign in.", Value: name},
		{Name: "slug", Label: "Short name", Hint: "Lower-case letters, digits and hyphens. It stands in addresses, as in /login/" + orElse(slug, "okta") + ".", Value: slug},
	}
}

const attachNow = "now"

// attachField asks whether a new connection is for people at once.
func attachField(o store.Organization) field {
	return field{Name: "attach", Label: "Who may sign in through it", Type: "choice", Value: attachNow, Options: []option{
		{attachNow, "People of " + o.Name + " and of the organizations below"},
		{"later", "Nobody yet: it is tried with a test organization first"},
	}}
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func entraFields() []field {
	return []field{
		{Name: "cloud", Label: "Cloud", Type: "choice", Value: clouds[0].Value,
			Options: append(slices.Clone(clouds), option{otherCloud, "Another, whose address is below"})},
		{Name: "authority", Label: "Address of another cloud", Optional: true, Hint: "Where the choice above is “Another”, such as http://127.0.0.1:8090 for the simulator on this machine."},
		{Name: "tenant-id", Label: "Directory (tenant) ID", Hint: "A GUID, on the registration's Overview page."},
		{Name: "client-id", Label: "Application (client) ID", Hint: "A GUID, on the same page."},
		{Name: "client-secret", Label: "Client secret", Type: "password", Hint: "The column Value under Certificates & secrets; not the Secret ID."},
		{Name: "expires", Label: "The secret expires on", Optional: true, Hint: "The column beside it, as in 2027-05-01. You are warned 60 days before."},
	}
}

func oidcFields() []field {
	return []field{
		{Name: "issuer", Label: "Issuer", Hint: "Such as https://example.okta.com"},
		{Name: "client-id", Label: "Client ID"},
		{Name: "client-secret", Label: "Client secret", Type: "password"},
		{Name: "subject-claim", Label: "Claim that identifies people", Hint: "It never changes and passes to nobody else. The provider pushes its value as externalId.", Value: "sub"},
	}
}

// checkCloud demands an address for another cloud, and for no other.
func checkCloud(v values) error {
	switch other := v["cloud"] == otherCloud; {
	case other && v["authority"] == "":
		return faultIn("authority", "Give the address of the cloud.")
	case !other && v["authority"] != "":
		return faultIn("authority", "This is for another cloud than the chosen one. Choose “Another” above, or leave it empty.")
	}
	return nil
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
