package auth

import (
	"regexp"
	"slices"
	"strings"

	"doorlist/policy"
)

// hint says more about a provider's error than its reason code does. The zero hint leaves the reason's own words.
type hint struct {
	title         string // replaces the heading
	person        string // replaces the sentence for the person
	fix           string // replaces the sentence for the administrator
	chooseAccount bool   // offer to sign in with another account
	correlation   string // the provider's own id of the attempt, by which it can be found in the provider's logs
}

// providerFault is an error as a provider reports it, reduced to what is safe to show and to keep. The description is
// text that anybody can put into a URL, so none of it is repeated.
type providerFault struct {
	code        string // the OAuth error code
	number      string // Microsoft's AADSTS number; "" where there is none
	correlation string // Microsoft's correlation id
}

var (
	plainCode     = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	aadstsNumber  = regexp.MustCompile(`AADSTS(\d{4,9})\b`)
	correlationID = regexp.MustCompile(`(?i)Correlation ID: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)
)

// maxDescription is how much of a description is looked through.
const maxDescription = 4096

func readFault(code, description string) providerFault {
	if !plainCode.MatchString(code) {
		code = "unreadable_error"
	}
	if len(description) > maxDescription {
		description = description[:maxDescription]
	}
	f := providerFault{code: code}
	if m := aadstsNumber.FindStringSubmatch(description); m != nil {
		f.number = m[1]
	}
	if m := correlationID.FindStringSubmatch(description); m != nil {
		f.correlation = strings.ToLower(m[1])
	}
	return f
}

func (f providerFault) refusal(more ...faultHint) *refusal {
	h := f.hint(slices.Concat(more, faultHints))
	h.correlation = f.correlation
	return &refusal{reason: policy.ProviderError, detail: f.String(), hint: h}
}

func (f providerFault) String() string {
	s := f.code
	if f.number != "" {
		s += " AADSTS" + f.number
	}
	if f.correlation != "" {
		s += ", correlation id " + f.correlation
	}
	return s
}

// hint explains an error. The number is a hint only, since Microsoft may change it; the code decides where the number says
// nothing.
func (f providerFault) hint(table []faultHint) hint {
	for _, row := range table {
		if f.number != "" && strings.Contains(" "+row.numbers+" ", " "+f.number+" ") {
			return row.hint
		}
	}
	for _, row := range table {
		if strings.Contains(" "+row.codes+" ", " "+f.code+" ") {
			return row.hint
		}
	}
	return hint{}
}

// misconfigured is what people read about mistakes that only an administrator can mend.
const misconfigured = "The sign-in is not set up correctly, so it cannot work for anybody. Please tell your IT team."

// faultHint is what is said about errors.
type faultHint struct {
	numbers, codes string // separated by spaces
	hint           hint
}

// faultHints translates Entra's errors (Microsoft's "Microsoft Entra authentication and authorization error codes").
var faultHints = []faultHint{
	{"50105", "", hint{
		person: "Your organization has not given you access to this application. Ask your IT team to assign you.",
		fix:    "Assign the person to the enterprise application that signs in (it may be another one than the one that provisions), or switch its “Assignment required” off and let Doorlist decide.",
	}},
	{"65004", "access_denied", hint{
		person: "The sign-in was canceled. Try again when you like.",
		fix:    "The person canceled, or declined to give consent. If that happens to everybody, give admin consent to the application.",
	}},
	{"65001 90094 90095", "consent_required", hint{
		person: "An administrator of your organization must approve this application first. Please ask your IT team.",
		fix:    "Give admin consent for openid and profile in the app registration, under API permissions.",
	}},
	{"50058 50072 50074 50076 50078 50079", "login_required interaction_required", hint{
		person: "The sign-in service needs you to do one more step, such as confirming on your phone. Start again.",
		fix:    "A Conditional Access policy asks for more; see the person's entry in the sign-in logs.",
	}},
	{"53000 53001 53003 50131 50158 530032", "", hint{
		person: "Your organization's security policy blocked this sign-in, because of the device or the place. Ask your IT team.",
		fix:    "A Conditional Access policy blocked it; see the person's entry in the sign-in logs.",
	}},
	{"16000 16003 50014 50020 50034 51004 90072", "", hint{
		person: "You signed in with an account that does not belong to this organization. Choose another account.",
		fix:    "The account is not in the tenant. If it is a guest, invite it first.", chooseAccount: true,
	}},
	{"50053 50055 50056 50126 50144", "", hint{
		person: "The sign-in service did not accept your password, or your account there is locked. Try again, or ask your IT team.",
		fix:    "The account is locked, or its password is wrong, expired or not set; see the person's entry in the sign-in logs.",
	}},
	{"50057", "", hint{
		person: "Your account is disabled. Ask your IT team.",
		fix:    "The account is disabled in the tenant.",
	}},
	{"50089 50133 50173 70043 700082", "", hint{
		person: "Your organization wants you to sign in afresh. Start again.",
		fix:    "The person's session at the provider was revoked, or a Conditional Access policy limits how long one lasts.",
	}},
	{"50011 500112 900971", "", hint{
		person: misconfigured,
		fix:    "Add Doorlist's redirect URI, its base URL followed by /login/callback, to the app registration under the platform Web, letter for letter.",
	}},
	{"50194 90002 500011 700005 700011 700016", "unauthorized_client", hint{
		person: misconfigured,
		fix:    "The tenant id or the client id of the connection is not the one of the app registration.",
	}},
	{"50012 7000215 7000218 7000222 700027", "invalid_client", hint{
		person: misconfigured,
		fix:    "The client credential of the connection is wrong or has expired (see `doorlist connection credential list`). Make a new one in the app registration; of a secret, set the value (not its id) on the connection.",
	}},
	{"70021 700211 700212 700213 700223", "", hint{
		person: misconfigured,
		fix:    "No federated credential of the app registration fits the token in the connection's token file: issuer, subject and audience must be the same, to the letter.",
	}},
	{"700024 700030", "", hint{
		person: misconfigured,
		fix:    "Entra does not take the connection's signed assertion: compare this server's clock and the certificate in the app registration with `doorlist connection credential list`.",
	}},
	{"50147 501481 501491 54005 70008", "invalid_grant", hint{
		person: "The sign-in took too long or was sent twice. Start again.",
		fix:    "The one-time code was expired, used, or meant for another attempt. Now and then that is a double click; for everybody, look for a proxy that repeats requests.",
	}},
	{"28002 65005 650053 650056 650057 70011 900144", "invalid_scope", hint{
		person: misconfigured,
		fix:    "The app registration does not know a scope that was asked for; Doorlist asks for openid and profile alone.",
	}},
	{"700054", "unsupported_response_type", hint{
		person: misconfigured,
		fix:    "The app registration is not one for a web application: it must have the platform Web, whose sign-in gives a code.",
	}},
	{"90015", "", hint{
		person: "The sign-in's address has become too long, as it does when a page sends people in circles. Go to the page that you want afresh.",
		fix:    "Look for a proxy that adds the way back again and again, or that guards /login itself.",
	}},
	{"9002325 9002326 9002327", "", hint{
		person: misconfigured,
		fix:    "The redirect URI is registered under the platform “Single-page application”; move it to the platform Web.",
	}},
	{"50196", "", hint{
		person: "There were too many sign-ins in a short time. Wait a minute, then try again.",
		fix:    "Entra saw a loop of sign-ins. Check that the browser keeps Doorlist's cookies and that the base URL is the address that people use.",
	}},
	{"500021 500022 500212 500213", "", hint{
		person: "Your network or organization does not allow signing in to this tenant. Ask your IT team.",
		fix:    "Tenant restrictions or cross-tenant access settings forbid it.",
	}},
	{"50033 50087 90006 90024 90033", "temporarily_unavailable server_error", hint{
		person: "The sign-in service is having a problem. Try again in a few minutes.",
		fix:    "The provider reports trouble of its own; see its status page.",
	}},
}
