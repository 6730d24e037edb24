package main

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"doorlist/store"
	"doorlist/store/storetest"
)

// eachServed runs fn on a running server behind a proxy, with the connection entra of an issuer, on each database.
func eachServed(t *testing.T, fn func(t *testing.T, c *terminal, n *node, i *issuer)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c, i := newTerminal(t, url), newIssuer(t)
		c.do("org", "add", "contoso")
		c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--authority", i.URL, "--client-id", "client", "--client-secret", "secret")
		fn(t, c, c.serve("--trusted-proxies", "127.0.0.1", "--client-cert-header", "X-Client-Cert"), i)
	})
}

func TestSCIMAccess_TokensWithScopes(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, _ *issuer) {
		var reading, all newTokenView
		c.read(&reading, "token", "create", "--connection", "entra", "--scope", "read", "--expires", "24h")
		c.read(&all, "token", "create", "--connection", "entra", "--label", "the next one")
		n.bearer(t, reading.Token).ask(200, "GET", "/scim/v2/Users", "")
		n.bearer(t, reading.Token).ask(403, "POST", "/scim/v2/Users", `{"userName":"a"}`)
		n.bearer(t, all.Token).ask(201, "POST", "/scim/v2/Users", `{"userName":"a"}`)
		var tokens []tokenView
		c.read(&tokens, "token", "list", "--connection", "entra")
		if len(tokens) != 2 || !slices.Equal(tokens[0].Scopes, []string{"read"}) || len(tokens[1].Scopes) != 3 || tokens[1].LastFrom != "192.0.2.7" || tokens[1].LastUsedAt == nil {
			t.Errorf("tokens = %+v", tokens)
		}
		c.do("token", "revoke", all.ID)
		n.bearer(t, all.Token).ask(401, "GET", "/scim/v2/Users", "")
		c.fails(exitUsage, "token", "create", "--connection", "entra", "--scope", "write")
		c.fails(exitUsage, "token", "create", "--connection", "entra", "--scope", "")
		c.fails(exitUsage, "client", "create", "--connection", "entra", "--scope", "")
		c.fails(exitUsage, "client", "create", "--connection", "entra", "--token-lifetime", "0")
		if !strings.Contains(c.do("audit", "list", "--org", "contoso", "--json"), `"token.new_address"`) {
			t.Error("the first change from an address is not in the trail")
		}
	})
}

func TestSCIMAccess_Networks(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, _ *issuer) {
		var token newTokenView
		c.read(&token, "token", "create", "--connection", "entra")
		p := n.bearer(t, token.Token)
		c.do("connection", "set", "entra", "--scim-allow", "192.0.2.0/24,2001:db8::/32")
		for address, want := range map[string]int{"192.0.2.8": 200, "2001:db8::1": 200, "198.51.100.1": 403, "192.0.2.8, 198.51.100.1": 403, "": 403} {
			p.header["X-Forwarded-For"] = []string{address}
			p.ask(want, "GET", "/scim/v2/Users", "")
		}
		if !strings.Contains(c.do("audit", "list", "--org", "contoso", "--json"), `"token.refused"`) {
			t.Error("the refusals are not in the trail")
		}
		c.do("connection", "set", "entra", "--scim-allow", "")
		p.ask(200, "GET", "/scim/v2/Users", "")
		c.fails(exitUsage, "connection", "set", "entra", "--scim-allow", "everywhere")
	})
}

func TestSCIMAccess_ClientCredentials(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, _ *issuer) {
		var made newSecretView
		c.read(&made, "client", "create", "--connection", "entra", "--label", "Entra", "--scope", "users", "--token-lifetime", "3h")
		get := func(secret string, style oauth2.AuthStyle) (*oauth2.Token, error) {
			config := clientcredentials.Config{ClientID: made.ClientID, ClientSecret: secret, TokenURL: n.url + "/oauth/token", AuthStyle: style}
			return config.Token(t.Context())
		}
		var tokens []string
		for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
			token, err := get(made.ClientSecret, style)
			if err != nil {
				t.Fatal(err)
			}
			if left := time.Until(token.Expiry); token.Type() != "Bearer" || left < 2*time.Hour || left > 3*time.Hour || token.Extra("expires_in") != 10800.0 {
				t.Errorf("the token is a %s and good for %s, as the answer says %v s", token.Type(), left, token.Extra("expires_in"))
			}
			tokens = append(tokens, token.AccessToken)
		}
		p := n.pusher(t, oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: tokens[0]})))
		p.ask(201, "POST", "/scim/v2/Users", `{"userName":"a"}`)
		p.ask(200, "GET", "/connections/entra/scim/v2/Groups", "")
		p.ask(403, "POST", "/scim/v2/Groups", `{"displayName":"g"}`)

		var newer newSecretView
		c.read(&newer, "client", "add-secret", made.ClientID)
		c.do("client", "revoke-secret", made.SecretID)
		p.ask(401, "GET", "/scim/v2/Users", "")
		if _, err := get(made.ClientSecret, oauth2.AuthStyleInHeader); err == nil || !strings.Contains(err.Error(), "invalid_client") {
			t.Errorf("a revoked secret: %v", err)
		}
		token, err := get(newer.ClientSecret, oauth2.AuthStyleInHeader)
		if err != nil {
			t.Fatal(err)
		}
		n.bearer(t, token.AccessToken).ask(200, "GET", "/scim/v2/Users", "")
		var clients []clientView
		c.read(&clients, "client", "list", "--connection", "entra")
		if len(clients) != 1 || len(clients[0].Secrets) != 2 || clients[0].LastAddress == "" || clients[0].TokenLifetime != 3*3600 {
			t.Errorf("clients = %+v", clients)
		}
		if listed := c.do("client", "list", "--connection", "entra"); strings.Contains(listed, newer.ClientSecret) || !strings.Contains(listed, newer.SecretID) {
			t.Errorf("the list is %s; want the id of the living secret without the secret", listed)
		}
		c.do("client", "revoke", made.ClientID)
		n.bearer(t, token.AccessToken).ask(401, "GET", "/scim/v2/Users", "")
		if said := c.fails(exitFailed, "client", "revoke", made.SecretID); !strings.Contains(said, "client list") {
			t.Errorf("an unknown client: %s", said)
		}
	})
}

func TestSCIMAccess_Federation(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, i *issuer) {
		var made newSecretView
		c.read(&made, "client", "create", "--connection", "entra", "--subject", "workload", "--audience", "api://our-app")
		if made.ClientSecret != "" || !strings.HasSuffix(made.TokenEndpoint, "/oauth/token") {
			t.Errorf("client = %+v", made)
		}
		exchange := func(claims map[string]any) (int, string) {
			t.Helper()
			res, err := http.PostForm(n.url+"/oauth/token", url.Values{
				"grant_type": {"client_credentials"}, "client_id": {made.ClientID}, "client_assertion": {i.sign(claims)},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var got struct {
				Token string `json:"access_token"`
			}
			if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, got.Token
		}
		claims := map[string]any{"iss": i.URL + "/" + tenantID + "/v2.0", "aud": "our-app", "sub": "workload"}
		status, token := exchange(claims)
		if status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		n.bearer(t, token).ask(201, "POST", "/scim/v2/Users", `{"userName":"a"}`)
		claims["tid"] = groupID
		if status, _ := exchange(claims); status != http.StatusUnauthorized {
			t.Errorf("another tenant: status %d", status)
		}
		if said := c.fails(exitUsage, "client", "create", "--connection", "entra", "--subject", "workload"); !strings.Contains(said, "aud") {
			t.Errorf("no audience: %s", said)
		}
	})
}

func TestSCIMAccess_EntraToken(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, i *issuer) {
		claims := map[string]any{"iss": "https://sts.windows.net/" + tenantID + "/", "aud": "8adf8e6e-67b2-4cf2-a259-e3dc5476c621", "appid": groupID}
		good := n.bearer(t, i.sign(claims))
		good.ask(401, "GET", "/connections/entra/scim/v2/Users", "")
		c.do("connection", "set", "entra", "--scim-entra-token", "on")
		good.ask(201, "POST", "/connections/entra/scim/v2/Users", `{"userName":"a"}`)
		good.ask(200, "GET", "/scim/v2/Users", "")
		for name, value := range map[string]any{"tid": groupID, "aud": "our-app", "iss": "https://sts.windows.net/" + groupID + "/", "exp": time.Now().Add(-time.Hour).Unix()} {
			wrong := map[string]any{name: value}
			for other, right := range claims {
				if other != name {
					wrong[other] = right
				}
			}
			n.bearer(t, i.sign(wrong)).ask(401, "GET", "/connections/entra/scim/v2/Users", "")
		}
		c.do("connection", "set", "entra", "--scim-entra-app", tenantID)
		good.ask(401, "GET", "/connections/entra/scim/v2/Users", "")
		c.do("connection", "set", "entra", "--scim-entra-app", groupID)
		good.ask(200, "GET", "/connections/entra/scim/v2/Users", "")
		var v scimView
		c.read(&v, "connection", "scim", "entra")
		if !v.EntraTokens || v.EntraApp != groupID || !strings.HasSuffix(v.OwnURL, "/connections/entra/scim/v2") {
			t.Errorf("connection scim = %+v", v)
		}
		c.do("connection", "set", "entra", "--scim-entra-token", "off")
		good.ask(401, "GET", "/connections/entra/scim/v2/Users", "")
	})
}

func TestProvisioningLog_IsKeptBehindTheAnswersAsLongAsWanted(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, _ *issuer) {
		var token newTokenView
		c.read(&token, "token", "create", "--connection", "entra")
		n.bearer(t, token.Token).ask(201, "POST", "/scim/v2/Users", `{"userName":"a"}`)
		n.stop(t) // what was answered is written before the server ends
		s, err := store.Open(t.Context(), store.Options{URL: strings.TrimPrefix(c.environ[0], "DOORLIST_DATABASE="), MasterKey: storetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		o, err := findOrg(t.Context(), s, "contoso")
		if err != nil {
			t.Fatal(err)
		}
		requests, err := s.Organization(o.ID).Requests(t.Context(), store.SCIMRequestQuery{})
		if err != nil || len(requests.Requests) != 1 || requests.Requests[0].Operation != "Create user" || requests.Requests[0].Changes != 1 {
			t.Errorf("the log is %+v, %v", requests, err)
		}
		kept := func() int {
			t.Helper()
			var v scimView
			c.read(&v, "connection", "scim", "entra")
			return v.LogDays
		}
		if days := kept(); days != 30 {
			t.Errorf("kept for %d days, want 30", days)
		}
		c.do("connection", "set", "entra", "--log-retention", "7")
		if days := kept(); days != 7 {
			t.Errorf("kept for %d days, want 7", days)
		}
	})
}

func TestSCIMAccess_ClientCertificate(t *testing.T) {
	eachServed(t, func(t *testing.T, c *terminal, n *node, i *issuer) {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Entra"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &i.key.PublicKey, i.key)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "client.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		var token newTokenView
		c.read(&token, "token", "create", "--connection", "entra")
		c.do("connection", "set", "entra", "--scim-client-cert", file)
		p := n.bearer(t, token.Token)
		p.ask(403, "GET", "/scim/v2/Users", "")
		p.header.Set("X-Client-Cert", ":"+base64.StdEncoding.EncodeToString(der)+":")
		p.ask(200, "GET", "/scim/v2/Users", "")
		p.header.Del("Authorization")
		p.ask(401, "GET", "/scim/v2/Users", "")
		var v scimView
		c.read(&v, "connection", "scim", "entra")
		c.do("connection", "set", "entra", "--scim-client-cert", strings.ToUpper(v.Certificates[0]))

		other := c.serve("--trusted-proxies", "10.0.0.0/8", "--client-cert-header", "X-Client-Cert").bearer(t, token.Token)
		other.header.Set("X-Client-Cert", p.header.Get("X-Client-Cert"))
		other.ask(403, "GET", "/scim/v2/Users", "") // the header is not the proxy's
		c.do("connection", "set", "entra", "--scim-client-cert", "")
		other.ask(200, "GET", "/scim/v2/Users", "")
		c.fails(exitUsage, "connection", "set", "entra", "--scim-client-cert", file+".none")
		if said := c.fails(exitUsage, "serve", "--client-cert-header", "X-Client-Cert"); !strings.Contains(said, "trusted-proxies") {
			t.Errorf("a header from everybody: %s", said)
		}
	})
}

// A person at another machine must not read the server's files.
func TestSCIMAccess_FilesStayAtTheServer(t *testing.T) {
	t.Parallel()
	if _, err := fingerprints([]string{"/etc/passwd"}, true); err == nil || !strings.Contains(err.Error(), "own terminal") {
		t.Errorf("got %v", err)
	}
}
