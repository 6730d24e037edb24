package store

import (
	"context"
	"slices"
	"time"
)

// Held is a person whom a push has switched off or deleted and the brake keeps.
type Held struct {
	UserID, UserName string
	Deleted          bool      // the person is parted
	Since            time.Time // zero for those whom an administrator keeps
	Until            time.Time // when the push takes effect by itself; zero for never
}

// Held lists whom the brake keeps, by user name.
func (d *Directory) Held(ctx context.Context) ([]Held, error) {
	if !d.valid() {
		return nil, nil
	}
	return d.held(ctx, "")
}

// held lists those whom the brake keeps and the condition holds for.
func (d *Directory) held(ctx context.Context, condition string, args ...any) ([]Held, error) {
	var list []Held
	err := d.rows(ctx, `SELECT u.id, u.user_name, u.parted <> '', coalesce(l.left_at, 0), coalesce(l.apply_at, 0) FROM directories d
		JOIN users u ON u.directory_id = d.id AND u.held LEFT JOIN leavers l ON l.directory_id = u.directory_id AND l.user_id = u.id
		WHERE d.organization_id = ? AND d.id = ?`+condition+" ORDER BY u.user_name_key, u.id",
		append([]any{d.key.OrganizationID, d.key.DirectoryID}, args...), func(scan scanner) error {
			var h Held
			var since, until int64
			err := scan(&h.UserID, &h.UserName, &h.Deleted, &since, &until)
			h.Since, h.Until = fromMicros(since), fromMicros(until)
			list = append(list, h)
			return err
		})
	return list, err
}

// ApplyHeld lets the push take effect on those who wait for a decision, or on one person whom the brake keeps: their sessions
// end, and whom the provider has deleted is deleted. It tells how many there were.
func (d *DirectoryTx) ApplyHeld(userID string) (int, error) {
	return d.decide("brake.applied", userID, d.takeEffect)
}

// ReleaseHeld keeps those who wait for a decision, or one of them, until the provider switches them on, and then off again: the
// push was a mistake. They are no leavers any more, and pushes see again who was deleted. It tells how many there were. *RefusedError where
// the place of somebody who was deleted is taken.
func (d *DirectoryTx) ReleaseHeld(userID string) (int, error) {
	groups, err := d.lockFrozen(userID)
	if err != nil {
		return 0, err
	}
	return d.decide("brake.released", userID, func(h Held) error {
		if h.Deleted {
			return d.keepDeleted(h, groups)
		}
		d.note("user.kept", h.UserID, detail{"user_name": h.UserName})
		return d.forgetLeaver(h.UserID)
	})
}

// decide makes a decision about those who wait for one, or about one person whom the brake keeps. Whom an administrator has
// released already is meant by name alone: "these stay, the rest go" is said in this order.
func (d *DirectoryTx) decide(action, userID string, decision func(Held) error) (int, error) {
	connection, err := d.connection()
	if err != nil {
		return 0, err
	}
	condition, args := onlyUser(userID)
	people, err := d.heldNow(condition, args...)
	if userID == "" {
		people = slices.DeleteFunc(people, func(h Held) bool { return h.Until.IsZero() })
	}
	if err != nil || len(people) == 0 {
		return 0, err
	}
	for _, h := range people {
		if err := decision(h); err != nil {
			return 0, err
		}
	}
	d.note(action, connection.ID, detail{"people": len(people)})
	return len(people), nil
}

// onlyUser is SQL that leaves one of the users u, as a continuation of a WHERE clause; all of them for "".
func onlyUser(id string) (condition string, args []any) {
	if id == "" {
		return "", nil
	}
	if !validID(id) {
		id = noID
	}
	return " AND u.id = ?", []any{id}
}

// heldNow locks and lists those whom the brake keeps and a condition on u holds for. Their order is the same for everybody who locks them.
func (d *DirectoryTx) heldNow(condition string, args ...any) ([]Held, error) {
	var ids []string
	err := d.tx.rows(d.tx.ctx, "SELECT u.id FROM users u WHERE u.directory_id = ? AND u.held"+condition+" ORDER BY u.id"+d.tx.d.forDelete,
		append([]any{d.key.DirectoryID}, args...), func(scan scanner) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return d.read().held(d.tx.ctx, " AND u.id IN (SELECT ids.id FROM "+d.tx.d.idList+")", d.tx.d.idParam(ids))
}

// takeEffect lets the push take effect on somebody.
func (d *DirectoryTx) takeEffect(h Held) error {
	end := d.switchOff
	if h.Deleted {
		end = d.depart
	}
	if err := end(h); err != nil {
		return err
	}
	return d.tx.later("UPDATE leavers SET apply_at = 0 WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, h.UserID)
}

// switchOff lets the push take effect on somebody whom it has switched off. What the provider has said of them stays as it is, and so does the
// version.
func (d *DirectoryTx) switchOff(h Held) error {
	if err := d.tx.doOne("UPDATE users SET held = ? WHERE directory_id = ? AND id = ?", false, d.key.DirectoryID, h.UserID); err != nil {
		return err
	}
	d.note("user.deactivated", h.UserID, detail{"user_name": h.UserName, "held_since": h.Since})
	return d.endAccess(h.UserID, "inactive")
}
