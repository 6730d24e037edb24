package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
)

// auditKeyPlace is where a key is sealed for.
func auditKeyPlace(organizationID string) string { return "audit_keys.seed " + organizationID }

// errNoAuditKey: the organization has no chain yet.
var errNoAuditKey = errors.New("the organization's trail has no key yet")

// errForgedAuditKey: nobody but us can seal a key, so what is there instead is another's.
var errForgedAuditKey = errors.New("the key of the organization's trail is not the one that was sealed")

// auditKey is the key that signs an organization's chain: errNoAuditKey before the chain begins, ErrSealed when the master key
// does not open it.
func (c conn) auditKey(ctx context.Context, s *sealer, organizationID string) (ed25519.PrivateKey, error) {
	var public, sealed []byte
	err := c.row(ctx, "SELECT public_key, seed FROM audit_keys WHERE organization_id = ?", []any{organizationID}, &public, &sealed)
	if errors.Is(err, ErrNotFound) {
		return nil, errNoAuditKey
	}
	if err != nil {
		return nil, err
	}
	seed, err := s.open(sealed, auditKeyPlace(organizationID))
	if err != nil {
		return nil, fmt.Errorf("the key that signs the audit trail: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errForgedAuditKey
	}
	key := ed25519.NewKeyFromSeed([]byte(seed))
	if !publicKey(key).Equal(ed25519.PublicKey(public)) {
		return nil, errForgedAuditKey
	}
	return key, nil
}

func publicKey(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// makeAuditKey gives an organization its key. made is false when it has one already.
func (c conn) makeAuditKey(ctx context.Context, s *sealer, organizationID string) (key ed25519.PrivateKey, made bool, err error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, false, err
	}
	sealed, err := s.seal(string(key.Seed()), auditKeyPlace(organizationID))
	if err != nil {
		return nil, false, err
	}
	n, err := c.exec(ctx, "INSERT INTO audit_keys (organization_id, public_key, seed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		organizationID, []byte(public), sealed)
	return key, n > 0, err
}

// CheckMasterKey says whether the master key is the one that the audit trails were begun with: ErrSealed if not. What is written with
// another one would look as if nobody of ours had written it.
func (s *Store) CheckMasterKey(ctx context.Context) error {
	_, err := s.read.auditKey(ctx, &s.sealer, originID)
	if errors.Is(err, errNoAuditKey) {
		return nil
	}
	return err
}
