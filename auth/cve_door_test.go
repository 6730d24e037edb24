package auth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestCVE goes through what other doors have been broken by, where a clock or a hostile provider of SAML is needed; those of
// the whole server are in cmd/doorlist. docs/vulnerabilities.md lists them all.
func TestCVE(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		id, holds string
		check     func(t *testing.T, s *store.Store)
	}{
		{"CVE-2025-53942", "who is inactive comes in by no way, nor half of it", inactiveByEveryWay},
		{"CVE-2026-33668", "no credential of somebody who is inactive is good", inactiveWithEveryCredential},
		{"CVE-2020-27846", "no document that parsers read in two ways is read", ambiguousDocuments},
		{"CVE-2020-7711", "no change of a document is a fault of ours, or a good one", mutatedDocuments},
		{"GHSA-pcgw-qcv5-h8ch", "no request to sign out over SAML is taken", logoutRequests},
		{"CVE-2025-23389", "a name that is signed is nobody's, where the object id is a stranger's", strangersNames},
		{"CVE-2026-41059", "no spelling of a path opens what another one closes", spelledPaths},
	} {
		t.Run(v.id+" "+v.holds, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, v.check)
		})
	}
}

func (w *world) deactivate() {
	w.t.Helper()
	w.changeUser(func(r *store.UserRecord) { r.Active = false })
}

func inactiveByEveryWay(t *testing.T, s *store.Store) {
	w := newSAMLWorld(t, s)
	saml := w.browser()
	r := saml.request("/login/code")
	document := newSAMLDoc(w, w.alice.ObjectID, r.ID).document()
	w.deactivate()
	w.wantRefused(saml.deliver(document, r.relay), "inactive", "")
	w.wantRefused(w.browser().samlSignIn(nil), "inactive", "")

	o := newWorld(t, storetest.New(t))
	half := o.browser()
	callback := half.authorize("/login/entra", "alice@contoso.com")
	invitation := o.inviteAlice()
	o.deactivate()
	o.wantRefused(half.get(callback), "inactive", "")
	o.wantRefused(o.browser().signIn("alice@contoso.com"), "inactive", "")
	o.setMode(store.SSOOff)
	wantAnswer(t, o.browser().choosePassword(invitation), http.StatusNotFound, "")
	wantAnswer(t, o.browser().post("/reset", "user_name", "alice@contoso.com"), http.StatusOK, "")
	o.mails(1) // the invitation from before
	wantAnswer(t, o.browser().enterPassword("alice@contoso.com", ownerPassword), http.StatusForbidden, "bad_credentials")
	for _, b := range []*browser{saml, half} {
		if b.sessionCookie() != "" {
			t.Errorf("there is a session %q", b.sessionCookie())
		}
	}
	half.wantVerify(http.StatusUnauthorized, "")
}

// prefixes are how the secrets begin that a person's credential can be.
var prefixes = regexp.MustCompile(`"(dl[a-z]_)"`)

func inactiveWithEveryCredential(t *testing.T, s *store.Store) {
	w := newWorld(t, s, withHosts)
	p := w.person()
	p.door.mustSignIn()
	p.enter(wiki, "/page")
	program, invitation := w.signedInProgram(p.door), w.inviteAlice()
	ways := map[string]func() bool{
		"the cookie": func() bool { return p.door.get("/auth/verify").StatusCode == http.StatusOK },
		"dlh_":       func() bool { return p.open(wiki, "/page").StatusCode == http.StatusOK },
		"dlu_": func() bool {
			return w.browser().do(http.MethodGet, "/auth/verify", bearer(program)).StatusCode == http.StatusOK
		},
		"dli_": func() bool { return w.browser().get(invitation).StatusCode == http.StatusOK },
		"the provider": func() bool {
			return w.browser().signIn("alice@contoso.com").Header.Get("X-Doorlist-Reason") == ""
		},
	}
	// Of a connection's program, or a link that mail alone brings; each of them has a row of its own.
	others := map[string]string{"dls_": "a SCIM token", "dla_": "an access token", "dlc_": "a client's secret", "dlr_": "a reset's link"}
	for kind := range secretKinds(t) {
		if ways[kind] == nil && others[kind] == "" {
			t.Errorf("nobody has decided what becomes of %s when its person is switched off", kind)
		}
	}
	for what, way := range ways {
		if !way() {
			t.Errorf("before, %s is not good", what)
		}
	}
	p.door.mustSignIn()
	w.deactivate()
	for what, way := range ways {
		if way() {
			t.Errorf("%s is good", what)
		}
	}
}

// secretKinds are the prefixes of secrets in the source of package store.
func secretKinds(t *testing.T) map[string]bool {
	t.Helper()
	kinds := map[string]bool{}
	files, err := filepath.Glob("../store/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range prefixes.FindAllStringSubmatch(string(text), -1) {
			kinds[found[1]] = true
		}
	}
	if len(kinds) < 6 {
		t.Fatalf("the kinds of secrets are %v", kinds)
	}
	return kinds
}

// ambiguous are documents that encoding/xml wrote otherwise than it had read them, or that end early, after the tests of
// mattermost/xml-roundtrip-validator; within the response that would be good.
var ambiguous = []string{
	`<x::Root/>`, `<Root><x::Element></::Element></Root>`, `<Root><Element ::attr="foo"></Element></Root>`, `<Root></x::Element></Root>`, `<x:>`, `</x:>`, `<Root :="value"/>`, `<Root x:="value"/>`,
	`<Root xmlns="x" xmlns:="y"></Root>`, `<Root><! <<!-- -->!-->"--> " ><! ">" <X/>></Root>`, `<Root><! <<!-- -->!-- x --> y></Root>`, `<Root><!--`, `<Root><!-- `, `<Root><![CDATA[`, `<Root `, `<Root attr`, `<Root attr=`, `<Root attr="`,
	`<!DOCTYPE html>`, `<! ">" <X/>>`, `<!name <!-- comment --><nesting <more nesting>>>`, `&reference;`, "\xff", "\x00", `<a xmlns:a="b" xmlns:a="c"/>`, `<a b="c" b="d"/>`,
}

func ambiguousDocuments(t *testing.T, s *store.Store) {
	w := newSAMLWorld(t, s)
	for _, text := range ambiguous {
		for where, put := range map[string]func(doc string) string{
			"alone":  func(string) string { return text },
			"before": func(doc string) string { return text + doc },
			"inside": func(doc string) string { return strings.Replace(doc, `<samlp:Status>`, text+`<samlp:Status>`, 1) },
			"behind": func(doc string) string { return doc + text },
		} {
			b := w.browser()
			res := b.samlSignIn(func(d *samlDoc) { d.sent = put })
			if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "bad_response" || b.sessionCookie() != "" {
				t.Errorf("%q %s: got %d %q", text, where, res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
			}
		}
	}
}

func mutatedDocuments(t *testing.T, s *store.Store) {
	w := newSAMLWorld(t, s)
	sealed := func(doc string) func(*samlDoc) {
		return func(d *samlDoc) { d.sealed = func(a string) string { return seal(doc, oaep, a) } }
	}
	for what, kind := range map[string]func(*samlDoc){"plain": func(*samlDoc) {}, "GCM": sealed(aesGCM), "CBC": sealed(aesCBC)} {
		for i := range 60 {
			b, same := w.browser(), false
			res := b.samlSignIn(func(d *samlDoc) {
				kind(d)
				d.sent = func(doc string) string {
					changed := mutate(doc, i)
					same = changed == doc
					return changed
				}
			})
			if !same && (res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "bad_response" || b.sessionCookie() != "") {
				t.Errorf("%s, change %d: got %d %q", what, i, res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
			}
		}
	}
}

// mutate changes the nth part of what signatures and ciphers are made of: it is emptied, cut, lengthened or altered.
func mutate(doc string, n int) string {
	parts := sensitive.FindAllStringSubmatchIndex(doc, -1)
	at := parts[n/4%len(parts)]
	from, to := max(at[2], at[4]), max(at[3], at[5]) // of the one that is there
	value := doc[from:to]
	changed := []string{"", value[:len(value)/2], value + "AAAA", strings.Repeat("A", len(value))}[n%4]
	return doc[:from] + changed + doc[to:]
}

var sensitive = regexp.MustCompile(`<(?:ds:SignatureValue|ds:DigestValue|e:CipherValue|saml:Audience|saml:NameID[^>]*)>([^<]*)<|(?:Algorithm|URI|InResponseTo|Destination|Recipient|NotOnOrAfter)="([^"]*)"`)

func logoutRequests(t *testing.T, s *store.Store) {
	w := newSAMLWorld(t, s)
	b := w.browser()
	b.wantSAML(nil)
	const request = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_l" Version="2.0" IssueInstant="2026-01-02T03:04:05Z">` +
		`<saml:Issuer>` + samlEntity + `</saml:Issuer><saml:NameID>alice@contoso.com</saml:NameID></samlp:LogoutRequest>`
	form := samlForm(request, "")
	form["SAMLRequest"] = form["SAMLResponse"]
	for _, path := range []string{"/saml/code/acs", "/saml/code/slo", "/saml/code/logout", "/saml/code/sls", "/logout", "/logout/frontchannel", "/saml/code/finish"} {
		for _, res := range []answer{
			w.browser().get(path + "?" + url.Values{"SAMLRequest": form["SAMLRequest"]}.Encode()),
			w.browser().send(http.MethodPost, path, strings.NewReader(form.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}),
		} {
			if res.StatusCode >= 500 {
				t.Errorf("%s: got %d", path, res.StatusCode)
			}
		}
	}
	b.wantVerify(http.StatusOK, "")
	if strings.Contains(w.browser().get("/saml/code/metadata").body, "SingleLogoutService") {
		t.Error("the metadata offer a place for them")
	}
}

func strangersNames(t *testing.T, s *store.Store) {
	w := newSAMLWorld(t, s)
	b := w.browser()
	res := b.samlSignIn(func(d *samlDoc) {
		d.attributes = strings.ReplaceAll(d.attributes, w.alice.ObjectID, otherTenant)
		d.subject = strings.Replace(d.subject, ">pairwise<", ">alice@contoso.com<", 1)
	})
	if w.wantRefused(res, "not_provisioned", ""); b.sessionCookie() != "" {
		t.Error("there is a session")
	}
}

// spelledPaths: a reader has the wiki without its /admin, and no spelling of that path is the wiki's.
func spelledPaths(t *testing.T, s *store.Store) {
	w := newWorld(t, s, withHosts)
	p := w.person()
	p.door.mustSignIn()
	p.enter(wiki, "/page")
	begins := []string{"", "/.", "/x/..", "/./.", "//", "/x//..", "/%2e", "/x/%2e%2e", "/x/..%2f..", "/%2f", "/;x", "/x;/..", "/page/../", "/%5c", "/\\", "/x/%252e%252e", "/x/.%2e", "/shared/..", "/public/../x/.."}
	names := []string{"/admin", "/%61dmin", "/adm%69n", "/%61%64%6d%69%6e", "/admin/", "/admin/users", "/admin;a=b", "/admin%2fusers", "/admin/./users", "/admin//users", "/admin?x=/page", "/admin#/page", "/admin%23/page", "/admin%3f/page"}
	var asked int
	for _, begin := range begins {
		for _, name := range names {
			path := strings.ReplaceAll(begin+name, "///", "//")
			asked++
			res := p.open(wiki, path)
			if res.StatusCode == http.StatusOK {
				t.Errorf("%s: got %d with the role %q", path, res.StatusCode, res.Header.Get("X-Doorlist-Role"))
			}
		}
	}
	if asked < 200 {
		t.Errorf("%d spellings", asked)
	}
	if res := p.open(wiki, "/page"); res.StatusCode != http.StatusOK {
		t.Error(fmt.Sprint("the page itself: got ", res.StatusCode))
	}
}
