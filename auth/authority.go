package auth

import "doorlist/store"

// MayGrant refuses to hand out a role of an organization, or to take it away, that is above the caller's own. Ranks mean something on
// one ladder only; on those of organizations below, the console right counts.
func (w Caller) MayGrant(organizationID string, r store.Role) error {
	if w.May(r.Console) && (organizationID != w.OrganizationID || r.Rank <= w.Rank) {
		return nil
	}
	return &store.RefusedError{Message: "the role " + r.Name + " is above yours: somebody who has it must do that"}
}

// MayShape refuses to make, change or remove a role that is not below the caller's own, unless they own the organization.
func (w Caller) MayShape(organizationID string, r store.Role) error {
	if w.May(store.ConsoleOwn) {
		return w.MayGrant(organizationID, r)
	}
	below := r.Rank < w.Rank
	if organizationID != w.OrganizationID {
		below = consoleRank(r.Console) < consoleRank(store.Console(w.Console))
	}
	if !below {
		return &store.RefusedError{Message: "the role " + r.Name + " is not below yours: an owner must do that"}
	}
	return w.MayGrant(organizationID, r)
}
