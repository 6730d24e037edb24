package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// Links get lost, and an administrator must be able to make another one.
func TestOwner_CreatedAgainGetsANewLinkAndTheOldOneIsDead(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var first, second ownerView
	c.read(&first, "owner", "create", "--email", "olivia@contoso.com")
	c.read(&second, "owner", "create", "--email", "Olivia@contoso.com")
	if first.ID != second.ID || first.Link == second.Link {
		t.Errorf("first %+v, then %+v; want one owner and two links", first, second)
	}
	n := c.serve()
	for link, want := range map[string]int{first.Link: http.StatusNotFound, second.Link: http.StatusOK} {
		if resp, _ := fetch(t, http.MethodGet, n.url+pathOf(t, link)); resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", link, resp.Status, want)
		}
	}
}

func TestServe_PrintsASetUpLinkWhileThereIsNoOwner(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	printed, door := c.greeting()
	_, rest, found := strings.Cut(printed, "There is no owner yet.")
	link := strings.TrimSpace(rest[strings.LastIndex(rest, " ")+1:])
	if !found || !strings.HasPrefix(link, door+"/setup/") {
		t.Fatalf("without an owner it printed %q, want a link to set up", printed)
	}
	if resp, body := fetch(t, http.MethodGet, link); resp.StatusCode != http.StatusOK || !strings.Contains(body, "<form") {
		t.Errorf("the link: %s\n%s", resp.Status, body)
	}

	c.do("org", "add", "contoso")
	c.do("owner", "create", "--email", "olivia@contoso.com")
	if printed, _ := c.greeting(); strings.Contains(printed, "/setup/") || strings.Contains(printed, "no owner") {
		t.Errorf("with an owner it printed %q, want no link", printed)
	}
}

// greeting starts a server, which is stopped with the test, and returns what it printed before it answered, and its URL.
func (c *terminal) greeting() (printed, door string) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var stdout lockedBuffer
	n := &node{log: &lockedBuffer{}, cancel: cancel, code: make(chan int, 1)}
	go func() {
		n.code <- run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--stop-delay", "0s"}, strings.NewReader(""), &stdout, n.log, c.environ)
	}()
	c.t.Cleanup(func() { n.stop(c.t) })
	for range 500 {
		if line, _, whole := strings.Cut(stdout.String(), "\n"); whole {
			door = strings.TrimPrefix(line, "listening on ")
			fetch(c.t, http.MethodGet, door+"/healthz") // it answers when all is printed
			return stdout.String(), door
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatalf("the server did not start: %s", n.log)
	return "", ""
}
