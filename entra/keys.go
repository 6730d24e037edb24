package entra

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"slices"
	"sync"
)

// signingKey is an RSA key with the id under which it is published.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

func newSigningKey() (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return signingKeyOf(private), nil
}

func signingKeyOf(private *rsa.PrivateKey) *signingKey {
	sum := sha256.Sum256(private.N.Bytes())
	return &signingKey{id: b64(sum[:20]), private: private}
}

// sign signs with RSASSA-PKCS1-v1_5, which is RS256 with SHA-256 and RS512 with SHA-512.
func (k *signingKey) sign(hash crypto.Hash, input []byte) ([]byte, error) {
	h := hash.New()
	h.Write(input)
	return rsa.SignPKCS1v15(nil, k.private, hash, h.Sum(nil))
}

// jwk is the public half as Entra publishes it: without "alg", with the issuer that may use the key.
func (k *signingKey) jwk(issuer string) map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "kid": k.id, "x5t": k.id, "issuer": issuer,
		"n": b64(k.private.N.Bytes()), "e": b64(big.NewInt(int64(k.private.E)).Bytes()),
	}
}

// keyRing holds the keys of a server. All tenants share them, as Entra's do: only the issuer tells tenants apart.
type keyRing struct {
	mu        sync.Mutex
	current   *signingKey
	published []*signingKey
	foreign   *signingKey // never published; made when first needed
}

// newKeyRing begins with the given key, or with a new one.
func newKeyRing(first *rsa.PrivateKey) (*keyRing, error) {
	if first == nil {
		made, err := newSigningKey()
		if err != nil {
			return nil, err
		}
		first = made.private
	}
	k := signingKeyOf(first)
	return &keyRing{current: k, published: []*signingKey{k}}, nil
}

// rotate signs with a new key from now on and publishes it; with withdraw the earlier ones are no longer published.
func (r *keyRing) rotate(withdraw bool) error {
	k, err := newSigningKey()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = k
	if withdraw {
		r.published = nil
	}
	r.published = append(r.published, k)
	return nil
}

func (r *keyRing) signing() *signingKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

func (r *keyRing) all() []*signingKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.published)
}

func (r *keyRing) attacker() (*signingKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.foreign != nil {
		return r.foreign, nil
	}
	k, err := newSigningKey()
	r.foreign = k
	return k, err
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func b64Standard(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
