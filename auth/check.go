package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorlist/store"
)

// ProviderCheck is what could be found out about a provider without signing anybody in.
type ProviderCheck struct {
	Keys int           // that tokens can be signed with
	Skew time.Duration // how far our clock is ahead of the provider's; whole seconds
	// Redirect is nil where the provider would send people back to us, or does not say without somebody at the screen.
	Redirect error
}

// CheckProvider asks an OpenID provider for its document and its keys, and whether it knows the client and the address that it must
// send people back to. transport may be nil. The error says what is wrong with the provider's address, or that it does not answer.
func CheckProvider(ctx context.Context, transport http.RoundTripper, now func() time.Time, c store.Connection, redirectURI string) (ProviderCheck, error) {
	all := newProviders(transport, now)
	dates := &dated{next: all.client.Transport}
	all.client.Transport = dates
	p, err := all.discover(ctx, c, nil)
	if err != nil {
		return ProviderCheck{}, err
	}
	if err := p.keys.fetch(ctx); err != nil {
		return ProviderCheck{}, &keysError{err}
	}
	found := ProviderCheck{Keys: len(p.keys.keys), Redirect: checkRedirect(ctx, all.client, p, redirectURI)}
	if !dates.last.IsZero() {
		found.Skew = now().Sub(dates.last).Truncate(time.Second)
	}
	return found, nil
}

// dated remembers when the answerer thought that it was.
type dated struct {
	next http.RoundTripper
	last time.Time
}

func (d *dated) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := d.next.RoundTrip(r)
	if err == nil {
		if at, wrong := http.ParseTime(res.Header.Get("Date")); wrong == nil {
			d.last = at
		}
	}
	return res, err
}

// checkRedirect begins a sign-in at which nobody may be asked anything (prompt=none, OpenID Connect Core section 3.1.2.1). A provider
// sends the error that follows only to an address that is registered; of another it must not (RFC 6749 section 4.1.2.1).
func checkRedirect(ctx context.Context, client *http.Client, p *provider, redirectURI string) error {
	begin, err := url.Parse(p.endpoint.AuthURL)
	if err != nil {
		return err
	}
	query := begin.Query()
	for name, value := range map[string]string{
		"client_id": p.clientID, "redirect_uri": redirectURI, "response_type": "code", "response_mode": "query", "scope": "openid", "prompt": "none", "state": "check", "nonce": newSecret(),
	} {
		query.Set(name, value)
	}
	begin.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, begin.String(), nil)
	if err != nil {
		return err
	}
	stay := *client
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := stay.Do(req)
	if err != nil {
		return fmt.Errorf("the provider's sign-in page does not answer: %w", err)
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Location"), redirectURI) {
		return nil
	}
	var body strings.Builder
	if err := res.Write(&body); err != nil {
		return fmt.Errorf("the provider's sign-in page breaks off: %w", err)
	}
	switch text := body.String(); {
	case strings.Contains(text, "AADSTS50011"), strings.Contains(text, "AADSTS900971"):
		return errors.New("the redirect URI " + redirectURI + " is not registered at the provider")
	case strings.Contains(text, "AADSTS700016"):
		return errors.New("the provider has no application with the client ID " + p.clientID + " in this tenant")
	case res.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("the provider's sign-in page answered %s", res.Status)
	case res.StatusCode == http.StatusBadRequest:
		return fmt.Errorf("the provider does not accept the client ID %s with the redirect URI %s", p.clientID, redirectURI)
	}
	return nil
}
