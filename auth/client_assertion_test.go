package auth_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func (p *provider) assert(client, assertion string, more ...string) granted {
	p.w.t.Helper()
	form := url.Values{"client_id": {client}, "client_assertion_type": {assertionType}, "client_assertion": {assertion}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return p.w.exchange(form)
}

func federation(audience string) store.Client {
	return store.Client{Scopes: "read users", TokenLifetime: 6 * time.Hour, Federation: store.Federation{Subject: workload, Audience: audience}}
}

func TestAssertion_ThreeSpellingsOfTheAudience(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		p := newProvider(w)
		spellings := []string{program, "api://" + program, "api://" + program + "/.default"}
		for _, registered := range spellings {
			client, _ := w.newClient(federation(registered))
			for _, sent := range append(spellings, strings.ToUpper(program)) {
				got := p.assert(client.ID, p.sign(map[string]any{"aud": sent}))
				if got.status != http.StatusOK || got.ExpiresIn != 6*3600 || got.Scope != "read users" {
					t.Errorf("registered %s, sent %s: status %d %+v", registered, sent, got.status, got)
				}
			}
		}
		client, _ := w.newClient(federation(program))
		for name, changes := range map[string]map[string]any{
			"the issuer of version 1.0": {"iss": "https://sts.windows.net/" + tenantID + "/"}, "the issuer without version": {"iss": w.idp.URL + "/" + tenantID},
			"a list of audiences": {"aud": []string{"other", program}}, "a clock ahead": {"iat": w.clock.Now().Unix() + 59, "nbf": nil},
			"no iat and nbf": {"iat": nil, "nbf": nil}, "a clock behind": {"exp": w.clock.Now().Unix() - 59}, "an upper-case tid": {"tid": strings.ToUpper(tenantID)},
		} {
			if got := p.assert(client.ID, p.sign(changes)); got.status != http.StatusOK {
				t.Errorf("%s: status %d %+v", name, got.status, got)
			}
		}
	})
}

func TestAssertion_Refused(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		p := newProvider(w)
		client, _ := w.newClient(federation(program))
		withSecret, secret := w.newClient(store.Client{})
		wrong := map[string]map[string]any{
			"another tenant":             {"tid": otherTenant},
			"another tenant's issuer":    {"iss": w.idp.URL + "/" + otherTenant + "/v2.0"},
			"another tenant's token":     {"iss": w.idp.URL + "/" + otherTenant + "/v2.0", "tid": otherTenant},
			"no tenant":                  {"tid": nil},
			"no issuer":                  {"iss": nil},
			"another host's issuer":      {"iss": "https://login.example.com/" + tenantID + "/v2.0"},
			"another audience":           {"aud": "api://" + workload},
			"the audience of all":        {"aud": scimTokens},
			"no audience":                {"aud": nil},
			"a fourth spelling":          {"aud": program + "/.default"},
			"an audience with a path":    {"aud": "api://" + program + "/scim"},
			"another subject":            {"sub": program},
			"no subject":                 {"sub": nil},
			"a jti that is no text":      {"jti": 7},
			"an issuer that is no text":  {"iss": []string{w.idp.URL}},
			"a subject that is a prefix": {"sub": workload + "0"},
		}
		maps.Copy(wrong, p.wrongTimes())
		next := func() { w.clock.Advance(7 * time.Second) } // so that none is one too many
		for _, what := range slices.Sorted(maps.Keys(wrong)) {
			changes := wrong[what]
			if times, ok := p.wrongTimes()[what]; ok {
				changes = times // by the clock of now
			}
			p.assert(client.ID, p.sign(changes)).refused(t, what, http.StatusUnauthorized, "invalid_client")
			p.wait(next)
		}
		for what, assertion := range p.forgeries() {
			p.assert(client.ID, assertion).refused(t, what, http.StatusUnauthorized, "invalid_client")
			p.wait(next)
		}
		good := p.sign(nil)
		p.assert(withSecret.ID, good).refused(t, "a client with secrets", http.StatusUnauthorized, "invalid_client")
		p.assert("", good).refused(t, "no client id", http.StatusUnauthorized, "invalid_client")
		p.assert(client.ID, good, "client_secret", secret).refused(t, "a secret too", http.StatusBadRequest, "invalid_request")
		p.assert(client.ID, good, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer").refused(t, "another type", http.StatusBadRequest, "invalid_request")
		w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).RevokeClient(client.ID) })
		p.assert(client.ID, good).refused(t, "a revoked client", http.StatusUnauthorized, "invalid_client")
	})
}

// wait lets time pass and keeps the good claims good.
func (p *provider) wait(next func()) {
	next()
	now := p.w.clock.Now().Unix()
	p.base["iat"], p.base["nbf"], p.base["exp"] = now-300, now-300, now+3600
}

func TestAssertion_WithAnIDIsGoodOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		p := newProvider(w)
		client, _ := w.newClient(federation(program))
		once, often := p.sign(map[string]any{"jti": "one"}), p.sign(nil)
		if got := p.assert(client.ID, once); got.status != http.StatusOK {
			t.Fatalf("status %d %+v", got.status, got)
		}
		p.assert(client.ID, once).refused(t, "the same again", http.StatusUnauthorized, "invalid_client")
		node := w.open(storetest.Second(t, w.store))
		first := w.door
		w.door = node
		p.assert(client.ID, once).refused(t, "the same at another node", http.StatusUnauthorized, "invalid_client")
		w.door = first
		for range 2 { // Entra sends one without jti until it has expired
			if got := p.assert(client.ID, often); got.status != http.StatusOK {
				t.Errorf("without jti: status %d %+v", got.status, got)
			}
		}
	})
}

func TestAssertion_KeysCannotBeHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := newProvider(w)
	client, _ := w.newClient(federation(program))
	w.idp.Close()
	got := p.assert(client.ID, p.sign(nil))
	got.refused(t, "no keys", http.StatusServiceUnavailable, "temporarily_unavailable")
	if got.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
}

// TestAssertion_OfAnotherProvider takes assertions of an issuer that has no tenants, by its exact audience.
func TestAssertion_OfAnotherProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.useOtherProvider("sub")
	p := newProvider(w)
	client, _ := w.newClient(federation("https://door.example.com"))
	for audience, want := range map[string]int{"https://door.example.com": 200, "https://door.example.com/": 401, "api://https://door.example.com": 401} {
		if got := p.assert(client.ID, p.sign(map[string]any{"aud": audience, "tid": nil})); got.status != want {
			t.Errorf("%s: status %d %+v, want %d", audience, got.status, got, want)
		}
	}
}
