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

func samlMetadata(entityID string, certificates ...string) store.SAMLMetadata {
	m := store.SAMLMetadata{Document: "<EntityDescriptor/>", Provider: store.SAMLProvider{EntityID: entityID, SignOnURL: "https://idp.example/sso?x=1"}}
	for _, c := range append(certificates, "first") {
		m.Provider.Certificates = append(m.Provider.Certificates, []byte(c))
	}
	return m
}

// addSAML adds a SAML connection without metadata to contoso.
func (w *world) addSAML() (c store.Connection) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		o := tx.Organization(w.contoso.ID)
		if c, err = o.CreateConnection(store.Connection{Slug: "code", Kind: store.SAMLConnection}, ""); err != nil {
			return err
		}
		return o.CreateSAML(c.ID, store.SAMLSettings{Encryption: true, Certificate: []byte("ours"), Attributes: store.SAMLAttributes{UserName: "login"}}, "the key")
	})
	return c
}

func (w *world) saml(c store.Connection) store.SAMLSettings {
	w.t.Helper()
	s, err := w.Organization(c.OrganizationID).SAML(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) setMetadata(c store.Connection, m store.SAMLMetadata) (got store.Connection, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.SetSAMLMetadata(c.ID, m); return err })
	return got, err
}

func TestSAML_MetadataMayComeLater(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := w.addSAML()
		if c.SubjectClaim != store.NameID || c.Issuer != "" || c.OfEntra() {
			t.Errorf("a new connection is %+v", c)
		}
		if s := w.saml(c); !s.Encryption || s.IDPInitiated || string(s.Certificate) != "ours" || s.Attributes.UserName != "login" || s.Provider.EntityID != "" || s.Document != "" {
			t.Errorf("new settings are %+v", s)
		}
		if key, err := w.SAMLKey(t.Context(), c); err != nil || key != "the key" {
			t.Errorf("SAMLKey = %q, %v", key, err)
		}
		m := samlMetadata("https://sts.windows.net/"+tenantID+"/", "second")
		m.TenantID, m.URL = strings.ToUpper(tenantID), "https://idp.example/metadata"
		got, err := w.setMetadata(c, m)
		if err != nil || got.Issuer != m.Provider.EntityID || got.TenantID != tenantID || !got.OfEntra() {
			t.Errorf("with metadata the connection is %+v, %v", got, err)
		}
		s := w.saml(c)
		if s.MetadataURL != m.URL || s.Document != m.Document || len(s.Provider.Certificates) != 2 || !s.FetchedAt.Equal(storetest.Start) {
			t.Errorf("with metadata the settings are %+v", s)
		}
		want := []string{"connection.created", "connection.saml_created", "connection.saml_metadata", "connection.updated"}
		if got := w.actions(w.contoso, c.ID); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

func TestSAML_AnotherProviderDisarms(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := w.addSAML()
		arm := func() store.Connection {
			t.Helper()
			w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).ArmConnection(c.ID, "root") })
			got, err := w.FindConnection(t.Context(), c.ID)
			if err != nil || got.ArmedAt.IsZero() {
				t.Fatalf("%+v, %v: not armed", got, err)
			}
			return got
		}
		if _, err := w.setMetadata(c, samlMetadata("https://idp.example")); err != nil {
			t.Fatal(err)
		}
		arm()
		if got, err := w.setMetadata(c, samlMetadata("https://idp.example", "a new certificate")); err != nil || got.ArmedAt.IsZero() {
			t.Errorf("another certificate of the same provider gives %+v, %v", got, err)
		}
		if got, err := w.setMetadata(c, samlMetadata("https://other.example")); err != nil || !got.ArmedAt.IsZero() {
			t.Errorf("another provider leaves the connection armed: %+v, %v", got, err)
		}
	})
}

func TestSAML_RefusesMetadataThatCannotWork(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := w.addSAML()
		plain, none, large := samlMetadata("https://idp.example"), samlMetadata("https://idp.example"), samlMetadata("https://idp.example")
		plain.Provider.SignOnURL = "http://idp.example/sso"
		none.Provider.Certificates = nil
		large.Document = strings.Repeat("x", 1<<20+1)
		for name, m := range map[string]store.SAMLMetadata{"plain http": plain, "no certificate": none, "no entity id": samlMetadata(""), "too large": large} {
			var invalid *store.InvalidError
			if _, err := w.setMetadata(c, m); !errors.As(err, &invalid) {
				t.Errorf("%s: %v, want an InvalidError", name, err)
			}
		}
		var invalid *store.InvalidError
		if _, err := w.setMetadata(w.entra, samlMetadata("https://idp.example")); !errors.As(err, &invalid) {
			t.Errorf("a connection of another kind: %v", err)
		}
	})
}

func TestRefreshSAML_ChangesWhatIsTrustedWithAnEvent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := w.addSAML()
		m := samlMetadata("https://idp.example")
		m.URL = "https://idp.example/metadata"
		if _, err := w.setMetadata(c, m); err != nil {
			t.Fatal(err)
		}
		due := func() []store.SAMLCheck {
			t.Helper()
			list, err := w.DueSAML(t.Context(), w.Now())
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if list := due(); len(list) != 0 {
			t.Errorf("%d checks are due at once", len(list))
		}
		storetest.ClockOf(t, w.Store).Advance(25 * time.Hour)
		list := due()
		if len(list) != 1 || list[0].Connection.ID != c.ID {
			t.Fatalf("due are %+v", list)
		}
		claims := make([]bool, 6)
		for _, err := range together(len(claims), func(i int) (err error) { claims[i], err = w.ClaimSAMLCheck(t.Context(), list[0]); return err }) {
			if err != nil {
				t.Error(err)
			}
		}
		if n := len(slices.DeleteFunc(claims, func(won bool) bool { return !won })); n != 1 {
			t.Errorf("%d servers claimed one check", n)
		}
		before := len(w.actions(w.contoso, c.ID))
		refresh := func(m store.SAMLMetadata) error { return w.RefreshSAML(t.Context(), tester, list[0], m) }
		m.Document = "<EntityDescriptor validUntil='later'/>"
		if err := refresh(m); err != nil || len(w.actions(w.contoso, c.ID)) != before || w.saml(c).Document != m.Document {
			t.Errorf("an equal provider: %v, %v", err, w.actions(w.contoso, c.ID))
		}
		if err := w.NoteSAMLFault(t.Context(), c, "no answer"); err != nil || w.saml(c).Fault != "no answer" {
			t.Errorf("the fault is %q, %v", w.saml(c).Fault, err)
		}
		next := samlMetadata("https://idp.example", "the next")
		next.URL = m.URL
		if err := refresh(next); err != nil || len(w.saml(c).Provider.Certificates) != 2 || len(w.actions(w.contoso, c.ID)) != before+1 || w.saml(c).Fault != "" {
			t.Errorf("a new certificate: %v, %+v", err, w.saml(c))
		}
		foreign := samlMetadata("https://other.example")
		foreign.URL = m.URL
		if err := refresh(foreign); !errors.Is(err, store.ErrVersion) || w.saml(c).Provider.EntityID != "https://idp.example" {
			t.Errorf("another provider at the same address: %v", err)
		}
	})
}

// TestUseAssertion_OneWins: of many nodes that are sent the same assertion, one may use it.
func TestUseAssertion_OneWins(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		nodes := []*store.Store{w.Store, storetest.Second(t, w.Store)}
		until := w.Now().Add(time.Hour)
		won := 0
		for _, err := range together(8, func(i int) error { return nodes[i%2].UseAssertion(t.Context(), w.entra, "_a1", until) }) {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, store.ErrUsed):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of 8 used the assertion", won)
		}
		if err := w.UseAssertion(t.Context(), w.other, "_a1", until); err != nil {
			t.Errorf("the same id at another connection: %v", err)
		}
		if err := w.PurgeSAML(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.UseAssertion(t.Context(), w.entra, "_a1", until); !errors.Is(err, store.ErrUsed) {
			t.Errorf("after a purge: %v", err)
		}
		storetest.ClockOf(t, w.Store).Advance(2 * time.Hour)
		if err := w.PurgeSAML(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.UseAssertion(t.Context(), w.entra, "_a1", until); err != nil {
			t.Errorf("after its time: %v", err)
		}
	})
}

func TestTakeSAMLAnswer_GivesEachOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		keep := func(state string) {
			t.Helper()
			if err := w.KeepSAMLAnswer(t.Context(), w.entra, state, `{"who":"alice"}`, w.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		keep("s1")
		keep("s2")
		if _, err := w.TakeSAMLAnswer(t.Context(), w.other, "s1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("through another connection: %v", err)
		}
		won := 0
		for _, err := range together(6, func(int) error {
			answer, err := w.TakeSAMLAnswer(t.Context(), w.entra, "s1")
			if err == nil && answer != `{"who":"alice"}` {
				t.Errorf("the answer is %q", answer)
			}
			return err
		}) {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of 6 took the answer", won)
		}
		storetest.ClockOf(t, w.Store).Advance(time.Minute)
		if _, err := w.TakeSAMLAnswer(t.Context(), w.entra, "s2"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after its time: %v", err)
		}
	})
}

func TestRemoveConnection_TakesItsSAMLAlong(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := w.addSAML()
		if err := w.UseAssertion(t.Context(), c, "_a1", w.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := w.KeepSAMLAnswer(t.Context(), c, "state", "{}", w.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(c.ID) })
		for _, table := range []string{"saml_settings", "saml_assertions", "saml_answers"} {
			if rows := w.rows("SELECT * FROM " + table); len(rows) != 0 {
				t.Errorf("%s keeps %d rows", table, len(rows))
			}
		}
	})
}
