package entra

import "strings"

// samlClaimMisbehaviors leave the conditions right and make the person or the tenant wrong.
var samlClaimMisbehaviors = []Misbehavior{
	{Name: "saml-issuer-other", Does: "The issuer is another tenant; the certificate is this one's.", Answer: func(a *SAMLAnswer) {
		a.setIssuer(samlIssuer(a.otherTenant()))
	}},
	{Name: "saml-tenant-other", Does: "The attribute tenantid names another tenant.", Answer: func(a *SAMLAnswer) { a.SetClaim(claimTenantID, a.otherTenant()) }},
	{Name: "saml-tenant-missing", Does: "The attribute tenantid is missing.", Answer: func(a *SAMLAnswer) { a.SetClaim(claimTenantID) }},
	{Name: "saml-tenant-two", Does: "The attribute tenantid has this tenant and another one for values.", Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimTenantID, a.request.tenant.ID, a.otherTenant())
	}},
	{Name: "saml-tenant-foreign", Does: "The issuer and the attribute tenantid agree on another tenant.", Answer: func(a *SAMLAnswer) {
		a.setIssuer(samlIssuer(a.otherTenant()))
		a.SetClaim(claimTenantID, a.otherTenant())
	}},
	{Name: "saml-object-id-missing", Does: "The attribute objectidentifier is missing.", Answer: func(a *SAMLAnswer) { a.SetClaim(claimObjectID) }},
	{Name: "saml-object-id-two", Does: "The attribute objectidentifier has two values, of the person and of somebody else.", Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimObjectID, a.person.ObjectID, a.victim().ObjectID)
	}},
	{Name: "saml-object-id-twice", Does: "There are two attributes objectidentifier, the second of somebody else.", Answer: func(a *SAMLAnswer) {
		a.AddClaim(claimObjectID, a.victim().ObjectID)
	}},
	{Name: "saml-object-id-not-guid", Does: "The attribute objectidentifier is the userPrincipalName.", Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimObjectID, a.person.UserPrincipalName)
	}},
	{Name: "saml-object-id-nil", Does: "The attribute objectidentifier is the GUID of all zeros.", Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimObjectID, "00000000-0000-0000-0000-000000000000")
	}},
	{Name: "saml-object-id-upper-case", Does: "The attribute objectidentifier is in upper case.", Harmless: true, Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimObjectID, strings.ToUpper(a.person.ObjectID))
	}},
	{Name: "saml-mail-missing", Does: "There is no attribute emailaddress, as for somebody without a mailbox.", Harmless: true, Answer: func(a *SAMLAnswer) { a.SetClaim(claimMail) }},
	{Name: "saml-groups-link", Does: "The groups are replaced by a link, as for somebody in more than 150.", Harmless: true, Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimGroups)
		a.SetClaim(claimGroupsLink, "https://graph.windows.net/dead")
	}},
	{Name: "saml-methods-multiple", Does: "The person was recognized by several factors (authnmethodsreferences).", Harmless: true, Answer: func(a *SAMLAnswer) {
		a.SetClaim(claimMethods, methodPassword, methodMultiple)
	}},
}

func (a *SAMLAnswer) setIssuer(issuer string) {
	a.Response.SelectElement("Issuer").SetText(issuer)
	a.Assertion.SelectElement("Issuer").SetText(issuer)
}

func (a *SAMLAnswer) otherTenant() string { return a.server.otherThan(a.request.tenant) }

// victim is the first other person of the tenant who can sign in: the one whom an attacker would like to be.
func (a *SAMLAnswer) victim() Person {
	for _, p := range a.request.tenant.People() {
		if p.ObjectID != a.person.ObjectID && p.CanSignIn() {
			return p
		}
	}
	return Person{ObjectID: newRandom(1, streamMadeUp).GUID(), UserPrincipalName: "victim@" + a.request.tenant.Domain, DisplayName: "Victim"}
}
