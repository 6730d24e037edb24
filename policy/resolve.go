package policy

// Sources says which grants a connection lets count.
type Sources string

// The choices for Sources. Anything else lets nothing count.
const (
	EntraRoles  Sources = "entra"  // groups and app roles as pushed
	LocalRoles  Sources = "local"  // assignments by hand
	HybridRoles Sources = "hybrid" // as pushed; where nothing is, by hand
)

// Ambiguity says what becomes of somebody whose grants point to different roles.
type Ambiguity string

// The choices for Ambiguity. Anything else refuses, because that is the stricter way.
const (
	HighestRole     Ambiguity = "highest" // the most privileged role wins
	RefuseAmbiguity Ambiguity = "refuse"  // nobody comes in until one role is left
)

// Resolve decides which grants count and which role they give. The default role counts only where no other grant does.
func Resolve(sources Sources, ambiguity Ambiguity, grants []Grant) Standing {
	pushed, local, standard := sorted(grants)
	var standing Standing
	switch {
	case sources == EntraRoles:
		standing = Stand(pushed)
	case sources == LocalRoles:
		standing = Stand(local)
	case sources != HybridRoles:
		return Standing{}
	case len(pushed) > 0:
		standing = Stand(pushed)
		standing.Overridden = Stand(local).Grants
	default:
		standing = Stand(local)
	}
	if len(standing.Grants) == 0 {
		return Stand(standard)
	}
	if ambiguity != HighestRole && standing.pointsToSeveral() {
		standing.Role, standing.Ambiguous = Role{}, true
	}
	return standing
}

// sorted tells grants apart by where they come from, and brings pushed ones down to their ceilings. Those without a role, or from a source that nobody knows, are
// passed over.
func sorted(grants []Grant) (pushed, local, standard []Grant) {
	for _, g := range grants {
		switch {
		case g.Role.ID == "":
		case g.Source == GroupSource, g.Source == AppRoleSource:
			pushed = append(pushed, g.under())
		case g.Source == LocalSource:
			local = append(local, g)
		case g.Source == DefaultSource:
			standard = append(standard, g)
		}
	}
	return pushed, local, standard
}

func (s Standing) pointsToSeveral() bool {
	for _, g := range s.Grants {
		if g.Role.ID != s.Grants[0].Role.ID {
			return true
		}
	}
	return false
}

// RoleNames lists the roles that the grants point to, each once, the most privileged first.
func (s Standing) RoleNames() []string {
	var names []string
	for i, g := range s.Grants {
		if i == 0 || g.Role.ID != s.Grants[i-1].Role.ID {
			names = append(names, g.Role.Name)
		}
	}
	return names
}
