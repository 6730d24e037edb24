package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The file holds names and addresses of people; what SQLite puts beside it holds them too.
func TestServe_TheDatabaseFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "doorlist.db")
	n := newTerminal(t, "sqlite:"+path).serve()
	fetch(t, http.MethodGet, n.url+"/login")
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("the files are %v, %v; want the database and its log", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, want 0600", filepath.Base(file), info.Mode())
		}
	}
}

// A provider takes an answer that is no SCIM for a broken server, and gives up for the time being.
func TestServe_AnswersAFilterThatIsFarTooLongInSCIM(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var token newTokenView
	c.read(&token, "token", "create", "--connection", "entra")
	n := c.serve()
	filter := "userName+eq+%22" + strings.Repeat("x", 100<<10) + "%22"
	resp, body := fetch(t, http.MethodGet, n.url+"/scim/v2/Users?filter="+filter, "Authorization", "Bearer "+token.Token)
	var problem struct {
		Schemas                  []string
		Status, ScimType, Detail string
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		t.Fatalf("%s %.200q: %v", resp.Status, body, err)
	}
	if resp.StatusCode != http.StatusBadRequest || problem.Status != "400" || problem.ScimType != "invalidFilter" || problem.Detail == "" ||
		len(problem.Schemas) != 1 || problem.Schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" {
		t.Errorf("got %s %+v, want 400 invalidFilter", resp.Status, problem)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/scim+json" {
		t.Errorf("the content type is %q", got)
	}
}

func TestServe_NoAnswerIsSniffed(t *testing.T) {
	t.Parallel()
	n := emptyTerminal(t).serve()
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/login", "/scim/v2/Users", "/no/such/page"} {
		if resp, _ := fetch(t, http.MethodGet, n.url+path); resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s lacks nosniff", path)
		}
	}
}

// What others rest on is refused because of how things stand, which is no wrong usage.
func TestCommands_RefuseToRemoveWhatIsInUse(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--group-external-id", groupID, "--role", "writer")
	c.do("org", "add", "branch", "--parent", "contoso")
	for args, want := range map[string][2]string{
		"role remove writer --org contoso": {"still given by 1 mapping", "remove first what uses it"},
		"org remove contoso":               {"branch", "remove those first"},
	} {
		if got := c.fails(exitFailed, strings.Fields(args)...); !strings.Contains(got, want[0]) || !strings.Contains(got, want[1]) {
			t.Errorf("doorlist %s said %q, want %q", args, got, want)
		}
	}
}

func TestMapping_AGroupThatWasNeverPushedSaysWhatToGive(t *testing.T) {
	t.Parallel()
	c := configured(t)
	for _, group := range []string{"NONEXISTENT", groupID} {
		got := c.fails(exitFailed, "mapping", "add", "--org", "contoso", "--connection", "entra", "--group", group, "--role", "writer")
		for _, want := range []string{"entra", group, "--group-external-id", "object id"} {
			if !strings.Contains(got, want) {
				t.Errorf("--group %s: it said %q, want %q in it", group, got, want)
			}
		}
	}
}
