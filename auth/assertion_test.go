package auth

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

func testSigner(t testing.TB) *signer {
	t.Helper()
	keys, err := newAssertionKeys(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return &signer{issuer: "https://door.example.com", keys: keys}
}

func callerWithRole(role string) caller {
	who := caller{visit: store.Visit{User: store.User{ID: "0190a3c8-7c1b-7000-8000-00000000a11c"}, Email: "alice@contoso.com"}}
	who.verdict.Standing.Role = policy.Role{Name: role}
	return who
}

// TestSign_RemembersNoFacts signs for the same person in the same second, before and after something changed.
func TestSign_RemembersNoFacts(t *testing.T) {
	t.Parallel()
	s, now := testSigner(t), time.Unix(1_800_000_000, 0)
	sign := func(at time.Time, role, host string) string {
		t.Helper()
		token, err := s.sign(at, callerWithRole(role), host)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	first := sign(now, "writer", "wiki.example.com")
	if again := sign(now.Add(999*time.Millisecond), "writer", "wiki.example.com"); again != first {
		t.Error("the same claims in the same second were signed differently")
	}
	for what, other := range map[string]string{
		"another role":   sign(now, "reader", "wiki.example.com"),
		"another host":   sign(now, "writer", "mail.example.com"),
		"another second": sign(now.Add(time.Second), "writer", "wiki.example.com"),
	} {
		if other == first {
			t.Errorf("%s has the assertion of before", what)
		}
	}
	most := 0
	for i := range 3 * maxIssued {
		sign(now, string(rune('a'+i%26))+time.Duration(i).String(), "")
		most = max(most, len(s.issued.tokens))
	}
	if most != maxIssued {
		t.Errorf("%d assertions are remembered at most, want %d", most, maxIssued)
	}
}

func TestAssertionKeys_AreOfTheirPeriodAlone(t *testing.T) {
	t.Parallel()
	if _, err := newAssertionKeys(make(ed25519.PrivateKey, ed25519.SeedSize)); !errors.Is(err, errNoKey) {
		t.Errorf("half a key: %v, want %v", err, errNoKey)
	}
	keys, ids := testSigner(t).keys, map[string]bool{}
	begin := time.Unix(0, 0).Add(100 * keySigns)
	for i := range 20 {
		at := begin.Add(time.Duration(i) * keySigns)
		var within []string
		for _, moment := range []time.Time{at, at.Add(keySigns - time.Second)} {
			key, err := keys.at(moment)
			if err != nil {
				t.Fatal(err)
			}
			within = append(within, key.public.KeyID)
		}
		if within[0] != within[1] || ids[within[0]] {
			t.Errorf("in period %d sign the keys %q", i, within)
		}
		ids[within[0]] = true
		if len(keys.made) > 4 {
			t.Fatalf("%d keys are kept", len(keys.made))
		}
	}
}

func BenchmarkSign(b *testing.B) {
	s, now, who := testSigner(b), time.Unix(1_800_000_000, 0), callerWithRole("writer")
	for name, step := range map[string]time.Duration{"in one second": 0, "a second each": time.Second} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				now = now.Add(step)
				if _, err := s.sign(now, who, "wiki.example.com"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
