package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/crewjam/saml/samlsp"
)

func TestRun_AnnouncesServesAndStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- execute(ctx, []string{"run", "--listen", "127.0.0.1:0", "--json", "--tenant-id", "AAAAAAAA-0000-4000-8000-000000000001", "--client-id", "app", "--client-secret", "s3cret", "--saml-entity-id", "urn:test"}, in, io.Discard)
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var a announcement
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatal(err)
	}
	if a.TenantID != "aaaaaaaa-0000-4000-8000-000000000001" || a.ClientID != "app" || a.ClientSecret != "s3cret" || a.People != 50 || a.Groups != 8 {
		t.Errorf("announced %+v", a)
	}
	if _, err := oidc.NewProvider(ctx, a.Issuer); err != nil {
		t.Errorf("discovery: %v", err)
	}
	if _, err := samlsp.FetchMetadata(ctx, http.DefaultClient, *mustParse(t, a.SAMLMetadata)); err != nil {
		t.Errorf("SAML metadata: %v", err)
	}
	answer, err := http.Get(a.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the control page answers %d", answer.StatusCode)
	}
	stop()
	if code := <-exit; code != 0 {
		t.Errorf("exit code %d after a stop, want 0", code)
	}
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestRun_RefusesWrongUsage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"all addresses":       {[]string{"run", "--listen", "0.0.0.0:0"}, "reachable from a network"},
		"no address":          {[]string{"run", "--listen", ":0"}, "reachable from a network"},
		"no port":             {[]string{"run", "--listen", "127.0.0.1"}, "not an address and port"},
		"tenant id":           {[]string{"run", "--tenant-id", "contoso"}, "not a GUID"},
		"users alone":         {[]string{"run", "--users", "5"}, "--groups"},
		"negative users":      {[]string{"run", "--users", "-5", "--groups", "1"}, "negative"},
		"SCIM without token":  {[]string{"run", "--scim", "http://127.0.0.1:1/scim"}, "--token"},
		"unknown dialect":     {[]string{"run", "--listen", "127.0.0.1:0", "--scim", "http://127.0.0.1:1/scim", "--token", "x", "--dialect", "latin"}, "latin"},
		"unknown group claim": {[]string{"run", "--group-claims", "Many"}, "SecurityGroup"},
		"SAML without id":     {[]string{"run", "--saml-acs", "http://127.0.0.1:1/acs"}, "--saml-entity-id"},
		"SAML signing":        {[]string{"run", "--saml-entity-id", "a", "--saml-sign", "none"}, "assertion"},
		"unknown flag":        {[]string{"run", "--loud"}, "--loud"},
		"unknown argument":    {[]string{"run", "away"}, "away"},
		"unknown command":     {[]string{"rnu"}, "rnu"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			if code := execute(t.Context(), test.args, io.Discard, &stderr); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			if !strings.Contains(stderr.String(), test.says) {
				t.Errorf("the message does not say %q: %s", test.says, stderr.String())
			}
		})
	}
}

func TestRun_PortInUseIsAFailure(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	go execute(ctx, []string{"run", "--listen", "127.0.0.1:0", "--json", "--users", "2", "--groups", "1"}, in, io.Discard)
	var a announcement
	if err := json.NewDecoder(out).Decode(&a); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	code := execute(ctx, []string{"run", "--listen", strings.TrimPrefix(a.URL, "http://")}, io.Discard, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "choose another port") {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
}
