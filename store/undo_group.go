package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// mayFill refuses to change who is in a group that gives a role above one's own, in whichever organization.
func (u *undo) mayFill(d *DirectoryTx, g Group) error {
	type given struct {
		organizationID string
		role           Role
	}
	var roles []given
	err := u.tx.rows(u.tx.ctx, `SELECT mp.organization_id, r.id, r.name, r.rank, r.console, r.shared_only FROM mappings mp
		JOIN roles r ON r.organization_id = mp.organization_id AND r.id = mp.role_id WHERE mp.directory_id = ? AND mp.app_role_key = ''
		AND (mp.group_id IS NULL OR mp.group_id = ?) AND mp.external_key = ?`, []any{d.key.DirectoryID, g.ID, externalKey(g.ExternalID)}, func(scan scanner) error {
		var v given
		err := scan(&v.organizationID, &v.role.ID, &v.role.Name, &v.role.Rank, &v.role.Console, &v.role.SharedOnly)
		roles = append(roles, v)
		return err
	})
	for _, v := range roles {
		if err == nil {
			err = u.may(v.organizationID, v.role)
		}
	}
	return err
}

// lockedGroup is the group of an event, as it is now.
func (u *undo) lockedGroup(e Event, step *UndoStep) (*DirectoryTx, Group, error) {
	d, err := u.inDirectory(e)
	if err != nil {
		return nil, Group{}, err
	}
	g, err := d.lockGroup(e.SubjectID)
	if errors.Is(err, ErrNotFound) {
		return nil, Group{}, not("The group was deleted since.")
	}
	if err != nil {
		return nil, Group{}, err
	}
	step.Name = g.DisplayName
	return d, g, u.mayFill(d, g)
}

func (u *undo) groupCreated(e Event, told undoDetail, step *UndoStep) error {
	d, g, err := u.lockedGroup(e, step)
	if err != nil {
		return err
	}
	if !unchanged(g.Document, told.After) {
		return not("The group has changed since.")
	}
	var members, groups int
	err = u.tx.get("SELECT (SELECT count(*) FROM members m WHERE m.directory_id = ? AND m.group_id = ?), (SELECT count(*) FROM members m WHERE m.directory_id = ? AND m.member_id = ?)",
		[]any{d.key.DirectoryID, g.ID, d.key.DirectoryID, g.ID}, &members, &groups)
	if err != nil {
		return err
	}
	if members+groups > 0 {
		return not("It has %d members, and is in %d groups: undo that first.", members, groups)
	}
	step.Does = "The group is deleted. Entra does not notice, and makes it anew when it sees that it is gone."
	return d.DeleteGroup(g.ID, 0)
}

func (u *undo) groupUpdated(e Event, told undoDetail, step *UndoStep) error {
	d, g, err := u.lockedGroup(e, step)
	if err != nil {
		return err
	}
	document, back, since, err := revert(g.Document, told)
	if err != nil {
		return err
	}
	if len(since) > 0 {
		step.Not = "Changed since: " + strings.Join(since, ", ") + "."
	}
	if len(back) == 0 {
		return not("All of it has changed since: %s.", strings.Join(since, ", "))
	}
	record, err := u.rules.Group(document)
	if err != nil {
		return not("The record of before is not accepted any more: %v", err)
	}
	after, err := d.UpdateGroup(g, &record, MemberChange{})
	if err != nil {
		return err
	}
	step.Name = after.DisplayName
	step.Does = "As before: " + strings.Join(back, ", ") + "."
	return u.mayFill(d, after)
}

// groupDeleted brings a group back under the same id, without its members, whose events are of their own.
func (u *undo) groupDeleted(e Event, told undoDetail, step *UndoStep) error {
	d, err := u.inDirectory(e)
	if err != nil {
		return err
	}
	record, err := u.rules.Group(string(told.Before))
	if err != nil {
		return not("The record of before is not on record, or not accepted any more: %v", err)
	}
	g := Group{ID: e.SubjectID, GroupRecord: record}
	step.Name = g.DisplayName
	err = u.tx.doOne(`INSERT INTO groups (directory_id, id, display_name, display_name_key, external_id, external_key, document,
		keys, version, created_at, modified_at) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.directory_id = ? AND g.id = ?)`,
		d.key.DirectoryID, g.ID, g.DisplayName, Fold(g.DisplayName), g.ExternalID, externalKey(g.ExternalID), g.Document, g.Keys,
		micros(u.tx.now), micros(u.tx.now), micros(u.tx.now), d.key.DirectoryID, g.ID)
	if errors.Is(err, ErrNotFound) {
		return not("The group is here again.")
	}
	if err != nil {
		return err
	}
	d.note("group.created", g.ID, detail{"display_name": g.DisplayName, "after": raw(g.Document), "source": "undo"})
	step.Does = "The group is back under the same id."
	return u.mayFill(d, g)
}

// membersAdded takes members out again who are still in.
func (u *undo) membersAdded(e Event, told undoDetail, step *UndoStep) error {
	d, g, err := u.lockedGroup(e, step)
	if err != nil {
		return err
	}
	return u.changeMembers(d, g, MemberChange{Remove: told.members()}, len(told.members()), "group.members_removed", "out of the group again", "not in it any more", step)
}

// membersGone puts members back who are still here, and out.
func (u *undo) membersGone(e Event, told undoDetail, step *UndoStep) error {
	d, g, err := u.lockedGroup(e, step)
	if err != nil {
		return err
	}
	var back MemberChange
	for _, id := range told.members() {
		back.Add = append(back.Add, NewMember{ID: id, Display: told.Displays[id]})
	}
	return u.changeMembers(d, g, back, len(told.members()), "group.members_added", "in the group again", "in it already, or not on the list any more", step)
}

// changeMembers changes members and tells by name who they are.
func (u *undo) changeMembers(d *DirectoryTx, g Group, c MemberChange, wanted int, action, done, others string, step *UndoStep) error {
	before := len(u.tx.events)
	if _, err := d.UpdateGroup(g, nil, c); err != nil {
		return err
	}
	var ids []string
	for _, made := range u.tx.events[before:] {
		if made.Action == action {
			ids = append(ids, membersTold(made)...)
		}
	}
	if len(ids) == 0 {
		return not("%s %s.", membersAre(wanted), others)
	}
	step.Does = membersAre(len(ids)) + " " + done + "."
	if missing := wanted - len(ids); missing > 0 {
		step.Not = membersAre(missing) + " " + others + "."
	}
	var err error
	step.People, err = d.namesOf(ids[:min(len(ids), namedInStep)])
	return err
}

func membersAre(n int) string {
	if n == 1 {
		return "1 member is"
	}
	return fmt.Sprintf("%d members are", n)
}

// namedInStep bounds the names of one step.
const namedInStep = 100

// namesOf tells the names of users and groups.
func (d *DirectoryTx) namesOf(ids []string) (names []string, err error) {
	param := d.tx.d.idParam(ids)
	err = d.tx.rows(d.tx.ctx, "SELECT u.user_name FROM users u WHERE u.directory_id = ? AND u.id IN (SELECT ids.id FROM "+d.tx.d.idList+
		") UNION ALL SELECT g.display_name FROM groups g WHERE g.directory_id = ? AND g.id IN (SELECT ids.id FROM "+d.tx.d.idList+") ORDER BY 1",
		[]any{d.key.DirectoryID, param, d.key.DirectoryID, param}, func(scan scanner) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		})
	return names, err
}

// groupsLeft puts a user or group that was deleted, and is back, into the groups again that are still there.
func (u *undo) groupsLeft(e Event, told undoDetail, step *UndoStep) error {
	d, err := u.inDirectory(e)
	if err != nil {
		return err
	}
	missing := 0
	for _, id := range told.Groups {
		g, err := d.lockGroup(id)
		if errors.Is(err, ErrNotFound) {
			missing++
			continue
		}
		if err == nil {
			err = u.mayFill(d, g)
		}
		if err != nil {
			return err
		}
		before := g.Version
		after, err := d.UpdateGroup(g, nil, MemberChange{Add: []NewMember{{ID: e.SubjectID, Display: told.Displays[id]}}})
		if err != nil {
			return err
		}
		if after.Version == before {
			missing++
			continue
		}
		if len(step.People) < namedInStep {
			step.People = append(step.People, g.DisplayName)
		}
	}
	if missing == len(told.Groups) {
		return not("The groups are gone, or who left them is not on the list.")
	}
	step.Does = fmt.Sprintf("In %d groups again.", len(told.Groups)-missing)
	if missing > 0 {
		step.Not = fmt.Sprintf("%d groups are gone, or have them already.", missing)
	}
	return nil
}

// membersTold are the members that an event tells.
func membersTold(e Event) []string {
	var told undoDetail
	if json.Unmarshal([]byte(e.Detail), &told) != nil {
		return nil // written a moment ago by note
	}
	return told.members()
}
