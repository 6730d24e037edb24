package auth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crewjam/saml"

	"doorlist/store"
)

// Microsoft's names of attributes ("SAML token claims reference").
const (
	claimObjectID   = "http://schemas.microsoft.com/identity/claims/objectidentifier"
	claimTenantID   = "http://schemas.microsoft.com/identity/claims/tenantid"
	claimProvider   = "http://schemas.microsoft.com/identity/claims/identityprovider"
	claimDisplay    = "http://schemas.microsoft.com/identity/claims/displayname"
	claimMethods    = "http://schemas.microsoft.com/claims/authnmethodsreferences"
	claimRole       = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	claimName       = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	claimUPN        = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
	claimEmail      = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
	claimGivenName  = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"
	claimFamilyName = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"

	// severalMethods is what stands in claimMethods of somebody who proved several factors.
	severalMethods = "http://schemas.microsoft.com/claims/multipleauthn"
)

// samlAttributes are the values of attributes by their names. FriendlyName is never looked at: everybody may choose one.
type samlAttributes map[string][]string

func attributesOf(a saml.Assertion) samlAttributes {
	all := samlAttributes{}
	for _, statement := range a.AttributeStatements {
		for _, attribute := range statement.Attributes {
			for _, value := range attribute.Values {
				all[attribute.Name] = append(all[attribute.Name], strings.TrimSpace(value.Value))
			}
		}
	}
	return all
}

// one is the value of an attribute that may have but one; "" otherwise.
func (all samlAttributes) one(name string) string {
	if values := all[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// shown is a value for people to read, "" where it has nothing to read.
func (all samlAttributes) shown(name string) string {
	if value := all.one(name); isIdentifier(value) {
		return short(value)
	}
	return ""
}

// identity reads who a verified assertion is about.
func (p samlParty) identity(a saml.Assertion) (identity, error) {
	all, names := attributesOf(a), p.settings.Attributes
	id := identity{
		UserName:     all.shown(cmp.Or(names.UserName, claimName)),
		SecondFactor: slices.Contains(all[claimMethods], severalMethods),
	}
	for _, name := range []string{cmp.Or(names.UserName, claimName), claimUPN, claimEmail} {
		if claimed := all.shown(name); claimed != "" && !slices.Contains(id.Names, claimed) {
			id.Names = append(id.Names, claimed)
		}
	}
	sent, err := p.key(all, a.Subject, &id)
	if err != nil {
		return id, err
	}
	id.Profile = p.profile(all, id, sent)
	return id, nil
}

// key finds what the directory knows the person by, and returns it as it was sent too.
func (p samlParty) key(all samlAttributes, subject *saml.Subject, id *identity) (sent string, err error) {
	if p.connection.OfEntra() {
		return p.objectID(all, id)
	}
	if p.byNameID() {
		id.Key, err = nameID(subject.NameID)
		return id.Key, err
	}
	id.Key = all.one(p.connection.SubjectClaim)
	if !isIdentifier(id.Key) {
		return "", badResponse("the assertion's attribute %q is missing, unreadable, or has several values", p.connection.SubjectClaim)
	}
	return id.Key, nil
}

func (p samlParty) objectID(all samlAttributes, id *identity) (sent string, err error) {
	id.Tenant, id.Key, sent = canonicalGUID(all.one(claimTenantID)), canonicalGUID(all.one(claimObjectID)), all.one(claimObjectID)
	if id.Tenant == "" {
		return "", badResponse("the assertion has not exactly one tenant id (%s) that is a GUID", claimTenantID)
	}
	if id.Key == "" {
		return "", badResponse("the assertion has not exactly one object id (%s) that is a GUID", claimObjectID)
	}
	id.Guest = p.isGuest(all, id.Tenant)
	return sent, nil
}

// isGuest: people who are at home elsewhere have another issuer as their identity provider than the tenant.
func (p samlParty) isGuest(all samlAttributes, tenant string) bool {
	return slices.ContainsFunc(all[claimProvider], func(idp string) bool {
		return !strings.EqualFold(idp, p.settings.Provider.EntityID) && !strings.EqualFold(idp, "https://sts.windows.net/"+tenant+"/")
	})
}

// nameID accepts the formats that can be an identity. An e-mail address passes from person to person, and a transient id is
// another one each time.
func nameID(n *saml.NameID) (string, error) {
	if n == nil || !isIdentifier(strings.TrimSpace(n.Value)) {
		return "", badResponse("the assertion's subject has no NameID that can be read")
	}
	switch saml.NameIDFormat(n.Format) {
	case saml.PersistentNameIDFormat, saml.UnspecifiedNameIDFormat, "":
		return strings.TrimSpace(n.Value), nil
	}
	no := badResponse("the NameID's format is %q, which is no lasting identity", n.Format)
	no.hint.fix = "Let the provider send a persistent NameID, or name the attribute that holds a lasting id: doorlist connection add --subject-claim ATTRIBUTE."
	return "", no
}

// profile is what a verified assertion says of a person. None of it but the external id is an identity.
func (p samlParty) profile(all samlAttributes, id identity, sent string) store.Profile {
	names := p.settings.Attributes
	profile := store.Profile{
		UserName: cmp.Or(id.UserName, id.Key), ExternalID: sent, Email: all.shown(claimEmail), DisplayName: all.shown(claimDisplay),
		GivenName: all.shown(cmp.Or(names.GivenName, claimGivenName)), FamilyName: all.shown(cmp.Or(names.FamilyName, claimFamilyName)),
	}
	if profile.DisplayName == "" {
		profile.DisplayName = strings.TrimSpace(profile.GivenName + " " + profile.FamilyName)
	}
	for _, role := range all[cmp.Or(names.Role, claimRole)] {
		if isIdentifier(role) && len(profile.AppRoles) < maxTexts {
			profile.AppRoles = append(profile.AppRoles, role)
		}
	}
	return profile
}
