package entra_test

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"doorlist/entra"
)

func TestSAMLRequest_Refusals(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{}, func(a *entra.Application) { a.AssignmentRequired = true })
	other := "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
	class := func(comparison, ref string) *saml.RequestedAuthnContext {
		return &saml.RequestedAuthnContext{Comparison: comparison, AuthnContextClassRef: ref}
	}
	const password, x509 = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
	for name, test := range map[string]struct {
		change func(*saml.AuthnRequest)
		who    string
		want   string
	}{
		"good":               {func(*saml.AuthnRequest) {}, rita, ""},
		"reply URL":          {func(r *saml.AuthnRequest) { r.AssertionConsumerServiceURL += "/" }, rita, "AADSTS50011"},
		"port":               {func(r *saml.AuthnRequest) { r.AssertionConsumerServiceURL = "http://127.0.0.1:1/saml/acs" }, rita, "AADSTS50011"},
		"no reply URL":       {func(r *saml.AuthnRequest) { r.AssertionConsumerServiceURL = "" }, rita, ""},
		"issuer":             {func(r *saml.AuthnRequest) { r.Issuer.Value = "https://unknown.example" }, rita, "AADSTS700016"},
		"id with a digit":    {func(r *saml.AuthnRequest) { r.ID = "1" + r.ID }, rita, "AADSTS7500529"},
		"version":            {func(r *saml.AuthnRequest) { r.Version = "1.1" }, rita, "AADSTS75005"},
		"subject":            {func(r *saml.AuthnRequest) { r.Subject = &saml.Subject{} }, rita, "AADSTS75005"},
		"binding":            {func(r *saml.AuthnRequest) { r.ProtocolBinding = saml.HTTPRedirectBinding }, rita, "AADSTS75003"},
		"name format":        {func(r *saml.AuthnRequest) { r.NameIDPolicy.Format = &other }, rita, "AADSTS75016"},
		"class":              {func(r *saml.AuthnRequest) { r.RequestedAuthnContext = class("exact", x509) }, rita, "AADSTS75011"},
		"comparison":         {func(r *saml.AuthnRequest) { r.RequestedAuthnContext = class("minimum", password) }, rita, "AADSTS75011"},
		"class of everybody": {func(r *saml.AuthnRequest) { r.RequestedAuthnContext = class("exact", password) }, rita, ""},
		"disabled":           {func(*saml.AuthnRequest) {}, "dora.disabled@contoso.com", "AADSTS50057"},
		"not assigned":       {func(*saml.AuthnRequest) {}, "uma.unassigned@contoso.com", "AADSTS50105"},
		"unknown person":     {func(*saml.AuthnRequest) {}, "nobody@contoso.com", "AADSTS50034"},
	} {
		request := s.request()
		test.change(request)
		if _, problem := s.answerTo(request, test.who); problem != test.want {
			t.Errorf("%s: got %q, want %q", name, problem, test.want)
		}
	}
	for name, query := range map[string]string{"nothing": "", "not base64": "?SAMLRequest=%21", "not deflated": "?SAMLRequest=AAAA", "another message": "?SAMLRequest=PGEvPg=="} {
		if _, _, problem := s.posted(s.browser.Get(s.url + "/" + s.tenant.ID + "/saml2" + query)); problem != "AADSTS75005" {
			t.Errorf("%s: got %q", name, problem)
		}
	}
}

func TestSAMLRequest_PassiveAndForced(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.browser.Jar = jar
	yes := true
	passive := s.request()
	passive.IsPassive = &yes
	ask := func(request *saml.AuthnRequest, extra ...string) string {
		_, fields, _ := s.posted(s.browser.Get(s.redirect(request, extra...)))
		document, err := base64.StdEncoding.DecodeString(fields.Get("SAMLResponse"))
		if err != nil {
			t.Fatal(err)
		}
		return string(document)
	}
	if got := ask(passive); !strings.Contains(got, "status:NoPassive") || !strings.Contains(got, "AADSTS50058") || strings.Contains(got, "<Assertion") {
		t.Errorf("without a session: %s", got)
	}
	if _, _, err := s.signInBySAML(rita); err != nil {
		t.Fatal(err)
	}
	if got := ask(passive); !strings.Contains(got, "<Assertion") {
		t.Errorf("with a session: %s", got)
	}
	if got := ask(s.request(), "login_hint", rita); !strings.Contains(got, "<Assertion") {
		t.Error("a hint at the person of the session does not spare the page")
	}
	forced := s.request()
	forced.ForceAuthn = &yes
	if got := ask(forced, "login_hint", rita); got != "" {
		t.Errorf("a forced sign-in is silent: %s", got)
	}
	if got := ask(s.request(), "sim_user", "cancel"); !strings.Contains(got, "AADSTS65004") {
		t.Errorf("declined: %s", got)
	}
}

func TestSAMLRequest_PostBinding(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{})
	request := s.request()
	form := url.Values{"SAMLRequest": {inBase64(t, request)}, "RelayState": {"relay-1"}}
	endpoint := s.url + "/" + s.tenant.ID + "/saml2"
	_, page, _ := s.posted(s.browser.PostForm(endpoint, form))
	if page.Get("SAMLRequest") != form.Get("SAMLRequest") || page.Get("RelayState") != "relay-1" {
		t.Fatalf("the page to choose on does not keep the request: %v", page)
	}
	form.Set("sim_user", rita)
	_, fields, _ := s.posted(s.browser.PostForm(endpoint, form))
	document, err := base64.StdEncoding.DecodeString(fields.Get("SAMLResponse"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.accept(document, request.ID); err != nil {
		t.Error(err)
	}
}

// inBase64 is a request as the POST binding carries it.
func inBase64(t *testing.T, request *saml.AuthnRequest) string {
	t.Helper()
	doc := etree.NewDocument()
	doc.SetRoot(request.Element())
	raw, err := doc.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func TestSAMLRequest_SignatureDemanded(t *testing.T) {
	t.Parallel()
	stores, keys := keyPairs()
	_, der, err := stores[1].GetKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	s := newSAMLSite(t, entra.SAML{Requests: []string{text}})
	if _, problem := s.answerTo(s.request(), rita); problem != "AADSTS76021" {
		t.Errorf("unsigned: got %q", problem)
	}
	if _, _, problem := s.posted(s.browser.Get(s.url + "/" + s.tenant.ID + "/myapps/signin/" + s.app.ClientID)); problem != "AADSTS76021" {
		t.Errorf("from the portal: got %q", problem)
	}
	s.provider.Certificate = certificateOf(t, der)
	for name, test := range map[string]struct {
		method string
		signer int
		want   string
	}{
		"RSA-SHA256":    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", 1, ""},
		"RSA-SHA1":      {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", 1, "AADSTS76021"},
		"somebody else": {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", 0, "AADSTS76021"},
	} {
		s.provider.SignatureMethod, s.provider.Key = test.method, keys[test.signer]
		if _, problem := s.answerTo(s.request(), rita); problem != test.want {
			t.Errorf("%s in the query: got %q, want %q", name, problem, test.want)
		}
		request, err := s.provider.MakeAuthenticationRequest(s.provider.GetSSOBindingLocation(saml.HTTPPostBinding), saml.HTTPPostBinding, saml.HTTPPostBinding)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"SAMLRequest": {inBase64(t, request)}, "sim_user": {rita}}
		if _, _, problem := s.posted(s.browser.PostForm(s.url+"/"+s.tenant.ID+"/saml2", form)); problem != test.want {
			t.Errorf("%s in the document: got %q, want %q", name, problem, test.want)
		}
	}
}

func TestSAML_FromThePortal(t *testing.T) {
	t.Parallel()
	s := newSAMLSite(t, entra.SAML{RelayState: "portal"})
	tile := s.url + "/" + s.tenant.ID + "/myapps/signin/" + s.app.ClientID + "?sim_user=" + rita
	target, fields, problem := s.posted(s.browser.Get(tile))
	document, err := base64.StdEncoding.DecodeString(fields.Get("SAMLResponse"))
	if err != nil || target != replyURL || fields.Get("RelayState") != "portal" {
		t.Fatalf("posted to %q with RelayState %q, %s %v", target, fields.Get("RelayState"), problem, err)
	}
	if strings.Contains(string(document), "InResponseTo") {
		t.Error("an unsolicited answer names a request")
	}
	s.provider.AllowIDPInitiated = true
	if _, err := s.accept(document, ""); err != nil {
		t.Error(err)
	}
	if err := s.tenant.UpdateSAML(s.app.ClientID, func(x *entra.SAML) { x.SignOnURL = "https://app.example/login" }); err != nil {
		t.Fatal(err)
	}
	answer, err := s.browser.Get(tile)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "https://app.example/login" {
		t.Errorf("with a sign-on URL: %d %s", answer.StatusCode, answer.Header.Get("Location"))
	}
}
