package store

import (
	"context"
	"time"
)

// SecondFactorRule says who is asked for a second factor behind a password: "owners", "all" or "off".
type SecondFactorRule string

// The rules; what they mean for a person is policy.SecondFactorFor's to say.
const (
	SecondFactorOwners SecondFactorRule = "owners"
	SecondFactorAll    SecondFactorRule = "all"
	SecondFactorOff    SecondFactorRule = "off"
)

// SecondFactor is what decides about, and proves, a user's second factor.
type SecondFactor struct {
	Rule     SecondFactorRule // of the organization
	Secret   string           // shared with the user's app; "" while there is none
	LastStep int64            // of the latest code that was accepted
}

// secondFactorPlace is where a user's secret is sealed for.
func secondFactorPlace(userID string) string { return "second_factors.secret " + userID }

// SecondFactor locks the user, so that of several equal codes at once one is accepted, and tells the second factor.
func (d *DirectoryTx) SecondFactor(userID string) (SecondFactor, error) {
	if _, err := d.lockUser(userID); err != nil {
		return SecondFactor{}, err
	}
	var f SecondFactor
	var sealed []byte
	err := d.tx.get(`SELECT o.second_factor, coalesce(f.secret, ?), coalesce(f.last_step, 0) FROM directories d
		JOIN organizations o ON o.id = ? LEFT JOIN second_factors f ON f.directory_id = d.id AND f.user_id = ?
		WHERE d.organization_id = ? AND d.id = ?`, []any{[]byte{}, d.destination(), userID, d.key.OrganizationID, d.key.DirectoryID}, &f.Rule, &sealed, &f.LastStep)
	if err != nil {
		return SecondFactor{}, err
	}
	f.Secret, err = d.tx.store.sealer.open(sealed, secondFactorPlace(userID))
	return f, err
}

// EnrollSecondFactor gives the user a second factor, proved by a code of the time step, in the place of an earlier one.
// Each recovery code stands in for a code of the app once.
func (d *DirectoryTx) EnrollSecondFactor(userID, secret string, step int64, recovery []string) error {
	u, err := d.lockUser(userID)
	if err != nil {
		return err
	}
	sealed, err := d.tx.store.sealer.seal(secret, secondFactorPlace(userID))
	if err != nil {
		return err
	}
	if _, err := d.removeSecondFactor(userID); err != nil {
		return err
	}
	_, err = d.tx.do("INSERT INTO second_factors (directory_id, user_id, secret, last_step, created_at) VALUES (?, ?, ?, ?, ?)",
		d.key.DirectoryID, userID, sealed, step, micros(d.tx.now))
	if err != nil {
		return err
	}
	d.note("user.second_factor_enrolled", userID, detail{"user_name": u.UserName})
	return d.keepRecoveryCodes(userID, recovery)
}

func (d *DirectoryTx) removeSecondFactor(userID string) (int64, error) {
	if err := d.removeRecoveryCodes(userID); err != nil {
		return 0, err
	}
	return d.tx.do("DELETE FROM second_factors WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID)
}

// UseSecondFactor uses up the code of a time step, and with it all earlier ones. ErrUsed when it is used up already.
func (d *DirectoryTx) UseSecondFactor(userID string, step int64) error {
	u, err := d.lockUser(userID)
	if err != nil {
		return err
	}
	n, err := d.tx.do("UPDATE second_factors SET last_step = ? WHERE directory_id = ? AND user_id = ? AND last_step < ?",
		step, d.key.DirectoryID, userID, step)
	if err == nil && n == 0 {
		return ErrUsed
	}
	d.note("user.second_factor_used", userID, detail{"user_name": u.UserName})
	return err
}

// UseRecoveryCode uses a recovery code up and tells how many are left. ErrNotFound when the user has none like it.
func (d *DirectoryTx) UseRecoveryCode(userID, code string) (left int, err error) {
	u, err := d.lockUser(userID)
	if err != nil {
		return 0, err
	}
	err = d.tx.doOne("UPDATE recovery_codes SET used_at = ? WHERE directory_id = ? AND user_id = ? AND code_hash = ? AND used_at = 0",
		micros(d.tx.now), d.key.DirectoryID, userID, hashSecret(code))
	if err != nil {
		return 0, err
	}
	err = d.tx.get("SELECT count(*) FROM recovery_codes WHERE directory_id = ? AND user_id = ? AND used_at = 0",
		[]any{d.key.DirectoryID, userID}, &left)
	d.note("user.recovery_code_used", userID, detail{"user_name": u.UserName, "left": left})
	return left, err
}

// ResetSecondFactor takes the user's second factor away, so that the next sign-in asks for a new one, and ends the
// user's sessions. ErrNotFound when there is none.
func (d *DirectoryTx) ResetSecondFactor(userID string) error {
	u, err := d.lockUser(userID)
	if err != nil {
		return err
	}
	n, err := d.removeSecondFactor(userID)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	d.note("user.second_factor_reset", userID, detail{"user_name": u.UserName})
	return d.endAccess(userID, "second_factor_reset")
}

// SetSecondFactorRule sets who is asked for a second factor. Repeating it changes nothing.
func (o *OrganizationTx) SetSecondFactorRule(rule SecondFactorRule) (Organization, error) {
	if !oneOf(string(rule), "owners all off") {
		return Organization{}, &InvalidError{"second-factor", "must be owners, all or off"}
	}
	org, changed, err := o.set(SecondFactorSetting, string(rule))
	if err != nil || !changed {
		return org.Organization, err
	}
	o.note("organization.updated", o.id, detail{"before": detail{"second_factor": org.SecondFactor}, "after": detail{"second_factor": rule}})
	org.SecondFactor = rule
	return org.Organization, nil
}

// Challenge is somebody who gave the right password and has yet to give the code.
type Challenge struct {
	Directory DirectoryKey
	UserID    string
	Enrolls   string // the secret of somebody who is about to get a second factor; "" for one who has it
	ReturnTo  string
	ExpiresAt time.Time
}

// challengePlace is where a challenge's secret is sealed for.
func challengePlace(userID string) string { return "challenges.enrolls " + userID }

// StartChallenge keeps a challenge under the SHA-256 of the cookie that binds it to a browser, and forgets those long past.
func (d *DirectoryTx) StartChallenge(secretHash []byte, c Challenge) error {
	u, err := d.lockUser(c.UserID)
	if err != nil {
		return err
	}
	sealed, err := d.tx.store.sealer.seal(c.Enrolls, challengePlace(c.UserID))
	if err != nil {
		return err
	}
	if _, err := d.tx.do("DELETE FROM challenges WHERE expires_at < ?", micros(d.tx.now.Add(-rememberUsed))); err != nil {
		return err
	}
	_, err = d.tx.do(`INSERT INTO challenges (organization_id, secret_hash, directory_id, user_id, enrolls, return_to, expires_at, used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0)`, d.key.OrganizationID, secretHash, d.key.DirectoryID, c.UserID, sealed,
		storable(c.ReturnTo, maxReturnTo), micros(c.ExpiresAt))
	if err == nil {
		d.note("user.second_factor_asked", c.UserID, detail{"user_name": u.UserName, "enrolls": c.Enrolls != ""})
	}
	return err
}

// Challenge finds a challenge. ErrNotFound for one that never was or has expired, ErrUsed for one that was met.
func (s *Store) Challenge(ctx context.Context, secretHash []byte) (Challenge, error) {
	var c Challenge
	var sealed []byte
	var expires, used int64
	err := s.read.row(ctx, "SELECT organization_id, directory_id, user_id, enrolls, return_to, expires_at, used_at FROM challenges WHERE secret_hash = ?",
		[]any{secretHash}, &c.Directory.OrganizationID, &c.Directory.DirectoryID, &c.UserID, &sealed, &c.ReturnTo, &expires, &used)
	if err != nil {
		return Challenge{}, err
	}
	c.ExpiresAt = fromMicros(expires)
	if used != 0 {
		return Challenge{}, ErrUsed
	}
	if !s.Now().Before(c.ExpiresAt) {
		return Challenge{}, ErrNotFound
	}
	c.Enrolls, err = s.sealer.open(sealed, challengePlace(c.UserID))
	return c, err
}

// endChallenges forgets what the user has begun and not met.
func (d *DirectoryTx) endChallenges(userID string) error {
	return d.tx.later("DELETE FROM challenges WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID)
}

// MeetChallenge uses a challenge of the user up. ErrUsed when that was done before, or it is gone or has expired.
func (d *DirectoryTx) MeetChallenge(userID string, secretHash []byte) error {
	if !d.read().valid() || !validID(userID) {
		return ErrNotFound
	}
	n, err := d.tx.do(`UPDATE challenges SET used_at = ? WHERE organization_id = ? AND secret_hash = ? AND directory_id = ? AND user_id = ?
		AND used_at = 0 AND expires_at > ?`, micros(d.tx.now), d.key.OrganizationID, secretHash, d.key.DirectoryID, userID, micros(d.tx.now))
	if err == nil && n == 0 {
		err = ErrUsed
	}
	return err
}
