package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

const acmeSchema = `{"id": "urn:x:Acme:2.0:User", "attributes": [{"name": "level", "type": "integer"}]}`

func schemaFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSchema_InForceWhileTheServerRuns declares, replaces and removes a schema beside a running server.
func TestSchema_InForceWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret")
		var token newTokenView
		c.read(&token, "token", "create", "--connection", "entra")
		n := c.serve()
		post := func(userName, level string) int {
			status, _ := n.pushUser(t, token.Token, `{"userName":"`+userName+`","urn:x:Acme:2.0:User":{"level":`+level+`}}`)
			return status
		}
		if got := post("a", `"high"`); got != http.StatusCreated {
			t.Fatalf("before the declaration: status %d", got)
		}
		var added []addedSchemaView
		c.read(&added, "schema", "add", schemaFile(t, acmeSchema), "--org", "contoso")
		if len(added) != 1 || added[0] != (addedSchemaView{"urn:x:Acme:2.0:User", "User", 1}) {
			t.Errorf("added %+v; want one for User, with one user that does not fit", added)
		}
		if got := post("b", `"high"`); got != http.StatusBadRequest {
			t.Errorf("after the declaration: status %d", got)
		}
		c.do("schema", "add", schemaFile(t, strings.Replace(acmeSchema, "integer", "string", 1)), "--org", "contoso")
		if got := post("c", `"high"`); got != http.StatusCreated {
			t.Errorf("after the replacement: status %d", got)
		}
		c.do("schema", "remove", "URN:X:acme:2.0:user", "--org", "contoso")
		if got := post("d", `7`); got != http.StatusCreated {
			t.Errorf("after the removal: status %d", got)
		}
	})
}

func TestSchema_ShowsWhatWasGiven(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var stdout, stderr bytes.Buffer
	group := strings.Replace(acmeSchema, ":User", ":Group", 1)
	args := []string{"schema", "add", "-", "--org", "contoso"}
	if code := run(t.Context(), args, strings.NewReader(`{"Resources":[`+group+`]}`), &stdout, &stderr, c.environ); code != exitDone {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	if got := stdout.String(); got != "Declared urn:x:Acme:2.0:Group for the resource type Group.\n" {
		t.Errorf("it said %q", got)
	}
	c.do("schema", "add", schemaFile(t, acmeSchema), "--org", "contoso", "--resource-type", "User")
	var listed []declarationView
	c.read(&listed, "schema", "list", "--org", "contoso")
	if len(listed) != 2 || listed[0].ResourceType != "Group" || listed[1].URN != "urn:x:Acme:2.0:User" || listed[1].DeclaredAt == nil {
		t.Errorf("listed %+v; want one for groups and one for users", listed)
	}
	if got := c.do("schema", "show", "urn:x:acme:2.0:user", "--org", "contoso"); got != acmeSchema+"\n" {
		t.Errorf("shown %q, want %q", got, acmeSchema)
	}
	var shown declarationView
	c.read(&shown, "schema", "show", "urn:x:acme:2.0:group", "--org", "contoso")
	if !json.Valid(shown.Schema) || shown.URN != "urn:x:Acme:2.0:Group" {
		t.Errorf("shown %+v", shown)
	}
	if got := c.fails(exitUsage, "schema", "add", schemaFile(t, acmeSchema), "--org", "contoso", "--resource-type", "Device"); !strings.Contains(got, "User or Group") {
		t.Errorf("it said %q", got)
	}
	if got := c.fails(exitUsage, "schema", "add", schemaFile(t, strings.Replace(acmeSchema, "integer", "int", 1)), "--org", "contoso"); !strings.Contains(got, "urn:x:Acme:2.0:User:level has type") {
		t.Errorf("it said %q", got)
	}
}
