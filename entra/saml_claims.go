package entra

import "github.com/beevik/etree"

// The names of the attributes that Entra sends.
const (
	claimObjectID    = "http://schemas.microsoft.com/identity/claims/objectidentifier"
	claimTenantID    = "http://schemas.microsoft.com/identity/claims/tenantid"
	claimProvider    = "http://schemas.microsoft.com/identity/claims/identityprovider"
	claimDisplayName = "http://schemas.microsoft.com/identity/claims/displayname"
	claimName        = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	claimMail        = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
	claimGivenName   = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"
	claimSurname     = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"
	claimGroups      = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
	claimGroupsLink  = "http://schemas.microsoft.com/claims/groups.link"
	claimRole        = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	claimMethods     = "http://schemas.microsoft.com/claims/authnmethodsreferences"

	methodPassword = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"
	methodMultiple = "http://schemas.microsoft.com/claims/multipleauthn"
)

// samlGroupLimit is the number of groups above which an assertion carries none and links to them instead. A JWT has
// room for more.
const samlGroupLimit = 150

type samlClaim struct {
	name   string
	values []string
}

// samlClaims are those of a new enterprise application; what the directory does not know is left out.
func samlClaims(a *samlRequest, p Person) []samlClaim {
	provider := samlIssuer(a.tenant.ID)
	if p.Guest {
		provider = samlIssuer(homeTenant(p))
	}
	claims := []samlClaim{
		{claimTenantID, []string{a.tenant.ID}}, {claimObjectID, []string{p.ObjectID}},
		{claimName, []string{p.UserPrincipalName}}, {claimProvider, []string{provider}}, {claimMethods, []string{methodPassword}},
	}
	for _, c := range []struct{ name, value string }{
		{claimDisplayName, p.DisplayName}, {claimGivenName, p.GivenName}, {claimSurname, p.Surname}, {claimMail, p.Mail},
	} {
		if c.value != "" {
			claims = append(claims, samlClaim{c.name, []string{c.value}})
		}
	}
	if len(p.AppRoles) > 0 {
		claims = append(claims, samlClaim{claimRole, p.AppRoles})
	}
	groups := a.app.groupsOf(a.tenant, p)
	if len(groups) > samlGroupLimit {
		link := "https://graph.windows.net/" + a.tenant.ID + "/users/" + p.ObjectID + "/getMemberObjects"
		return append(claims, samlClaim{claimGroupsLink, []string{link}})
	}
	if len(groups) > 0 {
		claims = append(claims, samlClaim{claimGroups, groups})
	}
	return claims
}

// Claim returns the attribute of that name, or nil.
func (a *SAMLAnswer) Claim(name string) *etree.Element {
	return claimOf(a.Assertion, name)
}

func claimOf(assertion *etree.Element, name string) *etree.Element {
	for _, attribute := range assertion.FindElements("./AttributeStatement/Attribute") {
		if attribute.SelectAttrValue("Name", "") == name {
			return attribute
		}
	}
	return nil
}

// SetClaim replaces an attribute by the given values, or removes it where there are none.
func (a *SAMLAnswer) SetClaim(name string, values ...string) {
	if old := a.Claim(name); old != nil {
		old.Parent().RemoveChild(old)
	}
	if len(values) > 0 {
		a.AddClaim(name, values...)
	}
}

// AddClaim adds an attribute, whether or not there is one of that name.
func (a *SAMLAnswer) AddClaim(name string, values ...string) {
	statement := a.Assertion.SelectElement("AttributeStatement")
	if statement == nil {
		statement = a.Assertion.CreateElement("AttributeStatement")
	}
	attribute := statement.CreateElement("Attribute")
	attribute.CreateAttr("Name", name)
	for _, v := range values {
		attribute.CreateElement("AttributeValue").SetText(v)
	}
}
