package auth_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

func TestReadSAMLMetadata_KnowsEntra(t *testing.T) {
	t.Parallel()
	for entityID, tenant := range map[string]string{
		samlEntity: tenantID, "https://sts.windows.net/" + strings.ToUpper(otherTenant) + "/": otherTenant, "http://127.0.0.1:8080/" + tenantID + "/": tenantID,
		"https://idp.example.com/" + tenantID + "/": "", "https://sts.windows.net/{tenant}/": "", "urn:idp": "", "http://sts.windows.net/" + tenantID + "/": "",
	} {
		m, err := auth.ReadSAMLMetadata([]byte(metadataOf(entityID, samlSignOn, goodSigner(), goodSigner())), storetest.Start)
		if err != nil || m.TenantID != tenant || m.Provider.EntityID != entityID || m.Provider.SignOnURL != samlSignOn || len(m.Provider.Certificates) != 1 {
			t.Errorf("%s: %+v, %v", entityID, m, err)
		}
	}
}

func TestReadSAMLMetadata_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := metadataOf(samlEntity, samlSignOn, goodSigner())
	one := strings.TrimPrefix(good, "\xef\xbb\xbf"+`<?xml version="1.0" encoding="utf-8"?>`)
	both := func(inner string) string {
		return `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` + inner + `</EntitiesDescriptor>`
	}
	if _, err := auth.ReadSAMLMetadata([]byte(both(one)), storetest.Start); err != nil {
		t.Errorf("one provider in a list: %v", err)
	}
	for words, document := range map[string]string{
		"2 identity providers":     both(one + one),
		"document type":            "<!DOCTYPE x>" + one,
		"no signing certificate":   metadataOf(samlEntity, samlSignOn),
		"HTTP-Redirect":            strings.Replace(good, "bindings:HTTP-Redirect", "bindings:SOAP", 1),
		"no SAML metadata":         "<html></html>",
		"cannot be read":           strings.Replace(good, "<X509Certificate>", "<X509Certificate>AAAA", 1),
		"valid until":              strings.Replace(good, ` entityID=`, ` validUntil="2020-01-01T00:00:00Z" entityID=`, 1),
		"larger than":              good + strings.Repeat(" ", 1<<20),
		"identity providers; give": strings.Replace(strings.Replace(good, "<IDPSSODescriptor", "<Extensions", 1), "</IDPSSODescriptor>", "</Extensions>", 1),
		"well-formed":              good[:len(good)-20],
	} {
		if _, err := auth.ReadSAMLMetadata([]byte(document), storetest.Start); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want words about %q", err, words)
		}
	}
}

func TestMetadataFetcher_GoesNowhereElse(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(metadataOf(samlEntity, samlSignOn, goodSigner())))
	})
	mux.Handle("/moved", http.RedirectHandler("/good", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler(other.URL+"/good", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte(" "), 2<<20)) })
	idp := httptest.NewServer(mux)
	t.Cleanup(idp.Close)
	fetch := func(base, address string) error {
		f, err := auth.NewMetadataFetcher(base)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Fetch(t.Context(), address, storetest.Start)
		return err
	}
	for _, path := range []string{"/good", "/moved"} {
		if err := fetch("http://127.0.0.1:8080", idp.URL+path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, words := range map[string]string{"/away": "another host", "/round": "too often", "/large": "larger than", "/none": "404"} {
		if err := fetch("http://127.0.0.1:8080", idp.URL+path); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want words about %q", path, err, words)
		}
	}
	for address, words := range map[string]string{
		idp.URL + "/good": "https://", strings.Replace(idp.URL, "http:", "https:", 1) + "/good": "private network", "https://10.0.0.1/": "private network",
		"https://169.254.169.254/latest/meta-data": "private network", "https://[::1]/": "private network", "https://[::ffff:127.0.0.1]/": "private network",
		"https://100.64.0.1/": "private network", "https://0.0.0.0/": "private network", "https://[64:ff9b::7f00:1]/": "private network",
		"file:///etc/passwd": "URL", "https://user:secret@idp.example.com/": "URL", "ftp://idp.example.com/": "https://",
	} {
		if err := fetch("https://door.example.com", address); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want words about %q", address, err, words)
		}
	}
}

// TestRefreshSAML_KeepsWhatWasLastGood goes through the days of a connection.
func TestRefreshSAML_KeepsWhatWasLastGood(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var mu sync.Mutex
		document, asked := "", 0
		idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			w.Write([]byte(document))
		}))
		t.Cleanup(idp.Close)
		serve := func(text string) { mu.Lock(); document = text; mu.Unlock() }
		serve(metadataOf(samlEntity, samlSignOn, goodSigner()))
		w := newSAMLWorld(t, s)
		f, err := auth.NewMetadataFetcher(w.door.URL)
		w.must(err)
		m, err := f.Fetch(t.Context(), idp.URL, w.clock.Now())
		w.must(err)
		w.write(func(tx *store.Tx) error {
			_, err := tx.Organization(w.org.ID).SetSAMLMetadata(w.conn.ID, m)
			return err
		})
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		day := func() store.SAMLSettings {
			t.Helper()
			w.clock.Advance(25 * time.Hour)
			log.Reset()
			for range 2 { // the second finds nothing to do
				w.must(f.RefreshSAML(t.Context(), s, logger))
			}
			settings, err := s.Organization(w.org.ID).SAML(t.Context(), w.conn.ID)
			w.must(err)
			return settings
		}
		if before := asked; day().Fault != "" || asked != before+1 || log.Len() != 0 {
			t.Errorf("an ordinary day: asked %d times; %s", asked-before, &log)
		}
		next := newSigner(newRSAKey(), storetest.Start, storetest.Start.Add(100*24*time.Hour))
		serve(metadataOf(samlEntity, samlSignOn, goodSigner(), next))
		if got := day(); len(got.Provider.Certificates) != 2 {
			t.Errorf("a certificate was added: %+v", got.Provider)
		}
		w.browser().wantSAML(func(d *samlDoc) { d.signature.signer = next })
		serve("<html>")
		if got := day(); got.Fault == "" || len(got.Provider.Certificates) != 2 || !strings.Contains(log.String(), "last good") {
			t.Errorf("no metadata: %+v; %s", got, &log)
		}
		serve(metadataOf("https://other.example", samlSignOn, evilSigner()))
		if got := day(); !strings.Contains(got.Fault, "another provider") || got.Provider.EntityID != samlEntity {
			t.Errorf("another provider: %+v", got)
		}
		serve(metadataOf(samlEntity, "http://login.example.com/saml2", next))
		if got := day(); !strings.Contains(got.Fault, "SingleSignOnService") || got.Provider.SignOnURL != samlSignOn || len(got.Provider.Certificates) != 2 {
			t.Errorf("requests in the clear: %+v", got)
		}
		serve(metadataOf(samlEntity, samlSignOn, next))
		if got := day(); got.Fault != "" || len(got.Provider.Certificates) != 1 {
			t.Errorf("the old certificate was taken out: %+v", got)
		}
		w.wantRefused(w.browser().samlSignIn(nil), "bad_response", "by none of")
		w.clock.Set(storetest.Start.Add(50 * 24 * time.Hour))
		if day(); !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "days=48") {
			t.Errorf("48 days before the end: %s", &log)
		}
		w.clock.Set(storetest.Start.Add(101 * 24 * time.Hour))
		if day(); !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "days=-3") {
			t.Errorf("after the end: %s", &log)
		}
	})
}
