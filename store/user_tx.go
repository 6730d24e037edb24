package store

import (
	"errors"
	"strings"
)

// CreateUser adds a user, at version 1. *ConflictError when the userName is taken. A user whom a sign-in has made, with the
// same object id, becomes the one that is pushed, and so does one who is parted.
func (d *DirectoryTx) CreateUser(r UserRecord) (User, error) {
	u, err := d.insertUser(r, FromProvisioning)
	if errors.Is(err, errThere) {
		return d.adopt(r)
	}
	if err != nil {
		return User{}, err
	}
	d.note("user.created", u.ID, r.created())
	if r.PasswordHash != nil && *r.PasswordHash != "" {
		err = d.setPassword(u, *r.PasswordHash)
	}
	u.PasswordHash = nil
	return u, err
}

// insertUser adds a user of the origin; those of the local directory are an administrator's in any case. The looks for one
// whom a sign-in has made and for one who is parted rely on users_signed_in and users_parted.
func (d *DirectoryTx) insertUser(r UserRecord, origin Origin) (User, error) {
	if !d.read().valid() {
		return User{}, ErrNotFound
	}
	u := User{ID: d.tx.store.newID(), UserRecord: r, Version: 1, CreatedAt: d.tx.now, ModifiedAt: d.tx.now}
	u.Link = link(r.ExternalID, false)
	const insert = `INSERT INTO users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name,
		display_name_key, active, origin, quarantined, document, keys, version, created_at, modified_at, subject, subject_client,
		signed_in_as, last_sign_in_at)
		SELECT d.id, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN d.connection_id IS NULL THEN 'local' ELSE ? END, ?, ?, ?, 1, ?, ?, '', '', '', 0
		FROM directories d WHERE d.organization_id = ? AND d.id = ? AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.directory_id = d.id AND t.id = ?)
		AND NOT EXISTS (SELECT 1 FROM users s WHERE s.directory_id = d.id AND s.external_key = ? AND s.origin = 'sign_in')
		AND NOT EXISTS (SELECT 1 FROM users s WHERE s.directory_id = d.id AND s.external_key = ? AND s.external_key <> '' AND s.parted <> '')`
	args := []any{u.ID, r.UserName, Fold(r.UserName), r.ExternalID, externalKey(r.ExternalID), r.DisplayName,
		Fold(r.DisplayName), r.Active, string(origin), false, r.Document, r.Keys, micros(d.tx.now), micros(d.tx.now),
		d.key.OrganizationID, d.key.DirectoryID, u.ID, externalKey(r.ExternalID), revivingKey(r.ExternalID)}
	var err error
	if d.tx.actor.Kind == Provisioner { // whose directories are connections'
		u.Origin, err = origin, d.tx.surely(insert, args...)
	} else {
		err = d.tx.get(insert+" RETURNING origin", args, &u.Origin)
	}
	if errors.Is(err, ErrNotFound) {
		err = d.notInserted(u)
	}
	if err == nil {
		d.tx.changed = true
		err = d.insertEmails(u.ID, r.Emails)
	}
	if err == nil {
		err = d.insertAppRoles(u.ID, r.AppRoles)
	}
	return u, err
}

// UpdateUser replaces the record before by after if before is still current; ErrVersion if not, ErrNotFound if the
// user is gone. What a change entails happens with it: active turned false, or an external id that is now another
// person's or nobody's, ends the user's sessions. A user whom a sign-in has made is provisioning's from then on.
func (d *DirectoryTx) UpdateUser(before User, after UserRecord) (User, error) {
	if before.Origin == FromSignIn {
		return d.takeOver(before, after)
	}
	return d.updateUser(before, after)
}

func (d *DirectoryTx) updateUser(before User, after UserRecord) (User, error) {
	if !d.read().valid() || !validID(before.ID) {
		return User{}, ErrNotFound
	}
	if before.Parted {
		return User{}, &RefusedError{before.UserName + " was deleted by the provider, which the brake holds: decide about that first"}
	}
	changes := compareDocuments(before.Document, after.Document)
	rebound, err := d.rebound(before, after)
	if err != nil {
		return User{}, err
	}
	quarantined := before.Link == Quarantined || rebound
	if kept, err := d.removePassword(before, &after); err != nil || kept && len(changes) == 0 {
		return before, err
	}
	held, err := d.overwriteUser(before, after, quarantined)
	if errors.Is(err, ErrNotFound) {
		return User{}, d.lost("users", before.ID)
	}
	if err != nil {
		return User{}, err
	}
	if held, err = d.brake(before, after, held); err != nil {
		return User{}, err
	}
	appRoles, err := d.updateLists(before.ID, changes, after)
	if err != nil {
		return User{}, err
	}
	if err := d.noteUserChange(before, after, userChanges{changes, appRoles, rebound, held}); err != nil {
		return User{}, err
	}
	if after.PasswordHash != nil && *after.PasswordHash != "" {
		if err := d.setPassword(before, *after.PasswordHash); err != nil {
			return User{}, err
		}
	}
	after.PasswordHash = nil
	u := before
	u.UserRecord, u.Version, u.ModifiedAt, u.Link, u.Held = after, before.Version+1, d.tx.now, link(after.ExternalID, quarantined), held
	return u, nil
}

// overwriteUser writes a user's row if the user is still at the version before, and tells whether the brake holds the user: nobody who is switched on.
func (d *DirectoryTx) overwriteUser(before User, after UserRecord, quarantined bool) (held bool, err error) {
	const update = `UPDATE users SET user_name = ?, user_name_key = ?, external_id = ?, external_key = ?, display_name = ?,
		display_name_key = ?, active = ?, held = held AND NOT ?, quarantined = ?, document = ?, keys = ?, version = version + 1, modified_at = ?
		WHERE directory_id = ? AND id = ? AND version = ?`
	args := []any{after.UserName, Fold(after.UserName), after.ExternalID, externalKey(after.ExternalID), after.DisplayName,
		Fold(after.DisplayName), after.Active, after.Active, quarantined, after.Document, after.Keys, micros(d.tx.now),
		d.key.DirectoryID, before.ID, before.Version}
	if after.Active {
		return false, d.tx.surely(update, args...)
	}
	err = d.tx.get(update+" RETURNING held", args, &held)
	d.tx.changed = err == nil || d.tx.changed
	return held, err
}

// lost tells why a compare-and-swap changed nothing.
func (d *DirectoryTx) lost(table, id string) error {
	var one int
	err := d.tx.get("SELECT 1 FROM "+table+" WHERE directory_id = ? AND id = ?", []any{d.key.DirectoryID, id}, &one)
	if err != nil {
		return err
	}
	return ErrVersion
}

// updateLists rewrites the side tables whose attribute changed. It returns the app roles before if these did.
func (d *DirectoryTx) updateLists(userID string, changes documentChanges, after UserRecord) (appRoles []string, err error) {
	if changes.has("emails") {
		if err := d.tx.later("DELETE FROM user_emails WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID); err != nil {
			return nil, err
		}
		if err := d.insertEmails(userID, after.Emails); err != nil {
			return nil, err
		}
	}
	if changes.has("roles") {
		if appRoles, err = d.deleteAppRoles(userID); err == nil {
			err = d.insertAppRoles(userID, after.AppRoles)
		}
	}
	return appRoles, err
}

// rebound says that the new external id may be another person's: one object id in the place of another, also by a
// detour over something that is no object id. Entra relinks an old record to a new person when it matches on a reused
// userName; obeying would hand the old person's rights to the new one.
func (d *DirectoryTx) rebound(before User, after UserRecord) (bool, error) {
	was, is := externalKey(before.ExternalID), externalKey(after.ExternalID)
	if was == is || !isGUID(is) {
		return false, nil
	}
	if isGUID(was) {
		return true, nil
	}
	var signedInAs string
	err := d.tx.get("SELECT signed_in_as FROM users WHERE directory_id = ? AND id = ?", []any{d.key.DirectoryID, before.ID}, &signedInAs)
	return signedInAs != "" && signedInAs != is, err
}

// userChanges are what a change of a user has come to.
type userChanges struct {
	document      documentChanges
	appRoles      []string // before, if the attribute changed
	rebound, held bool
}

// noteUserChange records a change of a user, each consequence by its own name, and ends the sessions that it ends.
func (d *DirectoryTx) noteUserChange(before User, after UserRecord, c userChanges) error {
	if len(c.document) > 0 || after.PasswordHash == nil {
		told := c.document.detail()
		told["was"] = before.facts().changed(after.facts())
		if c.document.has("roles") {
			told["app_roles"] = detail{"before": texts(c.appRoles), "after": texts(after.AppRoles)}
		}
		d.note("user.updated", before.ID, told)
	}
	if before.Active != after.Active {
		action := "user.deactivated"
		switch {
		case after.Active:
			action = "user.reactivated"
		case c.held:
			action = "user.held"
		}
		d.note(action, before.ID, detail{"user_name": after.UserName, "was_held": before.Held})
	}
	switch {
	case c.rebound:
		d.note("user.quarantined", before.ID, detail{"before": before.ExternalID, "after": after.ExternalID, "was_quarantined": before.Link == Quarantined})
		if err := d.rememberRebound(before); err != nil {
			return err
		}
		return d.endAccess(before.ID, "rebound")
	case !after.Active && !c.held:
		return d.endAccess(before.ID, "inactive")
	case before.ExternalID != "" && externalKey(before.ExternalID) != externalKey(after.ExternalID):
		return d.endAccess(before.ID, "unlinked")
	}
	return nil
}

// endAccess ends the user's sessions, and all that would lead to one without another look at the list.
func (d *DirectoryTx) endAccess(userID, reason string) error {
	if err := d.endSessions(userID, reason); err != nil {
		return err
	}
	if err := d.endLinks(userID); err != nil {
		return err
	}
	return d.endChallenges(userID)
}

// DeleteUser removes a user with everything that hangs on it, if it is still at the version (0: at any). Its sessions
// end; its decisions and events stay, and a tombstone. Somebody whom the brake keeps from a push is parted instead.
func (d *DirectoryTx) DeleteUser(id string, version int64) error {
	groups, err := d.lockGroupsOf(id)
	if err != nil {
		return err
	}
	u, err := d.read().user(d.tx.ctx, id, d.tx.d.forDelete)
	if err != nil {
		return err
	}
	if version != 0 && u.Version != version {
		return ErrVersion
	}
	if parted, err := d.part(u, groups); err != nil || parted {
		return err
	}
	if err := d.deleteUser(u, u.ExternalID, groups); err != nil || !u.MayEnter() {
		return err
	}
	return d.countLeaver(u)
}

// deleteUser removes a user who is locked, and whose groups are. externalID is by which the person was known.
func (d *DirectoryTx) deleteUser(u User, externalID string, groups []string) error {
	id := u.ID
	if err := d.endSessions(id, "deleted"); err != nil {
		return err
	}
	left, err := d.endMemberships("user.groups_left", id, detail{"user_name": u.UserName})
	if err == nil && !u.Parted { // to those who push, a parted person had left them
		err = d.renewGroups(groups, left)
	}
	if err != nil {
		return err
	}
	if err := d.loseRoles(u); err != nil {
		return err
	}
	appRoles, err := d.deleteAppRoles(id)
	if err != nil {
		return err
	}
	for _, table := range []string{"user_emails", "passwords", "one_time_secrets", "sso_choices", "outage_people",
		"second_factors", "recovery_codes", "challenges", "outbox", "rebounds"} {
		if err := d.tx.later("DELETE FROM "+table+" WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, id); err != nil {
			return err
		}
	}
	if err := d.tx.later("DELETE FROM users WHERE directory_id = ? AND id = ?", d.key.DirectoryID, id); err != nil {
		return err
	}
	if err := d.bury(u, externalID); err != nil {
		return err
	}
	d.note("user.deleted", id, detail{"user_name": u.UserName, "external_id": externalID, "was": u.standing(appRoles), "before": raw(u.Document)})
	return nil
}

// lockUser reads a user and keeps others from changing it until the change ends.
func (d *DirectoryTx) lockUser(id string) (User, error) {
	return d.read().user(d.tx.ctx, id, d.tx.d.forUpdate)
}

func (d *DirectoryTx) insertEmails(userID string, emails []Email) error {
	if len(emails) == 0 {
		return nil
	}
	args := make([]any, 0, 7*len(emails))
	for i, e := range emails {
		args = append(args, d.key.DirectoryID, userID, i, e.Value, Fold(e.Value), Fold(e.Type), e.Primary)
	}
	return d.tx.later("INSERT INTO user_emails (directory_id, user_id, ordinal, value, value_key, type_key, is_primary) VALUES "+
		valueRows(len(emails), 7), args...)
}

// deleteAppRoles takes a user's app roles away, and tells which they were.
func (d *DirectoryTx) deleteAppRoles(userID string) ([]string, error) {
	return d.deleted("DELETE FROM user_app_roles WHERE directory_id = ? AND user_id = ? RETURNING value", d.key.DirectoryID, userID)
}

func (d *DirectoryTx) insertAppRoles(userID string, roles []string) error {
	var args []any
	seen := map[string]bool{}
	for _, role := range roles {
		key := Fold(strings.TrimSpace(role))
		if key != "" && !seen[key] {
			seen[key] = true
			args = append(args, d.key.DirectoryID, userID, key, role)
		}
	}
	if len(args) == 0 {
		return nil
	}
	return d.tx.later("INSERT INTO user_app_roles (directory_id, user_id, value_key, value) VALUES "+valueRows(len(seen), 4), args...)
}
