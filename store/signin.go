package store

import (
	"context"
	"errors"
	"time"
)

// SignIn is a sign-in that was sent to a provider and has not come back.
type SignIn struct {
	OrganizationID string
	ConnectionID   string
	AdmitsTo       string // the organization that it lets into: the connection's own, or one below it
	Nonce          string
	Verifier       string // PKCE
	Browser        []byte // SHA-256 of the cookie that binds it to a browser
	ReturnTo       string
	TestSession    string // of the administrator who tries the connection out; "" for a sign-in that lets somebody in
	Fresh          bool   // the person has to prove anew who they are
	StartedAt      time.Time
	ExpiresAt      time.Time
}

// maxReturnTo bounds the path that a sign-in remembers.
const maxReturnTo = 4096

// rememberUsed is how long a used or expired sign-in is kept, so that a replay is known for what it is.
const rememberUsed = time.Hour

// StartSignIn keeps a sign-in under its state, of which only a hash is kept, and forgets sign-ins long past.
func (s *Store) StartSignIn(ctx context.Context, state string, n SignIn) error {
	if !validID(n.OrganizationID) || !validID(n.ConnectionID) {
		return ErrNotFound
	}
	_, err := s.bookkeep(ctx, `INSERT INTO sign_ins (organization_id, state_hash, connection_id, admits_to, nonce, verifier, browser, return_to, test_session,
		fresh, started_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, n.OrganizationID, hashSecret(state), n.ConnectionID, nullID(n.AdmitsTo), n.Nonce, n.Verifier,
		n.Browser, storable(n.ReturnTo, maxReturnTo), n.TestSession, n.Fresh, micros(n.StartedAt), micros(n.ExpiresAt))
	if err != nil {
		return err
	}
	_, err = s.bookkeep(ctx, "DELETE FROM sign_ins WHERE expires_at < ?", micros(s.Now().Add(-rememberUsed)))
	return err
}

// ConsumeSignIn returns the sign-in of a state and makes the state unusable. ErrNotFound for a state that was never
// given or is long past; ErrUsed, with the sign-in, for one that was used before. Whether it has expired or is another
// browser's is for the caller to judge.
func (s *Store) ConsumeSignIn(ctx context.Context, state string) (SignIn, error) {
	hash := hashSecret(state)
	n, err := s.bookkeep(ctx, "UPDATE sign_ins SET used_at = ? WHERE state_hash = ? AND used_at = 0", micros(s.Now()), hash)
	if err != nil {
		return SignIn{}, err
	}
	var in SignIn
	var started, expires int64
	err = s.read.row(ctx, `SELECT organization_id, connection_id, coalesce(admits_to, organization_id), nonce, verifier, browser, return_to, test_session, fresh, started_at, expires_at FROM sign_ins
		WHERE state_hash = ?`, []any{hash}, &in.OrganizationID, &in.ConnectionID, &in.AdmitsTo, &in.Nonce, &in.Verifier, &in.Browser, &in.ReturnTo, &in.TestSession, &in.Fresh, &started, &expires)
	in.StartedAt, in.ExpiresAt = fromMicros(started), fromMicros(expires)
	if err == nil && n == 0 {
		err = ErrUsed
	}
	return in, err
}

// SignInState is what sign-in remembers of a user beside the record.
type SignInState struct {
	Subject  string // the provider's pairwise subject seen at the first sign-in; "" before it
	ClientID string // the application that the subject belongs to
}

// SignInState returns what is remembered of the user's earlier sign-ins.
func (d *DirectoryTx) SignInState(userID string) (SignInState, error) {
	var st SignInState
	if !d.read().valid() || !validID(userID) {
		return st, ErrNotFound
	}
	err := d.tx.get("SELECT subject, subject_client FROM users WHERE directory_id = ? AND id = ?", []any{d.key.DirectoryID, userID},
		&st.Subject, &st.ClientID)
	return st, err
}

// UsersByGUID locks and returns the users whose external id is the GUID, however it is spelled. Directories do not keep
// external ids unique, so there may be several: then nobody can be recognized by it. Users who are parted are found by this and the
// next two where there is nobody else.
func (d *DirectoryTx) UsersByGUID(guid string) ([]User, error) {
	if !isGUID(guid) {
		return nil, nil
	}
	return withoutParted(d.lockUsers("u.external_key = ?", externalKey(guid)))
}

// UsersByExternalID locks and returns the users with exactly this external id.
func (d *DirectoryTx) UsersByExternalID(externalID string) ([]User, error) {
	if externalID == "" || !isStorable(externalID) {
		return nil, nil
	}
	return withoutParted(d.lockUsers("u.external_id = ?", externalID))
}

// UserByName locks and returns the user with the userName, compared under Fold.
func (d *DirectoryTx) UserByName(name string) (User, error) {
	if name == "" || !isStorable(name) {
		return User{}, ErrNotFound
	}
	return first(withoutParted(d.lockUsers("u.user_name_key = ?", Fold(name))))
}

// fewUsers bounds a look-up that should find one.
const fewUsers = 10

func (d *DirectoryTx) lockUsers(condition string, args ...any) ([]User, error) {
	if !d.read().valid() {
		return nil, nil
	}
	var list []User
	err := d.tx.rows(d.tx.ctx, "SELECT "+userColumns+" FROM users u WHERE u.directory_id = ? AND "+condition+" ORDER BY u.id LIMIT ?"+d.tx.d.forUpdate,
		append(append([]any{d.key.DirectoryID}, args...), fewUsers), func(scan scanner) error {
			u, err := scanUser(scan)
			list = append(list, u)
			return err
		})
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return list, err
}
