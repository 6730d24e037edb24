package auth

import "strings"

// samlFault is a provider's refusal: a status code, and a message in which Entra puts its own number.
func samlFault(code, message string) *refusal {
	return readFault(code[strings.LastIndex(code, ":")+1:], message).refusal(samlHints...)
}

// samlHints translate what differs from OpenID Connect: numbers whose cause lies elsewhere, and the status codes of SAML Core
// section 3.2.2.2.
var samlHints = []faultHint{
	{"50011 500112 900971", "", hint{
		person: misconfigured,
		fix:    "Add the assertion consumer service, Doorlist's base URL followed by /saml/CONNECTION/acs, as a Reply URL of the enterprise application, letter for letter.",
	}},
	{"650056 700016", "", hint{
		person: misconfigured,
		fix:    "No application of the tenant has this entity id. Add Doorlist's base URL followed by /saml/CONNECTION as Identifier (Entity ID) of the enterprise application.",
	}},
	{"75011", "NoAuthnContext", hint{
		person: "The sign-in service wants you to sign in in another way than you did. Close your browser, then start again.",
		fix:    "The provider compares how people proved who they are with what was asked for. Doorlist asks for nothing; look at the provider's own rules.",
	}},
	{"75005 7500529 7500514 75003 75008", "VersionMismatch RequestUnsupported UnsupportedBinding", hint{
		person: misconfigured,
		fix:    "The provider does not accept Doorlist's request. Compare what it knows of Doorlist with /saml/CONNECTION/metadata.",
	}},
	{"76021 76027 760211", "", hint{
		person: misconfigured,
		fix:    "The provider demands signed requests and does not know Doorlist's key. Upload the signing certificate of /saml/CONNECTION/metadata as a verification certificate.",
	}},
	{"", "InvalidNameIDPolicy", hint{
		person: misconfigured,
		fix:    "The provider has no NameID of the format that was asked for. Let it send a persistent one, or name an attribute: doorlist connection add --subject-claim ATTRIBUTE.",
	}},
	{"", "AuthnFailed UnknownPrincipal", hint{
		person: "The sign-in service did not accept who you are. Try again, or ask your IT team.",
		fix:    "See the person's entry in the provider's sign-in logs.",
	}},
	{"", "RequestDenied", hint{
		person: "Your organization's sign-in service refused the sign-in. Ask your IT team whether you may use this application.",
		fix:    "The provider's rules for this application refuse the person, or it does not know Doorlist.",
	}},
	{"", "NoPassive", hint{person: "The sign-in service needs to ask you something. Start again."}},
}
