package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestOrg_LetsSCIMSetPasswords pushes passwords to a running server before and after the switch, by the rules and the hash of
// the sign-in.
func TestOrg_LetsSCIMSetPasswords(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var token newTokenView
	c.read(&token, "token", "create", "--connection", "entra")
	n := c.serve()
	post := func(body string) (int, string) { return n.pushUser(t, token.Token, body) }
	if status, body := post(`{"userName":"a@contoso.com","password":"short"}`); status != http.StatusCreated {
		t.Errorf("off: status %d: %s", status, body)
	}
	var changed orgView
	c.read(&changed, "org", "set", "contoso", "--scim-passwords", "on")
	if !changed.SCIMPasswords || changed.Slug != "contoso" {
		t.Errorf("changed %+v", changed)
	}
	for password, want := range map[string]int{"short": http.StatusBadRequest, "alice-alice-alice": http.StatusBadRequest, "correct horse battery": http.StatusCreated} {
		if status, body := post(`{"userName":"alice@contoso.com","password":"` + password + `"}`); status != want || strings.Contains(body, password) {
			t.Errorf("%s: status %d, want %d: %s", password, status, want, body)
		}
	}
	if got := c.do("audit", "list", "--org", "contoso", "--json"); !strings.Contains(got, `"user.password_set"`) || strings.Contains(got, "horse") || strings.Contains(got, "argon2id") {
		t.Error("the trail lacks the event, or tells too much")
	}
	c.read(&changed, "org", "set", "contoso", "--scim-passwords", "off", "--name", "Contoso Ltd")
	if changed.SCIMPasswords || changed.Name != "Contoso Ltd" {
		t.Errorf("changed %+v", changed)
	}
}

// pushUser creates a user by SCIM.
func (n *node) pushUser(t *testing.T, token, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.url+"/scim/v2/Users", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
