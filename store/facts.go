package store

import "slices"

// What an event tells of a user or a group beside its document: the columns, by which alone a role is decided.

// facts are columns of a record by name.
type facts map[string]string

// changed are those that another record does not have in the same way, as they were.
func (f facts) changed(now facts) facts {
	was := facts{}
	for name, value := range f {
		if now[name] != value {
			was[name] = value
		}
	}
	return was
}

func (r UserRecord) facts() facts {
	return facts{"user_name": r.UserName, "external_id": r.ExternalID, "display_name": r.DisplayName}
}

func (r GroupRecord) facts() facts {
	return facts{"display_name": r.DisplayName, "external_id": r.ExternalID}
}

// created is what the event of a new user tells.
func (r UserRecord) created() detail {
	told := detail{"user_name": r.UserName, "active": r.Active, "after": raw(r.Document)}
	if len(r.AppRoles) > 0 {
		told["app_roles"] = r.AppRoles
	}
	return told
}

// standing is what the event of a deletion tells of a user.
func (u User) standing(appRoles []string) detail {
	d := detail{"active": u.Active, "held": u.Held, "quarantined": u.Link == Quarantined, "origin": u.Origin,
		"app_roles": texts(appRoles), "created_at": u.CreatedAt, "last_sign_in_at": u.LastSignInAt}
	if u.Parted {
		d["parted"] = true
	}
	for name, value := range u.facts() {
		d[name] = value
	}
	return d
}

// texts is a list that JSON shows as one where it is empty too.
func texts(list []string) []string { return slices.Concat([]string{}, list) }

// deleted runs a statement that returns one text of each row that it deletes.
func (d *DirectoryTx) deleted(sql string, args ...any) (list []string, err error) {
	err = d.tx.rows(d.tx.ctx, sql, args, func(scan scanner) error {
		var text string
		err := scan(&text)
		list = append(list, text)
		return err
	})
	if len(list) > 0 {
		d.tx.changed = true
	}
	return list, err
}

// loseRoles takes the roles away that were given to a user by hand, in whichever organization.
func (d *DirectoryTx) loseRoles(u User) error {
	type given struct{ organizationID, roleID, name string }
	var lost []given
	err := d.tx.rows(d.tx.ctx, `SELECT a.organization_id, a.role_id, r.name FROM role_assignments a
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id WHERE a.directory_id = ? AND a.user_id = ?
		ORDER BY a.organization_id, r.rank`, []any{d.key.DirectoryID, u.ID}, func(scan scanner) error {
		var g given
		err := scan(&g.organizationID, &g.roleID, &g.name)
		lost = append(lost, g)
		return err
	})
	if err != nil || len(lost) == 0 {
		return err
	}
	for _, g := range lost {
		d.tx.note(g.organizationID, d.key.DirectoryID, "user.role_unassigned", u.ID, detail{"role": g.name, "role_id": g.roleID, "user_name": u.UserName})
	}
	return d.tx.later("DELETE FROM role_assignments WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, u.ID)
}
