package auth_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestAssertions_KeysRotate follows two nodes over two months, half a day at a time: whoever fetched the keys half a day ago can
// verify what either node signs.
func TestAssertions_KeysRotate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		nodes := []*browser{w.browser(), w.browser()}
		nodes[1].base = w.open(s).URL
		keySet := func(b *browser) (set jose.JSONWebKeySet) {
			w.must(json.Unmarshal([]byte(b.get("/.well-known/jwks.json").body), &set))
			return set
		}
		signers, most := map[string]bool{}, 0
		yesterday := keySet(nodes[0])
		for range 61 * 2 {
			w.clock.Advance(12*time.Hour - time.Minute) // never just a multiple of a day
			nodes[0].mustSignIn()
			nodes[1].client.Jar = nodes[0].client.Jar
			today := keySet(nodes[1])
			for _, b := range nodes {
				raw := b.get("/auth/verify").Header.Get("X-Doorlist-Assertion")
				token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
				w.must(err)
				id := token.Headers[0].KeyID
				signers[id] = true
				for _, set := range []jose.JSONWebKeySet{yesterday, today} {
					if keys := set.Key(id); len(keys) != 1 || !keys[0].IsPublic() || token.Claims(keys[0], &jwt.Claims{}) != nil {
						t.Fatalf("at %v the key %s is not among %+v", w.clock.Now(), id, set)
					}
				}
			}
			if most = max(most, len(today.Keys)); len(today.Keys) == 0 {
				t.Fatal("no key is published")
			}
			yesterday = today
		}
		if len(signers) != 3 || most != 2 {
			t.Errorf("%d keys signed and %d were published at most; want 3 within two months, and 2 around a change", len(signers), most)
		}
	})
}

// TestAssertions_AreForOneHost: a page of one application can add headers to its own requests, and must not get an
// assertion that is good at another.
func TestAssertions_AreForOneHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting)
	b := w.browser()
	b.mustSignIn()
	for _, c := range []struct {
		header map[string]string
		want   string
	}{
		{nil, ""},
		{map[string]string{"X-Forwarded-Host": "Wiki.contoso.com:8443"}, "wiki.contoso.com"},
		{map[string]string{"X-Forwarded-Host": "wiki.contoso.com", "X-Forwarded-Uri": "/", "X-Original-URL": "https://wiki.contoso.com/x"}, "wiki.contoso.com"},
		{map[string]string{"X-Forwarded-Host": "wiki.contoso.com", "X-Forwarded-Uri": "/", "X-Original-URL": "https://bank.contoso.com/"}, ""},
	} {
		raw := b.do(http.MethodGet, "/auth/verify", c.header).Header.Get("X-Doorlist-Assertion")
		token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
		w.must(err)
		var registered jwt.Claims
		w.must(token.UnsafeClaimsWithoutVerification(&registered))
		got := ""
		if len(registered.Audience) == 1 {
			got = registered.Audience[0]
		}
		if got != c.want {
			t.Errorf("%v: got the audience %q, want %q", c.header, got, c.want)
		}
	}
}
