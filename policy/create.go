package policy

import "slices"

// Admits says who may enter through a connection.
type Admits string

// The choices for Admits. Anything else admits provisioned people alone.
const (
	AdmitProvisioned  Admits = "provisioned"   // people whom provisioning has sent
	AdmitRoleAssigned Admits = "role_assigned" // and those to whom the provider has assigned a role that is mapped here
)

// Arrival is what decides about somebody who has signed in at the provider and whom the directory does not know.
type Arrival struct {
	Facts          // Grants are those that the app roles of the verified token would give
	NameTaken bool // another user of the directory has the name
	Deleted   bool // the directory had this very person, and deleted them
}

// MayCreate decides whether a first sign-in makes the user. Where the verdict is not Admitted, nothing is made and its
// reason is the refusal. Whom the directory has in any form is not made again: a record of that name, whoever it belongs to, is never
// taken over by a sign-in, and who was deleted comes back only by provisioning.
func MayCreate(a Arrival) Verdict {
	if a.Admits != AdmitRoleAssigned || a.Found != Nobody || a.Deleted || !a.identified() {
		return Admit(a.Facts)
	}
	made := a.Facts
	made.Found, made.Active, made.Link, made.Subject, made.FromSignIn = One, true, Linked, FirstSubject, true
	v := Admit(made)
	if !slices.ContainsFunc(v.Standing.Grants, func(g Grant) bool { return g.Source == AppRoleSource }) {
		return Admit(a.Facts)
	}
	if a.NameTaken {
		made.Found = NameOnly
		return Admit(made)
	}
	return v
}

// identified says that the person is recognized by something that cannot change hands.
func (f Facts) identified() bool { return f.Match == MatchObjectID || f.Match == MatchSubject }
