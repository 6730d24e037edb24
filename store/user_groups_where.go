package store

// userGroupColumns are what a filter can ask of an element of a user's groups, which is of the kind "direct" or "indirect".
func userGroupColumns(kind string) map[string]column {
	return map[string]column{
		"value": {"g.id", idColumn}, "display": {"g.display_name_key", textColumn}, "type": {"CAST('" + kind + "' AS text)", textColumn},
	}
}

// inGroups renders a condition on some element of a user's groups, as GroupsOf lists them. It begins with the groups and
// goes down to their members, by the primary key of members, so that asking for one group costs no more than its size.
func (w *sqlWhere) inGroups(c Where) string {
	if _, ok := c.(Present); ok {
		return w.present([]string{"groups"}, nil, w.document()) // a group has all of the columns
	}
	direct := w.scoped(`SELECT m.member_id FROM groups g JOIN members m ON m.directory_id = g.directory_id AND m.group_id = g.id
		WHERE g.directory_id = ? AND `, 1) + w.render(c, userGroupColumns("direct"), "")
	indirect := w.scoped(`WITH RECURSIVE inside (outer_id, id) AS (
			SELECT m.group_id, m.member_id FROM groups g JOIN members m ON m.directory_id = g.directory_id AND m.group_id = g.id
			WHERE g.directory_id = ? AND m.kind = 'Group' AND `, 1) + w.render(c, userGroupColumns("indirect"), "") + w.scoped(`
			UNION SELECT i.outer_id, m.member_id FROM inside i`+w.below("i.id")+` WHERE m.kind = 'Group')
		SELECT m.member_id FROM inside i`+w.below("i.id")+`
		WHERE (SELECT 1 FROM members o WHERE o.directory_id = ? AND o.group_id = i.outer_id AND o.member_id = m.member_id) IS NULL`, 3)
	// One list for both: of two that are joined by OR, neither leads to the people.
	return "(u.id IN (" + direct + " UNION ALL SELECT member_id FROM (" + indirect + ") AS further))"
}

// below joins the members of a group.
func (w *sqlWhere) below(group string) string {
	return w.d.lookUp("members", "m", "m.member_id, m.kind", "m.directory_id = ? AND m.group_id = "+group)
}

// scoped adds the directory as the next n parameters.
func (w *sqlWhere) scoped(sql string, n int) string {
	for range n {
		w.args = append(w.args, w.key.DirectoryID)
	}
	return sql
}
