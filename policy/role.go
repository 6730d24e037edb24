package policy

import (
	"cmp"
	"slices"
)

// Console is what a role may do in the administrators' console.
type Console string

// The console rights, weakest first.
const (
	ConsoleNone   Console = "none"
	ConsoleRead   Console = "read"
	ConsoleManage Console = "manage"
	ConsoleOwn    Console = "own"
)

// Role is a step on an organization's ladder. The zero Role is no role at all.
type Role struct {
	ID      string
	Name    string
	Rank    int // unique in the organization; higher is more privileged
	Console Console
	// SharedOnly makes the role open nothing but what demands a role of this kind: applications in general stay closed.
	SharedOnly bool
}

// Source says where a grant comes from.
type Source string

// The sources of a grant.
const (
	GroupSource   Source = "group"    // membership of a mapped group
	AppRoleSource Source = "app_role" // an app role pushed by the provider
	LocalSource   Source = "local"    // assigned by hand
	DefaultSource Source = "default"  // what the organization gives to people whom nothing else gives a role
)

// Grant is one reason why a person has a role.
type Grant struct {
	Role      Role
	Source    Source
	MappingID string
	GroupID   string // group grants only
	Name      string // the group's name, or the app role's value
	Ceiling   Role   // the most that the connection's pushes may give; the zero Role for no limit
	Mapped    Role   // the role as mapped, where Resolve gave the ceiling's instead
}

// Standing is what a person is in an organization: the winning role and every grant that counts, the winning one first.
type Standing struct {
	Role   Role
	Grants []Grant
	// Overridden are the roles given by hand that do not count, because the provider gives one.
	Overridden []Grant
	// Ambiguous says that there is no role because the grants point to several and the organization refuses that.
	Ambiguous bool
}

// Stand resolves grants to a standing: the most privileged role wins. The answer depends on the set of grants alone,
// never on their order. Grants without a role are passed over; no grant is no role.
func Stand(grants []Grant) Standing {
	valid := make([]Grant, 0, len(grants))
	for _, g := range grants {
		if g.Role.ID != "" {
			valid = append(valid, g)
		}
	}
	if len(valid) == 0 {
		return Standing{}
	}
	slices.SortFunc(valid, compareGrants)
	return Standing{Role: valid[0].Role, Grants: valid}
}

// compareGrants puts the more privileged grant first. Below the rank comes everything else that tells two grants
// apart, so that equal sets always sort the same way.
func compareGrants(a, b Grant) int {
	return cmp.Or(
		cmp.Compare(b.Role.Rank, a.Role.Rank),
		cmp.Compare(a.Role.ID, b.Role.ID),
		cmp.Compare(a.Role.Name, b.Role.Name),
		// The ceiling of one connection may have left less of a role than that of another.
		compareConsoles(b.Role.Console, a.Role.Console),
		compareBools(a.Role.SharedOnly, b.Role.SharedOnly),
		cmp.Compare(a.Role.Console, b.Role.Console),
		cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.GroupID, b.GroupID),
		cmp.Compare(a.MappingID, b.MappingID),
		cmp.Compare(b.Mapped.Rank, a.Mapped.Rank),
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// HasRole says whether there is any role.
func (s Standing) HasRole() bool { return s.Role.ID != "" }

// AtLeast says whether the standing reaches the role. The zero Role, one that the ladder does not have, is never
// reached; a role for shared things reaches only roles of its kind.
func (s Standing) AtLeast(r Role) bool {
	return s.HasRole() && r.ID != "" && s.Role.Rank >= r.Rank && (r.SharedOnly || !s.Role.SharedOnly)
}

// Console is the console right of the winning role.
func (s Standing) Console() Console {
	if s.Role.Console == "" {
		return ConsoleNone
	}
	return s.Role.Console
}
