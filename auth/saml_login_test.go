package auth_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestSAML_SignsIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newSAMLWorld(t, s)
		b := w.browser()
		b.wantSAML(nil)
		decision := w.decisions()[0]
		if !decision.Admitted || decision.ConnectionID != w.conn.ID || decision.UserID != w.user.ID || decision.TenantID != tenantID || decision.Role != "reader" {
			t.Errorf("the decision is %+v", decision)
		}
		sessions, err := s.Organization(w.org.ID).Sessions(t.Context(), w.user.ID)
		w.must(err)
		if len(sessions) != 1 || sessions[0].Method != "saml" || !sessions[0].AuthTime.Equal(w.clock.Now()) || sessions[0].SecondFactor {
			t.Errorf("the sessions are %+v", sessions)
		}
	})
}

func TestSAML_AsksSignedAndWithoutWishes(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	r := w.browser().request("/login/code?login_hint=alice@contoso.com&return_to=/x")
	entityID := w.door.URL + "/saml/code"
	if r.Issuer != entityID || r.AssertionConsumerServiceURL != entityID+"/acs" || r.Destination != samlSignOn || r.ForceAuthn || r.Context != nil || r.Subject != nil ||
		r.Policy.Format != "" {
		t.Errorf("the request is %+v", r)
	}
	if r.query.Get("login_hint") != "alice@contoso.com" || r.query.Get("SigAlg") != sha256RSA || len(r.relay) < 40 || len(r.relay) > 80 || strings.Contains(r.relay, "/") {
		t.Errorf("the query is %v", r.query)
	}
	if r := w.browser().request("/login/code?prompt=login"); !r.ForceAuthn {
		t.Error("a new proof was not asked for")
	}
}

func TestSAML_ANewProofMustBeNew(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	again := func(at time.Time) answer {
		b := w.browser()
		r := b.request("/login/code?prompt=login&return_to=/wiki/start")
		d := newSAMLDoc(w, w.alice.ObjectID, r.ID)
		d.statement = d.authnStatement(at, "")
		return b.deliver(d.document(), r.relay)
	}
	w.wantRefused(again(w.clock.Now().Add(-time.Hour)), "bad_response", "prove anew")
	if res := again(w.clock.Now()); res.Header.Get("Location") != "/wiki/start" {
		t.Errorf("a new proof: got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestSAML_OurMetadataIsThereBeforeTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.useSAML("code", store.SAMLSettings{}, "")
	type key struct {
		Use string `xml:"use,attr"`
	}
	var m struct {
		XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
		EntityID string   `xml:"entityID,attr"`
		Role     struct {
			Signed    bool  `xml:"AuthnRequestsSigned,attr"`
			Keys      []key `xml:"KeyDescriptor"`
			Consumers []struct {
				Binding  string `xml:",attr"`
				Location string `xml:",attr"`
			} `xml:"AssertionConsumerService"`
			Logout []struct{} `xml:"SingleLogoutService"`
		} `xml:"SPSSODescriptor"`
	}
	read := func() string {
		res := w.browser().get("/saml/code/metadata")
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/samlmetadata+xml" {
			t.Fatalf("got %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
		}
		m.Role.Keys, m.Role.Consumers = nil, nil
		w.must(xml.Unmarshal([]byte(res.body), &m))
		return res.body
	}
	read()
	entityID := w.door.URL + "/saml/code"
	if m.EntityID != entityID || !m.Role.Signed || len(m.Role.Keys) != 1 || m.Role.Keys[0].Use != "signing" || len(m.Role.Logout) != 0 {
		t.Errorf("the metadata is %+v", m)
	}
	if c := m.Role.Consumers; len(c) != 1 || c[0].Location != entityID+"/acs" || c[0].Binding != "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" {
		t.Errorf("responses go to %+v", c)
	}
	w.changeSAML(func(s *store.SAMLSettings) { s.Encryption = true })
	body := read()
	if len(m.Role.Keys) != 2 || m.Role.Keys[1].Use != "encryption" || strings.Index(body, "aes256-gcm") > strings.Index(body, "aes256-cbc") {
		t.Errorf("with encryption: %s", body)
	}
	w.wantRefused(w.browser().get("/login/code"), "provider_error", "no metadata")
	for _, path := range []string{"/saml/entra/metadata", "/saml/none/metadata", "/saml/none/finish?state=x"} {
		if res := w.browser().get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, res.StatusCode)
		}
	}
}

// TestSAML_TheBrowserThatBeganFinishes: another browser has the provider's form, or the address behind it.
func TestSAML_TheBrowserThatBeganFinishes(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	mine, theirs := w.browser(), w.browser()
	r := mine.request("/login/code")
	res := mine.postSAML(samlForm(newSAMLDoc(w, w.alice.ObjectID, r.ID).document(), r.relay))
	finish := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d", res.StatusCode)
	}
	w.wantRefused(theirs.get(finish), "bad_response", "another browser")
	if theirs.sessionCookie() != "" {
		t.Error("the other browser has a session")
	}
	if res := mine.get(finish); res.StatusCode != http.StatusForbidden || mine.sessionCookie() != "" {
		t.Errorf("an answer that was taken: got %d", res.StatusCode)
	}
}

func TestSAML_AnAnswerWaitsForAMinute(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	b := w.browser()
	r := b.request("/login/code")
	res := b.postSAML(samlForm(newSAMLDoc(w, w.alice.ObjectID, r.ID).document(), r.relay))
	w.clock.Advance(time.Minute)
	if res := b.get(res.Header.Get("Location")); res.StatusCode != http.StatusForbidden || b.sessionCookie() != "" {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestSAML_EntraSaysWhy(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	status := func(code, message string) func(*samlDoc) {
		return func(d *samlDoc) {
			d.status = `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:` + code +
				`"></samlp:StatusCode></samlp:StatusCode><samlp:StatusMessage>` + message + `</samlp:StatusMessage></samlp:Status>`
			d.assembled = func(string) string { return "" }
			d.destination = ""
		}
	}
	for _, c := range []struct{ code, message, detail, words string }{
		{"AuthnFailed", "AADSTS50105: not assigned. Correlation ID: 11111111-2222-3333-4444-555555555555", "AADSTS50105, correlation id 11111111", "has not given you access"},
		{"Requester", "AADSTS700016: Application was not found &lt;script&gt;", "AADSTS700016", "Identifier (Entity ID)"},
		{"RequestDenied", "no", "RequestDenied", "refused the sign-in"},
		{"x&lt;script&gt;", "", "unreadable_error", "reported a problem"},
	} {
		res := w.browser().samlSignIn(status(c.code, c.message))
		w.wantRefused(res, "provider_error", c.detail)
		if !strings.Contains(res.body, c.words) || strings.Contains(res.body, "script>") {
			t.Errorf("%s: the page does not say %q", c.code, c.words)
		}
	}
}

func TestSAML_WhatTheProviderSaysCounts(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	session := func(change func(*samlDoc)) store.Session {
		t.Helper()
		b := w.browser()
		b.wantSAML(change)
		sessions, err := w.store.Organization(w.org.ID).Sessions(t.Context(), w.user.ID)
		w.must(err)
		latest := sessions[0]
		for _, s := range sessions {
			if s.ID > latest.ID {
				latest = s
			}
		}
		return latest
	}
	if s := session(func(d *samlDoc) {
		d.attributes += attribute(methodsClaim, "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password", "http://schemas.microsoft.com/claims/multipleauthn")
	}); !s.SecondFactor {
		t.Error("several factors at the provider do not count")
	}
	if s := session(func(d *samlDoc) {
		d.statement = d.authnStatement(d.now, ` SessionNotOnOrAfter="`+instant(d.now.Add(20*time.Minute))+`"`)
	}); s.ExpiresAt.Sub(s.CreatedAt) != 20*time.Minute {
		t.Errorf("the session lasts %v, and the provider wants 20 minutes", s.ExpiresAt.Sub(s.CreatedAt))
	}
	guest := w.browser().samlSignIn(func(d *samlDoc) {
		d.attributes = strings.ReplaceAll(d.attributes, samlEntity, "https://sts.windows.net/"+otherTenant+"/")
	})
	w.wantRefused(guest, "guest", "")
	upper := func(d *samlDoc) {
		d.attributes = strings.ReplaceAll(d.attributes, w.alice.ObjectID, strings.ToUpper(w.alice.ObjectID))
	}
	w.browser().wantSAML(upper)
}

func TestSAML_ANewcomerComesByRole(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	w.changeConnection(func(c *store.Connection) { c.Admit = "role_assigned" })
	w.changeSAML(func(s *store.SAMLSettings) {
		s.Attributes = store.SAMLAttributes{UserName: "login", GivenName: "first", FamilyName: "last"}
	})
	w.write(func(tx *store.Tx) error {
		_, err := tx.Organization(w.org.ID).CreateMapping(store.Mapping{ConnectionID: w.conn.ID, RoleID: w.roles["writer"].ID, AppRole: "Docs.Write"})
		return err
	})
	newcomer := "bbbbbbbb-0000-4000-8000-0000000000b0"
	res := w.browser().samlSignIn(func(d *samlDoc) {
		d.attributes = attribute(tenantIDClaim, tenantID) + attribute(objectIDClaim, newcomer) + attribute("login", "bob@contoso.com") +
			attribute("first", "Bob") + attribute("last", "Builder") + attribute(roleClaim, "Docs.Write", "Unmapped")
	})
	if res.Header.Get("Location") != "/wiki/start" {
		t.Fatalf("got %d; %+v", res.StatusCode, w.decisions()[0])
	}
	people, err := w.store.Organization(w.org.ID).FindPeople(t.Context(), "bob@contoso.com")
	w.must(err)
	if len(people) != 1 || people[0].User.ExternalID != newcomer || people[0].User.DisplayName != "Bob Builder" || w.decisions()[0].Role != "writer" {
		t.Errorf("the newcomer is %+v", people)
	}
}

func TestSAML_AnotherProviderHasItsOwnIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	const entityID = "https://idp.example.com/saml"
	w.useSAML("keycloak", store.SAMLSettings{}, metadataOf(entityID, "https://idp.example.com/sso?client=1", goodSigner()))
	w.user = w.addUser(store.UserRecord{UserName: "alice", ExternalID: "G-1", Active: true})
	w.group = w.addGroup("Staff", "reader", w.user.ID)
	signIn := func(subject, attributes string) answer {
		b := w.browser()
		r := b.request("/login/keycloak")
		d := newSAMLDoc(w, "", r.ID)
		d.issuer, d.responseIssuer, d.attributes = entityID, entityID, attributes
		d.subject = subjectOf(subject, bearerMethod, confirmation(r.ID, instant(d.now.Add(5*time.Minute)), d.acs))
		return b.deliver(d.document(), r.relay)
	}
	other := attribute("uid", "alice")
	if res := signIn(persistentNameID("G-1"), other); res.Header.Get("Location") != "/" {
		t.Errorf("a persistent NameID: got %d; %+v", res.StatusCode, w.decisions()[0])
	}
	w.wantRefused(signIn(persistentNameID("g-1"), other), "not_provisioned", "")
	w.wantRefused(signIn(`<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">G-1</saml:NameID>`, other), "bad_response", "no lasting identity")
	w.wantRefused(signIn("", other), "bad_response", "no NameID")
	w.changeConnection(func(c *store.Connection) { c.SubjectClaim = "uid" })
	w.wantRefused(signIn(persistentNameID("G-1"), attribute("uid", "G-1", "G-2")), "bad_response", "uid")
	if res := signIn("", attribute("uid", "G-1")); res.Header.Get("Location") != "/" {
		t.Errorf("an attribute: got %d; %+v", res.StatusCode, w.decisions()[0])
	}
}

func TestSAML_ATestArmsAndLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	w.addGroup("Admins", "admin", w.user.ID)
	b := w.browser()
	b.wantSAML(nil)
	cookie := b.sessionCookie()
	conn, err := w.store.FindConnection(t.Context(), w.conn.ID)
	w.must(err)
	if conn.ArmedAt.IsZero() {
		t.Error("an administrator's sign-in does not arm the connection")
	}
	r := b.request("/login/code?test=1")
	res := b.deliver(newSAMLDoc(w, w.alice.ObjectID, r.ID).document(), r.relay)
	if res.StatusCode != http.StatusOK || !strings.Contains(res.body, samlEntity) || b.sessionCookie() != cookie {
		t.Errorf("the test: got %d\n%s", res.StatusCode, res.body)
	}
}

func TestSAML_SignsOutOfMicrosoftToo(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	b := w.browser()
	b.wantSAML(nil)
	if page := b.get("/logout"); !strings.Contains(page.body, "Microsoft") {
		t.Errorf("the page does not offer it:\n%s", page.body)
	}
	res := b.post("/logout", "also", "provider")
	there, err := url.Parse(res.Header.Get("Location"))
	w.must(err)
	if there.Host != "login.microsoftonline.com" || there.Path != "/"+tenantID+"/oauth2/v2.0/logout" || there.Query().Has("client_id") ||
		there.Query().Get("post_logout_redirect_uri") != w.door.URL+"/logout" {
		t.Errorf("got %d to %s", res.StatusCode, there)
	}
	b.wantVerify(http.StatusUnauthorized, "")
}
