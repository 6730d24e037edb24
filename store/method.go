package store

import (
	"context"
	"time"
)

// SSOMode says which synced people of an organization sign in through their provider: "off", "per_user" or "all".
type SSOMode string

// The modes; the rule that reads them is policy.MethodFor.
const (
	SSOOff     SSOMode = "off"
	SSOPerUser SSOMode = "per_user"
	SSOAll     SSOMode = "all"
)

// WaysIn is what decides whether a person signs in through the provider or with a password.
type WaysIn struct {
	Synced      bool // the person's directory is a connection's
	Mode        SSOMode
	Choice      string    // "on", "off" or "": what is set for the person
	ArmedAt     time.Time // of the connection; zero while nobody has proved that it works
	HasPassword bool
	OutageUntil time.Time // until when an outage lets or let the person use a password; zero for never
}

// waysInColumns reads a user u of a directory d who signs in to an organization g; they rely on primary keys and
// outage_people_user.
const waysInColumns = `d.connection_id IS NOT NULL, g.sso_mode,
	coalesce((SELECT s.choice FROM sso_choices s WHERE s.directory_id = u.directory_id AND s.user_id = u.id), ''),
	coalesce((SELECT c.armed_at FROM connections c WHERE c.organization_id = d.organization_id AND c.id = d.connection_id), 0),
	EXISTS (SELECT 1 FROM passwords p WHERE p.directory_id = u.directory_id AND p.user_id = u.id),
	coalesce((SELECT max(o.ends_at) FROM outage_people op JOIN outages o ON o.organization_id = op.organization_id AND o.id = op.outage_id
		WHERE op.directory_id = u.directory_id AND op.user_id = u.id AND o.ended_at = 0), 0)`

// waysInRow receives waysInColumns.
type waysInRow struct {
	ways          WaysIn
	armed, outage int64
}

func (r *waysInRow) fields() []any {
	w := &r.ways
	return []any{&w.Synced, &w.Mode, &w.Choice, &r.armed, &w.HasPassword, &r.outage}
}

func (r *waysInRow) waysIn() WaysIn {
	r.ways.ArmedAt, r.ways.OutageUntil = fromMicros(r.armed), fromMicros(r.outage)
	return r.ways
}

func (d *Directory) waysIn(ctx context.Context, organizationID, userID string) (WaysIn, error) {
	if !d.valid() || !validID(userID) || !validID(organizationID) {
		return WaysIn{}, ErrNotFound
	}
	var row waysInRow
	err := d.row(ctx, "SELECT "+waysInColumns+` FROM users u JOIN directories d ON d.id = u.directory_id JOIN organization_lines l ON l.organization_id = ?
		AND l.ancestor_id = d.organization_id JOIN organizations g ON g.id = l.organization_id WHERE d.organization_id = ? AND u.directory_id = ? AND u.id = ?`,
		[]any{organizationID, d.key.OrganizationID, d.key.DirectoryID, userID}, row.fields()...)
	return row.waysIn(), err
}

// WaysIn tells what decides about the user's method, in the organization that the directory's people sign in to.
func (d *DirectoryTx) WaysIn(userID string) (WaysIn, error) {
	return d.read().waysIn(d.tx.ctx, d.destination(), userID)
}

// SetSSOMode sets which synced people sign in through their provider.
func (o *OrganizationTx) SetSSOMode(mode SSOMode) error {
	if !oneOf(string(mode), "off per_user all") {
		return &InvalidError{"mode", "must be off, per_user or all"}
	}
	org, changed, err := o.set(SSOModeSetting, string(mode))
	if err == nil && changed {
		o.note("sso.mode_changed", o.id, org.told(detail{"before": org.SSOMode, "after": mode}))
	}
	return err
}

// SetSSOChoice sets SSO "on" or "off" for one synced user; "" takes the choice back. What it means depends on the mode.
func (o *OrganizationTx) SetSSOChoice(directoryID, userID, choice string) error {
	if choice != "" && !oneOf(choice, "on off") {
		return &InvalidError{"choice", "must be on or off"}
	}
	d := o.tx.Directory(DirectoryKey{OrganizationID: o.id, DirectoryID: directoryID})
	was, err := d.WaysIn(userID)
	if err != nil {
		return err
	}
	if !was.Synced {
		return &RefusedError{"SSO can apply only to people whom a provider has sent; this one belongs to the local directory"}
	}
	if was.Choice == choice {
		return nil
	}
	if _, err := o.tx.do("DELETE FROM sso_choices WHERE directory_id = ? AND user_id = ?", directoryID, userID); err != nil {
		return err
	}
	if choice != "" {
		_, err = o.tx.do("INSERT INTO sso_choices (directory_id, user_id, choice) VALUES (?, ?, ?)", directoryID, userID, choice)
		if err != nil {
			return err
		}
	}
	d.note("sso.choice_changed", userID, detail{"before": was.Choice, "after": choice})
	return nil
}

// EndPasswordSessions ends the sessions that the organization's synced people began with a password.
func (o *OrganizationTx) EndPasswordSessions() error {
	n, err := o.tx.do(`UPDATE sessions SET revoked_at = ?, revoked_reason = 'sso_required' WHERE organization_id = ? AND method = 'password'
		AND revoked_at = 0 AND directory_id IN (SELECT id FROM directories WHERE organization_id = ? AND connection_id IS NOT NULL)`,
		micros(o.tx.now), o.id, o.id)
	if err == nil && n > 0 {
		o.note("sso.password_sessions_ended", o.id, detail{"sessions": n})
	}
	return err
}

// WipePassword removes the user's password.
func (d *DirectoryTx) WipePassword(userID string) error {
	u, err := d.lockUser(userID)
	if err != nil {
		return err
	}
	n, err := d.tx.do("DELETE FROM passwords WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID)
	if err == nil && n > 0 {
		d.note("user.password_wiped", userID, detail{"user_name": u.UserName})
	}
	return err
}

// SyncedPerson is a person whom a provider has sent, with what decides about the way in.
type SyncedPerson struct {
	OrganizationID string
	DirectoryID    string
	ConnectionID   string
	ConnectionOn   bool
	User           User // without documents
	Email          string
	WaysIn         WaysIn
}

// SyncedPeople lists the organization's synced people who are switched on, by user name.
func (o *OrganizationScope) SyncedPeople(ctx context.Context) ([]SyncedPerson, error) {
	if !o.valid() {
		return nil, nil
	}
	var list []SyncedPerson
	err := o.rows(ctx, `SELECT d.organization_id, u.directory_id, c.id, c.enabled, u.id, u.user_name, u.external_id, u.display_name,
		`+firstEmail+`, `+
		waysInColumns+` FROM directories d JOIN connections c ON c.organization_id = d.organization_id AND c.id = d.connection_id
		JOIN organizations g ON g.id = d.organization_id
		JOIN users u ON u.directory_id = d.id AND (u.active OR u.held) WHERE d.organization_id = ? ORDER BY u.user_name_key, u.id`,
		[]any{o.id}, func(scan scanner) error {
			var p SyncedPerson
			var row waysInRow
			u := &p.User
			err := scan(append([]any{&p.OrganizationID, &p.DirectoryID, &p.ConnectionID, &p.ConnectionOn, &u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &p.Email}, row.fields()...)...)
			u.Active, p.WaysIn = true, row.waysIn()
			list = append(list, p)
			return err
		})
	return list, err
}

// ArmConnection records that an administrator has signed in through the connection as it is configured now.
func (o *OrganizationTx) ArmConnection(id, by string) error {
	was, err := o.connection(id)
	if err != nil || !was.ArmedAt.IsZero() {
		return err
	}
	err = o.tx.doOne("UPDATE connections SET armed_at = ?, armed_by = ? WHERE organization_id = ? AND id = ?", micros(o.tx.now), by, o.id, id)
	if err == nil {
		o.note("connection.armed", id, detail{"by": by})
	}
	return err
}

// SignInTest is what became of an administrator's attempt to sign in through a connection that lets nobody in.
type SignInTest struct {
	By       string // the administrator's user name
	TenantID string // as the verified token says, like Subject
	Subject  string
	Reason   string // what the rules of admission would have said
	Proves   bool   // the connection recognizes people as it should
}

// RecordTest records a test of the connection.
func (o *OrganizationTx) RecordTest(connectionID string, t SignInTest) error {
	if _, err := o.connection(connectionID); err != nil {
		return err
	}
	o.note("connection.tested", connectionID, detail{
		"by": t.By, "tenant_id": storable(t.TenantID, maxClaimed), "subject": storable(t.Subject, maxClaimed), "reason": t.Reason, "proves": t.Proves,
	})
	return nil
}
