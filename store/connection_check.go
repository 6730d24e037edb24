package store

import (
	"net"
	"net/url"
	"strings"
)

// complete fills in defaults and refuses what cannot work.
func (c *Connection) complete() error {
	if err := checkConnectionSlug(c.Slug); err != nil {
		return err
	}
	setDefault(&c.Name, c.Slug)
	setDefault((*string)(&c.Match), string(MatchObjectID))
	setDefault(&c.Admit, "provisioned")
	setDefault(&c.Roles, "entra")
	for _, check := range []struct{ field, value, allowed string }{
		{"match", string(c.Match), "object_id user_name"}, {"admit", c.Admit, "provisioned role_assigned"}, {"roles", c.Roles, "entra local hybrid"},
	} {
		if !oneOf(check.value, check.allowed) {
			return &InvalidError{check.field, "must be " + strings.ReplaceAll(check.allowed, " ", " or ")}
		}
	}
	if c.Admit == "role_assigned" && c.Match == MatchUserName {
		return &InvalidError{"admit", "must be provisioned where people are matched by user name, which can change hands"}
	}
	switch c.Kind {
	case EntraConnection:
		return c.completeEntra()
	case OIDCConnection:
		setDefault(&c.SubjectClaim, "sub")
		if c.ClientID == "" {
			return &InvalidError{"client-id", "is required"}
		}
		return checkProviderURL("issuer", c.Issuer)
	case SAMLConnection:
		return c.completeSAML()
	}
	return &InvalidError{"kind", "must be entra, oidc or saml"}
}

func checkConnectionSlug(slug string) error {
	if slug == "callback" {
		return &InvalidError{"name", `must not be "callback": /login/callback is where providers send people back to`}
	}
	return checkSlug(slug)
}

// completeEntra derives the issuer: an administrator gives the tenant id only, because nearly every wrong issuer seen in the
// field was typed by hand (a domain instead of the id, a missing /v2.0).
func (c *Connection) completeEntra() error {
	if !isGUID(c.TenantID) {
		return &InvalidError{"tenant-id", "must be the directory (tenant) ID, a GUID such as 72f988bf-86f1-41af-91ab-2d7cd011db47"}
	}
	if c.ClientID == "" {
		return &InvalidError{"client-id", "is required: the application (client) ID of the app registration"}
	}
	c.TenantID = strings.ToLower(c.TenantID)
	setDefault(&c.Authority, "https://login.microsoftonline.com")
	c.Authority = strings.TrimRight(c.Authority, "/")
	c.Issuer = c.Authority + "/" + c.TenantID + "/v2.0"
	if u, err := url.Parse(c.Authority); err == nil && u.Path != "" {
		return &InvalidError{"authority", "must be a host alone, such as https://login.microsoftonline.com: the tenant is added to it"}
	}
	return checkProviderURL("authority", c.Authority)
}

// NameID is the subject claim of a SAML connection whose people are known by the subject's own identifier.
const NameID = "NameID"

// completeSAML leaves the provider open: its metadata may come later, because many a provider wants ours first.
func (c *Connection) completeSAML() error {
	setDefault(&c.SubjectClaim, NameID)
	if c.TenantID != "" && !isGUID(c.TenantID) {
		return &InvalidError{"tenant-id", "must be the directory (tenant) ID, a GUID, or left out for a provider that is not Entra"}
	}
	c.TenantID = strings.ToLower(c.TenantID)
	if len(c.SubjectClaim) > maxAttributeName || !isStorable(c.SubjectClaim) {
		return &InvalidError{"subject-claim", "must be NameID or the name of an attribute"}
	}
	return nil
}

// checkProviderURL demands https; http is for a provider on this very machine.
func checkProviderURL(field, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return &InvalidError{field, "must be a URL such as https://login.example.com"}
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback) {
		return &InvalidError{field, "must begin with https:// (http:// is allowed for this machine only)"}
	}
	return nil
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func oneOf(value, allowed string) bool {
	for _, a := range strings.Fields(allowed) {
		if value == a {
			return true
		}
	}
	return false
}
