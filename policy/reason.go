package policy

// Reason is the outcome of an attempt to enter. The codes are stable: they stand in decisions, metrics and the
// X-Doorlist-Reason header, and people build alarms on them.
type Reason string

// The reason codes.
const (
	Admitted         Reason = "admitted"
	NotProvisioned   Reason = "not_provisioned"
	Inactive         Reason = "inactive"
	NoRole           Reason = "no_role"
	RoleTooLow       Reason = "role_too_low"
	WrongTenant      Reason = "wrong_tenant"
	MappingUnsafe    Reason = "mapping_unsafe"
	ReboundPending   Reason = "rebound_pending"
	Guest            Reason = "guest"
	SubjectChanged   Reason = "subject_changed"
	ConnectionOff    Reason = "connection_off"
	SSORequired      Reason = "sso_required"
	PasswordRequired Reason = "password_required"
	BadCredentials   Reason = "bad_credentials"
	Locked           Reason = "locked"
	SessionExpired   Reason = "session_expired"
	SessionRevoked   Reason = "session_revoked"
	BadResponse      Reason = "bad_response"
	ProviderError    Reason = "provider_error"
	Unavailable      Reason = "unavailable"
)

// Words explain a reason to two readers.
type Words struct {
	Title  string // a heading for the person
	Person string // what happened and what to do next, for the person
	Fix    string // what the administrator can do; "" where nothing is wrong
}

// Words returns the words of a reason. A code that is not in the table gets the words of Unavailable.
func (r Reason) Words() Words {
	if w, ok := words[r]; ok {
		return w
	}
	return words[Unavailable]
}

// Reasons lists every reason code, in the order of this file.
func Reasons() []Reason {
	return []Reason{
		Admitted, NotProvisioned, Inactive, NoRole, RoleTooLow, WrongTenant, MappingUnsafe, ReboundPending, Guest,
		SubjectChanged, ConnectionOff, SSORequired, PasswordRequired, BadCredentials, Locked, SessionExpired,
		SessionRevoked, BadResponse, ProviderError, Unavailable,
	}
}

// ambiguousWords explain mapping_unsafe where not the person but the role is in doubt.
var ambiguousWords = Words{
	Title:  "Your role is not clear",
	Person: "Your groups give you different roles here, and your organization wants everybody to have exactly one. Please ask your IT team to correct that.",
	Fix:    "Leave the person in groups of one role only; “doorlist explain” lists what gives which. Or let the highest win with “doorlist org set ORGANIZATION --ambiguous-roles highest”.",
}

// foreignWords explain wrong_tenant where the person is the right one at the wrong door.
var foreignWords = Words{
	Title:  "This belongs to another organization",
	Person: "You are signed in, but this application is not your organization's. Choose an account of the organization that it belongs to.",
	Fix:    "“doorlist application list” shows which organization has an application on this host. Add one for this organization too if its people should come in.",
}

// unattachedWords explain connection_off where the connection is on, but not for the organization.
var unattachedWords = Words{
	Title:  "This way in does not lead here",
	Person: "You cannot sign in to this organization this way yet. Your IT team can open it for you, or tell you how to get in.",
	Fix:    "The connection is not attached to the organization. If its people should sign in to it, attach it with “doorlist connection attach --connection C --org O”.",
}

// factorWords explain role_too_low where the role suffices.
var factorWords = Words{
	Title:  "This page needs a second step",
	Person: "You are signed in, and your role is good enough. But this page opens only after a sign-in with a second step, such as a code from an app.",
	Fix:    "The application demands a second factor, and the person's sign-in had none that we know of: a password alone, or a provider that does not say “mfa” in the token's amr. “doorlist application set APPLICATION --second-factor=false” lifts the demand.",
}

var words = map[Reason]Words{
	Admitted: {
		Title:  "You are in",
		Person: "You are signed in.",
	},
	NotProvisioned: {
		Title:  "You are not on the list yet",
		Person: "Your sign-in worked, but your organization has not sent us your account. This can take up to 40 minutes after your IT team assigns you; if it lasts longer, ask them.",
		Fix:    "Assign the person (or one of their groups, as a direct member) to the enterprise application that provisions, then use “Provision on demand”. If they are assigned already, look for errors in the provisioning logs.",
	},
	Inactive: {
		Title:  "Your access is switched off",
		Person: "Your organization has switched off your access. If you think that is a mistake, ask your IT team.",
		Fix:    "The directory says active = false: the account is disabled, deleted, or no longer assigned to the enterprise application. Correct that at the identity provider; the next provisioning cycle brings the person back.",
	},
	NoRole: {
		Title:  "You have no role here yet",
		Person: "You are on the list, but none of your groups gives you a role in this application. Ask your IT team to add you to one that does.",
		Fix:    "Put the person into a mapped group as a direct member (nested groups are not pushed), or map one of their groups with “doorlist mapping add”.",
	},
	RoleTooLow: {
		Title:  "Your role does not reach this far",
		Person: "You are signed in, but this page needs a higher role than yours. Ask your IT team if you should have it.",
		Fix:    "Put the person into a group that is mapped to the demanded role or a higher one. If the demanded role is not on the ladder, correct its name where the application is protected.",
	},
	WrongTenant: {
		Title:  "That is an account of another organization",
		Person: "You signed in with an account that does not belong to this organization. Choose another account.",
		Fix:    "The token names another tenant than the connection. Through the tenant's own sign-in address that should be impossible: check the connection's tenant id and look at the decision's details.",
	},
	MappingUnsafe: {
		Title:  "Sign-in is not finished being set up",
		Person: "We cannot yet recognize your account safely. Please tell your IT team; they can finish the set-up.",
		Fix:    "In the provisioning application's attribute mapping for users, map objectId to externalId (type Direct, applied always), save, and let a full provisioning cycle run. No two users may have the same object id.",
	},
	ReboundPending: {
		Title:  "Your account needs a check",
		Person: "Your organization's directory now ties this account to a different identity, so an administrator has to confirm who it belongs to. Please ask your IT team.",
		Fix:    "The user's externalId changed from one object id to another, as when a user name is given to a new person. “doorlist review list” shows both. If it is the same person, “doorlist review same-person”; if not, “doorlist review new-person”, which lets the new person begin afresh.",
	},
	Guest: {
		Title:  "Guests are not admitted",
		Person: "You signed in as a guest of this organization, and guest accounts are not admitted here. Ask your IT team if you should have access.",
		Fix:    "Allow guests on the connection if they should come in, or give the person a member account.",
	},
	SubjectChanged: {
		Title:  "Your account needs a check",
		Person: "Your sign-in does not match the one that we remember for your account. Please ask your IT team.",
		Fix:    "The provider's subject for this person changed while the client id stayed the same. If the app registration was replaced, set its new client id on the connection; otherwise find out who signed in before you do anything else.",
	},
	ConnectionOff: {
		Title:  "This way in is switched off",
		Person: "An administrator has switched off this way to sign in. Ask your IT team how to get in.",
		Fix:    "Enable the connection again if people should sign in through it.",
	},
	SSORequired: {
		Title:  "Sign in through your organization",
		Person: "A password does not open this door for you. Use your organization's sign-in.",
		Fix:    "Single sign-on applies to this person. If they must use a password, make an exception with “doorlist sso set --user … off”.",
	},
	PasswordRequired: {
		Title:  "Sign in with your password",
		Person: "Your organization's sign-in does not apply to you. Use your password.",
		Fix:    "Single sign-on does not apply to this person. Switch it on with “doorlist sso set --user”, or send them an invitation to choose a password.",
	},
	BadCredentials: {
		Title:  "That did not match",
		Person: "The name and the password do not belong together. Check both and try again.",
		Fix:    "Give the person a new one-time link if they cannot remember the password.",
	},
	Locked: {
		Title:  "Too many attempts",
		Person: "There were too many attempts in a short time. Wait a while and try again.",
		Fix:    "The lock ends by itself. If the person did not make these attempts, look at where they came from.",
	},
	SessionExpired: {
		Title:  "Your session has ended",
		Person: "You were away for a while, so your session has ended. Sign in again.",
		Fix:    "Nothing is wrong: sessions end after a time without use, and after a working day at the latest.",
	},
	SessionRevoked: {
		Title:  "Your session has ended",
		Person: "Your session was ended. Sign in again.",
		Fix:    "The session was ended by signing out, by an administrator, or because the account was switched off meanwhile.",
	},
	BadResponse: {
		Title:  "That sign-in could not be trusted",
		Person: "The answer of the sign-in service was incomplete, too old, used before, or not meant for this browser. Start again.",
		Fix:    "The decision's details say what was wrong. Once is usually a back button or an old tab; again and again is a wrong clock, a wrong client id, or somebody trying.",
	},
	ProviderError: {
		Title:  "The sign-in service reported a problem",
		Person: "Your organization's sign-in service did not let the sign-in through. Try again, and tell your IT team if it happens again.",
		Fix:    "The decision's details carry the provider's own code; look it up in the provider's sign-in logs by the time and the correlation id.",
	},
	Unavailable: {
		Title:  "We cannot check that right now",
		Person: "We cannot reach our own records at the moment, so we let nobody in. Try again in a minute.",
		Fix:    "Check that the database is reachable; /readyz says what is missing.",
	},
}
