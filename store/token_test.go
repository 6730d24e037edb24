package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) createToken(expires time.Time) (token store.Token, secret string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		token, secret, err = tx.Organization(w.contoso.ID).CreateToken(w.entra.ID, "Entra", expires)
		return err
	})
	return token, secret
}

func TestCredential_NamesTheConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		expires := storetest.Start.Add(time.Hour)
		token, secret := w.createToken(expires)
		got, err := w.Credential(t.Context(), secret, "192.0.2.1")
		want := store.Credential{Kind: store.TokenCredential, TokenID: token.ID, Label: "Entra", Scopes: store.AllScopes, Connection: w.entra, Directory: pushedKey(w.entra), ExpiresAt: expires}
		if err != nil || got != want {
			t.Errorf("Credential = %+v, %v; want %+v", got, err, want)
		}
		if !strings.HasPrefix(secret, store.TokenPrefix) || len(secret) < 40 {
			t.Errorf("secret = %q, want dls_ and 256 bits", secret)
		}
		for _, table := range tableNames(t, w.Store) {
			for _, row := range w.rows("SELECT * FROM " + table) {
				if text := rowText(table, row); strings.Contains(text, secret[4:]) {
					t.Errorf("the token stands in clear in %s", text)
				}
			}
		}
		for _, wrong := range []string{"", "dls_", secret + "x", secret[:len(secret)-1], strings.ToUpper(secret), secret[4:], token.ID, "dls_\x00\xff"} {
			if _, err := w.Credential(t.Context(), wrong, "192.0.2.1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Credential(%q) = %v, want ErrNotFound", wrong, err)
			}
		}
	})
}

func TestCredential_EndsAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		node := storetest.Second(t, w.Store)
		works := func(secret string) bool {
			_, err := node.Credential(t.Context(), secret, "192.0.2.1")
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
			return err == nil
		}
		_, expiring := w.createToken(storetest.Start.Add(time.Hour))
		revoked, revokedSecret := w.createToken(time.Time{})
		_, lasting := w.createToken(time.Time{})
		if !works(expiring) || !works(revokedSecret) || !works(lasting) {
			t.Fatal("a new token does not work")
		}
		revoke := func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RevokeToken(revoked.ID) }
		w.must(revoke)
		w.must(revoke)
		if works(revokedSecret) {
			t.Error("a revoked token works")
		}
		storetest.ClockOf(t, w.Store).Set(storetest.Start.Add(time.Hour - time.Microsecond))
		if !works(expiring) {
			t.Error("a token has ended before its time")
		}
		storetest.ClockOf(t, w.Store).Advance(time.Microsecond)
		if works(expiring) {
			t.Error("an expired token works")
		}
		off := w.entra
		off.Enabled = false
		w.must(func(tx *store.Tx) error { _, err := tx.Organization(w.contoso.ID).UpdateConnection(off); return err })
		if works(lasting) {
			t.Error("a token of a connection that is off works")
		}
		if got, want := w.actions(w.contoso, revoked.ID), []string{"token.created", "token.revoked"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestCredential_RemembersItsUseOnceAMinute(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, secret := w.createToken(time.Time{})
		used := func(after time.Duration) time.Time {
			storetest.ClockOf(t, w.Store).Set(storetest.Start.Add(after))
			if _, err := w.Credential(t.Context(), secret, "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			list, err := w.Organization(w.contoso.ID).Tokens(t.Context())
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			return list[0].LastUsedAt
		}
		for _, c := range []struct{ after, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {90 * time.Second, time.Minute}} {
			if got, want := used(c.after), storetest.Start.Add(c.want); !got.Equal(want) {
				t.Errorf("used after %v: last use %v, want %v", c.after, got, want)
			}
		}
	})
}

func TestCreateToken_MustNotHaveExpired(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, expires := range []time.Time{storetest.Start, storetest.Start.Add(-time.Hour)} {
			err := w.inContoso(func(o *store.OrganizationTx) error {
				_, _, err := o.CreateToken(w.entra.ID, "", expires)
				return err
			})
			refusedFor(t, "an expiry in the past", err, "expires", "future")
		}
	})
}

func TestTokens_ListsAllOfTheOrganization(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, _ := w.createToken(storetest.Start.Add(time.Hour))
		second, _ := w.createToken(time.Time{})
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RevokeToken(second.ID) })
		second.RevokedAt = storetest.Start
		got, err := w.Organization(w.contoso.ID).Tokens(t.Context())
		if want := []store.Token{first, second}; err != nil || !slices.Equal(got, want) {
			t.Errorf("Tokens = %+v, %v; want %+v", got, err, want)
		}
	})
}
