package store

import "slices"

// memberChanges is what a change of members came to.
type memberChanges struct {
	cleared        int64
	added, removed []string
	unknown        []string // ids that name nobody here, passed over
}

func (m memberChanges) any() bool { return m.cleared > 0 || len(m.added) > 0 || len(m.removed) > 0 }

// noted bounds how many ids one event tells.
const noted = 1000

func (m memberChanges) note(d *DirectoryTx, g Group) {
	report := func(action string, ids []string, more detail) {
		more["display_name"], more["count"] = g.DisplayName, len(ids)
		more["members"] = ids[:min(noted, len(ids))]
		d.note(action, g.ID, more)
	}
	if m.cleared > 0 {
		d.note("group.members_cleared", g.ID, detail{"display_name": g.DisplayName, "count": m.cleared})
	}
	if len(m.added) > 0 {
		report("group.members_added", m.added, detail{})
	}
	if len(m.removed) > 0 {
		report("group.members_removed", m.removed, detail{})
	}
	if len(m.unknown) > 0 {
		report("group.members_unknown", m.unknown, detail{})
	}
}

// changeMembers applies a change. It touches only the rows that change, never the whole membership.
func (d *DirectoryTx) changeMembers(groupID string, c MemberChange) (m memberChanges, err error) {
	if c.Clear {
		if m.cleared, err = d.clearMembers(groupID, c.Add); err != nil {
			return m, err
		}
	}
	if m.added, m.unknown, err = d.addMembers(groupID, c.Add); err != nil {
		return m, err
	}
	m.removed, err = d.removeMembers(groupID, c.Remove)
	return m, err
}

// clearMembers empties a group, but for those who are about to be added: who stays has not left.
func (d *DirectoryTx) clearMembers(groupID string, stay []NewMember) (int64, error) {
	ids := make([]string, len(stay))
	for i, n := range stay {
		ids[i] = n.ID
	}
	return d.tx.do("DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id NOT IN (SELECT ids.id FROM "+d.tx.d.idList+")",
		d.key.DirectoryID, groupID, d.tx.d.idParam(knownIDs(ids)))
}

// addMembers adds the users and groups that exist here and are no members yet. It locks them against deletion meanwhile,
// so that no membership of a deleted user stays behind.
func (d *DirectoryTx) addMembers(groupID string, members []NewMember) (added, unknown []string, err error) {
	display := make(map[string]string, len(members))
	ids := make([]string, 0, len(members))
	for _, m := range members {
		ids = append(ids, m.ID)
		if m.Display != "" {
			display[m.ID] = m.Display
		}
	}
	known := knownIDs(ids)
	kinds := make(map[string]MemberKind, len(known))
	for rest := known; len(rest) > 0; {
		batch := rest[:min(insertBatch, len(rest))]
		rest = rest[len(batch):]
		if err := d.memberKinds(batch, kinds); err != nil {
			return nil, nil, err
		}
		more, err := d.insertMembers(groupID, batch, kinds, display)
		if err != nil {
			return nil, nil, err
		}
		added = append(added, more...)
	}
	for _, id := range ids {
		if kinds[id] == "" && !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	return added, unknown, nil
}

// memberKinds finds out what the ids name.
func (d *DirectoryTx) memberKinds(ids []string, kinds map[string]MemberKind) error {
	found := 0
	for _, t := range []struct {
		table string
		kind  MemberKind
	}{{"users", UserMember}, {"groups", GroupMember}} {
		err := d.tx.rows(d.tx.ctx, "SELECT t.id FROM "+t.table+" t WHERE t.directory_id = ? AND t.id IN (SELECT ids.id FROM "+d.tx.d.idList+")"+
			d.tx.d.forShare, []any{d.key.DirectoryID, d.tx.d.idParam(ids)}, func(scan scanner) error {
			var id string
			err := scan(&id)
			kinds[id] = t.kind
			found++
			return err
		})
		if err != nil || found == len(ids) {
			return err
		}
	}
	return nil
}

func (d *DirectoryTx) insertMembers(groupID string, ids []string, kinds map[string]MemberKind, display map[string]string) ([]string, error) {
	var args []any
	n := 0
	for _, id := range ids {
		if kind := kinds[id]; kind != "" && id != groupID {
			args = append(args, d.key.DirectoryID, groupID, id, string(kind), display[id], Fold(display[id]))
			n++
		}
	}
	if n == 0 {
		return nil, nil
	}
	return d.changedMembers("INSERT INTO members (directory_id, group_id, member_id, kind, display, display_key) VALUES "+valueRows(n, 6)+
		" ON CONFLICT DO NOTHING RETURNING member_id", args...)
}

func (d *DirectoryTx) removeMembers(groupID string, ids []string) ([]string, error) {
	known := knownIDs(ids)
	if len(known) == 0 {
		return nil, nil
	}
	return d.changedMembers("DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id IN (SELECT ids.id FROM "+d.tx.d.idList+
		") RETURNING member_id", d.key.DirectoryID, groupID, d.tx.d.idParam(known))
}

// changedMembers runs a statement that returns the members which it changed, or their groups.
func (d *DirectoryTx) changedMembers(sql string, args ...any) ([]string, error) {
	var ids []string
	err := d.tx.rows(d.tx.ctx, sql, args, func(scan scanner) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if len(ids) > 0 {
		d.tx.changed = true
	}
	return ids, err
}

// lockGroupsOf locks the groups that a user or group is a member of, and returns them in order. A change of members locks
// the group before its members, so whoever deletes a member must begin with its groups, or the two wait for each other.
func (d *DirectoryTx) lockGroupsOf(memberID string) (locked []string, err error) {
	if !d.read().valid() || !validID(memberID) {
		return nil, ErrNotFound
	}
	err = d.tx.rows(d.tx.ctx, `SELECT g.id FROM groups g WHERE g.directory_id = ? AND g.id IN
		(SELECT group_id FROM members WHERE directory_id = ? AND member_id = ?) ORDER BY g.id`+d.tx.d.forUpdate,
		[]any{d.key.DirectoryID, d.key.DirectoryID, memberID}, func(scan scanner) error {
			var id string
			err := scan(&id)
			locked = append(locked, id)
			return err
		})
	return locked, err
}

// leaveGroups takes a user or group out of all groups; those groups' content has changed. locked are the groups that
// lockGroupsOf found. One that took the member in since must not be waited for now, because the next who fills it has its
// lock and waits for the member: the change begins again, with that group.
func (d *DirectoryTx) leaveGroups(memberID string, locked []string) error {
	left, err := d.changedMembers("DELETE FROM members WHERE directory_id = ? AND member_id = ? RETURNING group_id", d.key.DirectoryID, memberID)
	if err != nil || len(left) == 0 {
		return err
	}
	for _, group := range left {
		if _, found := slices.BinarySearch(locked, group); !found {
			return errOvertaken
		}
	}
	_, err = d.tx.do(`UPDATE groups SET version = version + 1, modified_at = ? WHERE directory_id = ? AND id IN
		(SELECT ids.id FROM `+d.tx.d.idList+")", micros(d.tx.now), d.key.DirectoryID, d.tx.d.idParam(left))
	return err
}
