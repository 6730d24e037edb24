package auth

import (
	"context"
	"slices"

	"doorlist/policy"
	"doorlist/store"
)

// Standing is what the list alone makes of somebody: whether they may come in, with which role, and through what. How they
// would prove who they are is another question, which Explain answers.
type Standing struct {
	Admits bool
	Reason string // why not; "admitted"
	Words  string // the same for an administrator; "" for those who may come in
	Role   store.Role
	// Grants are what gives the role, the winning one first; Overridden are roles given by hand that do not count.
	Grants, Overridden []store.Grant
}

// standingWords say why somebody on the list may not come in.
var standingWords = map[policy.Reason]string{
	policy.ConnectionOff:  "the connection is off, or not attached here",
	policy.Inactive:       "switched off",
	policy.ReboundPending: "held back, because the record may be another person’s",
	policy.MappingUnsafe:  "not surely recognized, or with grants of several roles where that is refused",
	policy.NoRole:         "without a role",
	policy.NotProvisioned: "made by a sign-in, and not provisioned",
}

// StandingOf asks the rules about a record, of today or of the past.
func StandingOf(p store.PersonRecord) Standing {
	f := passwordFacts(p.Connection, p.Attachments)
	if p.Connection.ID != "" {
		f = afterSignIn(connectionFacts(p.Connection, p.Attachments))
	}
	f.Applies = f.Offered
	v := policy.Admit(withUser(f, p.Organization, p.User, p.Grants))
	s := v.Standing
	return Standing{Admits: v.Admitted(), Reason: string(v.Reason), Words: standingWords[v.Reason], Role: storeRole(s.Role),
		Grants: storeGrants(s.Grants), Overridden: storeGrants(s.Overridden)}
}

// ComesTo says that a person is one of the organization's, or comes to it from above through a connection that is attached.
func ComesTo(p store.PersonRecord) bool { return !comesNot(p) }

// Stay is a time in which somebody's standing was the same.
type Stay struct {
	Since store.PastRecord // with which it began; From is zero where the trail does not tell
	On    bool             // the list
	Standing
}

// Timeline tells how somebody's standing changed, the latest first. more says that earlier changes are left out.
func Timeline(ctx context.Context, o *store.OrganizationScope, directoryID, userID string) (line []Stay, more bool, err error) {
	records, more, err := o.Timeline(ctx, directoryID, userID)
	for _, r := range slices.Backward(records) {
		next := Stay{Since: r, On: r.On && ComesTo(r.Person)}
		if next.On {
			next.Standing = StandingOf(r.Person)
		}
		if len(line) == 0 || !line[len(line)-1].same(next) {
			line = append(line, next)
		}
	}
	slices.Reverse(line)
	return line, more, err
}

// same says that nothing changed that somebody would notice at the door, nor through what the role came.
func (s Stay) same(t Stay) bool {
	if s.On != t.On || s.Reason != t.Reason || s.Role != t.Role || len(s.Grants) == 0 != (len(t.Grants) == 0) {
		return false
	}
	return len(s.Grants) == 0 || s.Grants[0] == t.Grants[0]
}
