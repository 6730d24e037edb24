// Package policy decides who is admitted, with which role, and why. It is what an auditor reads: plain functions of
// plain facts. It refuses to know where the facts come from: there is no database, no network, no clock and no
// identity provider here. Its specification is testdata/policy.txt.
package policy

// Match says by what a connection recognizes the person who signs in.
type Match string

// The ways to recognize a person. Anything else recognizes nobody.
const (
	MatchObjectID Match = "object_id" // Entra's object id is the directory's externalId, a GUID
	MatchSubject  Match = "subject"   // another provider's subject is the directory's externalId, byte for byte
	MatchUserName Match = "user_name" // the owner opted in to names, which can change hands
	MatchPassword Match = "password"  // a local person, who knows the password
)

// Found is the outcome of the search for the person in the connection's directory.
type Found string

// The outcomes of the search. Anything else counts as Nobody.
const (
	Nobody   Found = "nobody"
	One      Found = "one"
	Several  Found = "several"   // more than one user carries the same identity
	NameOnly Found = "name_only" // nobody by identity; a user of that name has an external id that is no identity
)

// Link is the state of the directory's record as a proof of identity.
type Link string

// The states of a link. Anything else is not trusted.
const (
	Linked      Link = "linked"
	Unlinkable  Link = "unlinkable"  // the external id is not an identity of this provider
	Quarantined Link = "quarantined" // the external id changed from one person to another
)

// Subject compares the token's pairwise subject with the one of the first sign-in.
type Subject string

// The outcomes of the comparison. Anything else is not trusted.
const (
	FirstSubject  Subject = "first" // no sign-in yet
	SameSubject   Subject = "same"
	NewAppSubject Subject = "new_app" // it differs because the connection has a new client id since
	OtherSubject  Subject = "changed"
)

// Facts is everything that decides about entering. The zero value is refused, and so is every value in it that is
// not one of its named constants.
type Facts struct {
	ConnectionOn  bool // the connection lets people sign in
	Attached      bool // it is attached to the organization, or there is no connection that could be
	TenantAgrees  bool // the token comes from the connection's own tenant, or its provider has no tenants
	Match         Match
	Found         Found
	Admits        Admits
	FromSignIn    bool // a sign-in has made the user, and provisioning has not sent the person yet
	Active        bool
	Link          Link
	Subject       Subject
	Offered       Method // how the person proved who they are
	Applies       Method // how the person must (see MethodFor)
	Guest         bool   // a guest of the tenant, at home elsewhere
	GuestsAllowed bool
	Sources       Sources
	Ambiguity     Ambiguity
	Grants        []Grant
	Application   bool   // the person wants into an application, beyond being signed in
	Foreign       bool   // the application belongs to another organization
	Demanded      []Role // the roles that the application demands, each of which must be reached
	NeedsFactor   bool   // the application demands a second factor
	SecondFactor  bool   // the person proved one when signing in
}

// Verdict is the outcome. The standing is given for refusals too, because an administrator wants to see it.
type Verdict struct {
	Reason   Reason
	Standing Standing
	Foreign  bool // refused because the application belongs to another organization
	// Unattached says that the connection is on, but not for this organization.
	Unattached bool
	// FactorMissing says that the role suffices, and that nothing but a second factor is missing.
	FactorMissing bool
}

// Admitted says whether the person may come in.
func (v Verdict) Admitted() bool { return v.Reason == Admitted }

// Words explain the verdict.
func (v Verdict) Words() Words {
	switch {
	case v.Reason == MappingUnsafe && v.Standing.Ambiguous:
		return ambiguousWords
	case v.Reason == WrongTenant && v.Foreign:
		return foreignWords
	case v.FactorMissing:
		return factorWords
	case v.Unattached:
		return unattachedWords
	}
	return v.Reason.Words()
}

// Admit decides. The first thing that is wrong, in the order of the checks, gives the reason.
func Admit(f Facts) Verdict {
	standing := Resolve(f.Sources, f.Ambiguity, f.Grants)
	v := Verdict{Reason: f.reason(standing), Standing: standing}
	v.Foreign = v.Reason == WrongTenant && f.TenantAgrees
	v.Unattached = f.ConnectionOn && !f.Attached
	v.FactorMissing = v.Reason == RoleTooLow && f.rolesSuffice(standing)
	return v
}

func (f Facts) reason(s Standing) Reason {
	if !f.ConnectionOn || !f.Attached {
		return ConnectionOff
	}
	if !f.TenantAgrees {
		return WrongTenant
	}
	if r := f.recognized(); r != Admitted {
		return r
	}
	if r := f.method(); r != Admitted {
		return r
	}
	if f.Guest && !f.GuestsAllowed {
		return Guest
	}
	if s.Ambiguous {
		return MappingUnsafe
	}
	if !s.HasRole() {
		return NoRole
	}
	return f.reach(s)
}

// reach judges whether somebody who may be signed in may go where they want to.
func (f Facts) reach(s Standing) Reason {
	if f.Foreign {
		return WrongTenant
	}
	if !f.rolesSuffice(s) || f.NeedsFactor && !f.SecondFactor {
		return RoleTooLow
	}
	return Admitted
}

// rolesSuffice judges the role alone.
func (f Facts) rolesSuffice(s Standing) bool {
	if f.Application && len(f.Demanded) == 0 && s.Role.SharedOnly {
		return false
	}
	for _, demanded := range f.Demanded {
		if !s.AtLeast(demanded) {
			return false
		}
	}
	return true
}

// recognized judges whether the directory has this person, and surely this one.
func (f Facts) recognized() Reason {
	switch f.Found {
	case One:
	case Several, NameOnly:
		return MappingUnsafe
	default:
		return NotProvisioned
	}
	if f.FromSignIn && f.Admits != AdmitRoleAssigned {
		return NotProvisioned
	}
	if !f.Active {
		return Inactive
	}
	if f.Link == Quarantined {
		return ReboundPending
	}
	if !f.linkSuffices() {
		return MappingUnsafe
	}
	switch f.Subject {
	case FirstSubject, SameSubject, NewAppSubject:
		return Admitted
	}
	return SubjectChanged
}

// method refuses a proof of the kind that does not apply to the person, however good it is.
func (f Facts) method() Reason {
	switch {
	case f.Applies == SSO && f.Offered == SSO, f.Applies == Password && f.Offered == Password:
		return Admitted
	case f.Applies == Password:
		return PasswordRequired
	}
	return SSORequired
}

// linkSuffices: only a GUID can be an Entra object id. Other providers' subjects have any form, and matching by name
// does not use the external id and local people have none, so for them an external id that is no GUID is good enough.
func (f Facts) linkSuffices() bool {
	switch f.Match {
	case MatchObjectID:
		return f.Link == Linked
	case MatchSubject, MatchUserName, MatchPassword:
		return f.Link == Linked || f.Link == Unlinkable
	}
	return false
}
