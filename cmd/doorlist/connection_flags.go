package main

import (
	"github.com/spf13/pflag"

	"doorlist/store"
)

const (
	defaultAuthority    = "https://login.microsoftonline.com"
	defaultSubjectClaim = "sub"
	userNameWarning     = "Warning: with --match user_name, whoever is given a user name that another person had is let in as that\n" +
		"person. Map objectId to externalId in Entra and use --match object_id wherever you can."
	noSecretWarning = "Warning: the connection has no client secret, so nobody can sign in through it yet. Set it with\n" +
		"doorlist connection set %s --client-secret ...\n"
	roleAssignedWarning = "Note: people come in by an app role in their token before provisioning has sent them. No push ends their access: what the\n" +
		"provider takes away holds from their next sign-in on, after an hour at the latest.\n"
	mutableClaimWarning = "Warning: the claim %s can be changed, by the person or by an administrator elsewhere, and passes from one person\n" +
		"to another. Whoever has the right value is let in as that person. Use sub, or another claim that never changes.\n"
)

// mutableClaims are claims that name people without identifying them (CVE-2023-3128 and its like).
var mutableClaims = map[string]bool{"email": true, "preferred_username": true, "upn": true, "unique_name": true, "name": true}

// connectionFlags are the settings of a connection as given on the command line. The store judges them.
type connectionFlags struct {
	kind, name, tenantID, authority, issuer string
	clientID, clientSecret, subjectClaim    string
	cloud                                   string
	match, admit, roles                     string
	allowGuests, enabled                    bool
	ceiling                                 string
	saml                                    samlFlags
	domains                                 []string
}

// addKindFlags adds what is settled when a connection is added: another tenant or issuer means other people.
func (o *connectionFlags) addKindFlags(f *pflag.FlagSet) {
	f.StringVar(&o.kind, "kind", string(store.EntraConnection), "entra; oidc for another OpenID Connect provider; saml for SAML 2.0")
	f.StringVar(&o.tenantID, "tenant-id", "", "entra: the tenant's GUID; saml: the same where the metadata does not tell it")
	f.StringVar(&o.cloud, "cloud", "", "entra: the cloud that the tenant is in: global, usgov or china; short for --authority")
	f.StringVar(&o.authority, "authority", defaultAuthority, "entra: the issuer is AUTHORITY/TENANT-ID/v2.0")
	f.StringVar(&o.issuer, "issuer", "", "oidc: the provider's issuer URL")
	f.StringVar(&o.subjectClaim, "subject-claim", defaultSubjectClaim, "oidc: the claim that equals externalId; saml: the attribute, or NameID (its default); Entra needs none")
}

func (o *connectionFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "name", "", "the name that people see")
	f.StringVar(&o.clientID, "client-id", "", "the application's id at the provider")
	f.StringVar(&o.clientSecret, "client-secret", "", "the application's secret; better given by DOORLIST_CLIENT_SECRET_FILE")
	f.StringVar(&o.match, "match", string(store.MatchObjectID), "object_id, or user_name where externalId cannot be mapped (unsafe)")
	f.StringVar(&o.admit, "admit", "provisioned", "who may enter: provisioned people, or with role_assigned also those whom the provider gives a mapped app role")
	f.StringVar(&o.roles, "roles", "entra", "where roles come from: entra, local or hybrid")
	f.StringArrayVar(&o.domains, "domain", nil, "a mail domain whose addresses lead here (may be repeated; replaces earlier ones; '' for none)")
	f.StringVar(&o.ceiling, "ceiling", "", "the role that is the most a push may give; '' for no limit")
	o.saml.addFlags(f)
	f.BoolVar(&o.allowGuests, "allow-guests", false, "entra: let guests of the tenant in")
}

// added is the new connection that the flags describe.
func (o *connectionFlags) added(slug string) (store.Connection, error) {
	c := store.Connection{
		Slug: slug, Name: o.name, Kind: store.ConnectionKind(o.kind), ClientID: o.clientID,
		Match: store.Match(o.match), Admit: o.admit, Roles: o.roles, AllowGuests: o.allowGuests,
	}
	switch c.Kind {
	case store.EntraConnection:
		if o.subjectClaim != defaultSubjectClaim {
			return c, usagef("--subject-claim is for --kind oidc; Entra's people are recognized by their object id")
		}
		authority, err := o.authorityOf()
		if err != nil {
			return c, err
		}
		c.TenantID, c.Authority = o.tenantID, authority
	case store.OIDCConnection:
		c.Issuer, c.SubjectClaim = o.issuer, o.subjectClaim
	case store.SAMLConnection:
		c.TenantID = o.tenantID
		if o.subjectClaim != defaultSubjectClaim { // which is OpenID Connect's
			c.SubjectClaim = o.subjectClaim
		}
	default:
		return c, usagef("--kind is %q; give entra, oidc or saml", o.kind)
	}
	return c, nil
}

// authorities are Microsoft's clouds. Each has tenants and app registrations of its own.
var authorities = map[string]string{
	"global": defaultAuthority,
	"usgov":  "https://login.microsoftonline.us",
	"china":  "https://login.partner.microsoftonline.cn",
}

// authorityOf is the authority of --cloud or --authority.
func (o *connectionFlags) authorityOf() (string, error) {
	if o.cloud == "" {
		return o.authority, nil
	}
	authority, ok := authorities[o.cloud]
	switch {
	case !ok:
		return "", usagef("--cloud is %q; give global, usgov or china", o.cloud)
	case o.authority != defaultAuthority && o.authority != authority:
		return "", usagef("--cloud and --authority name different places; keep one")
	}
	return authority, nil
}

// changed applies the flags that were given to a connection.
func (o *connectionFlags) changed(f *pflag.FlagSet, c store.Connection) (store.Connection, error) {
	settings := map[string]func(){
		"name":         func() { c.Name = o.name },
		"client-id":    func() { c.ClientID = o.clientID },
		"match":        func() { c.Match = store.Match(o.match) },
		"admit":        func() { c.Admit = o.admit },
		"roles":        func() { c.Roles = o.roles },
		"allow-guests": func() { c.AllowGuests = o.allowGuests },
		"enabled":      func() { c.Enabled = o.enabled },
	}
	given := f.Changed("client-secret") || f.Changed("domain") || f.Changed("ceiling") || f.Changed("log-retention") || anyChanged(f, scimSettings) || anyChanged(f, samlFlagNames)
	for name, apply := range settings {
		if f.Changed(name) {
			apply()
			given = true
		}
	}
	if !given {
		return c, usagef("say what to change; `doorlist connection set --help` lists the flags")
	}
	return c, nil
}
