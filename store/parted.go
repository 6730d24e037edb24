package store

import (
	"errors"
	"fmt"
	"time"
)

// A person is parted when a push has deleted them and the brake keeps that from taking effect. To whoever provisions the directory
// they are gone (RFC 7644 section 3.6): a key that is Pushed hides them. At the door they are as they were, in the groups that they
// were in. It ends with a decision, with time, or when the provider sends the same person again.

// frozenMember is the kind of a parted person's memberships. They count at the door; pushes neither see nor change them, because a
// provider takes whom it has deleted out of their groups, too.
const frozenMember MemberKind = "Parted"

// present is SQL that leaves out the users whom the key hides, as a continuation of a WHERE clause.
func (k DirectoryKey) present(user string) string {
	if !k.Pushed {
		return ""
	}
	return " AND " + user + ".parted = ''"
}

// unfrozen is SQL that leaves out the memberships which the key hides, as a continuation of a WHERE clause.
func (k DirectoryKey) unfrozen(kind string) string {
	if !k.Pushed {
		return ""
	}
	return " AND " + kind + " <> '" + string(frozenMember) + "'"
}

// withoutParted leaves those out whom the provider has deleted, where there are others: what it says now goes before what it said.
func withoutParted(list []User, err error) ([]User, error) {
	var present []User
	for _, u := range list {
		if !u.Parted {
			present = append(present, u)
		}
	}
	if len(present) == 0 {
		return list, err
	}
	return present, err
}

// part keeps somebody whom a push deletes, if the brake holds. The user is locked, and so are the groups. Whoever cannot come in
// anyway is deleted at once, and so is whoever waits for a review: the record may be another person's.
func (d *DirectoryTx) part(u User, groups []string) (parted bool, err error) {
	if d.tx.actor.Kind != Provisioner || !u.MayEnter() || u.Link == Quarantined {
		return false, nil
	}
	until, err := d.deletionWaits(u)
	if err != nil || until.IsZero() {
		return false, err
	}
	// The version rises so that no change of the record as it was read before can reach it any more.
	err = d.tx.doOne("UPDATE users SET parted = ?, held = ?, version = version + 1 WHERE directory_id = ? AND id = ?",
		u.ID, true, d.key.DirectoryID, u.ID)
	if err != nil {
		return false, err
	}
	frozen, err := d.turnMemberships(u.ID, UserMember, frozenMember, groups)
	d.note("user.deletion_held", u.ID, detail{"user_name": u.UserName, "external_id": u.ExternalID, "was_held": u.Held,
		"until": until, "count": frozen})
	return true, err
}

// deletionWaits tells how long the brake keeps somebody whom a push deletes; zero if it does not. Who waits already because the
// provider has switched them off waits on, no longer than before.
func (d *DirectoryTx) deletionWaits(u User) (until time.Time, err error) {
	b, err := d.read().BrakeOf(d.tx.ctx)
	if err != nil || b.Hold == 0 {
		return time.Time{}, err
	}
	if u.Held {
		var at int64
		err := d.tx.get("SELECT apply_at FROM leavers WHERE directory_id = ? AND user_id = ?", []any{d.key.DirectoryID, u.ID}, &at)
		if err == nil && at > 0 {
			return fromMicros(at), nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return time.Time{}, err
		}
	}
	return d.leave(u.ID)
}

// turnMemberships gives a person's memberships of one kind another, and tells how many they are. To those who push, the groups' content changes.
func (d *DirectoryTx) turnMemberships(userID string, from, to MemberKind, locked []string) (int, error) {
	turned, err := d.changedMembers("UPDATE members SET kind = ? WHERE directory_id = ? AND member_id = ? AND kind = ? RETURNING group_id, display",
		string(to), d.key.DirectoryID, userID, string(from))
	if err != nil {
		return 0, err
	}
	return len(turned.ids), d.renewGroups(locked, turned.ids)
}

// lockFrozen locks the groups that parted people are in, or one of them: groups are locked before their members. It returns them in
// order, and relies on users_parted.
func (d *DirectoryTx) lockFrozen(userID string) (locked []string, err error) {
	condition, args := onlyUser(userID)
	args = append([]any{d.key.DirectoryID, d.key.DirectoryID}, args...)
	err = d.tx.rows(d.tx.ctx, `SELECT g.id FROM groups g WHERE g.directory_id = ? AND g.id IN (SELECT m.group_id FROM users u
		JOIN members m ON m.directory_id = u.directory_id AND m.member_id = u.id WHERE u.directory_id = ? AND u.parted <> ''`+condition+
		") ORDER BY g.id"+d.tx.d.forUpdate, args, func(scan scanner) error {
		var id string
		err := scan(&id)
		locked = append(locked, id)
		return err
	})
	return locked, err
}

// depart lets a deletion take effect that the brake has held.
func (d *DirectoryTx) depart(h Held) error {
	u, err := d.lockUser(h.UserID)
	if err != nil {
		return err
	}
	return d.deleteUser(u, u.ExternalID, nil)
}

// bringBack lets pushes see a parted person again, in the groups that they have been in, as if they had not been deleted. locked are the
// groups. *RefusedError when the user name or the object id is another's meanwhile.
func (d *DirectoryTx) bringBack(u User, locked []string) error {
	var twins int
	err := d.tx.get("SELECT count(*) FROM users WHERE directory_id = ? AND external_key = ? AND external_key <> '' AND parted = ''",
		[]any{d.key.DirectoryID, externalKey(u.ExternalID)}, &twins)
	if err != nil {
		return err
	}
	if twins > 0 {
		return &RefusedError{fmt.Sprintf("the provider has given the external id of %s to another user since, and two with the same could not be told apart: let the deletion take effect", u.UserName)}
	}
	err = d.tx.doOne("UPDATE users SET parted = '', held = NOT active, version = version + 1, modified_at = ? WHERE directory_id = ? AND id = ?",
		micros(d.tx.now), d.key.DirectoryID, u.ID)
	if _, taken := errors.AsType[*ConflictError](err); taken {
		return &RefusedError{fmt.Sprintf("the user name %s is another user's meanwhile, and no two may have the same: let the deletion take effect, or rename the other at the provider first", u.UserName)}
	}
	if err == nil {
		_, err = d.turnMemberships(u.ID, frozenMember, UserMember, locked)
	}
	d.note("user.deletion_released", u.ID, detail{"user_name": u.UserName})
	return err
}

// keepDeleted decides that a deletion was a mistake.
func (d *DirectoryTx) keepDeleted(h Held, locked []string) error {
	u, err := d.lockUser(h.UserID)
	if err != nil {
		return err
	}
	if err := d.bringBack(u, locked); err != nil {
		return err
	}
	return d.forgetLeaver(u.ID)
}

// revive makes a parted person the user that is pushed, under the same id: it is the same human being. As of anybody who is sent anew, the
// provider says which groups they are in.
func (d *DirectoryTx) revive(u User, r UserRecord) (User, error) {
	d.note("user.revived", u.ID, detail{"user_name": r.UserName, "external_id": r.ExternalID})
	if _, err := d.endMemberships("user.groups_left", u.ID, detail{"user_name": u.UserName}); err != nil {
		return User{}, err
	}
	// Who was switched off before they were deleted is held for that until the record says otherwise.
	err := d.tx.doOne("UPDATE users SET held = NOT active WHERE directory_id = ? AND id = ?", d.key.DirectoryID, u.ID)
	if err != nil {
		return User{}, err
	}
	if u.Held, u.Parted = !u.Active, false; u.Origin == FromSignIn || r.Document != u.Document || r.PasswordHash != nil {
		if u, err = d.UpdateUser(u, r); err != nil {
			return User{}, err
		}
	}
	// The old name is free for somebody else while the new one is not taken yet.
	err = d.tx.doOne("UPDATE users SET parted = '', version = version + 1, modified_at = ? WHERE directory_id = ? AND id = ?",
		micros(d.tx.now), d.key.DirectoryID, u.ID)
	if err != nil {
		return User{}, err
	}
	if u.Active {
		err = d.forgetLeaver(u.ID)
	}
	u.Version, u.ModifiedAt = u.Version+1, d.tx.now
	return u, err
}
