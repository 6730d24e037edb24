package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// The messages of RFC 8628 as the program reads them.
type (
	deviceCodes struct {
		Device      string `json:"device_code"`
		User        string `json:"user_code"`
		Address     string `json:"verification_uri"`
		Whole       string `json:"verification_uri_complete"`
		ExpiresIn   int64  `json:"expires_in"`
		Interval    int64  `json:"interval"`
		Description string `json:"error_description"`
	}
	deviceToken struct {
		Token       string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
)

// moreWait is what slow_down adds to the time between two polls (RFC 8628 section 3.5).
const moreWait = 5 * time.Second

func (p *program) loginCommand() *cobra.Command {
	return &cobra.Command{
		Use: "login", Short: "Sign in at the server of --server, so that commands run there with your own rights", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.login(c.Context()) },
	}
}

func (p *program) login(ctx context.Context) error {
	s, err := p.server()
	if err != nil {
		return err
	}
	known, err := p.credentials()
	if err != nil {
		return err
	}
	me, codes := programName(), deviceCodes{}
	status, err := s.form(ctx, "/oauth/device_authorization", url.Values{"client_id": {me}}, &codes)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("the server refused: %s", codes.Description)
	}
	fmt.Fprintf(p.stdout, "To sign in, go to your web browser:  %s\nand enter the code                   %s\n(or open %s)\n"+
		"This screen updates by itself once you are signed in.\n", codes.Address, codes.User, codes.Whole)
	token, err := s.await(ctx, me, codes)
	if err != nil {
		return err
	}
	s.token = token.Token
	known.Servers[s.base] = login{Token: token.Token, ExpiresAt: p.now().Add(time.Duration(token.ExpiresIn) * time.Second).UTC().Truncate(time.Second)}
	if err := known.save(); err != nil {
		return fmt.Errorf("keeping the sign-in: %w", err)
	}
	return p.whoami(ctx, s)
}

// programName is what the person sees on the page that asks.
func programName() string {
	name := "doorlist"
	if host, err := os.Hostname(); err == nil && len(host) <= 48 {
		name += " on " + host
	}
	return name
}

// await polls until the person has decided.
func (s *serverClient) await(ctx context.Context, me string, codes deviceCodes) (deviceToken, error) {
	wait := time.Duration(max(codes.Interval, 1)) * time.Second
	ctx, cancel := context.WithTimeout(ctx, time.Duration(codes.ExpiresIn)*time.Second+moreWait)
	defer cancel()
	fields := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {codes.Device}, "client_id": {me}}
	for {
		select {
		case <-ctx.Done():
			return deviceToken{}, errors.New("nobody approved it in time; run `doorlist login` again")
		case <-time.After(wait):
		}
		var got deviceToken
		status, err := s.form(ctx, "/oauth/token", fields, &got)
		switch {
		case err != nil, status >= http.StatusInternalServerError, got.Error == "slow_down":
			wait += moreWait // a server in trouble gets more time, too
		case got.Error == "authorization_pending":
		case got.Token == "":
			return got, fmt.Errorf("not signed in: %s", got.Description)
		default:
			return got, nil
		}
	}
}

func (p *program) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "Sign out at the server of --server", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.signedIn()
			if err != nil {
				return err
			}
			var refused deviceToken
			status, err := s.form(c.Context(), "/oauth/revoke", url.Values{"token": {s.token}}, &refused)
			if err != nil {
				return err
			}
			if status != http.StatusOK {
				return fmt.Errorf("still signed in; the server refused: %s", refused.Description)
			}
			known, err := p.credentials()
			if err != nil {
				return err
			}
			delete(known.Servers, s.base)
			if err := known.save(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "Signed out of %s.\n", s.base)
			return err
		},
	}
}

// whoamiView is what the server says of the person.
type whoamiView struct {
	User struct {
		ID       string `json:"id"`
		UserName string `json:"user_name"`
		Name     string `json:"name"`
	} `json:"user"`
	Organization struct {
		Slug string `json:"slug"`
		Name string `json:"name"`
	} `json:"organization"`
	Role struct {
		Name    string `json:"name"`
		Console string `json:"console"`
	} `json:"role"`
	ExpiresAt time.Time `json:"expires_at"`
	Message   string    `json:"message,omitempty"` // where it says no
}

func (p *program) whoamiCommand() *cobra.Command {
	return p.addJSON(&cobra.Command{
		Use: "whoami", Short: "Say who you are at the server of --server", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := p.signedIn()
			if err != nil {
				return err
			}
			return p.whoami(c.Context(), s)
		},
	})
}

func (p *program) whoami(ctx context.Context, s *serverClient) error {
	var v whoamiView
	status, err := s.do(ctx, http.MethodGet, "/auth/session", "", nil, &v)
	switch {
	case err != nil:
		return err
	case status == http.StatusUnauthorized:
		return s.signInFirst()
	case status != http.StatusOK:
		return fmt.Errorf("the server refused: %s", v.Message)
	}
	return p.print(v, "%s (%s) of %s, with the role %s; until %s.", v.User.Name, v.User.UserName, v.Organization.Name, v.Role.Name,
		v.ExpiresAt.UTC().Format(time.RFC3339))
}
