package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"doorlist/store"
)

// assertionAlgorithms are the signatures that we know, all with a public key: an algorithm with a shared secret would make a
// public key, or a client secret, one with which anybody can sign.
var assertionAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// tokenAlgorithms are those that a connection's ID tokens may be signed with: what discovery promises of those that we know.
// Entra's is RS256 alone. Every provider must support that one (OpenID Connect Core section 15.1).
func tokenAlgorithms(kind store.ConnectionKind, promised []string) []jose.SignatureAlgorithm {
	var list []jose.SignatureAlgorithm
	if kind == store.OIDCConnection {
		for _, a := range assertionAlgorithms {
			if slices.Contains(promised, string(a)) {
				list = append(list, a)
			}
		}
	}
	if len(list) == 0 {
		return []jose.SignatureAlgorithm{jose.RS256}
	}
	return list
}

// assertionAlgorithm signs client assertions with an RSA key: PS256, as Entra wants it, unless discovery names others and
// not that one.
func assertionAlgorithm(promised []string) jose.SignatureAlgorithm {
	if len(promised) == 0 || slices.Contains(promised, string(jose.PS256)) {
		return jose.PS256
	}
	return jose.RS256
}

// signsWith says whether a key is one for an algorithm. A key that names its own algorithm is good for no other (RFC 7517
// section 4.4).
func signsWith(key *jose.JSONWebKey, algorithm jose.SignatureAlgorithm) bool {
	if key.Algorithm != "" && key.Algorithm != string(algorithm) {
		return false
	}
	switch algorithm {
	case jose.EdDSA:
		_, ok := key.Key.(ed25519.PublicKey)
		return ok
	case jose.ES256, jose.ES384, jose.ES512:
		public, ok := key.Key.(*ecdsa.PublicKey)
		return ok && public.Curve.Params().BitSize == curveBits[algorithm]
	}
	_, ok := key.Key.(*rsa.PublicKey)
	return ok
}

var curveBits = map[jose.SignatureAlgorithm]int{jose.ES256: 256, jose.ES384: 384, jose.ES512: 521}

func texts(algorithms []jose.SignatureAlgorithm) []string {
	var list []string
	for _, a := range algorithms {
		list = append(list, string(a))
	}
	return list
}
