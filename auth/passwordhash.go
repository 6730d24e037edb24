package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
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

// hashing lets as many hashes be computed at a time as there are processors for this program, which in a container are fewer than the machine has: each
// takes 64 MiB.
var hashing = make(chan struct{}, runtime.GOMAXPROCS(0))

// normalPassword is the form in which a password is hashed: the same key gives different characters on different systems
// (RFC 8265 section 4.2: NFC; NIST SP 800-63B section 5.1.1.2).
func normalPassword(password string) string { return norm.NFC.String(password) }

// hashPassword returns the hash of a password in the PHC string format.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	key, err := deriveKey(ctx, normalPassword(password), salt, fullCost)
	if err != nil {
		return "", err
	}
	return encodeHash(salt, key), nil
}

func encodeHash(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// hashCost is what a hash costs to compute, as it says itself.
type hashCost struct{ memory, passes uint32 }

var fullCost = hashCost{hashMemory, hashPasses}

// readCost reads the cost of a stored hash. Hashes of less than today's cost stay good, so that the cost can be raised;
// one of more could only have come from elsewhere.
func readCost(text string) (c hashCost, ok bool) {
	n, err := fmt.Sscanf(text, "m=%d,t=%d", &c.memory, &c.passes)
	ok = n == 2 && err == nil && c.memory <= hashMemory && c.passes <= hashPasses && c.passes > 0
	return c, ok && text == fmt.Sprintf("m=%d,t=%d,p=%d", c.memory, c.passes, hashThreads)
}

func deriveKey(ctx context.Context, password string, salt []byte, cost hashCost) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		// What a hash needed is garbage at once, and the collector would let several of them lie until the heap has doubled.
		defer func() { runtime.GC(); <-hashing }()
		return argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, hashThreads, hashSize), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// unknownHash is compared with when nobody has the name, so that the answer takes as long as for somebody.
var unknownHash = "$argon2id$v=19$m=65536,t=3,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)

// passwordMatches says whether the password is the one of the hash. A hash of another form matches nothing.
func passwordMatches(ctx context.Context, hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || strings.Join(parts[1:3], "$") != fmt.Sprintf("argon2id$v=%d", argon2.Version) {
		return false, nil
	}
	cost, ok := readCost(parts[3])
	if !ok {
		return false, nil
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) != hashSize {
		return false, nil
	}
	key, err := deriveKey(ctx, normalPassword(password), salt, cost)
	if normal := normalPassword(password); err == nil && normal != password && subtle.ConstantTimeCompare(key, want) == 0 {
		key, err = deriveKey(ctx, password, salt, cost) // hashes from before passwords were normalized stay good
	}
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
