package admin

import (
	"errors"
	"slices"

	"doorlist/store"
)

// addMapping lets a group or an app role give a role. ?group= names a group that the provider has pushed; without it, an object id
// or an app role is asked for, which may come later.
func addMapping(r *request) error {
	roles, err := r.grantable()
	if err != nil {
		return err
	}
	f := form{
		Heading: "Roles from groups of " + r.connection.Name, Submit: "Give the role", Back: r.connectionPath("mappings"),
		Lead:   "Who is in several mapped groups has the highest of their roles.",
		Fields: []field{{Name: "role", Label: "Role", Type: "choice", Options: roles}},
	}
	group, err := r.namedGroup()
	if err != nil {
		return err
	}
	if group.ID != "" {
		f.Heading = "A role for the members of " + group.DisplayName
	} else {
		f.Fields = append([]field{
			{Name: "group-external-id", Label: "Object ID of a group", Optional: true, Hint: "In Entra, on the group's Overview page. Never its name: anybody who may make groups could take it."},
			{Name: "app-role", Label: "Or the value of an app role", Optional: true, Hint: "As in the application's registration, such as Task.Write."},
		}, f.Fields...)
	}
	return r.weigh(f, func(v values) (plan, error) {
		wanted := store.Mapping{ConnectionID: r.connection.ID, RoleID: v["role"], GroupExternalID: v["group-external-id"], AppRole: v["app-role"]}
		switch {
		case group.ID != "" && guid.MatchString(group.ExternalID):
			wanted.GroupExternalID = group.ExternalID
		case group.ID != "":
			wanted.GroupID = group.ID
		case (wanted.GroupExternalID == "") == (wanted.AppRole == ""):
			return plan{}, faultIn("group-external-id", "Give either the object ID of a group or the value of an app role.")
		}
		return plan{next: r.connectionPath("mappings") + "?done=mapped", change: func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).CreateMapping(wanted)
			if errors.Is(err, store.ErrNotFound) {
				return &store.RefusedError{Message: "the group or the role was removed meanwhile"}
			}
			return err
		}}, nil
	})
}

// grantable are the roles that the caller may hand out, the lowest first.
func (r *request) grantable() ([]option, error) {
	ladder, err := r.Store.Organization(r.org.ID).Roles(r.Request().Context())
	if err != nil {
		return nil, err
	}
	var roles []option
	for _, role := range ladder {
		if r.mayGrant(role) {
			roles = append(roles, option{role.ID, role.Name})
		}
	}
	return roles, nil
}

// namedGroup is the group that ?group= names, zero where it names none.
func (r *request) namedGroup() (store.Group, error) {
	id := r.QueryParam("group")
	if id == "" {
		return store.Group{}, nil
	}
	return r.Store.Directory(r.connection.Directory()).Group(r.Request().Context(), id)
}

// mapping is the one that the address names.
func (r *request) mapping() (shownMapping, error) {
	list, err := r.mappings(r.Request().Context())
	if err != nil {
		return shownMapping{}, err
	}
	i := slices.IndexFunc(list, func(m shownMapping) bool { return m.ID == r.Param("mapping") })
	if i < 0 {
		return shownMapping{}, store.ErrNotFound
	}
	return list[i], nil
}

// editMapping lets a mapping give another role.
func editMapping(r *request) error {
	m, err := r.mapping()
	if err != nil {
		return err
	}
	roles, err := r.grantable()
	if err != nil {
		return err
	}
	f := form{
		Heading: "Another role for " + m.Source(), Submit: "Save", Back: r.connectionPath("mappings"),
		Fields: []field{{Name: "role", Label: "Role", Type: "choice", Value: m.RoleID, Options: roles}},
	}
	return r.weigh(f, func(v values) (plan, error) {
		if err := r.who.MayGrant(r.org.ID, m.Role); err != nil {
			return plan{}, err
		}
		return plan{next: r.connectionPath("mappings") + "?done=mapped", change: func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).UpdateMapping(m.ID, v["role"])
			return err
		}}, nil
	})
}

// removeMapping takes a mapping away.
func removeMapping(r *request) error {
	m, err := r.mapping()
	if err != nil {
		return err
	}
	f := form{
		Heading: "Take " + m.Role.Name + " from " + m.Source(), Submit: "Remove the mapping", Back: r.connectionPath("mappings"),
		Warning: "Who has the role through this mapping alone loses it with their next request.",
	}
	return r.weigh(f, func(values) (plan, error) {
		if err := r.who.MayGrant(r.org.ID, m.Role); err != nil {
			return plan{}, err
		}
		return plan{next: r.connectionPath("mappings") + "?done=unmapped", change: func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).RemoveMapping(m.ID)
		}}, nil
	})
}

// Source is what the mapping maps, in words.
func (m shownMapping) Source() string {
	switch {
	case m.AppRole != "":
		return "the app role " + m.AppRole
	case m.Group.ID != "":
		return m.Group.DisplayName
	}
	return "the group " + m.GroupExternalID + m.GroupID
}
