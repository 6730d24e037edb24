package auth_test

import (
	"cmp"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"doorlist/auth"
	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

// useEntraSAML makes the world's connection a SAML one to the simulated tenant, with Alice in it.
func (w *world) useEntraSAML() {
	w.t.Helper()
	w.useSAML("code", store.SAMLSettings{Encryption: true}, "")
	entityID := w.door.URL + "/saml/code"
	app, err := w.tenant.Register(entra.Application{Name: "by SAML", SAML: &entra.SAML{
		Identifiers: []string{entityID}, ReplyURLs: []string{entityID + "/acs"}, SigningKey: signingKey(),
	}})
	w.must(err)
	fetcher, err := auth.NewMetadataFetcher(w.door.URL)
	w.must(err)
	m, err := fetcher.Fetch(w.t.Context(), w.idp.URL+"/"+tenantID+"/FederationMetadata/2007-06/FederationMetadata.xml?appid="+app.ClientID, w.clock.Now())
	w.must(err)
	w.write(func(tx *store.Tx) (err error) {
		w.conn, err = tx.Organization(w.org.ID).SetSAMLMetadata(w.conn.ID, m)
		return err
	})
	w.provision()
}

var (
	formField  = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
	formTarget = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
)

// throughEntra signs Alice in by way of the tenant's own pages.
func (b *browser) throughEntra(start string) answer {
	b.w.t.Helper()
	res := b.get(start)
	if res.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("GET %s: got %d\n%s", start, res.StatusCode, res.body)
	}
	page := b.get(res.Header.Get("Location") + "&sim_user=alice@contoso.com")
	form := url.Values{}
	for _, field := range formField.FindAllStringSubmatch(page.body, -1) {
		form.Add(field[1], html.UnescapeString(field[2]))
	}
	target := formTarget.FindStringSubmatch(page.body)
	if !form.Has("SAMLResponse") || target == nil || html.UnescapeString(target[1]) != b.w.door.URL+"/saml/code/acs" {
		b.w.t.Fatalf("the provider answered %d\n%s", page.StatusCode, page.body)
	}
	answer := b.postSAML(form)
	if answer.StatusCode != http.StatusSeeOther {
		return answer
	}
	return b.get(answer.Header.Get("Location"))
}

// wantSAMLMisbehavior is what comes of those that are not simply refused as bad_response, or not simply harmless.
var wantSAMLMisbehavior = map[string]string{
	"saml-tenant-other": "wrong_tenant", "saml-refused": "provider_error", "saml-refused-with-assertion": "provider_error",
	// The key is the one of the metadata, and dates do not decide.
	"saml-certificate-expired": "admitted",
	// To read the whole text would be good enough; documents with comments are refused.
	"saml-comment-name": "bad_response", "saml-comment-object-id": "bad_response",
}

// TestSAML_SurvivesEveryMisbehavior: an independent provider signs Alice in, and misbehaves in all the ways that it knows.
func TestSAML_SurvivesEveryMisbehavior(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.useEntraSAML()
	if res := w.browser().throughEntra("/login/code?return_to=/wiki/start"); res.Header.Get("Location") != "/wiki/start" {
		t.Fatalf("without any: got %d; %+v", res.StatusCode, w.decisions())
	}
	for _, m := range entra.SAMLMisbehaviors() {
		t.Run(m.Name, func(t *testing.T) {
			w.must(w.entra.Misbehave(m.Name, 1))
			b := w.browser()
			res := b.throughEntra("/login/code?return_to=/wiki/start")
			want := wantSAMLMisbehavior[m.Name]
			if want == "admitted" || want == "" && m.Harmless {
				if res.StatusCode != http.StatusSeeOther || b.sessionCookie() == "" {
					t.Errorf("%s: got %d %q, want to be let in; %+v", m.Does, res.StatusCode, res.Header.Get("X-Doorlist-Reason"), w.decisions()[0])
				}
				return
			}
			want = cmp.Or(want, "bad_response")
			if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != want || b.sessionCookie() != "" {
				t.Errorf("%s: got %d %q, want %q; %+v", m.Does, res.StatusCode, res.Header.Get("X-Doorlist-Reason"), want, w.decisions()[0])
			}
			if strings.Contains(res.body, "<script") {
				t.Errorf("the page repeats what the provider said:\n%s", res.body)
			}
		})
	}
}
