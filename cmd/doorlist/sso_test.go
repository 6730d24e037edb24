package main

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// contosoWithPeople is an organization with a connection whose provider has sent two people.
func contosoWithPeople(t *testing.T, c *terminal) {
	t.Helper()
	c.do("org", "add", "contoso")
	c.do("connection", "add", "entra", "--org", "contoso", "--kind", "entra", "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret")
	var made newTokenView
	c.read(&made, "token", "create", "--connection", "entra")
	n := c.serve()
	for _, name := range []string{"alice@contoso.com", "bob@contoso.com"} {
		push(t, n.url+"/scim/v2/Users", made.Token, `{"userName":"`+name+`","active":true}`)
	}
	n.stop(t)
}

// push creates a user over SCIM.
func push(t *testing.T, url, token, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/scim+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("POST %s answered %s", url, res.Status)
	}
}

func TestSSO_TellsWhoWouldHaveNoWayIn(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		contosoWithPeople(t, c)
		var v ssoView
		c.read(&v, "sso", "show", "--org", "contoso")
		if v.Mode != "all" || v.SSO != 2 || v.NewPeople != "sso" || len(v.NoWayIn) != 0 || len(v.Connections) != 1 || v.Connections[0].Armed {
			t.Errorf("at first: %+v", v)
		}
		c.read(&v, "sso", "set", "--org", "contoso", "--mode", "off", "--dry-run")
		if v.Changed || len(v.NoWayIn) != 2 || len(v.ToPassword) != 2 || v.NewPeople != "password" {
			t.Errorf("a rehearsal of off: %+v", v)
		}
		var seen rehearsalView
		c.read(&seen, "sso", "set", "--org", "contoso", "--mode", "off", "--dry-run")
		if len(seen.Changes) != 2 || len(seen.Kinds) == 0 || seen.Changes[0].UserName != "alice@contoso.com" || seen.Changes[0].Before.Method != "sso" || seen.Changes[0].After.Method == "sso" {
			t.Errorf("a rehearsal of off names %+v", seen)
		}
		if got := c.do("sso", "set", "--user", "bob@contoso.com", "off", "--dry-run"); !strings.Contains(got, "bob@contoso.com at contoso: ") || !strings.Contains(got, "Nothing was changed") {
			t.Errorf("an exception says %q", got)
		}
		c.read(&v, "sso", "show", "--org", "contoso")
		if v.Mode != "all" {
			t.Errorf("the rehearsal changed the mode to %s", v.Mode)
		}
		c.read(&v, "sso", "set", "--org", "contoso", "--mode", "all", "--except", "alice@contoso.com")
		if len(v.NoWayIn) != 1 || v.NoWayIn[0].UserName != "alice@contoso.com" || !v.Changed {
			t.Errorf("with an exception: %+v", v)
		}
		c.read(&v, "sso", "set", "--org", "contoso", "--mode", "all", "--except", "bob@contoso.com")
		if len(v.NoWayIn) != 1 || v.NoWayIn[0].UserName != "bob@contoso.com" {
			t.Errorf("with another exception in its place: %+v", v)
		}
		c.read(&v, "sso", "set", "--user", "bob@contoso.com", "on")
		if len(v.NoWayIn) != 0 || v.SSO != 2 {
			t.Errorf("without the exception: %+v", v)
		}
	})
}

func TestSSO_RefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	c := configured(t)
	for text, args := range map[string][]string{
		"either --mode":     {"sso", "set", "--org", "contoso"},
		"on or off":         {"sso", "set", "--user", "x"},
		"off, per_user":     {"sso", "set", "--org", "contoso", "--mode", "everybody"},
		"--except goes":     {"sso", "set", "--org", "contoso", "--mode", "off", "--except", "x"},
		"--user is missing": {"outage", "start", "--org", "contoso"},
	} {
		if got := c.fails(exitUsage, args...); !strings.Contains(got, text) {
			t.Errorf("doorlist %s said %q, want %q in it", strings.Join(args, " "), got, text)
		}
	}
	if got := c.fails(exitFailed, "sso", "set", "--user", "nobody@contoso.com", "on"); !strings.Contains(got, "nobody called") {
		t.Errorf("for nobody it said %q", got)
	}
}

func TestOutage_StartListEnd(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	contosoWithPeople(t, c)
	if got := c.do("outage", "start", "--org", "contoso", "--user", "alice@contoso.com", "--reason", "Entra is down", "--for", "2h"); !strings.Contains(got, "They have none yet: alice@contoso.com") {
		t.Errorf("it said %q, want that alice has no password", got)
	}
	var all []outageView
	c.read(&all, "outage", "list", "--org", "contoso")
	if len(all) != 1 || all[0].Over || len(all[0].People) != 1 || all[0].Reason != "Entra is down" {
		t.Fatalf("outages = %+v", all)
	}
	c.do("outage", "end", "--org", "contoso")
	c.read(&all, "outage", "list", "--org", "contoso")
	if len(all) != 1 || !all[0].Over {
		t.Errorf("afterwards: %+v", all)
	}
}
