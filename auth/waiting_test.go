package auth

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

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
