package store

import "slices"

// CreateGroup adds a group with members. *ConflictError when the displayName is taken.
func (d *DirectoryTx) CreateGroup(r GroupRecord, members []NewMember) (Group, error) {
	if !d.read().valid() {
		return Group{}, ErrNotFound
	}
	g := Group{ID: d.tx.store.newID(), GroupRecord: r, Version: 1, CreatedAt: d.tx.now, ModifiedAt: d.tx.now}
	err := d.tx.surely(`INSERT INTO groups (directory_id, id, display_name, display_name_key, external_id, external_key, document,
		keys, version, created_at, modified_at) SELECT d.id, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?
		FROM directories d WHERE d.organization_id = ? AND d.id = ?`,
		g.ID, r.DisplayName, Fold(r.DisplayName), r.ExternalID, externalKey(r.ExternalID), r.Document,
		r.Keys, micros(d.tx.now), micros(d.tx.now), d.key.OrganizationID, d.key.DirectoryID)
	if err != nil {
		return Group{}, err
	}
	d.note("group.created", g.ID, detail{"display_name": r.DisplayName, "after": raw(r.Document)})
	m, err := d.changeMembers(g.ID, MemberChange{Add: members})
	if err != nil {
		return Group{}, err
	}
	m.note(d, g)
	return g, nil
}

// UpdateGroup applies a new record and a change of members. The record, nil to keep it, is applied only if before is
// still current (ErrVersion if not); members are a set, so their change needs no such care. The version grows by one
// if anything changed, which the record before and members who are there already do not. ErrNotFound when the group is
// gone.
func (d *DirectoryTx) UpdateGroup(before Group, after *GroupRecord, c MemberChange) (Group, error) {
	if after == nil && d.joinsAtOnce(c) {
		return d.joinAll(before.ID, c.onlyAdds())
	}
	g, joined, c, err := d.enterGroup(before.ID, c)
	if err != nil {
		return Group{}, err
	}
	if after != nil && g.Version != before.Version {
		return Group{}, ErrVersion
	}
	members, err := d.changeMembers(g.ID, c)
	if err != nil {
		return Group{}, err
	}
	members.added.prepend(joined)
	if err := d.countLosses(g, slices.Concat(members.cleared.ids, members.removed.ids)...); err != nil {
		return Group{}, err
	}
	old := g
	if after != nil {
		g.GroupRecord = *after
	}
	renewed := g.GroupRecord != old.GroupRecord
	if !renewed && !members.any() {
		return g, nil
	}
	g.Version, g.ModifiedAt = old.Version+1, d.tx.now // of a row that is locked, so it is there
	if !renewed {
		err = d.tx.later("UPDATE groups SET version = ?, modified_at = ? WHERE directory_id = ? AND id = ?", g.Version, micros(d.tx.now), d.key.DirectoryID, g.ID)
		members.note(d, g)
		return g, err
	}
	err = d.tx.later(`UPDATE groups SET display_name = ?, display_name_key = ?, external_id = ?, external_key = ?, document = ?, keys = ?,
		version = ?, modified_at = ? WHERE directory_id = ? AND id = ?`,
		g.DisplayName, Fold(g.DisplayName), g.ExternalID, externalKey(g.ExternalID), g.Document, g.Keys,
		g.Version, micros(d.tx.now), d.key.DirectoryID, g.ID)
	if err != nil {
		return Group{}, err
	}
	told := compareDocuments(old.Document, g.Document).detail()
	told["was"] = old.facts().changed(g.facts())
	d.note("group.updated", g.ID, told)
	members.note(d, g)
	return g, nil
}

// DeleteGroup removes a group and its memberships if it is still at the version (0: at any).
func (d *DirectoryTx) DeleteGroup(id string, version int64) error {
	groups, err := d.lockGroupsOf(id)
	if err != nil {
		return err
	}
	g, err := d.read().group(d.tx.ctx, id, d.tx.d.forDelete)
	if err != nil {
		return err
	}
	if version != 0 && g.Version != version {
		return ErrVersion
	}
	if err := d.leaveGroups("group.groups_left", id, groups, detail{"display_name": g.DisplayName}); err != nil {
		return err
	}
	members, err := d.clearMembers(id, nil, "")
	if err != nil {
		return err
	}
	if err := d.countLosses(g, members.ids...); err != nil {
		return err
	}
	if err := d.tx.later("DELETE FROM groups WHERE directory_id = ? AND id = ?", d.key.DirectoryID, id); err != nil {
		return err
	}
	d.noteMemberships("group.members_cleared", g, members)
	d.note("group.deleted", id, detail{"display_name": g.DisplayName, "members": len(members.ids), "was": g.facts(), "before": raw(g.Document)})
	return nil
}

func (d *DirectoryTx) lockGroup(id string) (Group, error) {
	return d.read().group(d.tx.ctx, id, d.tx.d.forUpdate)
}
