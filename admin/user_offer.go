package admin

import (
	"context"
	"errors"

	"doorlist/auth"
	"doorlist/store"
)

// offer is something to do for a person.
type offer struct {
	Label, Address string
	Next           bool // it is what should be done next
}

// offersFor are what whoever looks can do for a person. What would have no effect now is not offered; its page says why not to whoever
// comes there another way.
func (r *request) offersFor(p store.PersonRecord, why auth.Explanation, sessions int) ([]offer, error) {
	if !r.who.May(store.ConsoleManage) || r.above(p) != "" {
		return nil, nil
	}
	var list []offer
	add := func(offered bool, label, page string) {
		if offered {
			list = append(list, offer{Label: label, Address: r.personPath(p, page)})
		}
	}
	undecided, own := p.User.Link == store.Quarantined, r.who.May(store.ConsoleOwn)
	add(takesRolesByHand(p) && !undecided, "Give a role", "assign")
	add(sessions > 0, "End all sessions", "end-sessions")
	if undecided && own { // nothing else counts before somebody has said who it is
		list = append(list, offer{"Decide who it is", r.orgPath("reviews", p.User.ID, "same-person"), true})
	}
	if p.User.Held && own {
		list = append(list, offer{"Keep or let go", to("connections", p.Connection.Slug, "brake"), !p.HeldUntil.IsZero()})
	}
	if undecided || !own {
		return list, nil
	}
	add(p.WaysIn.Synced && (p.WaysIn.Mode != store.SSOOff || p.WaysIn.Choice != ""), "Single sign-on", "sso")
	add(auth.MayChoosePassword(p, r.now()), invitationWords(p), "invite")
	factor, err := hasFactor(r.Request().Context(), r.Store, p)
	add(factor && why.Method == "password", "Reset the second factor", "reset-second-factor")
	return list, err
}

// takesRolesByHand says whether a role that is given to a person by hand counts.
func takesRolesByHand(p store.PersonRecord) bool { return p.Connection.Roles != "entra" }

// takesRolesOfGroups says whether a role that a group of a person's gives counts.
func takesRolesOfGroups(p store.PersonRecord) bool {
	return p.Connection.ID != "" && p.Connection.Roles != "local"
}

func invitationWords(p store.PersonRecord) string {
	if p.WaysIn.HasPassword {
		return "Make a link to a new password"
	}
	return "Invite to choose a password"
}

// hasFactor says whether a person has a second factor of this server's.
func hasFactor(ctx context.Context, s *store.Store, p store.PersonRecord) (bool, error) {
	_, err := s.Directory(p.Directory).RecoveryCodesLeft(ctx, p.User.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// roleAdvice says how somebody gets a role to whom nothing gives one.
func roleAdvice(p store.PersonRecord) string {
	switch {
	case !takesRolesOfGroups(p):
		return "Give one by hand."
	case !takesRolesByHand(p):
		return "Map one of the groups below, or put the person into a mapped group at the provider."
	}
	return "Map one of the groups below, put the person into a mapped group at the provider, or give a role by hand."
}
