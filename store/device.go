package store

import (
	"context"
	"time"
)

// DeviceStatus says how far a device request has come.
type DeviceStatus string

// The statuses of a device request.
const (
	DevicePending  DeviceStatus = "pending"
	DeviceApproved DeviceStatus = "approved"
	DeviceDenied   DeviceStatus = "denied"
	DeviceUsed     DeviceStatus = "used" // its session was handed out
)

// DeviceTokenPrefix begins the secrets of device sessions, so that a leaked one can be recognized.
const DeviceTokenPrefix = "dlu_"

// DeviceRequest is a terminal or desktop program that waits for a person to approve it (RFC 8628).
type DeviceRequest struct {
	Label, Address, UserAgent string // as the program says, and as it was seen
	RequestedAt, ExpiresAt    time.Time
	PolledAt                  time.Time     // zero before the first poll
	Wait                      time.Duration // between two polls
	Status                    DeviceStatus
	OrganizationID, SessionID string // of the session in which a person decided
}

// NewDeviceRequest is what a program starts.
type NewDeviceRequest struct {
	DeviceCode, UserCode      string // of which only hashes are kept
	Label, Address, UserAgent string
	Wait, LastsFor            time.Duration
}

const deviceColumns = `label, address, user_agent, requested_at, expires_at, polled_at, wait_seconds, status,
	coalesce(CAST(organization_id AS text), ''), coalesce(CAST(session_id AS text), '')`

func (c conn) deviceRequest(ctx context.Context, condition string, args ...any) (DeviceRequest, error) {
	var r DeviceRequest
	var requested, expires, polled, wait int64
	err := c.row(ctx, "SELECT "+deviceColumns+" FROM device_requests WHERE "+condition, args,
		&r.Label, &r.Address, &r.UserAgent, &requested, &expires, &polled, &wait, &r.Status, &r.OrganizationID, &r.SessionID)
	r.RequestedAt, r.ExpiresAt, r.PolledAt, r.Wait = fromMicros(requested), fromMicros(expires), fromMicros(polled), time.Duration(wait)*time.Second
	return r, err
}

// StartDevice keeps a device request, and forgets those long past. *ConflictError when the user code is in use.
func (s *Store) StartDevice(ctx context.Context, n NewDeviceRequest) error {
	now := s.Now()
	if _, err := s.bookkeep(ctx, "DELETE FROM device_requests WHERE expires_at < ?", micros(now.Add(-rememberUsed))); err != nil {
		return err
	}
	// The label comes first: GORM would make a list of a slice right behind the parenthesis.
	_, err := s.bookkeep(ctx, `INSERT INTO device_requests (label, device_hash, user_code_hash, address, user_agent, requested_at, expires_at,
		polled_at, wait_seconds, status) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 'pending')`, storable(n.Label, maxClaimed), hashSecret(n.DeviceCode),
		hashSecret(n.UserCode), storable(n.Address, maxClaimed), storable(n.UserAgent, maxClaimed), micros(now), micros(now.Add(n.LastsFor)),
		int64(n.Wait/time.Second))
	return err
}

// PollDevice returns the request of a device code. A poll that comes too soon makes the program wait longer, as
// RFC 8628 section 3.5 wants it. ErrNotFound for a code that was never given, or is long past.
func (s *Store) PollDevice(ctx context.Context, deviceCode string) (r DeviceRequest, tooSoon bool, err error) {
	const more = 5 * time.Second
	hash, now := hashSecret(deviceCode), s.Now()
	if r, err = s.read.deviceRequest(ctx, "device_hash = ?", hash); err != nil {
		return r, false, err
	}
	wait := r.Wait
	if tooSoon = now.Before(r.PolledAt.Add(r.Wait)); tooSoon {
		wait += more
	}
	// Of two polls at once one loses, and has come too soon.
	n, err := s.bookkeep(ctx, "UPDATE device_requests SET polled_at = ?, wait_seconds = ? WHERE device_hash = ? AND polled_at = ?",
		micros(now), int64(wait/time.Second), hash, micros(r.PolledAt))
	return r, tooSoon || n == 0, err
}

// FindDevice returns the request of a user code that nobody has decided about and whose time is not over; ErrNotFound
// otherwise.
func (s *Store) FindDevice(ctx context.Context, userCode string) (DeviceRequest, error) {
	return s.read.deviceRequest(ctx, "user_code_hash = ? AND status = 'pending' AND expires_at > ?", hashSecret(userCode), micros(s.Now()))
}

// DecideDevice lets the person of a session approve or deny a request. ErrNotFound when somebody has decided, or its time
// is over.
func (d *DirectoryTx) DecideDevice(session Session, userCode string, approve bool) error {
	if !d.read().valid() || !validID(session.ID) {
		return ErrNotFound
	}
	r, err := d.tx.deviceRequest(d.tx.ctx, "user_code_hash = ? AND status = 'pending' AND expires_at > ?"+d.tx.d.forUpdate,
		hashSecret(userCode), micros(d.tx.now))
	if err != nil {
		return err
	}
	if err := d.livingSession(session.ID); err != nil {
		return err
	}
	status, action := DeviceDenied, "device.denied"
	if approve {
		status, action = DeviceApproved, "device.approved"
	}
	err = d.tx.doOne("UPDATE device_requests SET status = ?, organization_id = ?, session_id = ? WHERE user_code_hash = ? AND status = 'pending'",
		string(status), d.key.OrganizationID, session.ID, hashSecret(userCode))
	if err == nil {
		d.note(action, session.ID, detail{"user": session.UserID, "device": r.Label, "address": r.Address})
	}
	return err
}

// livingSession locks a session of the directory that has not ended; ErrNotFound when it has.
func (d *DirectoryTx) livingSession(id string) error {
	var one int
	return d.tx.get("SELECT 1 FROM sessions WHERE organization_id = ? AND directory_id = ? AND id = ? AND revoked_at = 0 AND expires_at > ?"+d.tx.d.forUpdate,
		[]any{d.key.OrganizationID, d.key.DirectoryID, id, micros(d.tx.now)}, &one)
}

// RedeemDevice starts the session of an approved device, under the hash of a new secret: a child of the session in which it
// was approved. It proves the same, is over at the same time, and does not begin once that has ended (ErrNotFound). ErrUsed
// when it was handed out before.
func (d *DirectoryTx) RedeemDevice(deviceCode string, approvedIn Session, secretHash []byte, idleFor time.Duration) (Session, error) {
	if !d.read().valid() || !validID(approvedIn.ID) {
		return Session{}, ErrNotFound
	}
	r, err := d.tx.deviceRequest(d.tx.ctx, "device_hash = ? AND organization_id = ? AND session_id = ?"+d.tx.d.forUpdate,
		hashSecret(deviceCode), d.key.OrganizationID, approvedIn.ID)
	switch {
	case err != nil:
		return Session{}, err
	case r.Status == DeviceUsed:
		return Session{}, ErrUsed
	case r.Status != DeviceApproved || !d.tx.now.Before(r.ExpiresAt):
		return Session{}, ErrNotFound
	}
	u, err := d.lockUser(approvedIn.UserID)
	if err == nil {
		err = d.livingSession(approvedIn.ID)
	}
	if err == nil {
		err = d.tx.doOne("UPDATE device_requests SET status = 'used' WHERE device_hash = ? AND status = 'approved'", hashSecret(deviceCode))
	}
	if err != nil {
		return Session{}, err
	}
	s := approvedIn
	s.ID, s.Device, s.ProviderSID, s.LoginHint = d.tx.store.newID(), r.Label, "", ""
	s.CreatedAt, s.LastSeenAt, s.IdleExpiresAt = d.tx.now, d.tx.now, d.tx.now.Add(idleFor)
	s.Address, s.UserAgent = r.Address, r.UserAgent
	if err := d.insertSession(s, secretHash); err != nil {
		return Session{}, err
	}
	d.note("session.started", s.ID, detail{"user": u.ID, "user_name": u.UserName, "method": s.Method, "device": s.Device})
	return s, d.endOldest(u.ID)
}
