package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

// mailed waits for the files of a folder that mail goes to, and returns their texts.
func mailed(t *testing.T, folder string, want int) []string {
	t.Helper()
	for range 1000 {
		files, err := filepath.Glob(folder + "/*.eml")
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < want {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		var texts []string
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v (%v), want 0600", file, info.Mode(), err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
		return texts
	}
	t.Fatalf("%s did not get %d messages", folder, want)
	return nil
}

// awaitNoMail waits until the outbox is empty: a message is in its folder a moment before the outbox forgets it.
func awaitNoMail(t *testing.T, c *terminal) {
	t.Helper()
	left := ""
	for range 200 {
		if left = strings.TrimSpace(c.do("mail", "list", "--json")); left == "[]" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("unsent: %s", left)
}

func TestUserInvite_MailsALinkThatWorks(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c, folder := newTerminal(t, url), t.TempDir()
		contosoWithPeople(t, c)
		n := c.serve("--mail-outbox", folder)
		var v invitationView
		c.read(&v, "user", "invite", "lea@example.com", "--org", "contoso", "--role", "reader", "--mail", "--base-url", n.url)
		if v.MailedTo != "lea@example.com" || !strings.HasPrefix(v.Link, n.url+"/invite/") {
			t.Errorf("it printed %+v", v)
		}
		if got := mailed(t, folder, 1); !strings.Contains(got[0], v.Link) || !strings.Contains(got[0], "To: <lea@example.com>") {
			t.Errorf("the mail:\n%s", got[0])
		}
		if resp, body := fetch(t, http.MethodGet, v.Link); resp.StatusCode != http.StatusOK || !strings.Contains(body, "lea@example.com") {
			t.Errorf("the link: %s\n%s", resp.Status, body)
		}
		awaitNoMail(t, c)
		if got := c.fails(exitFailed, "user", "invite", "lea@example.com", "--org", "contoso", "--role", "reader"); !strings.Contains(got, "knows") {
			t.Errorf("inviting somebody anew who is there: %q", got)
		}
	})
}

func TestSSOSet_InvitesWhoWouldHaveNoWayIn(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	contosoWithPeople(t, c)
	c.do("sso", "set", "--org", "contoso", "--mode", "off", "--invite", "--dry-run")
	var unsent []mailView
	c.read(&unsent, "mail", "list")
	if len(unsent) != 0 {
		t.Errorf("a rehearsal mailed %+v", unsent)
	}
	got := execute(t, c.environ, "sso", "set", "--org", "contoso", "--mode", "off", "--invite")
	c.read(&unsent, "mail", "list")
	if len(unsent) != 2 || unsent[0].To != "alice@contoso.com" || !strings.Contains(got.stderr, "2 people are being mailed") {
		t.Errorf("unsent = %+v; it said %q", unsent, got.stderr)
	}
	c.environ = append(c.environ, "DOORLIST_MAIL_OUTBOX="+t.TempDir())
	n := c.serve()
	if _, body := fetch(t, http.MethodGet, n.url+"/metrics"); !strings.Contains(body, "doorlist_mail_unsent") {
		t.Error("the metrics do not tell of unsent mail")
	}
}

func TestConfig_MailRefusals(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--smtp-url must look like":                        {"--smtp-url", "https://root:hunter2@mail.example.com"},
		`--mail-from is "door"`:                            {"--mail-from", "door"},
		`--trusted-networks: "office" is neither`:          {"--trusted-networks", "office"},
		"--smtp-url must look like smtp://USER:PASSWORD@m": {"--smtp-url", "smtp://"},
	} {
		if _, err := prepared(t, nil, args...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}
