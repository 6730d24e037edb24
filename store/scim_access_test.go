package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
)

const fingerprint = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// access changes what the connection entra demands.
func (w *world) access(change func(a *store.SCIMAccess)) error {
	return w.inContoso(func(o *store.OrganizationTx) error { return o.ChangeSCIMAccess(w.entra.ID, change) })
}

func TestSCIMAccess_IsSpelledInOneWay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 2 {
			err := w.access(func(a *store.SCIMAccess) {
				a.Networks = "2001:db8::1/32, 192.0.2.7/24 ::ffff:198.51.100.4,192.0.2.0/24"
				a.Certificates = strings.ToUpper(fingerprint[:2]) + ":" + fingerprint[2:]
				a.EntraTokens, a.EntraApp = true, strings.ToUpper(tenantID)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		got, err := w.Organization(w.contoso.ID).SCIMAccess(t.Context(), w.entra.ID)
		want := store.SCIMAccess{Networks: "192.0.2.0/24 198.51.100.4/32 2001:db8::/32", Certificates: fingerprint, EntraTokens: true, EntraApp: tenantID}
		if err != nil || got != want {
			t.Errorf("SCIMAccess = %+v, %v; want %+v", got, err, want)
		}
		if got, want := w.actions(w.contoso, w.entra.ID), []string{"connection.created", "connection.credential_added", "connection.scim_access_changed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		_, secret := w.createToken(time.Time{})
		if c, err := w.Credential(t.Context(), secret, ""); err != nil || c.Access != want {
			t.Errorf("Credential says %+v, %v; want %+v", c.Access, err, want)
		}
	})
}

func TestSCIMAccess_RefusesWhatCannotBeMeant(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for field, change := range map[string]func(a *store.SCIMAccess){
			"scim-allow":       func(a *store.SCIMAccess) { a.Networks = "192.0.2.0/33" },
			"list":             func(a *store.SCIMAccess) { a.Networks = manyAddresses(201) },
			"scim-client-cert": func(a *store.SCIMAccess) { a.Certificates = fingerprint[1:] },
			"scim-entra-app":   func(a *store.SCIMAccess) { a.EntraApp = "provisioning" },
		} {
			refusedFor(t, field, w.access(change), field, "")
		}
		err := w.inContoso(func(o *store.OrganizationTx) error {
			return o.ChangeSCIMAccess(w.okta.ID, func(a *store.SCIMAccess) { a.EntraTokens = true })
		})
		refusedFor(t, "Entra's tokens at another provider", err, "scim-entra-token", "only Entra")
	})
}

func manyAddresses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "10.0.%d.%d ", i/256, i%256)
	}
	return b.String()
}

func TestSCIMAccess_AllowsAddress(t *testing.T) {
	t.Parallel()
	a := store.SCIMAccess{Networks: "192.0.2.0/24 2001:db8::/32"}
	for address, want := range map[string]bool{
		"192.0.2.255": true, "192.0.3.0": false, "::ffff:192.0.2.1": true, "2001:db8::5": true, "2001:db8::5%eth0": true, "2001:db9::": false, "": false, "here": false,
	} {
		if got := a.AllowsAddress(address); got != want {
			t.Errorf("AllowsAddress(%q) = %v, want %v", address, got, want)
		}
	}
	if !(store.SCIMAccess{}).AllowsAddress("here") {
		t.Error("no list does not mean everywhere")
	}
}

func TestRecordWriter_AlarmsOnceForEachAddress(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		token, secret := w.createToken(time.Time{})
		for _, c := range []struct {
			address          string
			known, elsewhere bool
		}{
			{"192.0.2.1", false, false}, {"192.0.2.1", true, false}, {"192.0.2.2", false, true},
			{"2001:db8::1", false, true}, {"2001:db8::2", true, false}, // one network has countless addresses
		} {
			credential, err := w.Credential(t.Context(), secret, c.address)
			if err != nil || credential.KnownWriter != c.known {
				t.Errorf("%s: known %v, %v; want %v", c.address, credential.KnownWriter, err, c.known)
			}
			w.must(func(tx *store.Tx) error {
				elsewhere, err := tx.Organization(w.contoso.ID).RecordWriter(credential, c.address)
				if elsewhere != c.elsewhere {
					t.Errorf("%s: elsewhere %v, want %v", c.address, elsewhere, c.elsewhere)
				}
				return err
			})
		}
		if got, want := w.actions(w.contoso, token.ID), []string{"token.created", "token.new_address", "token.new_address", "token.new_address"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}

func TestEntraCredential_IsOffByDefault(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		found := func() (ways []string) {
			t.Helper()
			for way, find := range map[string]func() (store.Credential, error){
				"slug": func() (store.Credential, error) { return w.EntraCredential(t.Context(), "entra", "") },
				"id":   func() (store.Credential, error) { return w.EntraCredential(t.Context(), w.entra.ID, "") },
				"tenant": func() (store.Credential, error) {
					return w.EntraCredentialOfTenant(t.Context(), strings.ToUpper(tenantID), "")
				},
			} {
				c, err := find()
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Fatal(err)
				}
				if err == nil && (c.Connection != w.entra || c.TokenID != w.entra.ID || c.Directory != pushedKey(w.entra) || c.Scopes != store.AllScopes) {
					t.Errorf("%s: %+v", way, c)
				}
				if err == nil {
					ways = append(ways, way)
				}
			}
			slices.Sort(ways)
			return ways
		}
		if got := found(); got != nil {
			t.Errorf("found by %v before it was switched on", got)
		}
		on := func(a *store.SCIMAccess) { a.EntraTokens = true }
		if err := w.access(on); err != nil {
			t.Fatal(err)
		}
		if got, want := found(), []string{"id", "slug", "tenant"}; !slices.Equal(got, want) {
			t.Errorf("found by %v, want %v", got, want)
		}
		// The connection of another organization has the same tenant: it alone no longer says which is meant.
		w.must(func(tx *store.Tx) error { return tx.Organization(w.fabrikam.ID).ChangeSCIMAccess(w.other.ID, on) })
		if got, want := found(), []string{"id", "slug"}; !slices.Equal(got, want) {
			t.Errorf("found by %v, want %v", got, want)
		}
		for _, name := range []string{"", "okta", "nobody", "\x00"} {
			if _, err := w.EntraCredential(t.Context(), name, ""); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("EntraCredential(%q) = %v, want ErrNotFound", name, err)
			}
		}
	})
}
