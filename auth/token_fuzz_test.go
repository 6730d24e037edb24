package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// FuzzSignedToken puts a text in the place of any part of a token that the provider has signed: whatever is accepted still says the same.
func FuzzSignedToken(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	const payload = `{"sub":"alice","aud":"door"}`
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		f.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	keys := &keySet{
		algorithms: []jose.SignatureAlgorithm{jose.RS256}, now: func() time.Time { return now }, fetched: now, forced: now,
		keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}},
	}
	if _, err := keys.VerifySignature(f.Context(), token); err != nil {
		f.Fatalf("the token itself: %v", err)
	}
	f.Add(uint16(0), uint16(0), "")
	f.Add(uint16(0), uint16(strings.Index(token, ".")), "eyJhbGciOiJub25lIn0")          // {"alg":"none"}
	f.Add(uint16(0), uint16(strings.Index(token, ".")), "eyJhbGciOiJIUzI1NiJ9")         // {"alg":"HS256"}
	f.Add(uint16(strings.Index(token, ".")+1), uint16(4), "eyJ9")                       // another payload
	f.Add(uint16(len(token)), uint16(0), "==")                                          // padding
	f.Add(uint16(len(token)), uint16(0), ".x")                                          // a part more
	f.Add(uint16(0), uint16(len(token)), `{"payload":"x","signatures":[{},{}]}`)        // JSON instead
	f.Add(uint16(0), uint16(len(token)), strings.Repeat("a", 2000)+"."+".")             // one long part
	f.Add(uint16(strings.LastIndex(token, ".")), uint16(len(token)), ".")               // no signature
	f.Add(uint16(0), uint16(strings.Index(token, ".")), "eyJhbGciOiJSUzI1NiIsImIiOjF9") // without the key's id
	f.Fuzz(func(t *testing.T, at, length uint16, text string) {
		got, err := keys.VerifySignature(t.Context(), replaced(token, at, length, text))
		if err == nil && string(got) != payload {
			t.Errorf("%q at %d for %d bytes makes of what was signed %s", text, at, length, got)
		}
	})
}

// FuzzTokenTimes gives a token any times: one that is good expires, not long from now, and begins no later than now.
func FuzzTokenTimes(f *testing.F) {
	for _, text := range []string{
		`{"exp":1767323045}`, `{"exp":1767323045,"iat":1767319445,"nbf":1767319445}`, `{}`, `{"exp":null}`, `{"exp":"1767323045"}`, `{"exp":1e300}`, `{"exp":-1}`,
		`{"exp":1767323045,"iat":null}`, `{"exp":1767323045,"nbf":9e99}`, `{"exp":1767323045.5,"iat":[]}`, `{"EXP":1767323045}`, `{"exp":1767323045,"exp":1}`,
	} {
		f.Add([]byte(text))
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at, skew, longest := float64(now.Unix()), signedSkew.Seconds(), signedLasts.Seconds()
	f.Fuzz(func(t *testing.T, payload []byte) {
		var all claims
		if json.Unmarshal(payload, &all) != nil {
			return
		}
		err := checkTimes(all, now)
		if err != nil {
			if !errors.As(err, new(*SignedTokenError)) {
				t.Errorf("%s: %v", payload, err)
			}
			return
		}
		var plain map[string]any
		if err := json.Unmarshal(payload, &plain); err != nil {
			t.Fatal(err)
		}
		expires, _ := plain["exp"].(float64)
		if expires <= at-skew || expires > at+longest+skew {
			t.Errorf("%s is good at %.0f", payload, at)
		}
		for _, name := range []string{"iat", "nbf"} {
			begins, isNumber := plain[name].(float64)
			if _, said := plain[name]; said && (!isNumber || begins > at+skew) {
				t.Errorf("%s is good at %.0f", payload, at)
			}
		}
	})
}

// FuzzGUID spells an object id in any way: what is taken for one is a GUID, in the one spelling by which people are looked up.
func FuzzGUID(f *testing.F) {
	for _, text := range []string{
		"7d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d2", "7D1C4E5B-38AB-4D0B-9A52-0C63E1A7F9D2", "{7d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d2}", "urn:uuid:7d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d2",
		"7d1c4e5b38ab4d0b9a520c63e1a7f9d2", "00000000-0000-0000-0000-000000000000", "7d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d\u0662", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id := canonicalGUID(text)
		if id != "" && (!strings.EqualFold(id, text) || canonicalGUID(id) != id || id == uuid.Nil.String() || strings.ToLower(id) != id || uuid.Validate(id) != nil) {
			t.Errorf("%q becomes %q", text, id)
		}
	})
}

// FuzzClientCertificate reads any header: a certificate comes from a trusted proxy alone, and as a fingerprint.
func FuzzClientCertificate(f *testing.F) {
	own, _, err := NewSAMLKey("program", time.Now())
	if err != nil {
		f.Fatal(err)
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	read := ClientCertificates("Client-Cert", proxies, time.Now)
	for _, value := range []string{"", "::", ":AAAA:", ":" + string(own) + ":", "%", "-----BEGIN%20CERTIFICATE-----", "-----BEGIN CERTIFICATE----- x", strings.Repeat("A", maxCertificate+1)} {
		f.Add("10.1.2.3:4", value)
	}
	f.Fuzz(func(t *testing.T, peer, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header["Client-Cert"] = []string{value}
		fingerprint := read(r)
		at, err := netip.ParseAddrPort(peer)
		if trusted := err == nil && proxies[0].Contains(at.Addr().Unmap()); fingerprint != "" && (!trusted || len(fingerprint) != 64 || len(value) > maxCertificate) {
			t.Errorf("%q of %q is taken for %q", value, peer, fingerprint)
		}
	})
}

// FuzzPasswordHash reads the cost of any stored hash: it is never more than ours, so that a row cannot make the server work for ever.
func FuzzPasswordHash(f *testing.F) {
	for _, text := range []string{"m=65536,t=3,p=1", "m=65537,t=3,p=1", "m=8,t=0,p=1", "m=-1,t=1,p=1", "m=1,t=4294967296,p=1", "m=1,t=1,p=255", "m=01,t=1,p=1", "m=1,t=1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if cost, ok := readCost(text); ok && (cost.memory > hashMemory || cost.passes > hashPasses || cost.passes == 0) {
			t.Errorf("%q costs %+v", text, cost)
		}
		if once := normalPassword(text); normalPassword(once) != once {
			t.Errorf("%q is normalized to %q, and that to %q", text, once, normalPassword(once))
		}
	})
}
