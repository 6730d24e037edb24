package admin

import (
	"doorlist/auth"
	"doorlist/store"
)

// samlValues are the addresses of this server that a SAML provider must know. Its application signs in and provisions in one.
func samlValues(base string, c store.Connection) []Value {
	entityID, acs, metadata := auth.SAMLAddresses(base, c.Slug)
	const basic = "Single sign-on, Basic SAML Configuration"
	return []Value{
		{"entity_id", "Identifier (Entity ID)", entityID, basic},
		{"acs", "Reply URL (Assertion Consumer Service URL)", acs, basic},
		{"sign_on_url", "Sign-on URL", base + "/login/" + c.Slug, basic},
		{"metadata", "Metadata of this server", metadata, "where the provider takes all of these from a document instead"},
		{"tenant_url", "Tenant URL", base + "/scim/v2", "Provisioning, Admin credentials; elsewhere the SCIM base URL"},
		{"secret_token", "Secret token", "", "beside the Tenant URL"},
	}
}

// samlSteps are the steps for SAML providers, of which Entra is one.
func samlSteps(org, slug string) []Step {
	return append([]Step{
		{
			"Make an application for single sign-on by SAML",
			[]string{
				"In Entra: Enterprise applications, New application, Create your own application, Integrate any other application you don't find in the gallery; then Single sign-on, SAML. Enter the addresses letter for letter.",
				"Properties, Assignment required: No. The list that counts is here.",
			},
			[]string{"entity_id", "acs", "sign_on_url", "metadata"}, "", "",
		},
		{
			"Give this server the provider's metadata",
			[]string{"In Entra: SAML Certificates, App Federation Metadata Url. From a URL it is brought up to date every day, so that a new certificate is known before it is used."},
			[]string{},
			"doorlist connection set " + slug + " --metadata URL", to("connections", slug, "saml"),
		},
		{
			"Set up provisioning by SCIM 2.0",
			[]string{
				"In the same application: Provisioning, Automatic. Enter the Tenant URL and a SCIM token, and choose Test Connection. The connection's page in the console shows it as it arrives.",
				"externalId must be what sign-ins carry: in Entra, map objectId to externalId, type Direct. Entra's default, mailNickname, passes from one person to the next.",
				"Assign groups; their direct members are provisioned, nested groups are not. Then start provisioning.",
			},
			[]string{"tenant_url", "secret_token"},
			"doorlist token create --connection " + slug, to("connections", slug, "tokens", "add"),
		},
	}, stepsHere(org, slug)...)
}
