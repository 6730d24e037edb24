package store_test

import (
	"errors"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestWatch_FromWhenUntilWhen(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx, clock := t.Context(), storetest.ClockOf(t, w.Store)
		watched := func(what string, wantSince, wantUntil time.Time) {
			t.Helper()
			since, until, err := w.Organization(w.contoso.ID).Watched(ctx, w.entra.ID)
			if err != nil || !since.Equal(wantSince) || !until.Equal(wantUntil) {
				t.Errorf("%s: from %v to %v, %v; want from %v to %v", what, since, until, err, wantSince, wantUntil)
			}
		}
		watch := func() {
			t.Helper()
			if err := w.Watch(ctx, w.entra, w.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		watched("never", time.Time{}, time.Time{})
		first := w.Now()
		watch()
		watched("looking", first, first.Add(time.Minute))
		clock.Advance(30 * time.Second)
		watch()
		watched("looking on", first, first.Add(90*time.Second))
		clock.Advance(time.Hour)
		watch()
		watched("looking anew", w.Now(), w.Now().Add(time.Minute))
		gone := w.entra
		gone.ID = w.other.ID // of another organization
		if err := w.Watch(ctx, gone, w.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, until, err := w.Organization(w.contoso.ID).Watched(ctx, w.other.ID); err != nil || !until.IsZero() {
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
