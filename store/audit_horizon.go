package store

import (
	"context"
	"crypto/ed25519"
)

// horizon is where a chain begins whose older blocks were removed: the last of those, signed.
type horizon Checkpoint

func (h horizon) message() []byte {
	return encoding(nil).text(horizonEncoding, h.OrganizationID).number(h.Seq).time(h.At).bytes(h.Hash[:])
}

func (h horizon) valid(key ed25519.PublicKey) bool {
	return ed25519.Verify(key, h.message(), h.Signature)
}

// horizon reads an organization's horizon; ErrNotFound when nothing was ever removed.
func (c conn) horizon(ctx context.Context, organization string) (horizon, error) {
	h := horizon{OrganizationID: organization}
	var at int64
	var hash []byte
	err := c.row(ctx, "SELECT seq, at, hash, signature FROM audit_horizons WHERE organization_id = ?", []any{organization}, &h.Seq, &at, &hash, &h.Signature)
	h.At = fromMicros(at)
	if err == nil && len(hash) == len(h.Hash) {
		h.Hash = digest(hash)
	}
	return h, err
}
