package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	serverTimeout = 90 * time.Second // a little more than a server takes at most
	maxAnswer     = 32 << 20         // bytes
)

// serverClient speaks to the server of --server, as the person who signed in there.
type serverClient struct {
	base   string
	token  string // "" before the sign-in
	client *http.Client
}

// errSignIn asks for a sign-in, where there is none or it is over.
var errSignIn = errors.New("you are not signed in at this server")

// server is the client of the settings, without a sign-in.
func (p *program) server() (*serverClient, error) {
	if p.config.Server == "" {
		return nil, usagef("--server is missing: the URL of a server, e.g. https://door.example.com, or DOORLIST_SERVER")
	}
	base, err := serverURL(p.config.Server)
	if err != nil {
		return nil, &usageError{problems: []string{err.Error()}}
	}
	return &serverClient{base: base, client: &http.Client{
		Timeout: serverTimeout,
		// The secret is for this server, not for another that it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// signedIn is the client of the settings with the person's sign-in.
func (p *program) signedIn() (*serverClient, error) {
	s, err := p.server()
	if err != nil {
		return nil, err
	}
	known, err := p.credentials()
	if err != nil {
		return nil, err
	}
	if s.token = known.Servers[s.base].Token; s.token == "" {
		return nil, s.signInFirst()
	}
	return s, nil
}

func (s *serverClient) signInFirst() error {
	return fmt.Errorf("%w; run `doorlist login --server %s`", errSignIn, s.base)
}

// serverURL demands https, or this machine: the person's secret goes there.
func serverURL(text string) (string, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("--server is %q; give scheme and host alone, e.g. https://door.example.com", text)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", fmt.Errorf("--server is %q; it must begin with https:// (http:// is for loopback only)", text)
	}
	return u.Scheme + "://" + u.Host, nil
}

// form posts a form and decodes the answer of a status below 500 into an object.
func (s *serverClient) form(ctx context.Context, path string, fields url.Values, into any) (status int, err error) {
	return s.do(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()), into)
}

func (s *serverClient) do(ctx context.Context, method, path, contentType string, body io.Reader, into any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "doorlist/1")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("the server's answer broke off: %w", err)
	}
	if len(content) == 0 && res.StatusCode == http.StatusOK {
		return res.StatusCode, nil
	}
	if err := json.Unmarshal(content, into); err != nil {
		return 0, fmt.Errorf("the server answered %s and something that is no answer of Doorlist; is --server right?", res.Status)
	}
	return res.StatusCode, nil
}
