package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/admin"
)

func TestConnectionGuide_TellsWhatTheServerAnswersAt(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	c.do("role", "add", "Lector à vie", "--org", "contoso", "--rank", "15")
	c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", "11111111-2222-4333-8444-555555555555", "--client-id", "app", "--client-secret", "hush")
	c.do("connection", "add", "okta", "--org", "contoso", "--kind", "oidc", "--issuer", "https://okta.example", "--client-id", "app")
	n := c.serve()
	var guide admin.Guide
	c.read(&guide, "connection", "guide", "--connection", "entra", "--base-url", n.url)
	values := map[string]string{}
	for _, v := range guide.Values {
		values[v.Name] = v.Value
		if v.Value == "" {
			continue
		}
		// Not found would be an address that a provider sends people or pushes to in vain.
		if resp, body := fetch(t, http.MethodGet, v.Value); resp.StatusCode == http.StatusNotFound && !strings.Contains(v.Name, "tenant") {
			t.Errorf("%s, %s: %s\n%s", v.Name, v.Value, resp.Status, body)
		}
	}
	if resp, _ := fetch(t, http.MethodGet, values["tenant_url"]+"/Users"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("below the tenant URL: %s, want 401 without a token", resp.Status)
	}
	for _, s := range guide.Steps {
		for _, name := range s.Uses {
			known := slices.ContainsFunc(guide.Documents, func(d admin.Document) bool { return d.Name == name })
			if _, ok := values[name]; !ok && !known {
				t.Errorf("the step %q uses %q, which is not there", s.Title, name)
			}
		}
	}
	text := c.do("connection", "guide", "--connection", "entra")
	for _, part := range []string{`"value": "Lector---vie"`, `"targetAttributeName": "externalId"`, `"expression": "[objectId]"`, "auth_time", "--org contoso --connection entra"} {
		if !strings.Contains(text, part) {
			t.Errorf("the guide lacks %s:\n%s", part, text)
		}
	}
	if other := c.do("connection", "guide", "--connection", "okta"); strings.Contains(other, "Entra") {
		t.Errorf("the guide for another provider speaks of Entra:\n%s", other)
	}
}

func TestConnectionGuide_AppRolesFitTheMappings(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", "11111111-2222-4333-8444-555555555555", "--client-id", "app", "--client-secret", "hush")
	c.do("role", "add", "日本", "--org", "contoso", "--rank", "15")
	c.do("role", "add", "a b", "--org", "contoso", "--rank", "16")
	c.do("role", "add", "A-B", "--org", "contoso", "--rank", "17")
	var guide struct {
		Documents []struct {
			Name string
			JSON json.RawMessage
		}
	}
	c.read(&guide, "connection", "guide", "--connection", "entra")
	i := slices.IndexFunc(guide.Documents, func(d struct {
		Name string
		JSON json.RawMessage
	}) bool {
		return d.Name == "app_roles"
	})
	var roles []struct{ ID, Value, DisplayName string }
	if err := json.Unmarshal(guide.Documents[i].JSON, &roles); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range roles {
		got[r.DisplayName] = r.Value
		c.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", r.Value, "--role", r.DisplayName)
	}
	if got["日本"] != "role-15" || got["a b"] != "a-b" || got["A-B"] != "role-17" || got["owner"] != "owner" {
		t.Errorf("got the values %v", got)
	}
}
