package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

const (
	tenantID = "7d3f1c52-0b7e-4a52-9d8c-5a1f7c0de001"
	groupID  = "11111111-2222-4333-8444-555555555555"
)

// The calls of the contract, from an empty database to a configured door.
func TestCommands_FromEmptyToConfigured(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("connection", "add", "entra", "--org", "contoso", "--kind", "entra", "--tenant-id", strings.ToUpper(tenantID),
			"--client-id", "client", "--client-secret", "secret")
		c.do("connection", "add", "okta", "--org", "contoso", "--kind", "oidc", "--issuer", "https://okta.example.com",
			"--client-id", "client", "--client-secret", "secret", "--subject-claim", "sub")
		c.do("role", "add", "auditor", "--org", "contoso", "--rank", "15", "--console", "read")
		c.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--group-external-id", groupID, "--role", "writer")
		c.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", "Task.Audit", "--role", "auditor")

		var connections []connectionView
		c.read(&connections, "connection", "list", "--org", "contoso")
		if len(connections) != 2 || connections[0].Issuer != "https://login.microsoftonline.com/"+tenantID+"/v2.0" {
			t.Errorf("connections = %+v; want entra, with its issuer, and okta", connections)
		}
		var roles []roleView
		c.read(&roles, "role", "list", "--org", "contoso")
		var ladder []string
		for _, r := range roles {
			ladder = append(ladder, r.Name)
		}
		if got, want := strings.Join(ladder, " "), "contributor auditor reader writer admin owner"; got != want {
			t.Errorf("the ladder is %q, want %q", got, want)
		}
		var mappings []mappingView
		c.read(&mappings, "mapping", "list", "--org", "contoso")
		if len(mappings) != 2 || mappings[0].Connection != "entra" || mappings[0].Role == "" {
			t.Errorf("mappings = %+v; want two of entra with their roles", mappings)
		}
	})
}

func TestToken_ShownOnceThenOnlyListed(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var made newTokenView
	c.read(&made, "token", "create", "--connection", "entra", "--label", "Entra", "--expires", "24h")
	if !strings.HasPrefix(made.Token, "dls_") || made.ID == "" || made.ExpiresAt == nil {
		t.Fatalf("token = %+v; want id, token and expires_at", made)
	}
	if left := time.Until(*made.ExpiresAt); left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("it expires in %s, want 24h", left)
	}
	listed := c.do("token", "list", "--connection", "entra", "--json")
	if strings.Contains(listed, made.Token) || !strings.Contains(listed, made.ID) {
		t.Errorf("the list is %s; want the id without the secret", listed)
	}
	c.do("token", "revoke", made.ID)
	var tokens []tokenView
	c.read(&tokens, "token", "list", "--connection", "entra")
	if len(tokens) != 1 || tokens[0].RevokedAt == nil {
		t.Errorf("tokens = %+v; want one, revoked", tokens)
	}
}

func TestCommands_SetAndRemove(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("org", "set", "contoso", "--name", "Contoso Ltd", "--slug", "contoso-eu")
	c.do("connection", "set", "entra", "--enabled=false", "--name", "Microsoft")
	c.do("role", "set", "reader", "--org", "contoso-eu", "--name", "viewer", "--rank", "21")
	var m mappingView
	c.read(&m, "mapping", "add", "--org", "contoso-eu", "--connection", "entra", "--group-external-id", groupID, "--role", "viewer")
	c.do("mapping", "set", m.ID, "--org", "contoso-eu", "--role", "writer")

	var connections []connectionView
	c.read(&connections, "connection", "list")
	if len(connections) != 1 || connections[0].Enabled || connections[0].Name != "Microsoft" || connections[0].Match != "object_id" {
		t.Errorf("connections = %+v; want one, off, renamed, otherwise as it was", connections)
	}
	var mappings []mappingView
	c.read(&mappings, "mapping", "list", "--org", "contoso-eu")
	if len(mappings) != 1 || mappings[0].Role != "writer" {
		t.Errorf("mappings = %+v; want one that gives writer", mappings)
	}
	c.do("mapping", "remove", m.ID, "--org", "contoso-eu")
	c.do("role", "remove", "viewer", "--org", "contoso-eu")
	c.do("connection", "remove", "entra")
	c.do("org", "remove", "contoso-eu")
	if got := c.do("org", "list", "--json"); strings.TrimSpace(got) != "[]" {
		t.Errorf("organizations = %s, want none", got)
	}
}

func TestAudit_OneEventALine(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var actions []string
	for line := range strings.Lines(c.do("audit", "list", "--org", "contoso", "--json")) {
		var e eventView
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if e.Actor.Kind != "administrator" || e.Actor.ID == "" {
			t.Errorf("%s was done by %+v, want the administrator at the terminal", e.Action, e.Actor)
		}
		actions = append(actions, e.Action)
	}
	if len(actions) == 0 || actions[0] != "organization.created" || !slices.Contains(actions, "connection.created") || actions[len(actions)-1] != "connection.credential_added" {
		t.Errorf("actions = %v; want the organization first, the connection, and its secret last", actions)
	}
}

func TestOwner_LinkToSetThePassword(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var owner ownerView
	c.read(&owner, "owner", "create", "--email", "olivia@contoso.com", "--base-url", "https://door.example.com/")
	if owner.Email != "olivia@contoso.com" || !strings.HasPrefix(owner.Link, "https://door.example.com/invite/") {
		t.Errorf("owner = %+v; want the e-mail and a link", owner)
	}
}

func TestCommands_UserNameMatchingWarns(t *testing.T) {
	t.Parallel()
	c := configured(t)
	got := execute(t, c.environ, "connection", "set", "entra", "--match", "user_name")
	if got.code != exitDone || !strings.Contains(got.stderr, "Warning") {
		t.Errorf("code %d, %q; want a warning", got.code, got.stderr)
	}
}

func TestCommands_Refusals(t *testing.T) {
	t.Parallel()
	c := configured(t)
	for _, tc := range []struct {
		code int
		args string
		want string
	}{
		{exitUsage, "orgg", "unknown command"},
		{exitUsage, "org", "add, list, remove, set"},
		{exitUsage, "org ad", "is no command of doorlist org"},
		{exitUsage, "org add", "accepts 1 arg"},
		{exitUsage, "org add two words", "accepts 1 arg"},
		{exitUsage, "org list --colour", "unknown flag"},
		{exitUsage, "org add Contoso!", "lower-case letters"},
		{exitFailed, "org add contoso", "already in use"},
		{exitFailed, "org add child --parent nobody", `no organization "nobody"`},
		{exitUsage, "org set contoso", "--slug, --name, --parent"},
		{exitFailed, "org set contoso --default-role nobody", `no role "nobody"`},
		{exitFailed, "org set contoso --default-role admin", "right to the console"},
		{exitUsage, "org set contoso --ambiguous-roles lowest", "highest or refuse"},
		{exitUsage, "role set reader --org contoso", "--shared-only"},
		{exitFailed, "role set reader --org contoso --rank 30", "already in use"},
		{exitUsage, "org set contoso --scim-passwords maybe", "give on or off"},
		{exitFailed, "org remove nobody", `no organization "nobody"`},
		{exitUsage, "connection add x --org contoso --kind ldap --client-id c", "give entra, oidc or saml"},
		{exitUsage, "connection add x --org contoso --tenant-id common --client-id c", "GUID"},
		{exitUsage, "connection add x --org contoso --tenant-id " + tenantID, "client-id"},
		{exitUsage, "connection add x --client-id c --tenant-id " + tenantID, "--org is missing"},
		{exitUsage, "connection add x --org contoso --client-id c --tenant-id " + tenantID + " --authority http://login.example.com", "https://"},
		{exitUsage, "connection set entra", "say what to change"},
		{exitUsage, "connection set entra --match email", "object_id or user_name"},
		{exitFailed, "connection set nope --enabled=false", `no connection "nope"`},
		{exitUsage, "role add x --org contoso", "--rank is missing"},
		{exitUsage, "role add x --org contoso --rank 5 --console root", "none, read, manage or own"},
		{exitFailed, "role add x --org contoso --rank 10", "already in use"},
		{exitFailed, "role remove x --org contoso", `no role "x"`},
		{exitUsage, "mapping add --org contoso", "exactly one of"},
		{exitFailed, "mapping add --org contoso --connection entra --app-role a --role nope", `no role "nope"`},
		{exitFailed, "mapping remove " + groupID + " --org contoso", "no mapping"},
		{exitUsage, "application add --org contoso --host a.example.com", "--min-role is missing"},
		{exitUsage, "application add --org contoso --name wiki --min-role reader --host https://wiki.example.com", "without port"},
		{exitUsage, "application add --org contoso --name wiki --min-role reader --host wiki.example.com --path /a/../b", "decoded"},
		{exitFailed, "application add --org contoso --name wiki --min-role nope --host wiki.example.com", `no role "nope"`},
		{exitFailed, "application remove wiki --org contoso", `no application "wiki"`},
		{exitUsage, "application set wiki --org contoso", "--min-role"},
		{exitUsage, "token create", "--connection is missing"},
		{exitUsage, "token create --connection entra --expires -1h", "--expires"},
		{exitFailed, "token revoke " + groupID, "there is no token"},
		{exitUsage, "owner create --email olivia", "--email"},
		{exitFailed, "user release nobody --org contoso", "nobody called"},
		{exitUsage, "user assign nobody --org contoso", "--role is missing"},
		{exitUsage, "explain", "accepts 1 arg"},
		{exitUsage, "audit list", "--org is missing"},
		{exitUsage, "schema", "add, list, remove, show"},
		{exitUsage, "schema add - --org contoso", "the body is empty"},
		{exitFailed, "schema add /no/such/file --org contoso", "cannot be read"},
		{exitFailed, "schema show urn:x:y --org contoso", `no schema "urn:x:y"`},
		{exitFailed, "schema remove urn:x:y --org contoso", `no schema "urn:x:y"`},
	} {
		if got := c.fails(tc.code, strings.Fields(tc.args)...); !strings.Contains(got, tc.want) {
			t.Errorf("doorlist %s said %q, want %q", tc.args, got, tc.want)
		}
	}
}

func TestVersion_WhateverTheSettings(t *testing.T) {
	t.Parallel()
	got := execute(t, []string{"DOORLIST_DATABASE=nonsense"}, "version")
	if got.code != exitDone || !strings.HasPrefix(got.stdout, "doorlist ") {
		t.Errorf("code %d, %q", got.code, got.stdout)
	}
}

func TestMigrate_StatusAndUp(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	var before, after schemaView
	c.read(&before, "migrate", "status")
	c.read(&after, "migrate", "up")
	if before.Have != 0 || after.Have != after.Want || after.Want != before.Want {
		t.Errorf("before %+v, after %+v; want 0 before and the wanted one after", before, after)
	}
}

// configured is a terminal at a database with the organization contoso and the connection entra.
func configured(t *testing.T) *terminal {
	t.Helper()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret")
	return c
}
