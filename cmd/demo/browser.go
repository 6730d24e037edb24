package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// browser is one person's browser: a client with cookies that chooses this person on the tenant's sign-in page.
type browser struct {
	client *http.Client
	door   string
}

// seen is what a person or a proxy got to see.
type seen struct {
	status int
	host   string // which server answered in the end
	role   string
	reason string
}

// outcome says in a few words what the door decided.
func (s seen) outcome() string {
	switch {
	case s.reason != "":
		return "refused: " + s.reason
	case s.status == http.StatusOK && s.role != "":
		return "let in as " + s.role
	case s.status == http.StatusUnauthorized:
		return "refused: not signed in"
	}
	return fmt.Sprintf("an answer with status %d", s.status)
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

func newBrowser(door string, who person) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > 10 {
			return fmt.Errorf("too many redirects at %s", req.URL.Host)
		}
		if strings.HasSuffix(req.URL.Path, "/oauth2/v2.0/authorize") {
			choose(req.URL, who)
		}
		return nil
	}}
	return &browser{client: client, door: door}, nil
}

// choose answers the tenant's sign-in page, which asks who signs in.
func choose(authorize *url.URL, who person) {
	q := authorize.Query()
	q.Set("sim_user", who.UPN)
	authorize.RawQuery = q.Encode()
}

// signIn goes through the door, the tenant and back.
func (b *browser) signIn(ctx context.Context) (seen, error) {
	return b.get(ctx, "/login/entra")
}

// verify asks as a reverse proxy does for each request of the browser.
func (b *browser) verify(ctx context.Context) (seen, error) {
	return b.get(ctx, "/auth/verify")
}

func (b *browser) get(ctx context.Context, path string) (seen, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.door+path, nil)
	if err != nil {
		return seen{}, err
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return seen{}, err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return seen{
		status: resp.StatusCode, host: resp.Request.URL.Host,
		role: resp.Header.Get("X-Doorlist-Role"), reason: resp.Header.Get("X-Doorlist-Reason"),
	}, nil
}
