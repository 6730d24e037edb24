package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// answers are what the provider and an administrator are told, without the address of the server.
func (w *tenantWorld) answers(c *terminal, n *node) map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, path := range []string{"/Users?count=100&sortBy=userName", "/Groups?count=100&sortBy=displayName", "/Users?filter=active+eq+false&sortBy=userName"} {
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, n.url+"/scim/v2"+path, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+w.token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			w.t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			w.t.Fatalf("%s: %s, %v", path, res.Status, err)
		}
		all[path] = strings.ReplaceAll(string(body), n.url, "")
	}
	for _, command := range []string{"role list --org contoso", "mapping list --org contoso", "connection list", "brake show --connection entra", "sso show --org contoso"} {
		all[command] = c.do(append(strings.Fields(command), "--json")...)
	}
	return all
}

// TestRestore_MovesADoorToAnotherDatabase: a copy that is made while a server serves becomes the same door in either database, in which nobody is
// signed in.
func TestRestore_MovesADoorToAnotherDatabase(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		wendy := w.visitor("wendy.writer")
		if reason := wendy.signIn(w.nodes[0]); reason != "" {
			t.Fatalf("wendy was refused: %s", reason)
		}
		checkpoints := filepath.Join(t.TempDir(), "checkpoints")
		w.terminal.do("audit", "checkpoint", "--org", "contoso", "--out", checkpoints)
		file := filepath.Join(t.TempDir(), "copy")
		var made backupView
		w.terminal.read(&made, "backup", file)
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 || made.Rows < 500 || made.File != file {
			t.Errorf("made %+v with mode %v, %v", made, info.Mode(), err)
		}
		before, trail := w.answers(w.terminal, w.nodes[0]), w.terminal.do("audit", "export", "--org", "contoso")
		sqlite, postgres := storetest.URLs(t)
		for _, target := range []string{sqlite, postgres} {
			kind, _, _ := strings.Cut(target, ":")
			c := newTerminal(t, target)
			var done restoredView
			c.read(&done, "restore", file)
			if done.Rows != made.Rows || done.Sessions != 1 || done.Unreadable != 0 || !done.At.Equal(made.At) {
				t.Errorf("into %s: %+v", kind, done)
			}
			n := c.serve()
			for question, want := range before {
				if got := w.answers(c, n)[question]; got != want {
					t.Errorf("into %s: %s answers\n%s\nwant\n%s", kind, question, got, want)
				}
			}
			if got := c.do("audit", "export", "--org", "contoso"); !strings.HasPrefix(got, trail) || !strings.Contains(got[len(trail):], "organization.restored") {
				t.Errorf("into %s: the trail does not go on with the restore:\n%s", kind, got[min(len(got), len(trail)):])
			}
			if got := c.do("audit", "verify", "--checkpoint", checkpoints); !strings.Contains(got, "1 checkpoints agree") || strings.Contains(got, "not in the chain yet") {
				t.Errorf("into %s: the trail: %s", kind, got)
			}
			if ok, reason := wendy.passes(n); ok || reason != "session_revoked" {
				t.Errorf("into %s: wendy's session passes: %v, %q", kind, ok, reason)
			}
			if reason := w.visitor("wendy.writer").signIn(n); reason != "" {
				t.Errorf("into %s: wendy cannot sign in anew: %s", kind, reason)
			}
		}
	})
}

func TestBackup_ReplacesNothing(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	folder := t.TempDir()
	file := filepath.Join(folder, "copy")
	c.do("backup", file)
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.fails(exitFailed, "backup", file); !strings.Contains(got, "is there already") || !strings.Contains(got, "--force") {
		t.Errorf("a name that is taken: %s", got)
	}
	c.do("org", "add", "fabrikam")
	c.do("backup", "--force", file)
	second, err := os.ReadFile(file)
	if err != nil || bytes.Equal(first, second) {
		t.Errorf("--force left the old copy: %v", err)
	}
	if got := c.fails(exitFailed, "backup", "--force", folder); !strings.Contains(got, "is no file") {
		t.Errorf("a folder: %s", got)
	}
	database := strings.TrimPrefix(c.environ[0], "DOORLIST_DATABASE=sqlite:")
	if got := c.fails(exitFailed, "backup", "--force", database); !strings.Contains(got, "database's own file") {
		t.Errorf("the database itself: %s", got)
	}
	c.fails(exitFailed, "backup", filepath.Join(folder, "no", "such", "folder"))
	if names, err := os.ReadDir(folder); err != nil || len(names) != 1 {
		t.Errorf("the folder holds %v, %v; want the copy alone", names, err)
	}
	c.fails(exitUsage, "backup")
}

// piped runs a command with a standard input.
func (c *terminal) piped(stdin []byte, args ...string) outcome {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(c.t.Context(), args, bytes.NewReader(stdin), &stdout, &stderr, c.environ)
	return outcome{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func TestBackup_ThroughAPipe(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	made := c.piped(nil, "backup", "-")
	if made.code != exitDone || !strings.Contains(made.stderr, "Copied") {
		t.Fatalf("%d: %s", made.code, made.stderr)
	}
	checked := c.piped([]byte(made.stdout), "restore", "--check", "-")
	if checked.code != exitDone || !strings.Contains(checked.stdout, "The copy is whole") {
		t.Errorf("%d: %s%s", checked.code, checked.stdout, checked.stderr)
	}
	target := emptyTerminal(t)
	if cut := target.piped([]byte(made.stdout[:len(made.stdout)-1]), "restore", "-"); cut.code != exitFailed || !strings.Contains(cut.stderr, "nothing was restored: the backup is damaged") {
		t.Errorf("cut short: %d: %s", cut.code, cut.stderr)
	}
	if whole := target.piped([]byte(made.stdout), "restore", "-"); whole.code != exitDone {
		t.Errorf("%d: %s", whole.code, whole.stderr)
	}
	if got := target.do("org", "list"); !strings.Contains(got, "contoso") {
		t.Errorf("restored %s", got)
	}
	if got := target.fails(exitFailed, "restore", filepath.Join(t.TempDir(), "none")); !strings.Contains(got, "opening the backup") {
		t.Errorf("a file that is not there: %s", got)
	}
}

// TestRestore_TakesNoOtherMasterKey: a key that is missing is not made anew, because no copy opens with that.
func TestRestore_TakesNoOtherMasterKey(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := &terminal{t: t, environ: []string{"DOORLIST_DATABASE=sqlite:" + filepath.Join(folder, "old.db")}}
	c.do("org", "add", "contoso")
	file := filepath.Join(folder, "copy")
	c.do("backup", file)
	path := filepath.Join(folder, "new.db")
	target := &terminal{t: t, environ: []string{"DOORLIST_DATABASE=sqlite:" + path}}
	if got := target.fails(exitFailed, "restore", file); !strings.Contains(got, "new.db.key") {
		t.Errorf("without a key: %s", got)
	}
	if _, err := os.Stat(path + ".key"); !os.IsNotExist(err) {
		t.Errorf("a key was made: %v", err)
	}
	other := newTerminal(t, "sqlite:"+path)
	if got := other.fails(exitFailed, "restore", file); !strings.Contains(got, "another master key") {
		t.Errorf("with another key: %s", got)
	}
	key, err := os.ReadFile(filepath.Join(folder, "old.db.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".key", key, 0o600); err != nil {
		t.Fatal(err)
	}
	target.do("restore", "--check", file)
	if got := target.do("restore", file); !strings.Contains(got, "Restored") {
		t.Errorf("restored: %s", got)
	}
	if got := target.fails(exitFailed, "restore", file); !strings.Contains(got, "in use already") {
		t.Errorf("restored twice: %s", got)
	}
}
