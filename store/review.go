package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Review is a person whom a rebind holds back until an administrator says who it is.
type Review struct {
	Directory  DirectoryKey
	Connection string // its slug
	User       User
	Before     string    // the external id of the person whose record it was; "" if that is not on record
	At         time.Time // when it became another's; zero if that is not on record
}

// Reviews lists whom rebinds hold back, by the time of the rebind.
func (o *OrganizationScope) Reviews(ctx context.Context) ([]Review, error) {
	if !o.valid() {
		return nil, nil
	}
	var list []Review
	err := o.rows(ctx, "SELECT "+userColumns+`, d.id, c.slug, coalesce(b.external_id, ''), coalesce(b.rebound_at, 0) FROM directories d
		JOIN connections c ON c.organization_id = d.organization_id AND c.id = d.connection_id
		JOIN users u ON u.directory_id = d.id AND u.quarantined LEFT JOIN rebounds b ON b.directory_id = u.directory_id AND b.user_id = u.id
		WHERE d.organization_id = ? ORDER BY b.rebound_at, u.id`, []any{o.id}, func(scan scanner) error {
		r := Review{Directory: DirectoryKey{OrganizationID: o.id}}
		var at int64
		u, err := scanUser(scan, &r.Directory.DirectoryID, &r.Connection, &r.Before, &at)
		r.User, r.At = u, fromMicros(at)
		list = append(list, r)
		return err
	})
	return list, err
}

// rememberRebound keeps whose record it was; of several rebinds before a review, before the first.
func (d *DirectoryTx) rememberRebound(before User) error {
	_, err := d.tx.do("INSERT INTO rebounds (directory_id, user_id, external_id, rebound_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		d.key.DirectoryID, before.ID, before.ExternalID, micros(d.tx.now))
	return err
}

func (d *DirectoryTx) forgetRebound(userID string) error {
	_, err := d.tx.do("DELETE FROM rebounds WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID)
	return err
}

// ReleaseUser lifts a quarantine: somebody confirmed that the record is of the same person.
func (d *DirectoryTx) ReleaseUser(id string) error {
	u, err := d.lockUser(id)
	if err != nil {
		return err
	}
	if u.Link != Quarantined {
		return nil
	}
	err = d.tx.doOne(`UPDATE users SET quarantined = false, subject = '', subject_client = '', signed_in_as = ''
		WHERE directory_id = ? AND id = ?`, d.key.DirectoryID, id)
	if err != nil {
		return err
	}
	d.note("user.released", id, detail{"user_name": u.UserName, "external_id": u.ExternalID})
	return d.forgetRebound(id)
}

// ReplaceUser ends a quarantine because the record is another person's now: the person before is deleted, and the one of
// today begins with what the provider says of them, under a new id. An id is never given to somebody else (RFC 7643 3.1);
// applications know people by it. Groups, roles and passwords were given to the person before and go with them.
// *RefusedError for somebody who is not held back.
func (d *DirectoryTx) ReplaceUser(id string) (User, error) {
	groups, err := d.lockGroupsOf(id)
	if err != nil {
		return User{}, err
	}
	u, err := d.read().user(d.tx.ctx, id, d.tx.d.forDelete)
	if err != nil {
		return User{}, err
	}
	if u.Link != Quarantined {
		return User{}, &RefusedError{u.UserName + " is not held back, so that there is nothing to review"}
	}
	record, err := u.UserRecord.withoutRoles()
	if err != nil {
		return User{}, err
	}
	if record.Emails, err = d.emails(id); err != nil {
		return User{}, err
	}
	was, err := d.idBeforeRebound(id)
	if err != nil {
		return User{}, err
	}
	if err := d.deleteUser(u, was, groups); err != nil {
		return User{}, err
	}
	fresh, err := d.CreateUser(record)
	if err == nil {
		d.note("user.replaced", id, detail{"user_name": u.UserName, "before": was, "after": record.ExternalID, "successor": fresh.ID})
	}
	return fresh, err
}

// idBeforeRebound is the external id of the person whose record it was, by which the tombstone must know them: the one of
// today is not deleted. It is "" where that is not on record.
func (d *DirectoryTx) idBeforeRebound(userID string) (externalID string, err error) {
	err = d.tx.get("SELECT external_id FROM rebounds WHERE directory_id = ? AND user_id = ?", []any{d.key.DirectoryID, userID}, &externalID)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return externalID, err
}

// emails reads a user's addresses.
func (d *DirectoryTx) emails(userID string) ([]Email, error) {
	var list []Email
	err := d.tx.rows(d.tx.ctx, "SELECT value, type_key, is_primary FROM user_emails WHERE directory_id = ? AND user_id = ? ORDER BY ordinal",
		[]any{d.key.DirectoryID, userID}, func(scan scanner) error {
			var e Email
			err := scan(&e.Value, &e.Type, &e.Primary)
			list = append(list, e)
			return err
		})
	return list, err
}

// withoutRoles takes the app roles out of a record's documents: they may have been pushed for the person before.
func (r UserRecord) withoutRoles() (UserRecord, error) {
	r.AppRoles = nil
	for _, document := range []*string{&r.Document, &r.Keys} {
		var attributes map[string]json.RawMessage
		if err := json.Unmarshal([]byte(*document), &attributes); err != nil {
			return r, fmt.Errorf("reading a user's document: %w", err)
		}
		delete(attributes, "roles")
		var text strings.Builder
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false) // the other values stay byte for byte
		if err := e.Encode(attributes); err != nil {
			return r, err
		}
		*document = strings.TrimSuffix(text.String(), "\n")
	}
	return r, nil
}
