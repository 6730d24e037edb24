package entra_test

import (
	"net/url"
	"strings"
	"testing"

	"doorlist/entra"
)

func TestAdminConsent_AnswersAsEntraDoes(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	ask := func(tenant, client, redirect, choice string) (url.Values, string) {
		t.Helper()
		q := url.Values{"client_id": {client}, "redirect_uri": {redirect}, "state": {"s&t"}, "scope": {"openid profile"}, "sim_consent": {choice}}
		callback, page, err := s.visit(s.url + "/" + tenant + "/v2.0/adminconsent?" + q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		return callback, page
	}
	for _, tenant := range []string{"organizations", s.tenant.ID, s.tenant.Domain} {
		got, _ := ask(tenant, s.app.ClientID, redirectURI, "accept")
		if got.Get("admin_consent") != "True" || got.Get("tenant") != s.tenant.ID || got.Get("state") != "s&t" || got.Has("error") {
			t.Errorf("accepted at %s: %v", tenant, got)
		}
	}
	if got, _ := ask(s.stranger.ID, s.app.ClientID, redirectURI, "accept"); got.Get("tenant") != s.stranger.ID {
		t.Errorf("accepted by another tenant: %v", got)
	}
	got, _ := ask("organizations", s.app.ClientID, redirectURI, "cancel")
	if got.Get("admin_consent") != "True" || got.Get("error") != "consent_required" || !strings.Contains(got.Get("error_description"), "AADSTS65004") || got.Has("tenant") {
		t.Errorf("canceled: %v", got)
	}
	for name, tc := range map[string]struct{ tenant, client, redirect, choice, says string }{
		"the page":               {"organizations", s.app.ClientID, redirectURI, "", "Permissions requested"},
		"an unknown application": {"organizations", "another", redirectURI, "accept", "AADSTS700016"},
		"another redirect URI":   {"organizations", s.app.ClientID, "https://evil.example/x", "accept", "AADSTS50011"},
		"an unknown tenant":      {"nowhere.example", s.app.ClientID, redirectURI, "accept", "AADSTS90002"},
	} {
		if callback, page := ask(tc.tenant, tc.client, tc.redirect, tc.choice); callback != nil || !strings.Contains(page, tc.says) {
			t.Errorf("%s: sent on with %v, or kept on:\n%s", name, callback, page)
		}
	}
}
