package store

import (
	"slices"
	"strings"
)

// enterGroup locks a group for a change. Where a database can do it by the same statement, the users of a change that only adds are members then:
// it returns them, and the change that is left. The statement sees the users as they were when it began to wait for the group, so it may pass
// over some; they are left, too.
func (d *DirectoryTx) enterGroup(id string, c MemberChange) (g Group, joined []string, left MemberChange, err error) {
	ids := c.onlyAdds()
	if !d.tx.d.queriesWrite || len(ids) == 0 {
		g, err = d.lockGroup(id)
		return g, nil, c, err
	}
	if !d.read().valid() || !validID(id) {
		return g, nil, c, ErrNotFound
	}
	in, err := d.joinGroup(&g, id, ids, "SELECT g.* FROM groups g WHERE g.directory_id = ? AND g.id = ?"+d.tx.d.forUpdate)
	if err == nil && g.ID == "" {
		err = ErrNotFound
	}
	joined = slices.DeleteFunc(ids, func(id string) bool { return !in[id] })
	c.Add = slices.DeleteFunc(slices.Clone(c.Add), func(n NewMember) bool { return in[n.ID] })
	c.joined = true
	d.tx.changed = d.tx.changed || len(joined) > 0
	return g, joined, c, err
}

// joinsAtOnce says that a change adds nothing but members, of whom it is likely that all are users and none is there yet, where joinAll can add them.
func (d *DirectoryTx) joinsAtOnce(c MemberChange) bool {
	return d.tx.d.queriesWrite && !d.tx.eager && len(c.Add) > 0 && len(c.onlyAdds()) == len(c.Add)
}

// joinAll adds users to a group and gives it a new version by one statement. Where one of them is no user, or a member already, the change begins
// again.
func (d *DirectoryTx) joinAll(id string, ids []string) (g Group, err error) {
	if !d.read().valid() || !validID(id) {
		return g, ErrNotFound
	}
	in, err := d.joinGroup(&g, id, ids, `UPDATE groups AS g SET version = g.version + 1, modified_at = ?
		WHERE g.directory_id = ? AND g.id = ? RETURNING g.*`, micros(d.tx.now))
	switch {
	case err != nil:
		return g, err
	case g.ID == "":
		return g, ErrNotFound
	case slices.ContainsFunc(ids, func(id string) bool { return !in[id] }):
		return g, errUnsure
	}
	d.tx.changed = true
	memberChanges{added: memberships{ids: ids}}.note(d, g)
	return g, nil
}

// joinGroup takes hold of a group by a statement that returns it, whose parameters are the args and the group, and adds those of the ids that are users
// and no members yet. The group comes first: nobody is joined before it is there.
func (d *DirectoryTx) joinGroup(g *Group, id string, ids []string, hold string, args ...any) (joined map[string]bool, err error) {
	joined = make(map[string]bool, len(ids))
	err = d.tx.rows(d.tx.ctx, "WITH g AS MATERIALIZED ("+hold+`),
		joined AS (INSERT INTO members (directory_id, group_id, member_id, kind, display, display_key) SELECT u.directory_id, g.id, u.id, 'User', '', ''
			FROM g, users u WHERE u.directory_id = ? AND u.id IN (SELECT ids.id FROM `+d.tx.d.idList+") AND u.parted = ''"+d.tx.d.forShare+` OF u
			ON CONFLICT DO NOTHING RETURNING member_id)
		SELECT `+groupColumns+", array_to_string(ARRAY(SELECT joined.member_id FROM joined), ',') FROM g",
		append(args, d.key.DirectoryID, id, d.key.DirectoryID, d.tx.d.idParam(ids)), func(scan scanner) error {
			var list string
			*g, err = scanGroup(scan, &list)
			for id := range strings.SplitSeq(list, ",") {
				joined[id] = true
			}
			return err
		})
	return joined, err
}

// onlyAdds are the ids of a change that adds some members and does nothing else; nil for others, and where there is more to write than ids.
func (c MemberChange) onlyAdds() []string {
	if c.Clear || len(c.Remove) > 0 || len(c.Add) > insertBatch {
		return nil
	}
	ids := make([]string, len(c.Add))
	for i, n := range c.Add {
		if ids[i] = n.ID; n.Display != "" {
			return nil
		}
	}
	return knownIDs(ids)
}
