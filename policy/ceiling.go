package policy

import "cmp"

// A ceiling is the most that a push may give: a role on the ladder, set for each connection. Whoever holds the provider, or
// a stolen provisioning token, gives nobody more than that. What administrators assign by hand is not a push.

// under brings a grant down to the ceiling of its connection, and keeps the role that was mapped for the record.
func (g Grant) under() Grant {
	if g.Ceiling.ID == "" {
		return g
	}
	if role := lower(g.Role, g.Ceiling); role != g.Role {
		g.Mapped, g.Role = g.Role, role
	}
	return g
}

// lower is what two roles both allow. Of roles on a ladder whose console rights grow with the rank it is one of the two;
// elsewhere it is the lower one, with as little as the other has.
func lower(a, b Role) Role {
	if b.Rank < a.Rank {
		a, b = b, a
	}
	if compareConsoles(b.Console, a.Console) < 0 {
		a.Console = b.Console
	}
	a.SharedOnly = a.SharedOnly || b.SharedOnly
	return a
}

// consoles are the console rights by what they include. Anything else is none.
var consoles = map[Console]int{ConsoleRead: 1, ConsoleManage: 2, ConsoleOwn: 3}

func compareConsoles(a, b Console) int { return cmp.Compare(consoles[a], consoles[b]) }

// Capped lists the grants that the ceiling of their connection has brought down.
func (s Standing) Capped() []Grant {
	var capped []Grant
	for _, g := range s.Grants {
		if g.Mapped.ID != "" {
			capped = append(capped, g)
		}
	}
	return capped
}
