package store

import (
	"maps"
	"slices"
)

// memberChanges is what a change of members came to.
type memberChanges struct {
	cleared, added, removed memberships
	unknown                 []string // ids that name nobody here, passed over
}

func (m memberChanges) any() bool {
	return len(m.cleared.ids) > 0 || len(m.added.ids) > 0 || len(m.removed.ids) > 0
}

// noted bounds how many ids one event tells. Longer lists are told in several.
const noted = 1000

func (m memberChanges) note(d *DirectoryTx, g Group) {
	d.noteMemberships("group.members_cleared", g, m.cleared)
	d.noteMemberships("group.members_added", g, m.added)
	d.noteMemberships("group.members_removed", g, m.removed)
	if len(m.unknown) > 0 {
		d.note("group.members_unknown", g.ID, detail{"display_name": g.DisplayName, "count": len(m.unknown), "members": m.unknown[:min(noted, len(m.unknown))]})
	}
}

// noteMemberships tells all members of a group that a change was about.
func (d *DirectoryTx) noteMemberships(action string, g Group, m memberships) {
	for ids := range slices.Chunk(m.ids, noted) {
		d.note(action, g.ID, m.detail("members", ids, detail{"display_name": g.DisplayName}))
	}
}

// memberships are members of one group, or the groups of one member.
type memberships struct {
	ids     []string
	display map[string]string // the members' names where the client sent some, by the same ids
}

// detail tells some of the ids, and what is needed to bring them back.
func (m memberships) detail(what string, ids []string, more detail) detail {
	more["count"], more[what] = len(ids), ids
	names := map[string]string{}
	for _, id := range ids {
		if name, ok := m.display[id]; ok {
			names[id] = name
		}
	}
	if len(names) > 0 {
		more["displays"] = names
	}
	return more
}

func (m *memberships) prepend(ids []string) { m.ids = slices.Concat(ids, m.ids) }

func (m *memberships) append(more memberships) {
	m.ids = append(m.ids, more.ids...)
	if m.display == nil {
		m.display = more.display
		return
	}
	maps.Copy(m.display, more.display)
}

// changeMembers applies a change. It touches only the rows that change, never the whole membership.
func (d *DirectoryTx) changeMembers(groupID string, c MemberChange) (m memberChanges, err error) {
	if c.Clear {
		if m.cleared, err = d.clearMembers(groupID, c.Add, d.key.unfrozen("kind")); err != nil {
			return m, err
		}
	}
	if m.added, m.unknown, err = d.addMembers(groupID, c.Add, c.joined); err != nil {
		return m, err
	}
	m.removed, err = d.removeMembers(groupID, c.Remove)
	return m, err
}

// clearMembers empties a group of the members for whom a condition holds, but for those who are about to be added: who stays has not left.
func (d *DirectoryTx) clearMembers(groupID string, stay []NewMember, condition string) (memberships, error) {
	ids := make([]string, len(stay))
	for i, n := range stay {
		ids[i] = n.ID
	}
	return d.changedMembers("DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id NOT IN (SELECT ids.id FROM "+d.tx.d.idList+
		")"+condition+" RETURNING member_id, display",
		d.key.DirectoryID, groupID, d.tx.d.idParam(knownIDs(ids)))
}

// addMembers adds the users and groups that exist here and are no members yet. It locks them against deletion meanwhile,
// so that no membership of a deleted user stays behind. joined says that joining users was tried already.
func (d *DirectoryTx) addMembers(groupID string, members []NewMember, joined bool) (added memberships, unknown []string, err error) {
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
		if len(display) == 0 && !joined {
			joined, err := d.joinUsers(groupID, batch, kinds)
			if err != nil {
				return memberships{}, nil, err
			}
			added.append(joined)
			if batch = slices.DeleteFunc(slices.Clone(batch), func(id string) bool { return kinds[id] != "" }); len(batch) == 0 {
				continue
			}
		}
		if err := d.memberKinds(batch, kinds); err != nil {
			return memberships{}, nil, err
		}
		more, err := d.insertMembers(groupID, batch, kinds, display)
		if err != nil {
			return memberships{}, nil, err
		}
		added.append(more)
	}
	for _, id := range ids {
		if kinds[id] == "" && !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	return added, unknown, nil
}

// joinUsers adds those of the ids that are users and no members yet, which are mostly all of them, by one statement. The parted are left to
// memberKinds.
func (d *DirectoryTx) joinUsers(groupID string, ids []string, kinds map[string]MemberKind) (memberships, error) {
	joined, err := d.changedMembers("INSERT INTO members (directory_id, group_id, member_id, kind, display, display_key) SELECT u.directory_id, CAST(? AS "+
		d.tx.d.idType+"), u.id, 'User', '', '' FROM users u WHERE u.directory_id = ? AND u.id IN (SELECT ids.id FROM "+d.tx.d.idList+") AND u.parted = ''"+d.tx.d.forShare+
		" ON CONFLICT DO NOTHING RETURNING member_id, display", groupID, d.key.DirectoryID, d.tx.d.idParam(ids))
	for _, id := range joined.ids {
		kinds[id] = UserMember
	}
	joined.ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return kinds[id] == "" }) // in their order
	return joined, err
}

// memberKinds finds out what the ids name.
func (d *DirectoryTx) memberKinds(ids []string, kinds map[string]MemberKind) error {
	found := 0
	for _, t := range []struct{ table, kind, shown string }{
		{"users", "CASE WHEN t.parted = '' THEN 'User' ELSE 'Parted' END", d.key.present("t")}, {"groups", "'Group'", ""},
	} {
		err := d.tx.rows(d.tx.ctx, "SELECT t.id, "+t.kind+" FROM "+t.table+" t WHERE t.directory_id = ? AND t.id IN (SELECT ids.id FROM "+d.tx.d.idList+")"+t.shown+
			d.tx.d.forShare, []any{d.key.DirectoryID, d.tx.d.idParam(ids)}, func(scan scanner) error {
			var id string
			var kind MemberKind
			err := scan(&id, &kind)
			kinds[id] = kind
			found++
			return err
		})
		if err != nil || found == len(ids) {
			return err
		}
	}
	return nil
}

func (d *DirectoryTx) insertMembers(groupID string, ids []string, kinds map[string]MemberKind, display map[string]string) (added memberships, err error) {
	known := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return kinds[id] == "" || id == groupID })
	for some := range slices.Chunk(known, d.tx.d.rowsAtOnce) {
		args := make([]any, 0, 6*len(some))
		for _, id := range some {
			args = append(args, d.key.DirectoryID, groupID, id, string(kinds[id]), display[id], Fold(display[id]))
		}
		more, err := d.changedMembers("INSERT INTO members (directory_id, group_id, member_id, kind, display, display_key) VALUES "+valueRows(len(some), 6)+
			" ON CONFLICT DO NOTHING RETURNING member_id, display", args...)
		if err != nil {
			return memberships{}, err
		}
		added.append(more)
	}
	return added, nil
}

func (d *DirectoryTx) removeMembers(groupID string, ids []string) (memberships, error) {
	known := knownIDs(ids)
	if len(known) == 0 {
		return memberships{}, nil
	}
	return d.changedMembers("DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id IN (SELECT ids.id FROM "+d.tx.d.idList+
		")"+d.key.unfrozen("kind")+" RETURNING member_id, display", d.key.DirectoryID, groupID, d.tx.d.idParam(known))
}

// changedMembers runs a statement that returns the members which it changed, or their groups, with the names sent for them.
func (d *DirectoryTx) changedMembers(sql string, args ...any) (m memberships, err error) {
	m.display = map[string]string{}
	err = d.tx.rows(d.tx.ctx, sql, args, func(scan scanner) error {
		var id, display string
		err := scan(&id, &display)
		m.ids = append(m.ids, id)
		if display != "" {
			m.display[id] = display
		}
		return err
	})
	if len(m.ids) > 0 {
		d.tx.changed = true
	}
	return m, err
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
// lockGroupsOf found. The action is what the event is called that tells which they were.
func (d *DirectoryTx) leaveGroups(action, memberID string, locked []string, more detail) error {
	left, err := d.endMemberships(action, memberID, more)
	if err != nil {
		return err
	}
	return d.renewGroups(locked, left)
}

// endMemberships takes a user or group out of all groups, and returns these.
func (d *DirectoryTx) endMemberships(action, memberID string, more detail) (groups []string, err error) {
	left, err := d.changedMembers("DELETE FROM members WHERE directory_id = ? AND member_id = ? RETURNING group_id, display", d.key.DirectoryID, memberID)
	for ids := range slices.Chunk(left.ids, noted) {
		d.note(action, memberID, left.detail("groups", ids, maps.Clone(more)))
	}
	return left.ids, err
}

// renewGroups gives groups whose content has changed a new version. They are locked, in order. One that took the member in since must not
// be waited for now, because the next who fills it has its lock and waits for the member: the change begins again, with that group.
func (d *DirectoryTx) renewGroups(locked, changed []string) error {
	for _, group := range changed {
		if _, found := slices.BinarySearch(locked, group); !found {
			return errOvertaken
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return d.tx.later(`UPDATE groups SET version = version + 1, modified_at = ? WHERE directory_id = ? AND id IN
		(SELECT ids.id FROM `+d.tx.d.idList+")", micros(d.tx.now), d.key.DirectoryID, d.tx.d.idParam(changed))
}
