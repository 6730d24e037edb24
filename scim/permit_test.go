package scim

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorlist/scim/scimtest"
	"doorlist/store"
	"doorlist/store/storetest"
)

// guarded is a door whose callers say by headers from where they come and which certificate they have, and whose Entra
// signs every token with the word "signed".
func guarded(t *testing.T, s *store.Store) *door {
	t.Helper()
	d := newDoor(t, s)
	d.logged = &bytes.Buffer{}
	handler, err := New(Config{
		Store: s, BaseURL: scimtest.BaseURL, Logger: slog.New(slog.NewTextHandler(d.logged, nil)),
		Address:           func(r *http.Request) string { return r.Header.Get("Test-Address") },
		ClientCertificate: func(r *http.Request) string { return r.Header.Get("Test-Certificate") },
		CheckEntraToken: func(_ context.Context, c store.Connection, app, token string) error {
			switch {
			case strings.HasSuffix(token, ".down"):
				return errors.New("no keys")
			case c.ID != d.connection.ID || app != "" || !strings.HasSuffix(token, ".signed"):
				return &TokenError{"The token is signed by somebody else."}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.server = httptest.NewServer(handler)
	t.Cleanup(d.server.Close)
	return d
}

// eachGuarded runs fn on a guarded door on each database.
func eachGuarded(t *testing.T, fn func(t *testing.T, d *door)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) { fn(t, guarded(t, s)) })
}

// scoped makes a token with scopes.
func (d *door) scoped(scopes ...string) (secret string) {
	d.t.Helper()
	d.administer(func(o *store.OrganizationTx) (err error) {
		_, secret, err = o.CreateToken(d.connection.ID, "scoped", time.Time{}, scopes...)
		return err
	})
	return secret
}

func (d *door) demand(change func(a *store.SCIMAccess)) {
	d.t.Helper()
	d.administer(func(o *store.OrganizationTx) error { return o.ChangeSCIMAccess(d.connection.ID, change) })
}

// refused demands a SCIM error with a status and parts of its sentence.
func (r reply) refused(t *testing.T, what string, status int, words ...string) {
	t.Helper()
	detail, _ := r.json["detail"].(string)
	schemas, _ := r.json["schemas"].([]any)
	if r.status != status || len(schemas) != 1 || schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" || r.json["status"] != strconv.Itoa(status) {
		t.Errorf("%s: status %d %s, want %d", what, r.status, r.text, status)
	}
	for _, word := range words {
		if !strings.Contains(detail, word) {
			t.Errorf("%s: %q does not say %q", what, detail, word)
		}
	}
	if status == http.StatusUnauthorized && !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("%s: WWW-Authenticate is %q", what, r.header.Get("WWW-Authenticate"))
	}
}

func TestScopes_EachChangeNeedsItsOwn(t *testing.T) {
	eachGuarded(t, func(t *testing.T, d *door) {
		user, group := "/Users/"+d.create("/Users", `{"userName":"u"}`), "/Groups/"+d.create("/Groups", `{"displayName":"g"}`)
		rename := `{"Operations":[{"op":"replace","path":"displayName","value":"%"}]}`
		for _, c := range []struct {
			scopes []string
			may    string // the endpoints that it may change
		}{{[]string{"read"}, ""}, {[]string{"users"}, "/Users"}, {[]string{"read", "groups"}, "/Groups"}, {nil, "/Users/Groups"}} {
			token := "Bearer " + d.scoped(c.scopes...)
			for _, path := range []string{"/Users", user, "/groups", group, "/", "/Schemas", "/ServiceProviderConfig"} {
				if r := d.send("GET", "/scim/v2"+path, "", "Authorization", token); r.status != http.StatusOK {
					t.Errorf("%v reads %s: status %d %s", c.scopes, path, r.status, r.text)
				}
			}
			if r := d.send("POST", "/scim/v2/Users/.search", `{}`, "Authorization", token); r.status != http.StatusOK {
				t.Errorf("%v searches: status %d %s", c.scopes, r.status, r.text)
			}
			for path, scope := range map[string]string{user: "users", group: "groups", strings.ToLower(user): "users", "/" + group: "groups"} {
				r := d.send("PATCH", "/scim/v2"+path, strings.ReplaceAll(rename, "%", "name by "+strings.Join(c.scopes, " ")+"!"), "Authorization", token)
				if strings.Contains(c.may, strings.ToUpper(scope[:1])+scope[1:]) {
					if r.status >= 300 {
						t.Errorf("%v patches %s: status %d %s", c.scopes, path, r.status, r.text)
					}
					continue
				}
				r.refused(t, strings.Join(c.scopes, " ")+" patches "+path, http.StatusForbidden, `"`+scope+`"`)
				if want := `error="insufficient_scope", scope="` + scope + `"`; !strings.Contains(r.header.Get("WWW-Authenticate"), want) {
					t.Errorf("WWW-Authenticate is %q, want %q in it", r.header.Get("WWW-Authenticate"), want)
				}
			}
		}
	})
}

func TestScopes_OfBulkOperations(t *testing.T) {
	eachGuarded(t, func(t *testing.T, d *door) {
		r := d.send("POST", "/scim/v2/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
			{"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"u"}},
			{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"g","members":[{"value":"bulkId:h"}]}},
			{"method":"POST","path":"/Groups","bulkId":"h","data":{"displayName":"h","members":[{"value":"bulkId:g"}]}}]}`,
			"Authorization", "Bearer "+d.scoped("users"))
		var statuses []string
		for _, o := range r.json["Operations"].([]any) {
			statuses = append(statuses, o.(map[string]any)["status"].(string))
		}
		if want := []string{"201", "403", "403"}; !slices.Equal(statuses, want) {
			t.Errorf("statuses %v, want %v: %s", statuses, want, r.text)
		}
		if n := d.total("/Groups", "displayName pr"); n != 0 {
			t.Errorf("%d groups were made without the scope", n)
		}
	})
}

func TestNetworks_RefuseOtherAddresses(t *testing.T) {
	eachGuarded(t, func(t *testing.T, d *door) {
		d.demand(func(a *store.SCIMAccess) { a.Networks = "192.0.2.0/24, 2001:db8::/32" })
		for address, want := range map[string]int{"192.0.2.9": 200, "::ffff:192.0.2.9": 200, "2001:db8::1": 200, "198.51.100.1": 403, "": 403, "x": 403, "127.0.0.1": 403} {
			r := d.do("GET", "/Users", "", "Test-Address", address)
			if want != http.StatusOK {
				r.refused(t, address, want, "address")
			} else if r.status != want {
				t.Errorf("%s: status %d, want %d", address, r.status, want)
			}
		}
		refusals := func() (n int) {
			for _, action := range d.events(d.tokenID) {
				if action == "token.refused" {
					n++
				}
			}
			return n
		}
		if before := refusals(); before != 4 {
			t.Errorf("%d refusals in the audit, want one for each address", before)
		}
		for range 20 {
			d.do("GET", "/Users", "", "Test-Address", "198.51.100.1")
		}
		if n := refusals(); n != 4 {
			t.Errorf("%d refusals in the audit after more requests within a minute", n)
		}
		storetest.ClockOf(t, d.store).Advance(time.Minute)
		d.do("GET", "/Users", "", "Test-Address", "198.51.100.1")
		if n := refusals(); n != 5 {
			t.Errorf("%d refusals in the audit a minute later, want 5", n)
		}
		d.demand(func(a *store.SCIMAccess) { a.Networks = "" })
		d.must(http.StatusOK, "GET", "/Users", "", "Test-Address", "198.51.100.1")
	})
}

func TestCertificate_IsDemandedBesideTheToken(t *testing.T) {
	eachGuarded(t, func(t *testing.T, d *door) {
		one, two, three := strings.Repeat("1f", 32), strings.Repeat("2e", 32), strings.Repeat("3d", 32)
		d.demand(func(a *store.SCIMAccess) { a.Certificates = one + " " + two })
		for certificate, want := range map[string]int{one: 200, two: 200, three: 403, "": 403, one[1:]: 403, one + " " + two: 403} {
			r := d.do("GET", "/Users", "", "Test-Certificate", certificate)
			if want != http.StatusOK {
				r.refused(t, certificate, want, "certificate")
			} else if r.status != want {
				t.Errorf("%s: status %d, want %d", certificate, r.status, want)
			}
		}
		d.send("GET", "/scim/v2/Users", "", "Test-Certificate", one).refused(t, "a certificate alone", http.StatusUnauthorized)
		d.send("GET", "/scim/v2/Users", "", "Test-Certificate", one, "Authorization", "Bearer dls_x").refused(t, "a certificate with a wrong token", http.StatusUnauthorized)
	})
}

func TestNewAddress_Alarms(t *testing.T) {
	eachGuarded(t, func(t *testing.T, d *door) {
		user := "/Users/" + d.create("/Users", `{"userName":"u"}`) // from no address
		for _, c := range []struct {
			method, address string
			want            int
		}{{"GET", "192.0.2.1", 0}, {"PATCH", "192.0.2.1", 1}, {"PATCH", "192.0.2.1", 1}, {"GET", "192.0.2.2", 1}, {"PATCH", "192.0.2.2", 2}, {"DELETE", "192.0.2.2", 2}} {
			body := ""
			if c.method == "PATCH" {
				body = `{"Operations":[{"op":"replace","path":"title","value":"x"}]}`
			}
			d.do(c.method, user, body, "Test-Address", c.address)
			n := 0
			for _, action := range d.events(d.tokenID) {
				if action == "token.new_address" {
					n++
				}
			}
			if n != c.want {
				t.Errorf("after %s from %s: %d alarms, want %d", c.method, c.address, n, c.want)
			}
		}
		if got := strings.Count(d.logged.String(), "writes from a new address"); got != 1 {
			t.Errorf("%d warnings in the log, want one: the first address is no surprise\n%s", got, d.logged.String())
		}
	})
}

// signed is a JWT as far as it is read before it is checked.
func signed(tenant, signature string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"`+tenant+`"}`)) + "." + signature
}

func TestEntraToken(t *testing.T) {
	eachGuarded(t, func(t *testing.T, d *door) {
		tenant := d.connection.TenantID
		ask := func(address, token string) reply {
			return d.send("GET", address+"/Users", "", "Authorization", "Bearer "+token)
		}
		own := "/connections/entra/scim/v2"
		ask(own, signed(tenant, "signed")).refused(t, "before it is switched on", http.StatusUnauthorized, "not taken")
		ask("/scim/v2", signed(tenant, "signed")).refused(t, "before it is switched on", http.StatusUnauthorized, "not taken")
		d.demand(func(a *store.SCIMAccess) { a.EntraTokens = true })
		for _, address := range []string{own, "/connections/" + d.connection.ID + "/scim/v2", "/scim/v2"} {
			if r := ask(address, signed(tenant, "signed")); r.status != http.StatusOK {
				t.Errorf("%s: status %d %s", address, r.status, r.text)
			}
		}
		ask(own, signed(tenant, "forged")).refused(t, "a forged token", http.StatusUnauthorized, "somebody else")
		ask(own, signed(tenant, "down")).refused(t, "no keys", http.StatusServiceUnavailable, "keys")
		ask("/scim/v2", signed("9d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d2", "signed")).refused(t, "another tenant", http.StatusUnauthorized)
		ask("/scim/v2", "e30.%%%.signed").refused(t, "no JSON", http.StatusUnauthorized)
		ask("/connections/other/scim/v2", signed(tenant, "signed")).refused(t, "another connection", http.StatusUnauthorized)
		d.demand(func(a *store.SCIMAccess) { a.EntraTokens = false })
		ask(own, signed(tenant, "signed")).refused(t, "after it is switched off", http.StatusUnauthorized)
	})
}

func TestServiceProviderConfig_NamesTheWaysIn(t *testing.T) {
	t.Parallel()
	d := guarded(t, storetest.New(t))
	schemes := func() string {
		r := d.must(http.StatusOK, "GET", "/ServiceProviderConfig", "", "Test-Certificate", strings.Repeat("1f", 32))
		var types []string
		for _, s := range r.json["authenticationSchemes"].([]any) {
			scheme := s.(map[string]any)
			types = append(types, scheme["type"].(string))
			if strings.Contains(r.text, "certificate") != strings.Contains(scheme["description"].(string), "certificate") {
				t.Errorf("not all schemes say the same of certificates: %s", r.text)
			}
		}
		return strings.Join(types, " ")
	}
	if got, want := schemes(), "oauthbearertoken oauth2"; got != want {
		t.Errorf("schemes %q, want %q", got, want)
	}
	d.demand(func(a *store.SCIMAccess) { a.EntraTokens, a.Certificates = true, strings.Repeat("1f", 32) })
	if got, want := schemes(), "oauthbearertoken oauth2 oauthbearertoken"; got != want {
		t.Errorf("schemes %q, want %q", got, want)
	}
}
