package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// inDirectory opens the directory of an event. What people do in the local one is done by hand, and undone by hand: a break-glass account must
// not come and go with an undo.
func (u *undo) inDirectory(e Event) (*DirectoryTx, error) {
	if d := u.directories[e.DirectoryID]; d != nil {
		return d, nil
	}
	d := u.tx.Directory(DirectoryKey{OrganizationID: e.OrganizationID, DirectoryID: e.DirectoryID})
	_, err := d.connection()
	if errors.Is(err, ErrNotFound) {
		return nil, not("It is about a local account, or about a connection that was removed.")
	}
	if err == nil {
		u.directories[e.DirectoryID] = d
	}
	return d, err
}

// mayLetIn refuses to let somebody in who has a role above one's own.
func (u *undo) mayLetIn(d *DirectoryTx, userID string) error {
	if all, err := u.mayEverything(d.key.OrganizationID); all || err != nil {
		return err
	}
	grants, err := d.Grants(userID)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if err := u.may(d.key.OrganizationID, g.Role); err != nil {
			return err
		}
	}
	return nil
}

// userCreated deletes a user again, if nothing came of them.
func (u *undo) userCreated(e Event, told undoDetail, step *UndoStep) error {
	d, err := u.inDirectory(e)
	if err != nil {
		return err
	}
	user, err := d.lockUser(e.SubjectID)
	if errors.Is(err, ErrNotFound) {
		return not("They were deleted since.")
	}
	if err != nil {
		return err
	}
	if step.Name = user.UserName; !unchanged(user.Document, told.After) {
		return not("Their record has changed since.")
	}
	var groups, roles int
	err = u.tx.get("SELECT (SELECT count(*) FROM members m WHERE m.directory_id = ? AND m.member_id = ?), (SELECT count(*) FROM role_assignments a WHERE a.directory_id = ? AND a.user_id = ?)",
		[]any{d.key.DirectoryID, user.ID, d.key.DirectoryID, user.ID}, &groups, &roles)
	switch {
	case err != nil:
		return err
	case groups > 0:
		return not("They are in %d groups: undo that first.", groups)
	case roles > 0:
		return not("They were given roles by hand: undo that first.")
	}
	step.Does = "They are deleted, and sessions end. Entra does not notice, and makes them anew when it sees that they are gone."
	return d.DeleteUser(user.ID, 0)
}

// userUpdated takes the attributes back that have not changed since.
func (u *undo) userUpdated(e Event, told undoDetail, step *UndoStep) error {
	d, err := u.inDirectory(e)
	if err != nil {
		return err
	}
	user, err := d.lockUser(e.SubjectID)
	if errors.Is(err, ErrNotFound) {
		return not("They were deleted since.")
	}
	if err != nil {
		return err
	}
	step.Name = user.UserName
	if user.Link == Quarantined || u.together["user.adopted"] {
		return not("Who they are waits for a decision, or was decided: an undo does not decide it.")
	}
	document, back, since, err := revert(user.Document, told, anotherPerson(told)...)
	if err != nil {
		return err
	}
	if len(since) > 0 {
		step.Not = "Changed since, or another person's: " + strings.Join(since, ", ") + "."
	}
	if len(back) == 0 {
		return not("All of it has changed since: %s.", strings.Join(since, ", "))
	}
	record, err := u.rules.User(document)
	if err != nil {
		return not("The record of before is not accepted any more: %v", err)
	}
	after, err := d.updateUser(user, record)
	if err != nil {
		return err
	}
	if !user.MayEnter() && after.MayEnter() || slices.Contains(back, "roles") || slices.Contains(back, "externalId") {
		if err := u.mayLetIn(d, user.ID); err != nil {
			return err
		}
	}
	step.Name = after.UserName
	step.Does = "As before: " + strings.Join(back, ", ") + "."
	switch {
	case user.Active && !after.Active:
		step.Does += " They are switched off, and sessions end."
	case !user.Active && after.Active:
		step.Does += " They are switched on. Sessions that ended do not come back."
	}
	return nil
}

// anotherPerson keeps the object id where an event put one in the place of another: that is another person.
func anotherPerson(told undoDetail) []string {
	was, is := text(attributes(told.Before)["externalId"]), text(attributes(told.After)["externalId"])
	if was != "" && is != "" && externalKey(was) != externalKey(is) {
		return []string{"externalId"}
	}
	return nil
}

// decided refuses what somebody has to decide.
func (u *undo) decided(e Event, _ undoDetail, _ *UndoStep) error {
	if e.Action == "user.quarantined" {
		return not("Who they are waits for a decision under \"Held back for review\": an undo does not decide it.")
	}
	return not("The provider says so: switch them on or off there.")
}

// deletionHeld brings a user back whom the brake has kept since a push deleted them.
func (u *undo) deletionHeld(e Event, _ undoDetail, step *UndoStep) error {
	d, err := u.inDirectory(e)
	if err != nil {
		return err
	}
	locked, err := d.lockFrozen(e.SubjectID)
	if err != nil {
		return err
	}
	user, err := d.lockUser(e.SubjectID)
	if err != nil {
		return err
	}
	if step.Name = user.UserName; !user.Parted {
		return not("They are here again since.")
	}
	if err := u.mayLetIn(d, user.ID); err != nil {
		return err
	}
	if err := d.bringBack(user, locked); err != nil {
		return err
	}
	step.Does = "The provider finds them again, in the groups that they were in. They were never out: the brake held the deletion."
	if user.Active {
		return d.forgetLeaver(user.ID)
	}
	step.Does += " It still holds that they were switched off before."
	return nil
}

// userDeleted brings a user back under the same id: it is the same person, whom nobody else may be (RFC 7643 section 3.1), and by whose id
// applications know them.
func (u *undo) userDeleted(e Event, told undoDetail, step *UndoStep) error {
	d, err := u.inDirectory(e)
	if err != nil {
		return err
	}
	if u.together["user.replaced"] {
		return not("The record was another person's: an undo does not decide who somebody is.")
	}
	var was struct {
		Quarantined, Held bool
		Origin            Origin
		CreatedAt         time.Time `json:"created_at"`
	}
	if err := json.Unmarshal(told.Was, &was); err != nil || len(told.Before) == 0 || was.Origin == FromSignIn {
		return not("What they were is not on record: it was deleted by an older version, or was never the provider's.")
	}
	record, err := u.rules.User(string(told.Before))
	if err != nil {
		return not("The record of before is not accepted any more: %v", err)
	}
	step.Name = record.UserName
	if err := d.restoreUser(e.SubjectID, record, was.Quarantined, was.CreatedAt); err != nil {
		return err
	}
	if err := u.mayLetIn(d, e.SubjectID); err != nil {
		return err
	}
	step.Does = fmt.Sprintf("They are back under the same id, switched %s. Passwords, second factors, invitations and sessions stay deleted.", onOff(record.Active))
	if was.Held {
		step.Does += " The brake no longer keeps them."
	}
	return nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// restoreUser adds a deleted user again. The version is higher than any before, so that no old copy of the resource passes for it.
func (d *DirectoryTx) restoreUser(id string, r UserRecord, quarantined bool, created time.Time) error {
	n, err := d.tx.do("DELETE FROM tombstones WHERE directory_id = ? AND id = ?", d.key.DirectoryID, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return not("They are here again, or their deletion is not on record.")
	}
	var same int
	err = d.tx.get("SELECT count(*) FROM users WHERE directory_id = ? AND external_key = ? AND external_key <> ''", []any{d.key.DirectoryID, externalKey(r.ExternalID)}, &same)
	if err != nil {
		return err
	}
	if same > 0 {
		return not("The provider has made them anew since, under another id.")
	}
	err = d.tx.doOne(`INSERT INTO users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name, display_name_key, active, origin,
		quarantined, document, keys, version, created_at, modified_at, subject, subject_client, signed_in_as, last_sign_in_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', 0)`,
		d.key.DirectoryID, id, r.UserName, Fold(r.UserName), r.ExternalID, externalKey(r.ExternalID), r.DisplayName, Fold(r.DisplayName), r.Active,
		string(FromProvisioning), quarantined, r.Document, r.Keys, micros(d.tx.now), micros(created), micros(d.tx.now))
	if err != nil {
		return err
	}
	if err := d.insertEmails(id, r.Emails); err != nil {
		return err
	}
	if err := d.insertAppRoles(id, r.AppRoles); err != nil {
		return err
	}
	told := r.created()
	told["source"] = "undo"
	d.note("user.created", id, told)
	return nil
}
