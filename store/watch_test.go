package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestWatch_RecordsWhileSomebodyLooks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, clock := t.Context(), storetest.ClockOf(t, w.Store)
		record := func(target string) {
			t.Helper()
			if err := w.RecordExchange(ctx, w.entra, store.Exchange{Method: "GET", Target: target, Status: 200, Detail: "\x00\xff", Address: "::1"}); err != nil {
				t.Fatal(err)
			}
		}
		kept := func() []store.Exchange {
			t.Helper()
			list, err := w.Organization(w.contoso.ID).Exchanges(ctx, w.entra.ID)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		record("before")
		if got := kept(); len(got) != 0 {
			t.Errorf("while nobody looks: %v", got)
		}
		if err := w.Watch(ctx, w.entra, w.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for i := range 105 {
			record(fmt.Sprint(i))
		}
		if got := kept(); len(got) != 100 || got[0].Target != "104" || got[99].Target != "5" {
			t.Errorf("kept %d, from %q", len(got), got[0].Target)
		}
		if err := w.Watch(ctx, w.entra, w.Now().Add(2*time.Minute)); err != nil || len(kept()) != 100 {
			t.Errorf("looking on: %d kept, %v", len(kept()), err)
		}
		clock.Advance(3 * time.Minute)
		record("late")
		if got := kept(); got[0].Target != "104" {
			t.Errorf("afterwards: %q", got[0].Target)
		}
		if err := w.Watch(ctx, w.entra, w.Now().Add(time.Minute)); err != nil || len(kept()) != 0 {
			t.Errorf("looking anew: %d kept, %v", len(kept()), err)
		}
		gone := w.entra
		gone.ID = w.other.ID // of another organization
		if err := w.Watch(ctx, gone, w.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if until, err := w.Organization(w.contoso.ID).WatchedUntil(ctx, w.other.ID); err != nil || !until.IsZero() {
			t.Errorf("another organization's connection is watched until %v, %v", until, err)
		}
	})
}

func TestRefusedConnection_IsTheOneThatWasMeant(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		var token store.Token
		var secret string
		w.must(func(tx *store.Tx) (err error) {
			if token, secret, err = tx.Organization(w.contoso.ID).CreateToken(w.entra.ID, "old", time.Time{}); err != nil {
				return err
			}
			return tx.Organization(w.contoso.ID).RevokeToken(token.ID)
		})
		for _, named := range []string{"", w.entra.Slug} {
			if _, err := w.RefusedConnection(ctx, named, secret); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q while nobody looks: %v", named, err)
			}
		}
		if err := w.Watch(ctx, w.entra, w.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct{ named, token, want string }{
			{"", secret, w.entra.ID}, {"", "dls_other", ""}, {w.entra.Slug, "", w.entra.ID}, {w.entra.ID, "", w.entra.ID},
			{w.other.Slug, secret, ""}, {"\x00", secret, ""},
		} {
			c, err := w.RefusedConnection(ctx, tc.named, tc.token)
			if c.ID != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%q with %q: %q, %v", tc.named, tc.token, c.ID, err)
			}
		}
	})
}

func TestConsent_IsGoodOnceAndInTime(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, clock := t.Context(), storetest.ClockOf(t, w.Store)
		session := randomTarget().Session
		start := func(state, slug string) error {
			return w.StartConsent(ctx, state, store.Consent{OrganizationID: w.contoso.ID, SessionID: session, Slug: slug, Name: "Microsoft", ExpiresAt: w.Now().Add(time.Minute)})
		}
		var invalid *store.InvalidError
		var conflict *store.ConflictError
		if err := start("a", "Not a slug"); !errors.As(err, &invalid) {
			t.Errorf("a bad slug: %v", err)
		}
		if err := start("a", w.entra.Slug); !errors.As(err, &conflict) || conflict.Field != "slug" {
			t.Errorf("a taken slug: %v", err)
		}
		for _, state := range []string{"once", "late"} {
			if err := start(state, "new"); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := w.ConsumeConsent(ctx, "once"); err != nil || c.SessionID != session || c.Slug != "new" || c.OrganizationID != w.contoso.ID {
			t.Errorf("the first time: %+v, %v", c, err)
		}
		clock.Advance(time.Minute)
		for _, state := range []string{"once", "late", "never", ""} {
			if c, err := w.ConsumeConsent(ctx, state); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q: %+v, %v", state, c, err)
			}
		}
	})
}
