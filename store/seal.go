package store

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// MasterKeySize is the length of Options.MasterKey in bytes.
const MasterKeySize = chacha20poly1305.KeySize

// ErrSealed: a secret cannot be opened or kept because the master key is missing or another one.
var ErrSealed = errors.New("the master key is missing, or is not the one that the secrets were sealed with")

// sealer keeps the secrets that must be read back, so that a copy of the database alone does not reveal them.
type sealer struct {
	aead     cipher.AEAD
	previous cipher.AEAD // opens what aead does not, while the key is being replaced; or nil
}

func (s *sealer) init(key, previous []byte) (err error) {
	if s.aead, err = newAEAD("master-key", key); err != nil {
		return err
	}
	s.previous, err = newAEAD("master-key-previous", previous)
	return err
}

// newAEAD is nil without a key.
func newAEAD(field string, key []byte) (cipher.AEAD, error) {
	if len(key) == 0 {
		return nil, nil
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, &InvalidError{field, "must be 32 bytes in base64, as made by: openssl rand -base64 32"}
	}
	return aead, nil
}

// seal encrypts a secret for one place (which row and column it is for), so that a sealed value cannot be moved elsewhere.
func (s *sealer) seal(secret, place string) ([]byte, error) {
	if secret == "" {
		return []byte{}, nil
	}
	if s.aead == nil {
		return nil, ErrSealed
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return s.aead.Seal(nonce, nonce, []byte(secret), []byte(place)), nil
}

func (s *sealer) open(sealed []byte, place string) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	secret, err := openWith(s.aead, sealed, place)
	if err != nil {
		secret, err = openWith(s.previous, sealed, place)
	}
	return secret, err
}

// openWith opens with one key; ErrSealed without one.
func openWith(aead cipher.AEAD, sealed []byte, place string) (string, error) {
	if aead == nil || len(sealed) < aead.NonceSize() {
		return "", ErrSealed
	}
	n := aead.NonceSize()
	secret, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return "", ErrSealed
	}
	return string(secret), nil
}

// hashSecret is the form in which bearer secrets are kept. They are 256 random bits, so a plain hash is enough.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
