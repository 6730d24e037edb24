package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

// ask asks for a domain; it must be accepted.
func (w *world) ask(c store.Connection, domain string) (asked store.DomainChallenge) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		asked, err = tx.Organization(c.OrganizationID).ChallengeDomain(c.ID, domain)
		return err
	})
	return asked
}

func (w *world) prove(c store.Connection, asked store.DomainChallenge) error {
	return w.write(func(tx *store.Tx) error { return tx.Organization(c.OrganizationID).ProveDomain(asked) })
}

// wantClaims demands what contoso's domains rest on, as "domain statement".
func (w *world) wantClaims(want ...string) {
	w.t.Helper()
	claims, err := w.Organization(w.contoso.ID).Domains(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, c := range claims {
		got = append(got, c.Domain+" "+string(c.Statement))
		if !c.VerifiedAt.Equal(w.Now()) {
			w.t.Errorf("%s is verified at %v, want %v", c.Domain, c.VerifiedAt, w.Now())
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("claims = %q, want %q", got, want)
	}
}

func TestDomainProof_LeadsNobodyBefore(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		asked := w.ask(w.entra, "Contoso.COM")
		if asked.Domain != "contoso.com" || asked.RecordName() != "_doorlist-challenge.contoso.com" || len(asked.Token) != 43 {
			t.Errorf("asked: %+v", asked)
		}
		if again := w.ask(w.entra, "contoso.com"); again != asked {
			t.Errorf("asked again: %+v, want %+v", again, asked)
		}
		if list, err := w.Organization(w.contoso.ID).DomainChallenges(t.Context()); err != nil || !slices.Equal(list, []store.DomainChallenge{asked}) {
			t.Errorf("asked for: %+v, %v", list, err)
		}
		w.setDomains(w.okta, "okta.example")
		w.setDomains(w.other, "fabrikam.com")
		before := w.leads("nobody.example")
		if got := w.leads("contoso.com"); !slices.Equal(got, before) {
			t.Errorf("before the proof the domain leads to %q, want %q as any other", got, before)
		}
		if err := w.prove(w.entra, asked); err != nil {
			t.Fatal(err)
		}
		if got := w.leads("contoso.com"); !slices.Equal(got, []string{"entra"}) {
			t.Errorf("after the proof the domain leads to %q", got)
		}
		w.wantClaims("contoso.com dns", "okta.example owner")
		if list, err := w.Organization(w.contoso.ID).DomainChallenges(t.Context()); err != nil || len(list) > 0 {
			t.Errorf("after the proof, asked for: %+v, %v", list, err)
		}
		inUse(t, "asking for what is proved", w.write(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).ChallengeDomain(w.entra.ID, "contoso.com")
			return err
		}), "already")
		for _, action := range []string{"connection.domain_challenged", "connection.domain_verified"} {
			if got := w.actions(w.contoso, w.entra.ID); !slices.Contains(got, action) {
				t.Errorf("the trail has %v, not %s", got, action)
			}
		}
	})
}

func TestDomainProof_WrongTokensProveNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		asked, others := w.ask(w.entra, "contoso.com"), w.ask(w.other, "contoso.com")
		for name, try := range map[string]store.DomainChallenge{
			"no token":               {ConnectionID: w.entra.ID, Domain: "contoso.com"},
			"another organization's": {ConnectionID: w.entra.ID, Domain: "contoso.com", Token: others.Token},
			"of another domain":      {ConnectionID: w.entra.ID, Domain: "fabrikam.com", Token: asked.Token},
			"of another connection":  {ConnectionID: w.okta.ID, Domain: "contoso.com", Token: asked.Token},
		} {
			if err := w.prove(w.entra, try); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", name, err)
			}
		}
		if err := w.prove(w.other, others); err != nil {
			t.Fatal(err)
		}
		inUse(t, "what another organization has proved first", w.prove(w.entra, asked), "another organization")
		w.wantClaims()
	})
}

func TestDomainProof_AndStatements(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		state := func(domain string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.StateDomain(w.entra.ID, domain) })
		}
		for range 2 {
			if err := state("contoso.com"); err != nil {
				t.Fatal(err)
			}
		}
		w.wantClaims("contoso.com owner")
		asked := w.ask(w.entra, "contoso.com")
		w.wantClaims("contoso.com owner")
		if err := w.prove(w.entra, asked); err != nil {
			t.Fatal(err)
		}
		if err := state("contoso.com"); err != nil {
			t.Fatal(err)
		}
		w.wantClaims("contoso.com dns")
		w.setDomains(w.entra, "contoso.com", "contoso.de")
		w.wantClaims("contoso.com dns", "contoso.de owner")
		w.setDomains(w.entra, "contoso.de")
		w.setDomains(w.entra, "contoso.com", "contoso.de")
		w.wantClaims("contoso.com owner", "contoso.de owner")
		remove := func(domain string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveDomain(w.entra.ID, domain) })
		}
		w.ask(w.entra, "asked.example")
		for _, domain := range []string{"Contoso.DE", "asked.example"} {
			if err := remove(domain); err != nil {
				t.Errorf("removing %s: %v", domain, err)
			}
		}
		if err := remove("contoso.de"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removing what is not there: %v, want ErrNotFound", err)
		}
		w.wantClaims("contoso.com owner")
		refusedFor(t, "a public domain", state("gmail.com"), "domain", "anybody")
		refusedFor(t, "no domain", state(" "), "domain", "contoso.com")
		w.setDomains(w.other, "fabrikam.com")
		inUse(t, "another organization's domain", state("fabrikam.com"), "another organization")
	})
}

func TestDomainProof_Bounds(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ask := func(domain string) error {
			return w.inContoso(func(o *store.OrganizationTx) error { _, err := o.ChallengeDomain(w.entra.ID, domain); return err })
		}
		refusedFor(t, "a domain without room for the record's name", ask(strings.Repeat(strings.Repeat("a", 60)+".", 4)+"com"), "domain", "too long")
		refusedFor(t, "a public domain", ask("gmail.com"), "domain", "anybody")
		many := make([]string, 499)
		for i := range many {
			many[i] = fmt.Sprintf("d%d.example", i)
		}
		w.setDomains(w.entra, many...)
		w.ask(w.entra, "last.example")
		refusedFor(t, "one too many", ask("more.example"), "domain", "500")
		if err := ask("last.example"); err != nil {
			t.Errorf("asking again for the last: %v", err)
		}
	})
}
