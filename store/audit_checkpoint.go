package store

import (
	"context"
	"crypto/ed25519"
	"time"
)

// Checkpoint is the newest block of an organization's chain at some time, signed. Whoever keeps one elsewhere can tell whether
// anything up to there was taken away or made anew, even by somebody who has the whole database.
type Checkpoint struct {
	OrganizationID string
	Seq            int64 // of the block
	At             time.Time
	Hash           [32]byte
	PublicKey      ed25519.PublicKey // with which the signature can be checked
	Signature      []byte
}

// message is what is signed.
func (c Checkpoint) message() []byte {
	return encoding(nil).text(checkpointEncoding, c.OrganizationID).number(c.Seq).time(c.At).bytes(c.Hash[:])
}

// Valid says whether the signature is one by the public key.
func (c Checkpoint) Valid() bool {
	return len(c.PublicKey) == ed25519.PublicKeySize && ed25519.Verify(c.PublicKey, c.message(), c.Signature)
}

// Checkpoint is that of the newest block. ErrNotFound before the chain begins.
func (o *OrganizationScope) Checkpoint(ctx context.Context) (Checkpoint, error) {
	if !o.valid() {
		return Checkpoint{}, ErrNotFound
	}
	blocks, err := o.blocks(ctx, o.id, " ORDER BY seq DESC LIMIT 1")
	if err != nil {
		return Checkpoint{}, err
	}
	b, err := first(blocks, nil)
	if err != nil {
		return Checkpoint{}, err
	}
	c := b.checkpoint()
	return c, o.row(ctx, "SELECT public_key FROM audit_keys WHERE organization_id = ?", []any{o.id}, (*[]byte)(&c.PublicKey))
}
