package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"doorlist/store"
)

// roleForm asks what a role is.
func (r *request) roleForm(role store.Role) form {
	f := form{Submit: "Save", Back: r.orgPath("roles"), Fields: []field{
		{Name: "name", Label: "Name", Value: role.Name, Hint: "As applications see it."},
		{Name: "rank", Label: "Rank", Hint: "A number from 1 to 1000000. Higher is more privileged; no two roles have the same."},
		{Name: "console", Label: "In this console", Type: "choice", Value: orElse(string(role.Console), string(store.ConsoleNone))},
		{Name: "shared-only", Label: "Opens only what demands a role of this kind, not applications in general", Type: "flag", Value: flagOf(role.SharedOnly)},
	}}
	if role.Rank > 0 {
		f.Fields[1].Value = strconv.Itoa(role.Rank)
	}
	for _, right := range []option{{"none", "Nothing"}, {"read", "Sees everything"}, {"manage", "Also manages people and roles below"}, {"own", "Everything"}} {
		if r.who.May(store.Console(right.Value)) {
			f.Fields[2].Options = append(f.Fields[2].Options, right)
		}
	}
	return f
}

// answered is the role that was described, if the caller may make it.
func (r *request) answered(id string, v values) (store.Role, error) {
	rank, err := strconv.Atoi(v["rank"])
	if err != nil {
		return store.Role{}, faultIn("rank", "Write a whole number, such as 25.")
	}
	role := store.Role{ID: id, Name: v["name"], Rank: rank, Console: store.Console(v["console"]), SharedOnly: v["shared-only"] == flagOn}
	return role, r.who.MayShape(r.org.ID, role)
}

// roleFault says what is wrong with a role in the words of its form, where the name of a role is no short name.
func roleFault(err error) error {
	if invalid, ok := errors.AsType[*store.InvalidError](err); ok && invalid.Field == "name" {
		return faultIn("name", sentence(invalid.Message))
	}
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		switch conflict.Field {
		case "role name":
			return faultIn("name", "There is a role of this name.")
		case "rank":
			return faultIn("rank", "Another role has this rank.")
		}
	}
	return err
}

// addRole makes a step of the ladder.
func addRole(r *request) error {
	f := r.roleForm(store.Role{})
	f.Heading, f.Submit = "New role of "+r.org.Name, "Make the role"
	return r.ask(f, func(v values) (string, error) {
		role, err := r.answered("", v)
		if err != nil {
			return "", err
		}
		return r.orgPath("roles") + "?done=saved", roleFault(r.write(func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).CreateRole(role)
			return err
		}))
	})
}

// role is the one that the address names, with the ladder.
func (r *request) role() (store.Role, []store.Role, error) {
	ladder, err := r.Store.Organization(r.org.ID).Roles(r.Request().Context())
	i := slices.IndexFunc(ladder, func(x store.Role) bool { return x.ID == r.Param("role") })
	if err == nil && i < 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Role{}, nil, err
	}
	return ladder[i], ladder, nil
}

// editRole changes a step of the ladder.
func editRole(r *request) error {
	was, _, err := r.role()
	if err != nil {
		return err
	}
	f := r.roleForm(was)
	f.Heading = "Change the role " + was.Name
	return r.weigh(f, func(v values) (plan, error) {
		if err := r.who.MayShape(r.org.ID, was); err != nil {
			return plan{}, err
		}
		role, err := r.answered(was.ID, v)
		return plan{next: r.orgPath("roles") + "?done=saved", change: func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).UpdateRole(role)
			return roleFault(err)
		}}, err
	})
}

// removeRole takes a step out of the ladder.
func removeRole(r *request) error {
	was, _, err := r.role()
	if err != nil {
		return err
	}
	f := form{Heading: "Remove the role " + was.Name, Submit: "Remove the role", Back: r.orgPath("roles"), Lead: "It must be given to nobody, and nothing may demand it."}
	return r.weigh(f, func(values) (plan, error) {
		return plan{next: r.orgPath("roles") + "?done=role-removed", change: func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).RemoveRole(was.ID)
		}}, r.who.MayShape(r.org.ID, was)
	})
}

// raiseRole and lowerRole let a role change places with the next one on the ladder.
func raiseRole(r *request) error { return r.moveRole(1) }

func lowerRole(r *request) error { return r.moveRole(-1) }

// moveRole moves a role up by 1 step or, by -1, down.
func (r *request) moveRole(by int) error {
	role, ladder, err := r.role()
	if err != nil {
		return err
	}
	i := slices.Index(ladder, role) + by
	atEnd := i < 0 || i == len(ladder)
	if atEnd && r.approval != nil {
		return store.ErrNotFound
	}
	if atEnd {
		return r.Redirect(http.StatusSeeOther, r.orgPath("roles")) // somebody else has moved it
	}
	next, where, higher := ladder[i], "above", role
	if by < 0 {
		where, higher = "below", next
	}
	f := form{
		Heading: "Put " + role.Name + " " + where + " " + next.Name, Submit: "Save", Back: r.orgPath("roles"),
		Lead: "The two change ranks. Who has both roles has " + higher.Name + " from then on.",
	}
	return r.weigh(f, func(values) (plan, error) {
		if err := r.who.MayShape(r.org.ID, next); err != nil {
			return plan{}, err
		}
		return plan{next: r.orgPath("roles") + "?done=saved", change: func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).SwapRoles(role.ID, next.ID)
		}}, r.who.MayShape(r.org.ID, role)
	})
}
