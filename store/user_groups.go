package store

import (
	"context"
	"slices"
	"strings"
)

// UserGroup is a group that a user, or another group, belongs to.
type UserGroup struct {
	ID          string
	DisplayName string
	Direct      bool // a member itself, perhaps through another group too
}

// userGroupsQuery reads the memberships of some ids, and above their groups every membership of a group in a group, each
// once: UNION drops what it has found before, so that cycles end. It relies on members_member, which covers what is read, and
// members_nested. CROSS JOIN makes SQLite keep the order of the tables; left alone it begins with the whole directory.
func (d *dialect) userGroupsQuery() string {
	return `WITH RECURSIVE direct (member_id, group_id) AS (
			SELECT m.member_id, m.group_id FROM ` + d.idList + ` CROSS JOIN members m
			WHERE m.directory_id = ? AND m.member_id = ids.id),
		above (member_id, group_id) AS (
			SELECT m.member_id, m.group_id FROM (SELECT DISTINCT group_id FROM direct) t CROSS JOIN members m
			WHERE m.directory_id = ? AND m.member_id = t.group_id AND m.kind = 'Group'
			UNION SELECT m.member_id, m.group_id FROM above a CROSS JOIN members m
			WHERE m.directory_id = ? AND m.member_id = a.group_id AND m.kind = 'Group')
		SELECT e.member_id, e.group_id, g.display_name FROM (SELECT * FROM direct UNION ALL SELECT * FROM above) e CROSS JOIN groups g
		WHERE g.directory_id = ? AND g.id = e.group_id`
}

// GroupsOf lists the groups of users by user id, each list in order of group id. Whoever belongs to a group belongs to
// the groups that have it as a member, and so on. Ids that name nobody have no groups; those of groups have theirs.
func (d *Directory) GroupsOf(ctx context.Context, userIDs []string) (map[string][]UserGroup, error) {
	known := knownIDs(userIDs)
	if !d.valid() || len(known) == 0 {
		return nil, nil
	}
	names, parents := make(map[string]string), make(map[string][]string)
	id := d.key.DirectoryID
	err := d.rows(ctx, d.d.userGroupsQuery(), []any{d.d.idParam(known), id, id, id, id}, func(scan scanner) error {
		var memberID, groupID, name string
		err := scan(&memberID, &groupID, &name)
		names[groupID] = name
		parents[memberID] = append(parents[memberID], groupID)
		return err
	})
	if err != nil {
		return nil, err
	}
	groups := make(map[string][]UserGroup, len(known))
	for _, userID := range known {
		if len(parents[userID]) > 0 {
			groups[userID] = climb(parents, names, userID)
		}
	}
	return groups, nil
}

// climb finds the groups of one user, nearest first, and puts them in order.
func climb(parents map[string][]string, names map[string]string, userID string) []UserGroup {
	var list []UserGroup
	seen := make(map[string]bool)
	next := parents[userID]
	for direct := true; len(next) > 0; direct = false {
		var further []string
		for _, id := range next {
			if !seen[id] {
				seen[id] = true
				list = append(list, UserGroup{ID: id, DisplayName: names[id], Direct: direct})
				further = append(further, parents[id]...)
			}
		}
		next = further
	}
	slices.SortFunc(list, func(a, b UserGroup) int { return strings.Compare(a.ID, b.ID) })
	return list
}

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
			UNION SELECT i.outer_id, m.member_id FROM inside i JOIN members m ON m.directory_id = ? AND m.group_id = i.id WHERE m.kind = 'Group')
		SELECT m.member_id FROM inside i JOIN members m ON m.directory_id = ? AND m.group_id = i.id
		WHERE NOT EXISTS (SELECT 1 FROM members o WHERE o.directory_id = ? AND o.group_id = i.outer_id AND o.member_id = m.member_id)`, 3)
	return "(u.id IN (" + direct + ") OR u.id IN (" + indirect + "))"
}

// scoped adds the directory as the next n parameters.
func (w *sqlWhere) scoped(sql string, n int) string {
	for range n {
		w.args = append(w.args, w.directoryID)
	}
	return sql
}
