package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
)

func TestCanonicalDomain(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"contoso.com": "contoso.com", "CONTOSO.Com": "contoso.com", "bücher.example": "xn--bcher-kva.example",
		"BÜCHER.example": "xn--bcher-kva.example", "xn--bcher-kva.example": "xn--bcher-kva.example", "ｃontoso.com": "contoso.com",
		"": "", "contoso": "", "contoso.com.": "contoso.com", "contoso.com..": "", "com.": "", ".com": "", "a..b": "", "con toso.com": "", "contoso.com:80": "",
		"contoso.com/x": "", "[192.0.2.1]": "", "contoso\x00.com": "", "\xff.com": "", strings.Repeat("a", 64) + ".com": "",
		strings.Repeat("a.", 200) + "com": "",
	}
	for raw, want := range cases {
		if got := store.CanonicalDomain(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestDomainOf(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"alice@contoso.com": "contoso.com", "Alice.O'Neil+x@CONTOSO.com": "contoso.com", "a@evil.example@contoso.com": "",
		`"a@evil.example"@contoso.com`: "", "alice": "", "@contoso.com": "", "alice@": "", "+1 555 0100": "",
	}
	for address, want := range cases {
		if got := store.DomainOf(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

// leads are the slugs of the connections to which a domain leads.
func (w *world) leads(domain string) (slugs []string) {
	w.t.Helper()
	found, err := w.Leads(context.Background(), domain)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range found {
		slugs = append(slugs, l.Connection.Slug)
	}
	return slugs
}

func TestLeads_ByDomain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		want := func(domain string, slugs ...string) {
			t.Helper()
			if got := w.leads(domain); !slices.Equal(got, slugs) {
				t.Errorf("%q leads to %q, want %q", domain, got, slugs)
			}
		}
		want("contoso.com", "entra", "okta", "other")
		w.setDomains(w.entra, "Contoso.com", " contoso.de ", "contoso.com", "")
		want("contoso.com", "entra")
		want("contoso.de", "entra")
		want("mail.contoso.com", "okta", "other")
		want("", "okta", "other")
		w.setDomains(w.okta, "contoso.com")
		want("contoso.com", "entra", "okta")
		w.setDomains(w.other, "fabrikam.com")
		want("nobody.example")
		w.setDomains(w.entra)
		want("contoso.com", "okta")
		want("nobody.example", "entra")
	})
}

func (w *world) setDomains(c store.Connection, domains ...string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) error { return tx.Organization(c.OrganizationID).SetConnectionDomains(c.ID, domains) })
}

func TestLeads_TellWhatHoldsForEverybody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.setDomains(w.entra, "contoso.com")
		find := func() store.Lead {
			t.Helper()
			found, err := w.Leads(t.Context(), "contoso.com")
			if err != nil || len(found) != 1 {
				t.Fatalf("Leads = %v, %v; want one", found, err)
			}
			found[0].Connection = store.Connection{}
			return found[0]
		}
		want := store.Lead{Organization: "Contoso", Mode: store.SSOAll}
		if got := find(); got != want {
			t.Errorf("at first = %+v, want %+v", got, want)
		}
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		var outage store.Outage
		w.must(func(tx *store.Tx) (err error) {
			o := tx.Organization(w.contoso.ID)
			if err := o.SetSSOChoice(w.entra.DirectoryID, alice, "off"); err != nil {
				return err
			}
			outage, err = o.StartOutage("", "", time.Hour, []store.OutagePerson{{DirectoryID: w.entra.DirectoryID, UserID: alice}})
			return err
		})
		want.Exceptions, want.Outage = true, true
		if got := find(); got != want {
			t.Errorf("with an exception and an outage = %+v, want %+v", got, want)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).EndOutage(outage.ID) })
		want.Outage = false
		if got := find(); got != want {
			t.Errorf("after the outage = %+v, want %+v", got, want)
		}
	})
}

func TestSetConnectionDomains_RefusesWhatSaysNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		set := func(domains ...string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.SetConnectionDomains(w.entra.ID, domains) })
		}
		refusedFor(t, "a public domain", set("contoso.com", "GMAIL.com"), "domain", "anybody")
		refusedFor(t, "no domain", set("contoso"), "domain", "contoso.com")
		refusedFor(t, "an address", set("alice@contoso.com"), "domain", "contoso.com")
		w.setDomains(w.other, "fabrikam.com")
		var refused *store.RefusedError
		if err := set("fabrikam.com"); !errors.As(err, &refused) {
			t.Errorf("another organization's domain = %v, want a refusal", err)
		}
		claims, err := w.Organization(w.contoso.ID).Domains(t.Context())
		if err != nil || len(claims) != 0 {
			t.Errorf("after refusals: %v, %v; want none", claims, err)
		}
	})
}

// TestSetConnectionDomains_ByTwoOrganizationsAtOnce: neither finds a claim of the other when it looks.
func TestSetConnectionDomains_ByTwoOrganizationsAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rivals := []store.Connection{w.entra, w.other}
		var claimed atomic.Int32
		errs := together(2, func(i int) error {
			return w.write(func(tx *store.Tx) error {
				if err := tx.Organization(rivals[i].OrganizationID).SetConnectionDomains(rivals[i].ID, []string{"contoso.com"}); err != nil {
					return err
				}
				// Wait until both have claimed it, which must not come about.
				claimed.Add(1)
				for wait := 0; claimed.Load() < 2 && wait < 100; wait++ {
					time.Sleep(2 * time.Millisecond)
				}
				return nil
			})
		})
		var refused *store.RefusedError
		if (errs[0] == nil) == (errs[1] == nil) || !errors.As(errors.Join(errs...), &refused) {
			t.Errorf("the claims came to %v; want one, and the other refused", errs)
		}
	})
}

func TestSetConnectionDomains_IsAuditedAndGoesWithTheConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.setDomains(w.entra, "contoso.com")
		w.setDomains(w.entra, "contoso.com")
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: w.entra.ID})
		if err != nil {
			t.Fatal(err)
		}
		var details []string
		for _, e := range events {
			if e.Action == "connection.domains_changed" {
				details = append(details, e.Detail)
			}
		}
		if want := []string{`{"after":["contoso.com"],"before":[]}`}; !slices.Equal(details, want) {
			t.Errorf("events %q, want %q: the second change changes nothing", details, want)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		w.setDomains(w.other, "contoso.com")
	})
}

func TestRecordTest_IsAnEventAndArmsNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).RecordTest(w.entra.ID, store.SignInTest{By: "admin@contoso.com", Reason: "no_role", Proves: true})
		})
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: w.entra.ID})
		if err != nil || len(events) != 3 || events[2].Action != "connection.tested" || !strings.Contains(events[2].Detail, `"by":"admin@contoso.com"`) {
			t.Errorf("the events are %+v, %v", events, err)
		}
		if c, err := w.FindConnection(t.Context(), w.entra.ID); err != nil || !c.ArmedAt.IsZero() {
			t.Errorf("armed at %v, %v", c.ArmedAt, err)
		}
	})
}

func TestSetContact(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).SetContact("IT help desk, it@contoso.com")
		})
		if o, err := w.FindOrganization(t.Context(), "contoso"); err != nil || o.Contact != "IT help desk, it@contoso.com" {
			t.Errorf("got %q, %v", o.Contact, err)
		}
		for _, contact := range []string{"two\nlines", strings.Repeat("x", 201)} {
			refusedFor(t, "a strange contact", w.inContoso(func(o *store.OrganizationTx) error { return o.SetContact(contact) }), "contact", "one line")
		}
	})
}
