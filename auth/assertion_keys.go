package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Assertions are signed by one key after the other. A key is published for a day before it signs, so that every
// application that keeps keys has it by then, and for a day after, which outlasts the assertions and the differences of
// the nodes' clocks.
const (
	keySigns     = 30 * 24 * time.Hour
	keyPublished = 24 * time.Hour
)

var errNoKey = errors.New("the key that signs assertions is missing or no Ed25519 key")

// assertionKeys derives the keys from one secret, by the number of the period that they sign in. So all nodes have the
// same ones at the same time, without a word to each other, and nothing has to be stored.
type assertionKeys struct {
	secret []byte

	mu   sync.Mutex
	made map[int64]assertionKey
}

// assertionKey is one of the keys.
type assertionKey struct {
	signer jose.Signer
	public jose.JSONWebKey
}

func newAssertionKeys(root ed25519.PrivateKey) (*assertionKeys, error) {
	if len(root) != ed25519.PrivateKeySize {
		return nil, errNoKey
	}
	return &assertionKeys{secret: root.Seed(), made: map[int64]assertionKey{}}, nil
}

func periodOf(t time.Time) int64 { return t.Unix() / int64(keySigns/time.Second) }

// at is the key that signs at a time.
func (k *assertionKeys) at(t time.Time) (assertionKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	period := periodOf(t)
	if key, ok := k.made[period]; ok {
		return key, nil
	}
	key, err := k.make(period)
	if err != nil {
		return assertionKey{}, err
	}
	if len(k.made) > 3 { // the one before, this one and the next are in use
		clear(k.made)
	}
	k.made[period] = key
	return key, nil
}

// published are the public keys that are or may be in use around a time.
func (k *assertionKeys) published(now time.Time) (jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	last := periodOf(now.Add(keyPublished))
	for period := periodOf(now.Add(-keyPublished)); period <= last; period++ {
		key, err := k.at(time.Unix(period*int64(keySigns/time.Second), 0))
		if err != nil {
			return set, err
		}
		set.Keys = append(set.Keys, key.public)
	}
	return set, nil
}

func (k *assertionKeys) make(period int64) (assertionKey, error) {
	seed, err := hkdf.Key(sha256.New, k.secret, nil, fmt.Sprintf("assertion key of period %d", period), ed25519.SeedSize)
	if err != nil {
		return assertionKey{}, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: string(jose.EdDSA), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return assertionKey{}, err
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", public.KeyID)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: private}, options)
	return assertionKey{signer: s, public: public}, err
}
