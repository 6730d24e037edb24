package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash: more than the 19 MiB and two passes that OWASP's cheat sheet asks for, because local
// people are few.
const (
	hashMemory  = 64 << 10 // KiB
	hashPasses  = 3
	hashThreads = 1
	hashSize    = 32
	saltSize    = 16
)

// Limits of a password, in characters (OWASP ASVS 5.0, 6.2). There are no rules about kinds of characters.
const (
	minPassword = 12
	maxPassword = 256
)

// hashing lets as many hashes be computed at a time as there are processors: each takes 64 MiB.
var hashing = make(chan struct{}, runtime.NumCPU())

// hashPassword returns the hash of a password in the PHC string format.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	key, err := deriveKey(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

func deriveKey(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
		return argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashThreads, hashSize), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// unknownHash is compared with when nobody has the name, so that the answer takes as long as for somebody.
var unknownHash = "$argon2id$v=19$m=65536,t=3,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)

// passwordMatches says whether the password is the one of the hash. A hash of another form matches nothing.
func passwordMatches(ctx context.Context, hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || strings.Join(parts[1:4], "$") != fmt.Sprintf("argon2id$v=%d$m=%d,t=%d,p=%d", argon2.Version, hashMemory, hashPasses, hashThreads) {
		return false, nil
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) != hashSize {
		return false, nil
	}
	key, err := deriveKey(ctx, password, salt)
	return err == nil && subtle.ConstantTimeCompare(key, want) == 1, err
}

// WeakPasswordError refuses a new password.
type WeakPasswordError struct{ Message string } // what to choose instead

func (e *WeakPasswordError) Error() string { return e.Message }

// HashPassword checks a new password of a person by the rules for passwords and returns its hash in the PHC string format. It
// waits while others are hashing. *WeakPasswordError for a password that breaks the rules.
func HashPassword(ctx context.Context, userName, password string) (string, error) {
	if fault := passwordFault(password, password, userName); fault != "" {
		return "", &WeakPasswordError{fault}
	}
	return hashPassword(ctx, password)
}

// passwordFault says what is wrong with a new password; "" when nothing is.
func passwordFault(password, repeated, userName string) string {
	n := utf8.RuneCountInString(password)
	local, _, _ := strings.Cut(strings.ToLower(userName), "@")
	switch {
	case n < minPassword:
		return fmt.Sprintf("Choose at least %d characters. A few words in a row are easy to remember.", minPassword)
	case n > maxPassword:
		return fmt.Sprintf("Choose at most %d characters.", maxPassword)
	case password != repeated:
		return "The two passwords are not the same. Type both again."
	case strings.Contains(strings.ToLower(password), local) && len(local) > 3, strings.Count(password, password[:1]) == len(password):
		return "That password is easy to guess. Choose another one."
	}
	return ""
}
