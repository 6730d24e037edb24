package entra

import "slices"

// compare lists what differs between the directory and the server, in the order of the mappings. An attribute that
// the server does not return counts as empty there.
func (p *Provisioner) compare(desired []attribute, current resource) []change {
	var changes []change
	for _, a := range desired {
		if roles, ok := a.value.([]appRole); ok {
			changes = append(changes, p.compareRoles(roles, current)...)
			continue
		}
		switch current.text(a.path) {
		case asText(a.value):
		case "":
			changes = append(changes, change{verbAdd, a.path, a.value})
		default:
			changes = append(changes, change{verbReplace, a.path, a.value})
		}
	}
	return changes
}

// compareRoles only ever adds, unless the expression is the assertive one.
func (p *Provisioner) compareRoles(roles []appRole, current resource) []change {
	have := current.values(rolesPath)
	missing := slices.DeleteFunc(slices.Clone(roles), func(r appRole) bool { return slices.Contains(have, r.value) })
	if p.roles == RolesAssertive {
		if len(missing) == 0 && len(have) == len(roles) {
			return nil
		}
		return []change{{verbReplace, rolesPath, roles}}
	}
	if len(missing) == 0 {
		return nil
	}
	return []change{{verbAdd, rolesPath, missing}}
}

// disables says whether the change turns a person off.
func (c change) disables() bool {
	return c.path == "active" && c.value == false
}
