package store

import (
	"context"
	"time"
)

// BrakeOf tells the brake of the connection with the directory.
func (d *Directory) BrakeOf(ctx context.Context) (Brake, error) {
	b := DefaultBrake
	if !d.valid() {
		return b, nil
	}
	err := d.rows(ctx, `SELECT b.people, b.percent, b.hold_hours FROM brakes b JOIN directories d ON d.id = b.directory_id
		WHERE d.organization_id = ? AND b.directory_id = ?`, []any{d.key.OrganizationID, d.key.DirectoryID}, func(scan scanner) error {
		var hours int64
		err := scan(&b.People, &b.Percent, &hours)
		b.Hold = time.Duration(hours) * time.Hour
		return err
	})
	return b, err
}

// SetBrake changes the brake of the connection with the directory.
func (d *DirectoryTx) SetBrake(b Brake) error {
	if err := b.check(); err != nil {
		return err
	}
	connection, err := d.connection()
	if err != nil {
		return err
	}
	was, _, err := d.lockBrake(0)
	if err != nil || was == b {
		return err
	}
	err = d.tx.doOne("UPDATE brakes SET people = ?, percent = ?, hold_hours = ? WHERE directory_id = ?",
		b.People, b.Percent, int(b.Hold/time.Hour), d.key.DirectoryID)
	if err == nil {
		d.note("connection.brake_changed", connection.ID, detail{"before": was.settings(), "after": b.settings()})
	}
	return err
}

func (b Brake) settings() detail {
	return detail{"people": b.People, "percent": b.Percent, "hold": b.Hold.String()}
}

// connection is the connection that has the directory.
func (d *DirectoryTx) connection() (Connection, error) {
	if !d.read().valid() {
		return Connection{}, ErrNotFound
	}
	return first(d.tx.connections(d.tx.ctx, " WHERE c.organization_id = ? AND c.directory_id = ?", d.key.OrganizationID, d.key.DirectoryID))
}
