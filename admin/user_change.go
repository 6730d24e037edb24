package admin

import (
	"errors"
	"fmt"
	"slices"

	"doorlist/store"
)

// personForm is a form about a person, or a refusal of it.
func (r *request) personForm(p store.PersonRecord, f form, done string, change func(tx *store.Tx, v values) error) error {
	f.Back = r.personPath(p)
	return r.ask(f, func(v values) (string, error) {
		if err := r.mayTouch(p); err != nil {
			return "", err
		}
		return r.personPath(p) + "?done=" + done, r.write(func(tx *store.Tx) error { return change(tx, v) })
	})
}

// personPlan is personForm for what can change the person's role or way in: whom it concerns is shown first.
func (r *request) personPlan(p store.PersonRecord, f form, done string, change func(tx *store.Tx, v values) error) error {
	f.Back = r.personPath(p)
	return r.weigh(f, func(v values) (plan, error) {
		return plan{next: r.personPath(p) + "?done=" + done, change: func(tx *store.Tx) error { return change(tx, v) }}, r.mayTouch(p)
	})
}

// mayTouch refuses to act on a person who has a role above the caller's, such as a break-glass owner.
func (r *request) mayTouch(p store.PersonRecord) error {
	if role := r.above(p); role != "" {
		return faultIn("", fmt.Sprintf("%s has the role %s, which is above yours: somebody who has it must do that. Nothing was changed.", called(p), role))
	}
	return nil
}

// endSessions ends one session of a person, or all.
func endSessions(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	filter := store.SessionFilter{ID: r.QueryParam("session"), DirectoryID: p.Directory.DirectoryID, UserID: p.User.ID}
	list, err := r.Store.Organization(r.org.ID).ListSessions(r.Request().Context(), filter, r.now())
	if err != nil {
		return err
	}
	f := form{
		Heading: "End the sessions of " + called(p), Submit: "End them", Lead: "The next request of each is refused. Whoever may sign in can do so again.",
	}
	if filter.ID != "" {
		f.Heading, f.Submit = "End a session of "+called(p), "End it"
	}
	sessions := namedList{Title: "What ends"}
	for _, s := range list {
		sessions.Items = append(sessions.Items, fmt.Sprintf("%s, from %s, since %s", orElse(s.Device, orElse(s.UserAgent, "a browser")), orElse(s.Address, "an unknown address"), s.CreatedAt.UTC().Format("2 Jan 2006, 15:04 UTC")))
	}
	if len(list) == 0 {
		f.Warning = "There is none now."
	} else {
		f.Lists = []namedList{sessions}
	}
	return r.personForm(p, f, "ended", func(tx *store.Tx, _ values) error {
		_, err := tx.Organization(r.org.ID).EndSessions(filter, "administrator")
		return err
	})
}

// assignRole gives a person a role by hand, up to the caller's own.
func assignRole(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	roles, err := r.Store.Organization(r.org.ID).Roles(r.Request().Context())
	if err != nil {
		return err
	}
	roles = slices.DeleteFunc(roles, func(role store.Role) bool { return !r.mayGrant(role) })
	choice := field{Name: "role", Label: "Role", Type: "choice"}
	for i := range roles {
		role := roles[len(roles)-1-i]
		choice.Options = append(choice.Options, option{role.ID, role.Name})
	}
	f := form{Heading: "Give " + called(p) + " a role", Submit: "Give the role", Lead: handWords(p), Fields: []field{choice}}
	return r.personPlan(p, f, "assigned", func(tx *store.Tx, v values) error {
		return tx.Organization(r.org.ID).AssignRole(p.Directory.DirectoryID, p.User.ID, v["role"])
	})
}

// handWords say what a role that is given by hand means for a person.
func handWords(p store.PersonRecord) string {
	switch {
	case p.Connection.ID == "":
		return "It counts at once, beside those the person has: the highest wins."
	case p.Connection.Roles == "local":
		return "It counts at once: the connection takes roles given by hand alone. The highest wins."
	case p.Connection.Roles == "hybrid":
		return "It counts while the provider gives the person no role: where it gives one, its word wins."
	}
	return "It has no effect now: the connection takes roles from the provider alone. It would count if that were changed."
}

// unassignRole takes back a role that was given by hand.
func unassignRole(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	choice := field{Name: "role", Label: "Role", Type: "choice", Value: r.QueryParam("role")}
	for _, g := range p.Grants {
		if g.Source == store.LocalGrant && r.mayGrant(g.Role) {
			choice.Options = append(choice.Options, option{g.Role.ID, g.Role.Name})
		}
	}
	f := form{
		Heading: "Take a role from " + called(p), Submit: "Take it back", Fields: []field{choice},
		Lead: "What groups and app roles give stays. If nothing else gives a role, the person cannot come in any more.",
	}
	if len(choice.Options) == 0 {
		f.Warning = "No role that you may take back was given by hand."
	}
	return r.personPlan(p, f, "unassigned", func(tx *store.Tx, v values) error {
		return tx.Organization(r.org.ID).UnassignRole(p.Directory.DirectoryID, p.User.ID, v["role"])
	})
}

// resetFactor takes a lost second factor away.
func resetFactor(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	f := form{
		Heading: "Take the second factor of " + called(p) + " away", Submit: "Take it away",
		Lead:    "For somebody who has lost the app and the recovery codes. The sessions end; where a second factor is required, the next sign-in leads through setting up another.",
		Warning: "Be sure that it is the person who asks: with the password alone, somebody else could set up theirs.",
	}
	return r.personForm(p, f, "factor", func(tx *store.Tx, _ values) error {
		err := tx.Directory(p.Directory).ResetSecondFactor(p.User.ID)
		if errors.Is(err, store.ErrNotFound) {
			return faultIn("", called(p)+" has no second factor. Nothing was changed.")
		}
		return err
	})
}
