package entra_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"doorlist/entra"
)

// TestMisbehavior_CarefulApplication ranges over the whole table: a careful application must turn the person away
// exactly where the table does not say that the misbehavior is harmless.
func TestMisbehavior_CarefulApplication(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	s.subject, _ = s.mustSignIn(rita)["sub"].(string)
	for _, m := range entra.Misbehaviors() {
		t.Run(m.Name, func(t *testing.T) {
			if err := s.server.Misbehave(m.Name, 1); err != nil {
				t.Fatal(err)
			}
			_, err := s.signIn(rita)
			// Slowness harms only those who wait less than the half minute.
			harmless := m.Harmless || m.Name == "token-endpoint-slow"
			if harmless != (err == nil) {
				t.Errorf("%s\nharmless: %v; the sign-in ended with: %v", m.Does, harmless, err)
			}
			if _, err := s.signIn(rita); err != nil {
				t.Errorf("the sign-in after it: %v; it was to happen once", err)
			}
		})
	}
}

// TestMisbehavior_WhatTheLibraryCatches pins which ones go-oidc refuses by itself; the rest is the application's.
func TestMisbehavior_WhatTheLibraryCatches(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	for _, name := range []string{
		"alg-none", "signature-missing", "foreign-key", "unknown-key", "hs256-public-key", "rs512", "expired", "expiry-missing",
		"not-yet-valid", "audience-wrong", "issuer-other-tenant", "issuer-template", "tenant-foreign", "keys-withdrawn",
		"keys-down", "keys-huge",
	} {
		if err := s.server.Misbehave(name, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.signIn(rita); err == nil || !strings.HasPrefix(err.Error(), "go-oidc: ") {
			t.Errorf("%s: got %v, want a refusal by go-oidc", name, err)
		}
	}
	if err := s.server.Misbehave("expired", 1); err != nil {
		t.Fatal(err)
	}
	var expired *oidc.TokenExpiredError
	if _, err := s.signIn(rita); !errors.As(err, &expired) {
		t.Errorf("expired: got %v, want TokenExpiredError", err)
	}
}

func TestMisbehavior_RotationUnderALongLivedKeySet(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	s.keys = oidc.NewRemoteKeySet(s.context(), s.url+"/"+s.tenant.ID+"/discovery/v2.0/keys")
	s.mustSignIn(rita)
	for _, name := range []string{"keys-rotated", "keys-replaced"} {
		if err := s.server.Misbehave(name, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.signIn(rita); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.server.Misbehave("keys-down", entra.Lasting); err != nil {
		t.Fatal(err)
	}
	if _, err := s.signIn(rita); err != nil {
		t.Errorf("with cached keys and the key set down: %v", err)
	}
}

func TestMisbehavior_OnceSeveralTimesLasting(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	fails := func() bool { _, err := s.signIn(rita); return err != nil }
	for _, test := range []struct {
		times int
		want  []bool
	}{{1, []bool{true, false}}, {2, []bool{true, true, false}}, {entra.Lasting, []bool{true, true, true}}} {
		if err := s.server.Misbehave("nonce-wrong", test.times); err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			if got := fails(); got != want {
				t.Errorf("%d times: sign-in %d failed: %v, want %v", test.times, i+1, got, want)
			}
		}
	}
	s.server.Behave()
	if fails() {
		t.Error("sign-in fails after Behave")
	}
	for name, times := range map[string]int{"unheard-of": 1, "expired": 0, "alg-none": -2} {
		if err := s.server.Misbehave(name, times); err == nil {
			t.Errorf("Misbehave(%q, %d) is accepted", name, times)
		}
	}
}

func TestMisbehavior_ForeignTenantIsTheStranger(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	if err := s.server.Misbehave("tenant-foreign", 1); err != nil {
		t.Fatal(err)
	}
	_, body := s.redeem(s.tenant, s.code(rita))
	claims := claimsOf(t, body)
	if claims["tid"] != s.stranger.ID || claims["iss"] != s.url+"/"+s.stranger.ID+"/v2.0" {
		t.Errorf("tid %v, iss %v; want those of %s", claims["tid"], claims["iss"], s.stranger.ID)
	}
}

func TestMisbehavior_TableIsWellFormed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range entra.Misbehaviors() {
		steps := 0
		for _, set := range []bool{m.Token != nil, m.Metadata != nil, m.Keys != nil, m.Redeem != nil, m.Callback != nil} {
			if set {
				steps++
			}
		}
		if seen[m.Name] || m.Name == "" || !strings.HasSuffix(m.Does, ".") || steps != 1 {
			t.Errorf("%q: a row needs a name of its own, a sentence and one function, has %d", m.Name, steps)
		}
		seen[m.Name] = true
	}
}

// claimsOf reads the ID token of a token answer without verifying it.
func claimsOf(t *testing.T, body map[string]any) map[string]any {
	t.Helper()
	token, _ := body["id_token"].(string)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no ID token in %v", body)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
