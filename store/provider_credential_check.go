package store

import (
	"crypto/rsa"
	"crypto/sha1" // #nosec G505 -- Entra names certificates by it; nothing is decided by it
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"path/filepath"
	"strings"
	"time"
)

const (
	maxClientSecret = 4096 // bytes
	minRSABits      = 2048
	maxLabel        = 200 // bytes
)

// complete refuses a credential that cannot work with a connection, and reads a certificate's expiry.
func (c ProviderCredential) complete(to Connection, secret string, now time.Time) (ProviderCredential, error) {
	var err error
	switch c.Kind {
	case SecretCredential:
		c.Certificate, c.TokenFile, err = "", "", checkClientSecret(to, secret)
	case CertificateCredential:
		c.TokenFile = ""
		c.ExpiresAt, err = checkCertificate(c.Certificate, secret)
	case FederatedCredential:
		c.Certificate, c.ExpiresAt, err = "", time.Time{}, checkTokenFile(c.TokenFile, secret)
	default:
		err = &InvalidError{"kind", "must be secret, certificate or federated"}
	}
	if err != nil {
		return c, err
	}
	if c.Method != "" && (c.Kind != SecretCredential || !oneOf(c.Method, "basic post")) {
		return c, &InvalidError{"method", "must be basic or post, and is for secrets alone"}
	}
	if len(c.Label) > maxLabel {
		return c, &InvalidError{"label", "must have at most 200 bytes"}
	}
	if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(now) {
		return c, &InvalidError{"expires", "is past: the provider would not take that credential any more"}
	}
	c.ExpiresAt = fromMicros(micros(c.ExpiresAt))
	return c, nil
}

// checkClientSecret refuses what cannot be the secret. In Entra's portal the ID of a secret stands beside its value, and is
// what people paste (argoproj/argo-helm#2244); Entra then answers AADSTS7000215 at every sign-in.
func checkClientSecret(to Connection, secret string) error {
	if to.Kind == EntraConnection && isGUID(secret) {
		return &InvalidError{"client-secret", "is a GUID, which is the ID of the secret: copy the Value from the column beside it; if it is hidden, make a new secret"}
	}
	if secret == "" || len(secret) > maxClientSecret || strings.TrimSpace(secret) != secret {
		return &InvalidError{"client-secret", "must be the application's secret, without blanks around it"}
	}
	return nil
}

func checkCertificate(certificate, key string) (expires time.Time, err error) {
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		return time.Time{}, &InvalidError{"certificate", "and its private key must be in PEM and belong together"}
	}
	public, ok := pair.Leaf.PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < minRSABits {
		return time.Time{}, &InvalidError{"certificate", "must have an RSA key of at least 2048 bits, the only kind that Entra takes"}
	}
	return pair.Leaf.NotAfter, nil
}

// Thumbprints are the certificate's SHA-1 in upper-case hexadecimal, as Entra shows it, and its SHA-256 in lower case; "" for
// other kinds of credentials.
func (c ProviderCredential) Thumbprints() (short, long string) {
	block, _ := pem.Decode([]byte(c.Certificate))
	if block == nil {
		return "", ""
	}
	one, two := sha1.Sum(block.Bytes), sha256.Sum256(block.Bytes) // #nosec G401 -- for people to compare with what Entra shows
	return strings.ToUpper(hex.EncodeToString(one[:])), hex.EncodeToString(two[:])
}

func checkTokenFile(path, secret string) error {
	if !filepath.IsAbs(path) || secret != "" {
		return &InvalidError{"token-file", "must be the absolute path of the file that holds the assertion, such as the value of AZURE_FEDERATED_TOKEN_FILE"}
	}
	return nil
}
