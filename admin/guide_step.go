package admin

// registrationSteps and registrationDocuments are how many of Entra's come first that register the application which signs people in.
const (
	registrationSteps     = 4
	registrationDocuments = 1
)

// entraSteps are the steps for Entra. Its application that signs people in cannot provision, so there are two.
func entraSteps(org, slug string) []Step {
	return append([]Step{
		{
			"Register the application that signs people in",
			[]string{
				"Entra admin center, App registrations, New registration: accounts in this organizational directory only.",
				"Add the platform Web, not Single-page application, with the redirect URI exactly as it is here.",
				"For signing out, add the second redirect URI and the front-channel logout URL.",
			},
			[]string{"redirect_uri", "logout_redirect_uri", "front_channel_logout_url", "sign_on_url"}, "", "",
		},
		{
			"Add the optional claims",
			[]string{
				"Token configuration, Add optional claim, ID: acct, auth_time, email, login_hint, sid. Or paste them into the manifest.",
				"Leave the groups claim out (groupMembershipClaims: None): roles come from what is provisioned, and a token with many groups holds none of them.",
			},
			[]string{"optional_claims"}, "", "",
		},
		{
			"Make a client secret",
			[]string{"Certificates & secrets, New client secret. Enter its Value, not its Secret ID, here. Write down when it expires: on that day nobody can sign in."},
			[]string{},
			"doorlist connection set " + slug + " --client-secret SECRET", to("connections", slug, "credentials", "add-secret"),
		},
		{
			"Consent for everybody, and demand no assignment",
			[]string{
				"API permissions, Grant admin consent, so that nobody is asked about openid and profile.",
				"Enterprise applications, the same name, Properties, Assignment required: No. The list that counts is here; two lists drift apart, and Entra turns people away with AADSTS50105.",
			},
			[]string{}, "", "",
		},
		{
			"Make the second application, which provisions",
			[]string{
				"Enterprise applications, New application, Create your own application, Integrate any other application you don't find in the gallery.",
				"Provisioning, Automatic: enter the Tenant URL and a SCIM token, and choose Test Connection. The connection's page in the console shows it as it arrives.",
				"Both of Entra's PATCH dialects are understood: the flag ?aadOptscim062020 behind the Tenant URL is not needed, and does no harm.",
			},
			[]string{"tenant_url", "secret_token"},
			"doorlist token create --connection " + slug, to("connections", slug, "tokens", "add"),
		},
		{
			"Map objectId to externalId",
			[]string{
				"Mappings, Provision Microsoft Entra ID Users: in the row whose target is externalId, choose the source attribute objectId, type Direct, and match objects by it, before userName. This is the one mapping that must change.",
				"Entra's default, mailNickname, passes from one person to the next; the object id never does, and it is what a sign-in carries. The mappings of groups stay as they are.",
			},
			[]string{"attribute_mapping"}, "", "",
		},
		{
			"Choose who is provisioned",
			[]string{
				"Settings, Scope: only assigned users and groups. Users and groups: assign groups. Their direct members are provisioned; nested groups are not.",
				"If roles should come from app roles instead of groups: make them in the first application (paste them into its manifest), and map them with AssertiveAppRoleAssignmentsComplex, never with AppRoleAssignmentsComplex, which takes no role back.",
			},
			[]string{"app_roles"}, "", "",
		},
		{
			"Provision yourself, then everybody",
			[]string{"Provision on demand: choose yourself, and see that you appear here. Then Start provisioning; a cycle runs about every 40 minutes."},
			[]string{}, "", "",
		},
	}, stepsHere(org, slug)...)
}

// stepsHere come last, whatever the provider.
func stepsHere(org, slug string) []Step {
	return []Step{
		{
			"Map groups to roles",
			[]string{"Groups appear here when the provider has pushed them, and are mapped by their id. Who is in several mapped groups has the highest of their roles."},
			[]string{}, "doorlist mapping add --org " + org + " --connection " + slug + " --group-external-id ID --role ROLE", to("connections", slug, "mappings"),
		},
		{
			"Test the sign-in",
			[]string{"It takes the whole way, signs nobody in, and arms the connection: single sign-on is enforced from then on. It is done in a browser, by an administrator who is signed in."},
			[]string{}, "", trialPath(slug),
		},
	}
}

// otherSteps are the steps for other OpenID Connect providers.
func otherSteps(org, slug string) []Step {
	return append([]Step{
		{
			"Register a web application",
			[]string{"With the authorization code flow, a client secret, and the addresses here."},
			[]string{"redirect_uri", "logout_redirect_uri", "front_channel_logout_url", "sign_on_url"}, "", "",
		},
		{
			"Set up provisioning by SCIM 2.0",
			[]string{
				"Enter the base URL and a SCIM token, and test the connection there.",
				"Map the claim that identifies people, as it stands in the connection's settings, to externalId.",
			},
			[]string{"tenant_url", "secret_token"},
			"doorlist token create --connection " + slug, to("connections", slug, "tokens", "add"),
		},
	}, stepsHere(org, slug)...)
}
