package store

import "context"

// RecoveryCodesLeft counts the recovery codes that a user has not used yet. ErrNotFound for a user without a second factor.
func (d *Directory) RecoveryCodesLeft(ctx context.Context, userID string) (left int, err error) {
	if !d.valid() || !validID(userID) {
		return 0, ErrNotFound
	}
	err = d.row(ctx, `SELECT (SELECT count(*) FROM recovery_codes r WHERE r.directory_id = f.directory_id AND r.user_id = f.user_id AND r.used_at = 0)
		FROM second_factors f JOIN directories d ON d.id = f.directory_id WHERE d.organization_id = ? AND d.id = ? AND f.user_id = ?`,
		[]any{d.key.OrganizationID, d.key.DirectoryID, userID}, &left)
	return left, err
}

// RenewRecoveryCodes puts recovery codes in the place of all that the user had. ErrNotFound for a user without a second
// factor.
func (d *DirectoryTx) RenewRecoveryCodes(userID string, codes []string) error {
	u, err := d.lockUser(userID)
	if err != nil {
		return err
	}
	if _, err := d.read().RecoveryCodesLeft(d.tx.ctx, userID); err != nil {
		return err
	}
	if err := d.removeRecoveryCodes(userID); err != nil {
		return err
	}
	d.note("user.recovery_codes_renewed", userID, detail{"user_name": u.UserName})
	return d.keepRecoveryCodes(userID, codes)
}

func (d *DirectoryTx) keepRecoveryCodes(userID string, codes []string) error {
	for _, code := range codes {
		_, err := d.tx.do("INSERT INTO recovery_codes (directory_id, user_id, code_hash, used_at) VALUES (?, ?, ?, 0)",
			d.key.DirectoryID, userID, hashSecret(code))
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *DirectoryTx) removeRecoveryCodes(userID string) error {
	_, err := d.tx.do("DELETE FROM recovery_codes WHERE directory_id = ? AND user_id = ?", d.key.DirectoryID, userID)
	return err
}
