package store

import (
	"context"
	"time"
)

// NewSession is what a sign-in starts.
type NewSession struct {
	UserID       string
	ConnectionID string
	SecretHash   []byte // SHA-256 of the cookie's secret
	Method       string // "oidc", "saml", "password"
	ProviderSID  string
	// Identity is the immutable id that the provider vouched for (Entra: the object id); "" for the record's own, if
	// it has one.
	Identity string
	Subject  string
	ClientID string
	Guest    bool // of the tenant, at home elsewhere
	// LoginHint is what the provider wants to hear at the sign-out.
	LoginHint string
	// SecondFactor says that a code was given beside the password, or that the provider vouches for several factors.
	SecondFactor bool
	// BreakGlass says that a local owner came in, which gets an event of its own.
	BreakGlass bool
	AuthTime   time.Time
	IdleFor    time.Duration
	LastsFor   time.Duration
	Address    string
	UserAgent  string
}

// Session is a row that a browser's cookie points to.
type Session struct {
	ID             string
	OrganizationID string // of the person's directory
	AdmittedTo     string // the organization that it lets into: the same one, or one below it
	DirectoryID    string
	UserID         string
	ConnectionID   string // "" for local people
	Method         string
	ProviderSID    string
	LoginHint      string // what the provider wants to hear at the sign-out; "" where it told nothing
	Device         string // the program that holds the secret, as it called itself; "" for a browser
	Guest          bool
	SecondFactor   bool      // a code was given beside the password, or the provider vouches for several factors
	AuthTime       time.Time // when the person last proved who they are; zero where the provider does not say
	CreatedAt      time.Time
	LastSeenAt     time.Time
	IdleExpiresAt  time.Time
	ExpiresAt      time.Time
	RevokedAt      time.Time // zero while it lives
	RevokedReason  string    // e.g. "logout", "inactive", "deleted", "rebound", "unlinked", "replaced", "administrator", "connection_off", "too_many"
	Address        string
	UserAgent      string
}

const sessionColumns = `s.id, s.organization_id, coalesce(s.admitted_to, s.organization_id), s.directory_id, s.user_id, d.connection_id, s.method, s.provider_sid, s.login_hint, s.device, s.guest,
	s.second_factor, s.auth_time, s.created_at, s.last_seen_at, s.idle_expires_at, s.expires_at, s.revoked_at, s.revoked_reason, s.address, s.user_agent`

// sessionRow receives sessionColumns.
type sessionRow struct {
	s                                                      Session
	connection                                             *string
	authTime, created, seen, idleExpires, expires, revoked int64
}

func (r *sessionRow) fields() []any {
	return []any{&r.s.ID, &r.s.OrganizationID, &r.s.AdmittedTo, &r.s.DirectoryID, &r.s.UserID, &r.connection, &r.s.Method, &r.s.ProviderSID, &r.s.LoginHint, &r.s.Device,
		&r.s.Guest, &r.s.SecondFactor, &r.authTime, &r.created, &r.seen, &r.idleExpires, &r.expires, &r.revoked, &r.s.RevokedReason, &r.s.Address, &r.s.UserAgent}
}

func (r *sessionRow) session() Session {
	s := r.s
	if r.connection != nil {
		s.ConnectionID = *r.connection
	}
	s.AuthTime, s.CreatedAt, s.LastSeenAt = fromMicros(r.authTime), fromMicros(r.created), fromMicros(r.seen)
	s.IdleExpiresAt, s.ExpiresAt, s.RevokedAt = fromMicros(r.idleExpires), fromMicros(r.expires), fromMicros(r.revoked)
	return s
}

// StartSession starts a session of a user of the directory and remembers the sign-in.
func (d *DirectoryTx) StartSession(n NewSession) (Session, error) {
	u, err := d.lockUser(n.UserID)
	if err != nil {
		return Session{}, err
	}
	if _, err := d.WaysIn(u.ID); err != nil { // which knows the organizations that the directory's people can sign in to
		return Session{}, err
	}
	for _, text := range []*string{&n.Method, &n.ProviderSID, &n.Identity, &n.Subject, &n.ClientID, &n.LoginHint, &n.Address, &n.UserAgent} {
		*text = storable(*text, maxClaimed)
	}
	now := d.tx.now
	s := Session{
		ID: d.tx.store.newID(), OrganizationID: d.key.OrganizationID, AdmittedTo: d.destination(), DirectoryID: d.key.DirectoryID, UserID: u.ID, ConnectionID: n.ConnectionID,
		Method: n.Method, ProviderSID: n.ProviderSID, LoginHint: n.LoginHint, Guest: n.Guest, SecondFactor: n.SecondFactor, AuthTime: n.AuthTime,
		CreatedAt: now, LastSeenAt: now, IdleExpiresAt: now.Add(n.IdleFor), ExpiresAt: now.Add(n.LastsFor), Address: n.Address, UserAgent: n.UserAgent,
	}
	if err := d.insertSession(s, n.SecretHash); err != nil {
		return Session{}, err
	}
	identity := externalKey(n.Identity)
	if identity == "" && isGUID(u.ExternalID) { // what is no object id identifies nobody, and may be mended later
		identity = externalKey(u.ExternalID)
	}
	err = d.tx.doOne(`UPDATE users SET subject = CASE WHEN ? = '' THEN subject ELSE ? END, subject_client = CASE WHEN ? = '' THEN subject_client ELSE ? END,
		signed_in_as = CASE WHEN ? = '' THEN signed_in_as ELSE ? END, last_sign_in_at = ? WHERE directory_id = ? AND id = ?`,
		n.Subject, n.Subject, n.ClientID, n.ClientID, identity, identity, micros(now), d.key.DirectoryID, u.ID)
	if err != nil {
		return Session{}, err
	}
	if n.BreakGlass {
		d.note("breakglass.used", s.ID, detail{"user": u.ID, "user_name": u.UserName, "address": n.Address, "second_factor": n.SecondFactor})
	}
	d.note("session.started", s.ID, detail{"user": u.ID, "user_name": u.UserName, "method": n.Method})
	return s, d.endOldest(u.ID)
}

func (d *DirectoryTx) insertSession(s Session, secretHash []byte) error {
	var elsewhere any
	if s.AdmittedTo != s.OrganizationID {
		elsewhere = nullID(s.AdmittedTo)
	}
	_, err := d.tx.do(`INSERT INTO sessions (organization_id, id, admitted_to, directory_id, user_id, secret_hash, method, provider_sid, login_hint, device, guest,
		second_factor, auth_time, created_at, last_seen_at, idle_expires_at, expires_at, revoked_at, revoked_reason, refused_for, address, user_agent)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, ?)`,
		s.OrganizationID, s.ID, elsewhere, s.DirectoryID, s.UserID, secretHash, s.Method, s.ProviderSID, s.LoginHint, s.Device, s.Guest, s.SecondFactor,
		micros(s.AuthTime), micros(s.CreatedAt), micros(s.LastSeenAt), micros(s.IdleExpiresAt), micros(s.ExpiresAt), s.Address, s.UserAgent)
	return err
}

// MaxSessions is how many living sessions a person may have. One more ends the oldest.
const MaxSessions = 50

// endOldest keeps a person's sessions bounded. The caller holds the user's row.
func (d *DirectoryTx) endOldest(userID string) error {
	return d.tx.endSessionsWhere(d.key, "too_many", ` AND user_id = ? AND id NOT IN (SELECT id FROM sessions WHERE directory_id = ? AND user_id = ?
		AND revoked_at = 0 ORDER BY created_at DESC, id DESC LIMIT ?)`, userID, d.key.DirectoryID, userID, MaxSessions)
}

// EndSession ends a session of the directory. Ending an ended one changes nothing.
func (d *DirectoryTx) EndSession(id, reason string) error {
	if !d.read().valid() || !validID(id) {
		return ErrNotFound
	}
	var userID string
	var revoked int64
	err := d.tx.get("SELECT user_id, revoked_at FROM sessions WHERE organization_id = ? AND directory_id = ? AND id = ?",
		[]any{d.key.OrganizationID, d.key.DirectoryID, id}, &userID, &revoked)
	if err != nil || revoked != 0 {
		return err
	}
	n, err := d.tx.do("UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE organization_id = ? AND id = ? AND revoked_at = 0",
		micros(d.tx.now), reason, d.key.OrganizationID, id)
	if err == nil && n > 0 {
		d.note("session.ended", id, detail{"user": userID, "reason": reason})
	}
	return err
}

// endSessions ends all sessions of a user.
func (d *DirectoryTx) endSessions(userID, reason string) error {
	return d.tx.endSessionsWhere(d.key, reason, " AND user_id = ?", userID)
}

// endSessionsOf ends all sessions of a directory's people.
func (tx *Tx) endSessionsOf(key DirectoryKey, reason string) error {
	return tx.endSessionsWhere(key, reason, "")
}

func (tx *Tx) endSessionsWhere(key DirectoryKey, reason, condition string, args ...any) error {
	_, err := tx.endSelected(reason, "organization_id = ? AND directory_id = ?"+condition, append([]any{key.OrganizationID, key.DirectoryID}, args...)...)
	return err
}

// endSelected ends the living sessions that meet a condition, and counts them.
func (tx *Tx) endSelected(reason, condition string, args ...any) (int, error) {
	type ended struct{ organization, session, directory, user string }
	var list []ended
	err := tx.rows(tx.ctx, "UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND "+condition+
		" RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id", append([]any{micros(tx.now), reason}, args...), func(scan scanner) error {
		var e ended
		err := scan(&e.organization, &e.session, &e.directory, &e.user)
		list = append(list, e)
		return err
	})
	for _, e := range list {
		tx.changed = true
		tx.note(e.organization, e.directory, "session.ended", e.session, detail{"user": e.user, "reason": reason})
	}
	return len(list), err
}

// TouchSession moves the idle limit of a session. It writes at most once a minute, or four times within a short limit.
func (s *Store) TouchSession(ctx context.Context, v Session, idleFor time.Duration) error {
	now := s.Now()
	if now.Sub(v.LastSeenAt) < min(seenEvery, idleFor/4) || !validID(v.OrganizationID) || !validID(v.ID) {
		return nil
	}
	_, err := s.bookkeep(ctx, "UPDATE sessions SET last_seen_at = ?, idle_expires_at = ? WHERE organization_id = ? AND id = ? AND revoked_at = 0",
		micros(now), micros(now.Add(idleFor)), v.OrganizationID, v.ID)
	return err
}

// letsInto is the condition that a session s is of an organization (twice a parameter): of its people, or letting into it.
const letsInto = "(s.organization_id = ? OR s.admitted_to = ?)"

// Sessions lists the living sessions of a user that are of the organization's people or let into it, newest first.
func (o *OrganizationScope) Sessions(ctx context.Context, userID string) ([]Session, error) {
	if !o.valid() || !validID(userID) {
		return nil, nil
	}
	var list []Session
	err := o.rows(ctx, "SELECT "+sessionColumns+` FROM sessions s JOIN directories d ON d.organization_id = s.organization_id AND d.id = s.directory_id
		WHERE `+letsInto+` AND s.user_id = ? AND s.revoked_at = 0 ORDER BY s.id DESC`, []any{o.id, o.id, userID}, func(scan scanner) error {
		var r sessionRow
		err := scan(r.fields()...)
		list = append(list, r.session())
		return err
	})
	return list, err
}
