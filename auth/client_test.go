package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// granted is an answer of the token endpoint (RFC 6749 sections 5.1 and 5.2).
type granted struct {
	status      int
	header      http.Header
	Token       string `json:"access_token"`
	Type        string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// exchange asks the token endpoint as RFC 6749 section 4.4.2 says. header has names and values in turn.
func (w *world) exchange(form url.Values, header ...string) granted {
	w.t.Helper()
	sent := url.Values{"grant_type": {"client_credentials"}}
	maps.Copy(sent, form)
	h := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for i := 0; i < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	res := w.browser().send(http.MethodPost, "/oauth/token", strings.NewReader(sent.Encode()), h)
	g := granted{status: res.StatusCode, header: res.Header}
	if err := json.Unmarshal([]byte(res.body), &g); err != nil {
		w.t.Fatalf("status %d: %v in %q", res.StatusCode, err, res.body)
	}
	if res.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		w.t.Errorf("headers of the answer: %v", res.Header)
	}
	if g.status == http.StatusUnauthorized && !strings.HasPrefix(g.header.Get("WWW-Authenticate"), "Basic ") {
		w.t.Errorf("401 without a challenge: %v", res.Header)
	}
	return g
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// newClient adds a client; one without federation gets a secret.
func (w *world) newClient(c store.Client) (client store.Client, secret string) {
	w.t.Helper()
	c.ConnectionID = w.conn.ID
	w.write(func(tx *store.Tx) (err error) {
		o := tx.Organization(w.org.ID)
		if client, err = o.CreateClient(c); err == nil && c.Federation == (store.Federation{}) {
			_, secret, err = o.AddClientSecret(client.ID, w.store.Now().Add(30*24*time.Hour))
		}
		return err
	})
	return client, secret
}

func (g granted) refused(t *testing.T, what string, status int, code string) {
	t.Helper()
	if g.status != status || g.Error != code || g.Token != "" || g.Description == "" {
		t.Errorf("%s: status %d %+v, want %d %s", what, g.status, g, status, code)
	}
}

func eachDatabase(t *testing.T, fn func(t *testing.T, w *world), changes ...func(*world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) { fn(t, newWorld(t, s, changes...)) })
}

func TestClientCredentials_HeaderBodyOrBoth(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		client, secret := w.newClient(store.Client{Label: "Entra", Scopes: "read users", TokenLifetime: 2 * time.Hour})
		body := url.Values{"client_id": {client.ID}, "client_secret": {secret}}
		for name, got := range map[string]granted{
			"header":          w.exchange(url.Values{}, "Authorization", basic(client.ID, secret)),
			"body":            w.exchange(body),
			"both":            w.exchange(body, "Authorization", basic(client.ID, secret)),
			"header and id":   w.exchange(url.Values{"client_id": {client.ID}}, "Authorization", basic(client.ID, secret)),
			"id in capitals":  w.exchange(url.Values{"client_id": {strings.ToUpper(client.ID)}, "client_secret": {secret}}),
			"all its scopes":  w.exchange(url.Values{"scope": {"users read"}}, "Authorization", basic(client.ID, secret)),
			"an empty string": w.exchange(url.Values{"scope": {""}}, "Authorization", basic(client.ID, secret)),
		} {
			if got.status != http.StatusOK || got.Type != "Bearer" || got.ExpiresIn != 7200 || got.Scope != "read users" {
				t.Errorf("%s: status %d %+v", name, got.status, got)
			}
			c, err := w.store.Credential(t.Context(), got.Token, "")
			if err != nil || c.Connection.ID != w.conn.ID || c.TokenID != client.ID || c.Scopes != "read users" {
				t.Errorf("%s: the token stands for %+v, %v", name, c, err)
			}
		}
		less := w.exchange(url.Values{"scope": {"users"}}, "Authorization", basic(client.ID, secret))
		if c, err := w.store.Credential(t.Context(), less.Token, ""); less.Scope != "users" || err != nil || c.Scopes != "users" {
			t.Errorf("for less: %+v, credential %+v, %v", less, c, err)
		}
	})
}

func TestClientCredentials_Refused(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		client, secret := w.newClient(store.Client{Scopes: "read users"})
		other, _ := w.newClient(store.Client{})
		_, gone := w.newClient(store.Client{})
		good := basic(client.ID, secret)
		for _, c := range []struct {
			what   string
			form   url.Values
			header string
			status int
			code   string
		}{
			{"nothing", nil, "", 401, "invalid_client"},
			{"no secret", url.Values{"client_id": {client.ID}}, "", 401, "invalid_client"},
			{"another's secret", nil, basic(client.ID, gone), 401, "invalid_client"},
			{"another client", nil, basic(other.ID, secret), 401, "invalid_client"},
			{"an unknown client", nil, basic("me", secret), 401, "invalid_client"},
			{"a truncated secret", nil, basic(client.ID, secret[:len(secret)-1]), 401, "invalid_client"},
			{"two ids", url.Values{"client_id": {other.ID}}, good, 401, "invalid_client"},
			{"two secrets", url.Values{"client_secret": {gone}}, good, 401, "invalid_client"},
			{"another scheme", url.Values{"client_id": {client.ID}, "client_secret": {secret}}, "Bearer " + secret, 401, "invalid_client"},
			{"a broken header", nil, "Basic %%%", 401, "invalid_client"},
			{"no grant", url.Values{"grant_type": nil}, good, 400, "invalid_request"},
			{"an empty grant", url.Values{"grant_type": {""}}, good, 400, "invalid_request"},
			{"a parameter twice", url.Values{"client_id": {client.ID, client.ID}, "client_secret": {secret}}, "", 400, "invalid_request"},
			{"a scope that it has not", url.Values{"scope": {"groups"}}, good, 400, "invalid_scope"},
			{"a scope that there is not", url.Values{"scope": {"users everything"}}, good, 400, "invalid_scope"},
			{"another grant", url.Values{"grant_type": {"password"}}, good, 400, "unsupported_grant_type"},
		} {
			var header []string
			if c.header != "" {
				header = []string{"Authorization", c.header}
			}
			w.exchange(c.form, header...).refused(t, c.what, c.status, c.code)
			storetest.ClockOf(t, w.store).Advance(7 * time.Second) // so that none is one too many
		}
		if got := w.exchange(url.Values{}, "Authorization", good); got.status != http.StatusOK {
			t.Errorf("then the right one: status %d %+v", got.status, got)
		}
		res := w.browser().send(http.MethodPost, "/oauth/token?client_id="+client.ID+"&client_secret="+secret+"&grant_type=client_credentials", nil,
			map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("credentials in the address: status %d", res.StatusCode)
		}
	})
}

func TestClientCredentials_EndAtOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		client, secret := w.newClient(store.Client{})
		ask := func() granted { return w.exchange(url.Values{}, "Authorization", basic(client.ID, secret)) }
		if got := ask(); got.status != http.StatusOK {
			t.Fatalf("status %d %+v", got.status, got)
		}
		clock := storetest.ClockOf(t, w.store)
		clock.Advance(31 * 24 * time.Hour)
		ask().refused(t, "an expired secret", http.StatusUnauthorized, "invalid_client")
		var newer store.ClientSecret
		w.write(func(tx *store.Tx) (err error) {
			newer, secret, err = tx.Organization(w.org.ID).AddClientSecret(client.ID, time.Time{})
			return err
		})
		token := ask().Token
		w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).RevokeClientSecret(newer.ID) })
		ask().refused(t, "a revoked secret", http.StatusUnauthorized, "invalid_client")
		if _, err := w.store.Credential(t.Context(), token, ""); err == nil {
			t.Error("the token of a revoked secret works")
		}
		w.changeConnection(func(c *store.Connection) { c.Enabled = false })
		ask().refused(t, "a connection that is off", http.StatusUnauthorized, "invalid_client")
	})
}

func TestClientCredentials_ATokenIsGivenBack(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		client, secret := w.newClient(store.Client{})
		one := w.exchange(url.Values{}, "Authorization", basic(client.ID, secret)).Token
		other := w.exchange(url.Values{}, "Authorization", basic(client.ID, secret)).Token
		for range 2 { // RFC 7009 section 2.2: an invalid token is no error
			res := w.browser().send(http.MethodPost, "/oauth/revoke", strings.NewReader(url.Values{"token": {one}}.Encode()),
				map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
			if res.StatusCode != http.StatusOK {
				t.Errorf("status %d %s", res.StatusCode, res.body)
			}
		}
		if _, err := w.store.Credential(t.Context(), one, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the token that was given back: %v", err)
		}
		if _, err := w.store.Credential(t.Context(), other, ""); err != nil {
			t.Errorf("the other one: %v", err)
		}
	})
}

func TestClientCredentials_ATokenIsItsClients(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		client, secret := w.newClient(store.Client{})
		other, others := w.newClient(store.Client{})
		token := w.exchange(url.Values{}, "Authorization", basic(client.ID, secret)).Token
		for _, c := range []struct {
			what, header string
			form         url.Values
			status       int
		}{
			{"a wrong secret", basic(client.ID, others), nil, 401},
			{"a wrong secret in the body", "", url.Values{"client_id": {client.ID}, "client_secret": {others}}, 401},
			{"a client without a secret", "", url.Values{"client_id": {client.ID}}, 401},
			{"another client", basic(other.ID, others), nil, 400},
			{"its own client", basic(client.ID, secret), nil, 200},
			{"its own client again", basic(client.ID, secret), nil, 200},
		} {
			form := url.Values{"token": {token}}
			maps.Copy(form, c.form)
			h := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
			if c.header != "" {
				h["Authorization"] = c.header
			}
			res := w.browser().send(http.MethodPost, "/oauth/revoke", strings.NewReader(form.Encode()), h)
			_, err := w.store.Credential(t.Context(), token, "")
			if res.StatusCode != c.status || (err == nil) == (c.status == 200) {
				t.Errorf("%s: status %d %s, and then the token: %v; want %d", c.what, res.StatusCode, res.body, err, c.status)
			}
		}
	})
}

func TestClientCredentials_TooManyFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.address = func(r *http.Request) string { return r.Header.Get("Test-Address") }
	})
	client, secret := w.newClient(store.Client{})
	ask := func(secret, address string) granted {
		return w.exchange(url.Values{}, "Authorization", basic(client.ID, secret), "Test-Address", address)
	}
	for range 20 {
		ask("wrong", "192.0.2.1").refused(t, "a wrong secret", http.StatusUnauthorized, "invalid_client")
	}
	got := ask("wrong", "192.0.2.1")
	got.refused(t, "one too many", http.StatusTooManyRequests, "slow_down")
	if got.header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	if got := ask(secret, "192.0.2.2"); got.status != http.StatusOK {
		t.Errorf("from another address: status %d %+v", got.status, got)
	}
	storetest.ClockOf(t, w.store).Advance(time.Minute)
	if got := ask(secret, "192.0.2.1"); got.status != http.StatusOK {
		t.Errorf("a minute later: status %d %+v", got.status, got)
	}
}

func TestClientCredentials_NetworkAndCertificate(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		client, secret := w.newClient(store.Client{})
		ask := func(address, certificate string) granted {
			return w.exchange(url.Values{}, "Authorization", basic(client.ID, secret), "Test-Address", address, "Test-Certificate", certificate)
		}
		registered := strings.Repeat("1f", 32)
		w.write(func(tx *store.Tx) error {
			return tx.Organization(w.org.ID).ChangeSCIMAccess(w.conn.ID, func(a *store.SCIMAccess) { a.Networks, a.Certificates = "192.0.2.0/24", registered })
		})
		if got := ask("192.0.2.1", registered); got.status != http.StatusOK {
			t.Errorf("status %d %+v", got.status, got)
		}
		ask("198.51.100.1", registered).refused(t, "another address", http.StatusForbidden, "access_denied")
		ask("192.0.2.1", "").refused(t, "no certificate", http.StatusForbidden, "access_denied")
		ask("192.0.2.1", strings.Repeat("2e", 32)).refused(t, "another certificate", http.StatusForbidden, "access_denied")
		events, err := w.store.Organization(w.org.ID).Events(t.Context(), store.EventQuery{SubjectID: client.ID})
		w.must(err)
		n := 0
		for _, e := range events {
			if e.Action == "client.refused" {
				n++
			}
		}
		if n != 3 {
			t.Errorf("%d refusals in the audit, want 3", n)
		}
	}, func(w *world) {
		w.address = func(r *http.Request) string { return r.Header.Get("Test-Address") }
		w.certificate = func(r *http.Request) string { return r.Header.Get("Test-Certificate") }
	})
}
