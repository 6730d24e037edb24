package admin

import (
	"doorlist/store"
)

// noCeiling is the choice of no limit.
const noCeiling = "none"

// setCeiling changes the most that the connection's pushes may give.
func setCeiling(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	ceilings, err := scope.Ceilings(ctx)
	if err != nil {
		return err
	}
	ladder, err := scope.Roles(ctx)
	if err != nil {
		return err
	}
	choice := field{Name: "ceiling", Label: "The most that its groups and app roles may give", Type: "choice", Value: orElse(ceilings[r.connection.ID].ID, noCeiling)}
	for _, role := range ladder {
		choice.Options = append(choice.Options, option{role.ID, role.Name})
	}
	choice.Options = append(choice.Options, option{noCeiling, "No limit"})
	f := form{
		Heading: "Ceiling of " + r.connection.Name, Submit: "Save", Back: r.connectionPath(), Fields: []field{choice},
		Lead:    "Whoever holds a provisioning token, or may edit the provider's groups, decides who has a role, up to this one. Where an owner has a local account, leave owners out of the provider's reach.",
		Warning: "Mappings to more than the ceiling stay, and count as the ceiling, from the next request on.",
	}
	return r.weigh(f, func(v values) (plan, error) {
		role := v["ceiling"]
		if role == noCeiling {
			role = ""
		}
		return plan{next: r.connectionPath() + "?done=saved", change: func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).SetCeiling(r.connection.ID, role)
		}}, nil
	})
}
