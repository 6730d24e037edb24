package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
)

// TestPasswordMatches_CostOfTheHash: a hash from a time of lower cost stays good. None may cost more than ours, or be of
// a form that only looks like ours.
func TestPasswordMatches_CostOfTheHash(t *testing.T) {
	t.Parallel()
	const password = "a password from long ago"
	salt := []byte("0123456789abcdef")
	key := base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, 1, 8, 1, hashSize))
	for text, want := range map[string]bool{
		"v=19$m=8,t=1,p=1": true, "v=19$m=8,t=2,p=1": false, "v=19$m=131072,t=1,p=1": false, "v=19$m=8,t=4,p=1": false,
		"v=19$m=8,t=0,p=1": false, "v=19$m=8,t=1,p=2": false, "v=18$m=8,t=1,p=1": false, "v=19$m=08,t=1,p=1": false,
		"v=19$m=8,t=1": false, "v=19$": false, "v=19$m=-1,t=1,p=1": false, "v=19$m=8,t=1,p=1,x": false,
	} {
		hash := fmt.Sprintf("$argon2id$%s$%s$%s", text, base64.RawStdEncoding.EncodeToString(salt), key)
		if got, err := passwordMatches(t.Context(), hash, password); got != want || err != nil {
			t.Errorf("%s: %t, %v; want %t", text, got, err, want)
		}
		if got, _ := passwordMatches(t.Context(), hash, password+"x"); got {
			t.Errorf("%s: another password matches", text)
		}
	}
}

// The answer about somebody whom nobody knows takes as long only if the made-up hash costs what a real one does.
func TestUnknownHash_CostsWhatOthersDo(t *testing.T) {
	t.Parallel()
	hash, err := hashPassword(t.Context(), "four words in a row")
	if err != nil {
		t.Fatal(err)
	}
	own, made := strings.Split(hash, "$"), strings.Split(unknownHash, "$")
	if len(made) != len(own) || len(unknownHash) != len(hash) || made[1] != own[1] || made[2] != own[2] || made[3] != own[3] {
		t.Errorf("the made-up hash is %s, a real one %s", unknownHash, hash)
	}
}

// However many people sign in at once, no more hashes are computed than there are processors: who comes beyond that waits, and only as long as they like.
func TestHashing_NoMoreThanProcessors(t *testing.T) {
	t.Parallel()
	if cap(hashing) != runtime.GOMAXPROCS(0) {
		t.Fatalf("%d at once, want %d", cap(hashing), runtime.GOMAXPROCS(0))
	}
	for range cap(hashing) {
		hashing <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, hashed := hashPassword(ctx, "four words in a row")
	_, matched := passwordMatches(ctx, unknownHash, "four words in a row")
	for range cap(hashing) {
		<-hashing
	}
	if !errors.Is(hashed, context.DeadlineExceeded) || !errors.Is(matched, context.DeadlineExceeded) {
		t.Errorf("beside as many as there are processors: %v, %v; want that neither was computed", hashed, matched)
	}
	if _, err := hashPassword(t.Context(), "four words in a row"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
