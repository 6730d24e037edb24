package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestSCIMWays_AreAllThatProveTheProvider(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		contoso, clock := w.Organization(w.contoso.ID), storetest.ClockOf(t, w.Store)
		ways := func(want int) []store.SCIMWay {
			t.Helper()
			list, err := contoso.SCIMWays(t.Context(), clock.Now())
			if err != nil || len(list) != want {
				t.Fatalf("the ways are %+v, %v; want %d", list, err, want)
			}
			progress, err := contoso.Progress(t.Context(), clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range progress {
				if p.ConnectionID == w.entra.ID && p.Ways != want {
					t.Errorf("the progress tells of %d ways, want %d", p.Ways, want)
				}
			}
			return list
		}
		comesBy := func(list []store.SCIMWay, want string, ends time.Time) {
			t.Helper()
			if got, err := store.SCIMWayInUse(list, w.entra.ID); err != nil || got.ID != want || !got.ExpiresAt.Equal(ends) {
				t.Errorf("it comes by %+v, %v; want %s until %v", got, err, want, ends)
			}
		}
		if _, err := store.SCIMWayInUse(ways(0), w.entra.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("without any: %v, want ErrNotFound", err)
		}
		days := func(n int) time.Time { return storetest.Start.AddDate(0, 0, n) }
		token, secret := w.createToken(days(10))
		client := w.createClient(store.Client{Label: "job"})
		comesBy(ways(1), token.ID, days(10)) // a client without a secret is no way
		w.addSecret(client, days(20))
		_, newer := w.addSecret(client, days(40))
		comesBy(ways(2), client.ID, days(40))
		signing := w.createClient(store.Client{Federation: store.Federation{Subject: "s", Audience: "a"}})
		comesBy(ways(3), signing.ID, time.Time{})
		if err := w.access(func(a *store.SCIMAccess) { a.EntraTokens = true }); err != nil {
			t.Fatal(err)
		}
		ways(4)

		for _, use := range []struct {
			secret, id string
			ends       time.Time
		}{{secret, token.ID, days(10)}, {w.issue(client, newer), client.ID, days(40)}} {
			clock.Advance(2 * time.Minute)
			if _, err := w.Credential(t.Context(), use.secret, "192.0.2.7"); err != nil {
				t.Fatal(err)
			}
			comesBy(ways(4), use.id, use.ends)
		}
		progress, err := contoso.Progress(t.Context(), clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range progress {
			if p.ConnectionID == w.entra.ID && !p.LastPush.Equal(clock.Now()) {
				t.Errorf("the last push is of %v, want that of the client at %v", p.LastPush, clock.Now())
			}
		}
		clock.Set(days(30))
		comesBy(ways(3), client.ID, days(40))
		if err := w.inContoso(func(o *store.OrganizationTx) error { return o.RevokeClient(client.ID) }); err != nil {
			t.Fatal(err)
		}
		ways(2)
	})
}
