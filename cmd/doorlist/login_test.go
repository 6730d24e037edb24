package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shownCode = regexp.MustCompile(`enter the code +([B-Z]{4}-[B-Z]{4})`)

// decide answers, in the visitor's browser, the program that shows the code.
func (v *visitor) decide(n *node, code, decision string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, n.url+"/device",
		strings.NewReader(url.Values{"user_code": {code}, "decision": {decision}}.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "The program is") {
		v.t.Fatalf("deciding: %s at %s: %s", resp.Status, resp.Request.URL, body)
	}
}

// remoteTerminal is a terminal elsewhere that knows the server and nothing of its database.
func remoteTerminal(t *testing.T, n *node) *terminal {
	t.Helper()
	return &terminal{t: t, environ: []string{"DOORLIST_SERVER=" + n.url, "DOORLIST_CREDENTIALS=" + filepath.Join(t.TempDir(), "own", "credentials.json")}}
}

// login runs `doorlist login` while the visitor decides in the browser, and returns the exit code and what it printed.
func (c *terminal) login(v *visitor, n *node, decision string) (code int, printed string) {
	c.t.Helper()
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(c.t.Context(), []string{"login"}, strings.NewReader(""), in, in, c.environ)
		in.Close()
	}()
	var all strings.Builder
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		all.WriteString(line)
		if m := shownCode.FindStringSubmatch(line); m != nil {
			v.decide(n, m[1], decision)
		}
		if err != nil {
			return <-done, all.String()
		}
	}
}

func TestLogin_ApprovedInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	door, wendy := w.nodes[0], w.visitor("wendy.writer")
	if reason := wendy.signIn(door); reason != "" {
		t.Fatalf("Wendy was refused: %s", reason)
	}
	laptop := remoteTerminal(t, door)
	if said := laptop.fails(exitFailed, "whoami"); !strings.Contains(said, "doorlist login --server "+door.url) {
		t.Errorf("before: %s", said)
	}
	if code, printed := laptop.login(wendy, door, "deny"); code != exitFailed || !strings.Contains(printed, "said no") {
		t.Errorf("denied: code %d: %s", code, printed)
	}
	code, printed := laptop.login(wendy, door, "approve")
	if code != exitDone || !strings.Contains(printed, "This screen updates by itself") || !strings.Contains(printed, "wendy.writer@contoso.com") {
		t.Fatalf("approved: code %d: %s", code, printed)
	}
	file := strings.TrimPrefix(laptop.environ[1], "DOORLIST_CREDENTIALS=")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of sign-ins: %v, %v; want it mine alone", info.Mode(), err)
	}
	var me whoamiView
	laptop.read(&me, "whoami")
	if me.User.UserName != "wendy.writer@contoso.com" || me.Role.Name != "writer" || me.Organization.Slug != "contoso" {
		t.Errorf("whoami: %+v", me)
	}
	var listed []sessionView
	w.terminal.read(&listed, "session", "list", "--org", "contoso")
	if len(listed) != 2 || !strings.HasPrefix(listed[0].Device, "doorlist") {
		t.Errorf("the sessions: %+v", listed)
	}
	laptop.do("logout")
	laptop.fails(exitFailed, "whoami")
	w.terminal.read(&listed, "session", "list", "--org", "contoso")
	if len(listed) != 1 {
		t.Errorf("after the logout: %+v", listed)
	}
}

func TestLogin_ServerMustBeSafe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ server, want string }{
		{"", "--server is missing"}, {"http://door.example.com", "https://"}, {"https://door.example.com/x", "alone"}, {"door", "alone"},
		{"https://me:secret@door.example.com", "alone"},
	} {
		c := &terminal{t: t, environ: []string{"DOORLIST_CREDENTIALS=" + filepath.Join(t.TempDir(), "c.json")}}
		if said := c.fails(exitUsage, "login", "--server", tc.server); !strings.Contains(said, tc.want) {
			t.Errorf("%q: %s", tc.server, said)
		}
	}
	broken := writeFile(t, "not JSON")
	c := &terminal{t: t, environ: []string{"DOORLIST_CREDENTIALS=" + broken, "DOORLIST_SERVER=http://127.0.0.1:1"}}
	if said := c.fails(exitFailed, "whoami"); !strings.Contains(said, "sign in again") {
		t.Errorf("a broken file: %s", said)
	}
	c.environ[0] += "-none"
	if said := c.fails(exitFailed, "login"); !strings.Contains(said, "does not answer") {
		t.Errorf("nobody there: %s", said)
	}
}
