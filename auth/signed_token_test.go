package auth_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"doorlist/auth"
	"doorlist/store/storetest"
)

// provider signs as Entra does: every tenant with the same key.
type provider struct {
	w    *world
	kid  string
	key  *rsa.PrivateKey
	base map[string]any // the claims of a good token
}

const (
	workload   = "0f8fad5b-d9cb-469f-a165-70867728950e"
	program    = "21ec2020-3aea-4069-a2dd-08002b30309d"
	scimTokens = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
)

func newProvider(w *world) *provider {
	w.t.Helper()
	res := w.browser().get(w.idp.URL + "/" + tenantID + "/discovery/v2.0/keys")
	var set struct{ Keys []struct{ Kid string } }
	w.must(json.Unmarshal([]byte(res.body), &set))
	now := w.clock.Now().Unix()
	return &provider{w: w, kid: set.Keys[0].Kid, key: signingKey(), base: map[string]any{
		"iss": w.idp.URL + "/" + tenantID + "/v2.0", "tid": tenantID, "sub": workload, "oid": workload, "aud": program,
		"azp": program, "iat": now - 300, "nbf": now - 300, "exp": now + 3600, "uti": "x",
	}}
}

// sign makes a JWS in compact form (RFC 7515 section 7.1) of the good claims and changes to them; nil takes one away.
func (p *provider) sign(changes map[string]any) string {
	p.w.t.Helper()
	return p.compact(map[string]any{"alg": "RS256", "typ": "JWT", "kid": p.kid}, changes, func(input []byte) []byte {
		sum := sha256.Sum256(input)
		signature, err := rsa.SignPKCS1v15(nil, p.key, crypto.SHA256, sum[:])
		p.w.must(err)
		return signature
	})
}

func (p *provider) compact(header, changes map[string]any, sign func([]byte) []byte) string {
	p.w.t.Helper()
	all := maps.Clone(p.base)
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	var parts []string
	for _, part := range []any{header, all} {
		text, err := json.Marshal(part)
		p.w.must(err)
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	input := strings.Join(parts, ".")
	return input + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(input)))
}

// forgeries are tokens that nobody with the provider's key has signed like that.
func (p *provider) forgeries() map[string]string {
	p.w.t.Helper()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	p.w.must(err)
	rs := func(key *rsa.PrivateKey, hash crypto.Hash) func([]byte) []byte {
		return func(input []byte) []byte {
			h := hash.New()
			h.Write(input)
			signature, err := rsa.SignPKCS1v15(nil, key, hash, h.Sum(nil))
			p.w.must(err)
			return signature
		}
	}
	hs := func(input []byte) []byte {
		mac := hmac.New(sha256.New, p.key.N.Bytes())
		mac.Write(input)
		return mac.Sum(nil)
	}
	good := p.sign(nil)
	head, _, _ := strings.Cut(good, ".")
	return map[string]string{
		"another key":          p.compact(map[string]any{"alg": "RS256", "kid": p.kid}, nil, rs(other, crypto.SHA256)),
		"an unknown key id":    p.compact(map[string]any{"alg": "RS256", "kid": "x"}, nil, rs(p.key, crypto.SHA256)),
		"RS512":                p.compact(map[string]any{"alg": "RS512", "kid": p.kid}, nil, rs(p.key, crypto.SHA512)),
		"HS256":                p.compact(map[string]any{"alg": "HS256", "kid": p.kid}, nil, hs),
		"none":                 p.compact(map[string]any{"alg": "none", "kid": p.kid}, nil, func([]byte) []byte { return nil }),
		"a key of its own":     p.compact(map[string]any{"alg": "RS256", "jwk": map[string]any{"kty": "RSA"}}, nil, rs(other, crypto.SHA256)),
		"a critical extension": p.compact(map[string]any{"alg": "RS256", "kid": p.kid, "crit": []string{"x"}, "x": 1}, nil, rs(p.key, crypto.SHA256)),
		"other claims":         head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"x"}`)) + good[strings.LastIndex(good, "."):],
		"a cut signature":      good[:len(good)-4],
		"dots":                 strings.Repeat(".", 5000),
		"too long":             p.sign(map[string]any{"x": strings.Repeat("x", 8<<10)}),
	}
}

// wrongTimes are what is wrong with the times of a token, by the clock of a provider a minute from ours.
func (p *provider) wrongTimes() map[string]map[string]any {
	now := p.w.clock.Now().Unix()
	return map[string]map[string]any{
		"expired": {"exp": now - 61}, "no expiry": {"exp": nil}, "an expiry that is no number": {"exp": "tomorrow"}, "good for ever": {"exp": now + 1e9},
		"not yet good": {"nbf": now + 62}, "issued in the future": {"iat": now + 62}, "a broken iat": {"iat": "x"}, "issued long ago": {"iat": now - 1e6},
		"an expiry out of range": {"exp": 1e300},
	}
}

func TestCheckEntra(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := newProvider(w)
	p.base["aud"], p.base["iss"], p.base["appid"] = scimTokens, "https://sts.windows.net/"+tenantID+"/", program
	signed := auth.NewSignedTokens(nil, w.store.Now)
	check := func(app, token string) error { return signed.CheckEntra(t.Context(), w.conn, app, token) }
	for _, app := range []string{"", program, strings.ToUpper(program)} {
		if err := check(app, p.sign(nil)); err != nil {
			t.Errorf("app %q: %v", app, err)
		}
	}
	if err := check(program, p.sign(map[string]any{"appid": nil, "azp": program, "iss": w.conn.Issuer})); err != nil {
		t.Errorf("version 2.0: %v", err)
	}
	wrong := p.wrongTimes()
	maps.Copy(wrong, map[string]map[string]any{
		"another tenant": {"tid": otherTenant}, "another tenant's token": {"tid": otherTenant, "iss": "https://sts.windows.net/" + otherTenant + "/"},
		"another issuer": {"iss": "https://sts.windows.net/" + otherTenant + "/"}, "no tenant": {"tid": nil},
		"another audience": {"aud": program}, "no audience": {"aud": nil}, "the audience of old applications": {"aud": "00000002-0000-0000-c000-000000000000"},
		"another application": {"appid": workload}, "no application": {"appid": nil, "azp": nil},
	})
	tokens := p.forgeries()
	for what, changes := range wrong {
		tokens[what] = p.sign(changes)
	}
	for what, token := range tokens {
		err := check(program, token)
		if _, bad := err.(*auth.SignedTokenError); !bad {
			t.Errorf("%s: %v, want it refused", what, err)
		}
	}
	w.idp.Close()
	if _, bad := auth.NewSignedTokens(nil, w.store.Now).CheckEntra(t.Context(), w.conn, "", p.sign(nil)).(*auth.SignedTokenError); bad {
		t.Error("keys that cannot be had are the token's fault")
	}
}
