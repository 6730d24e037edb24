package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"doorlist/store"
)

// heard counts how often a request began to wait and went on.
type heard struct{ waits, goesOn int }

func (h *heard) context(ctx context.Context) context.Context {
	return WithWaiting(ctx, func() func() {
		h.waits++
		return func() { h.goesOn++ }
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// While a provider takes its time, the request that asks it is not worked on, and it is again when the provider fails.
func TestWaiting_ForAProvider(t *testing.T) {
	t.Parallel()
	var h heard
	ctx := h.context(t.Context())
	p := newProviders(transport(func(*http.Request) (*http.Response, error) {
		if h.waits == h.goesOn {
			t.Error("the provider is asked by a request that is worked on")
		}
		return nil, errors.New("the provider is down")
	}), time.Now)
	if _, err := p.find(ctx, store.Connection{ID: "c", Issuer: "https://login.example.com/v2.0"}); err == nil {
		t.Error("a provider was found")
	}
	k := keySet{url: "https://login.example.com/keys", client: p.client, now: time.Now}
	if _, err := k.find(ctx, "id", "RS256"); err == nil {
		t.Error("a key was found")
	}
	if h.waits == 0 || h.waits != h.goesOn {
		t.Errorf("it waited %d times and went on %d times", h.waits, h.goesOn)
	}
}

// A key that is there is waited for by nobody: with each request that gave its place back for nothing, one more would be worked on than there are places.
func TestWaiting_NotForAKeyThatIsThere(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var h heard
	k := keySet{now: time.Now, fetched: time.Now(), keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "id", Algorithm: "RS256"}}}
	if _, err := k.find(h.context(t.Context()), "id", "RS256"); err != nil || h.waits != 0 {
		t.Errorf("it waited %d times, %v; want none", h.waits, err)
	}
}

func TestWaiting_ForTheClock(t *testing.T) {
	t.Parallel()
	var h heard
	d := &door{refusalTakes: time.Millisecond}
	d.settle(h.context(t.Context()), time.Now())
	d.settle(t.Context(), time.Now()) // where nobody counts
	if h.waits != 1 || h.goesOn != 1 {
		t.Errorf("got %+v, want one wait", h)
	}
}
