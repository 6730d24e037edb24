package entra

import "strings"

// claimMisbehaviors leave the signature right and make single claims wrong.
var claimMisbehaviors = []Misbehavior{
	{Name: "nonce-wrong", Does: "The ID token answers another request's nonce.", Token: func(t *IDToken) { t.Claims["nonce"] = "of-another-request" }},
	{Name: "nonce-missing", Does: "The ID token has no nonce.", Token: func(t *IDToken) { delete(t.Claims, "nonce") }},
	{Name: "audience-wrong", Does: "The ID token is for another application.", Token: func(t *IDToken) { t.Claims["aud"] = t.server.random.GUID() }},
	{Name: "audience-array", Does: "The ID token is for this application and another one.", Token: func(t *IDToken) {
		t.Claims["aud"] = []any{t.Claims["aud"], t.server.random.GUID()}
	}},
	{Name: "azp-other", Does: "The ID token was issued on behalf of another application (azp).", Token: func(t *IDToken) { t.Claims["azp"] = t.server.random.GUID() }},
	{Name: "issuer-other-tenant", Does: "The ID token names another tenant as its issuer; the signature is right, for all tenants share keys.", Token: func(t *IDToken) {
		t.Claims["iss"] = t.otherIssuer()
	}},
	{Name: "issuer-template", Does: "The ID token's issuer is the literal template {tenantid} of Entra's common metadata.", Token: func(t *IDToken) {
		t.Claims["iss"] = t.issuerOf("{tenantid}")
	}},
	{Name: "tenant-other", Does: "The ID token's tid names another tenant; its issuer is right.", Token: func(t *IDToken) { t.Claims["tid"] = t.otherTenant() }},
	{Name: "tenant-missing", Does: "The ID token has no tid.", Token: func(t *IDToken) { delete(t.Claims, "tid") }},
	{Name: "tenant-foreign", Does: "The whole ID token is another tenant's: iss and tid agree with each other.", Token: func(t *IDToken) {
		t.Claims["iss"], t.Claims["tid"] = t.otherIssuer(), t.otherTenant()
	}},
	{Name: "oid-missing", Does: "The ID token has no oid.", Token: func(t *IDToken) { delete(t.Claims, "oid") }},
	{Name: "oid-not-guid", Does: "The ID token's oid is the userPrincipalName.", Token: func(t *IDToken) { t.Claims["oid"] = t.Claims["preferred_username"] }},
	{Name: "oid-nil", Does: "The ID token's oid is the GUID of all zeros.", Token: func(t *IDToken) { t.Claims["oid"] = "00000000-0000-0000-0000-000000000000" }},
	{Name: "oid-number", Does: "The ID token's oid is a number.", Token: func(t *IDToken) { t.Claims["oid"] = 7 }},
	{Name: "oid-upper-case", Does: "The ID token's oid is in upper case.", Harmless: true, Token: func(t *IDToken) {
		oid, _ := t.Claims["oid"].(string)
		t.Claims["oid"] = strings.ToUpper(oid)
	}},
	{Name: "subject-other", Does: "The ID token's sub is not the one of earlier sign-ins, as after the app registration was replaced.", Token: func(t *IDToken) {
		t.Claims["sub"] = pairwiseSubject(t.otherTenant(), "another-registration", "somebody")
	}},
	{Name: "groups-string", Does: "The groups claim is one string and no list.", Harmless: true, Token: func(t *IDToken) { t.Claims["groups"] = t.server.random.GUID() }},
	{Name: "groups-overage", Does: "The groups claim is replaced by a pointer, as for somebody in more than 200 groups.", Harmless: true, Token: func(t *IDToken) {
		delete(t.Claims, "groups")
		t.Claims["_claim_names"] = map[string]string{"groups": "src1"}
		t.Claims["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": "https://graph.windows.net/dead"}}
	}},
	{Name: "methods-multiple", Does: "The ID token says that the person was recognized by several factors (amr), which Entra's tokens of version 2.0 do not.", Harmless: true, Token: func(t *IDToken) {
		t.Claims["amr"] = []string{"pwd", "mfa"}
	}},
	{Name: "claims-odd-types", Does: "Optional claims have types that nobody expects.", Harmless: true, Token: func(t *IDToken) {
		t.Claims["name"], t.Claims["email"], t.Claims["roles"] = []string{"a", "list"}, 12, map[string]any{"an": "object"}
	}},
}

func (t *IDToken) otherTenant() string { return t.server.otherThan(t.tenant) }

// otherThan is a tenant that exists and is not t; where the server has only one, a made-up GUID.
func (s *Server) otherThan(t *Tenant) string {
	for _, other := range s.tenants {
		if other.ID != t.ID {
			return other.ID
		}
	}
	return newRandom(1, streamMadeUp).GUID()
}

func (t *IDToken) otherIssuer() string { return t.issuerOf(t.otherTenant()) }

func (t *IDToken) issuerOf(tenant string) string {
	issuer, _ := t.Claims["iss"].(string)
	return strings.Replace(issuer, t.tenant.ID, tenant, 1)
}
