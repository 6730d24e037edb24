package admin

import (
	"strings"

	"doorlist/auth"
	"doorlist/store"
)

// inShort says in a few words why somebody cannot sign in, by reason.
var inShort = map[string]string{
	"not_provisioned":   "not provisioned yet",
	"inactive":          "switched off by the provider",
	"no_role":           "no role",
	"mapping_unsafe":    "cannot be recognized: no object ID, or two with the same",
	"rebound_pending":   "held back: perhaps another person now",
	"guest":             "guests are not let in",
	"subject_changed":   "the account at the provider is another one",
	"connection_off":    "the connection is off, or not attached",
	"password_required": "has no password yet",
	"locked":            "too many wrong passwords: it ends by itself",
}

// stateOf is the state of a person in a few words.
func stateOf(p auth.Person) string {
	if p.Admitted {
		return "can sign in" + heldInShort(p.PersonRecord)
	}
	return "cannot: " + shortReason(p.Reason, p.PersonRecord, p.Role, len(p.Grants))
}

// heldInShort says that the brake alone lets somebody in; "" for others.
func heldInShort(p store.PersonRecord) string {
	switch {
	case p.User.Parted:
		return ": deleted by the provider, held until " + p.HeldUntil.UTC().Format("2 Jan 2006, 15:04") + " UTC"
	case p.User.Held:
		return ": the brake holds their departure"
	}
	return ""
}

// shortReason is a reason in a few words, about somebody to whom so many grants give the role, "" for none.
func shortReason(reason string, p store.PersonRecord, role string, grants int) string {
	why, known := inShort[reason]
	switch {
	case reason == "mapping_unsafe" && role == "" && grants > 1 && !p.Ambiguous && p.User.Link == store.Linked:
		return "the role is not clear"
	case reason == "inactive" && p.Connection.ID == "":
		return "switched off"
	case known:
		return why
	}
	return strings.ReplaceAll(reason, "_", " ")
}
