package store

import (
	"context"
	"errors"
	"time"
)

// Tombstone remembers a deleted user, so that the id is never given to somebody else and a look-up can tell that there
// was somebody. The rest of the person is gone, but for the audit events.
type Tombstone struct {
	DirectoryID string
	ID          string
	UserNameKey string // the userName under Fold
	ExternalKey string // the external id; in lower case if it is a GUID
	DeletedAt   time.Time
}

// errReused stops a generator of ids that repeats itself.
var errReused = errors.New("store: a new user was given the id of a deleted one")

// bury leaves a tombstone for a user who is being deleted, with the external id by which the person was known.
func (d *DirectoryTx) bury(u User, externalID string) error {
	return d.tx.later("INSERT INTO tombstones (directory_id, id, user_name_key, external_key, deleted_at) VALUES (?, ?, ?, ?, ?)",
		d.key.DirectoryID, u.ID, Fold(u.UserName), externalKey(externalID), micros(d.tx.now))
}

// unlessBuried tells why a user could not be added: the id had an owner before, or there is no such directory.
func (d *DirectoryTx) unlessBuried(id string) error {
	var one int
	err := d.tx.get("SELECT 1 FROM tombstones WHERE directory_id = ? AND id = ?", []any{d.key.DirectoryID, id}, &one)
	if err == nil {
		return errReused
	}
	return err
}

// FindDeleted finds the deleted users of the organization whose id, userName or external id was who, the latest first
// and at most 20.
func (o *OrganizationScope) FindDeleted(ctx context.Context, who string) ([]Tombstone, error) {
	if !o.valid() || who == "" || !isStorable(who) {
		return nil, nil
	}
	id := who
	if !validID(id) {
		id = noID
	}
	var list []Tombstone
	// A look-up for each directory: the planner might read all tombstones for a join.
	err := o.rows(ctx, "SELECT t.directory_id, t.id, t.user_name_key, t.external_key, t.deleted_at FROM directories d"+
		o.d.lookUp("tombstones", "t", "t.directory_id, t.id, t.user_name_key, t.external_key, t.deleted_at",
			"t.directory_id = d.id AND (t.id = ? OR t.user_name_key = ? OR t.external_key = ?)")+
		" WHERE d.organization_id = ? ORDER BY t.deleted_at DESC, t.id DESC LIMIT ?", []any{id, Fold(who), externalKey(who), o.id, fewPeople}, func(scan scanner) error {
		var t Tombstone
		var deleted int64
		err := scan(&t.DirectoryID, &t.ID, &t.UserNameKey, &t.ExternalKey, &deleted)
		t.DeletedAt = fromMicros(deleted)
		list = append(list, t)
		return err
	})
	return list, err
}
