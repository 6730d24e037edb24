package entra

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"
)

// tokenMisbehaviors break the envelope of the ID token: algorithm, key and signature.
var tokenMisbehaviors = []Misbehavior{
	{Name: "alg-none", Does: "The ID token is unsigned and says so (alg none).", Token: func(t *IDToken) {
		t.Header["alg"] = "none"
		delete(t.Header, "kid")
		t.Sign = func([]byte) ([]byte, error) { return nil, nil }
	}},
	{Name: "signature-missing", Does: "The ID token claims RS256 but has an empty signature.", Token: func(t *IDToken) {
		t.Sign = func([]byte) ([]byte, error) { return nil, nil }
	}},
	{Name: "foreign-key", Does: "The ID token is signed by a stranger who borrows the published key id.", Token: func(t *IDToken) {
		t.signAsAttacker()
	}},
	{Name: "unknown-key", Does: "The ID token is signed by a stranger under a key id that was never published.", Token: func(t *IDToken) {
		t.signAsAttacker()
		t.Header["kid"] = "never-published"
	}},
	{Name: "hs256-public-key", Does: "The ID token is signed by HMAC with the public key as the secret (algorithm confusion).", Token: func(t *IDToken) {
		key := t.server.keys.signing()
		t.Header["alg"] = "HS256"
		t.Sign = func(input []byte) ([]byte, error) { return hmacWithPublicKey(key, input) }
	}},
	{Name: "rs512", Does: "The ID token is properly signed, but with RS512, which was not announced.", Token: func(t *IDToken) {
		key := t.server.keys.signing()
		t.Header["alg"] = "RS512"
		t.Sign = func(input []byte) ([]byte, error) { return key.sign(crypto.SHA512, input) }
	}},
	{Name: "keys-rotated", Does: "The signing key is replaced after the application fetched the keys; the new one is published.", Harmless: true, Token: func(t *IDToken) {
		t.signAfterRotation(false)
	}},
	{Name: "keys-replaced", Does: "The signing key is replaced and the old one withdrawn, as after an emergency.", Harmless: true, Token: func(t *IDToken) {
		t.signAfterRotation(true)
	}},
	{Name: "token-huge", Does: "The ID token carries 300 KB of a claim that nobody asked for.", Harmless: true, Token: func(t *IDToken) {
		t.Claims["xms_padding"] = strings.Repeat("x", 300<<10)
	}},
	{Name: "expired", Does: "The ID token expired one second ago.", Token: func(t *IDToken) {
		t.Claims["exp"] = t.now.Add(-time.Second).Unix()
	}},
	{Name: "expiry-missing", Does: "The ID token never expires.", Token: func(t *IDToken) { delete(t.Claims, "exp") }},
	{Name: "issued-in-future", Does: "The ID token was issued an hour from now.", Token: func(t *IDToken) {
		t.Claims["iat"] = t.now.Add(time.Hour).Unix()
	}},
	{Name: "not-yet-valid", Does: "The ID token is valid from an hour from now.", Token: func(t *IDToken) {
		t.Claims["nbf"] = t.now.Add(time.Hour).Unix()
	}},
}

func (t *IDToken) signAsAttacker() {
	key, err := t.server.keys.attacker()
	t.Sign = func(input []byte) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return key.sign(crypto.SHA256, input)
	}
}

func (t *IDToken) signAfterRotation(withdraw bool) {
	err := t.server.keys.rotate(withdraw)
	key := t.server.keys.signing()
	t.Header["kid"] = key.id
	t.Sign = func(input []byte) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return key.sign(crypto.SHA256, input)
	}
}

// hmacWithPublicKey does what a naive verifier would accept: it takes the PEM form of the public key for a secret.
func hmacWithPublicKey(key *signingKey, input []byte) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.private.PublicKey)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write(input)
	return mac.Sum(nil), nil
}
