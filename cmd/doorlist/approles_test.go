package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// appRole is an app role in POST and in PATCH with the feature flag; label is the name under which an expression sends the
// display name, of which only one is SCIM's.
func appRole(value string, primary bool, label string) string {
	return fmt.Sprintf(`{"primary":%t,"type":"WindowsAzureActiveDirectoryRole","%s":%q,"value":%q}`, primary, label, value, value)
}

// appRoleText is an app role in PATCH without the flag: JSON within a string.
func appRoleText(value string) string {
	text, _ := json.Marshal(fmt.Sprintf(`{"id":"18d14569-c3bd-439b-9a66-3a2aee01d14f","value":%q,"displayName":%q}`, value, value))
	return `{"value":` + string(text) + `}`
}

func roleOperation(op, path, value string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":%q,"value":%s}]}`, op, path, value)
}

// appRoleStep is a request about the user, "" for none, or a mapping "APPROLE=ROLE" that is made meanwhile, and the role
// that the user has after it.
type appRoleStep struct{ body, mapping, role string }

// The three expressions with which Entra pushes app roles.
var appRoleStories = map[string]struct {
	roles string // of the POST
	steps []appRoleStep
}{
	"SingleAppRoleAssignment": {appRole("Reader", true, "display"), []appRoleStep{
		{mapping: "Reader=reader", role: "reader"},
		{body: roleOperation("Replace", `roles[primary eq "True"].value`, `"Writer"`), role: ""},
		{mapping: "Writer=writer", role: "writer"},
		{body: roleOperation("Add", "roles", `[`+appRoleText("Reader")+`]`), role: "writer"},
		{body: roleOperation("Replace", `roles[primary eq "True"].value`, `"Reader"`), role: "reader"},
	}},
	"AppRoleAssignmentsComplex": {appRole("Reader", false, "displayName"), []appRoleStep{
		{mapping: "Writer=writer", role: ""},
		{body: roleOperation("Add", "roles", `[`+appRoleText("Writer")+`]`), role: "writer"},
		{mapping: "Reader=reader", role: "writer"},
		{body: roleOperation("Add", "roles", `[`+appRoleText("Reader")+`]`), role: "writer"}, // the demotion in Entra, which adds only
		{body: roleOperation("add", "roles", `[`+appRole("Admin", false, "displayName")+`]`), role: "writer"},
		{mapping: "Admin=admin", role: "admin"},
	}},
	"AssertiveAppRoleAssignmentsComplex": {appRole("Admin", false, "display") + "," + appRole("Reader", false, "display"), []appRoleStep{
		{mapping: "Reader=reader", role: "reader"},
		{mapping: "Admin=admin", role: "admin"},
		{body: roleOperation("Replace", "roles", `[`+appRoleText("Reader")+`]`), role: "reader"},
		{body: roleOperation("replace", "roles", `[`+appRole("Reader", false, "display")+`,`+appRole("Admin", false, "display")+`]`), role: "admin"},
		{body: roleOperation("replace", "roles", `[`+appRole("Admin", false, "display")+`,`+appRole("Reader", false, "display")+`]`), role: "admin"},
		{body: roleOperation("Replace", "roles", `[]`), role: ""},
	}},
}

func TestAppRoles_EachExpressionGivesTheRoleAtAnyOrderOfArrival(t *testing.T) {
	t.Parallel()
	for expression, story := range appRoleStories {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			storetest.EachURL(t, func(t *testing.T, url string) {
				c := newTerminal(t, url)
				c.do("org", "add", "contoso")
				c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "c", "--client-secret", "s")
				var token newTokenView
				c.read(&token, "token", "create", "--connection", "entra")
				users := c.serve().url + "/scim/v2/Users"
				id := scimUser(t, http.MethodPost, users, token.Token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@contoso.com",
					"externalId":"`+groupID+`","active":true,"roles":[`+story.roles+`]}`)
				for i, step := range story.steps {
					if app, role, ok := strings.Cut(step.mapping, "="); ok {
						c.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", app, "--role", role)
					}
					if step.body != "" {
						scimUser(t, http.MethodPatch, users+"/"+id, token.Token, step.body)
					}
					var e struct{ Role, Reason string }
					c.read(&e, "explain", "ann@contoso.com", "--org", "contoso")
					if e.Role != step.role || (e.Reason == "no_role") != (step.role == "") {
						t.Errorf("step %d %+v: got role %q, %s", i, step, e.Role, e.Reason)
					}
				}
			})
		})
	}
}

// scimUser sends a request about a user that must succeed, and returns the user's id.
func scimUser(t *testing.T, method, url, token, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var user struct{ ID string }
	if err != nil || resp.StatusCode >= 300 || json.Unmarshal(text, &user) != nil {
		t.Fatalf("%s %s: %s %s, %v", method, body, resp.Status, text, err)
	}
	return user.ID
}
