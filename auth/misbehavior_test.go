package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/entra"
	"doorlist/store/storetest"
)

// wantMisbehavior is the reason for each way in which a provider can misbehave, and a part of what the administrator
// reads. Harmless ones have no line: the person comes in.
var wantMisbehavior = map[string][2]string{
	"alg-none":          {"bad_response", "signature algorithm"},
	"signature-missing": {"bad_response", "signature"},
	"foreign-key":       {"bad_response", "signature"},
	"unknown-key":       {"bad_response", "no key with the id"},
	"hs256-public-key":  {"bad_response", "signature algorithm"},
	"rs512":             {"bad_response", "signature algorithm"},
	"expired":           {"bad_response", "expired at"},
	"expiry-missing":    {"bad_response", "expired at"},
	"issued-in-future":  {"bad_response", "was issued at"},
	"not-yet-valid":     {"bad_response", "not before"},

	"nonce-wrong":         {"bad_response", "nonce"},
	"nonce-missing":       {"bad_response", "nonce"},
	"audience-wrong":      {"bad_response", "audience"},
	"audience-array":      {"bad_response", "2 audiences"},
	"azp-other":           {"bad_response", "azp"},
	"issuer-other-tenant": {"bad_response", "different provider"},
	"issuer-template":     {"bad_response", "different provider"},
	"tenant-other":        {"wrong_tenant", "is of the tenant " + otherTenant},
	"tenant-missing":      {"bad_response", "tid"},
	"tenant-foreign":      {"wrong_tenant", "is of the tenant " + otherTenant},
	"oid-missing":         {"bad_response", "oid"},
	"oid-not-guid":        {"bad_response", "oid"},
	"oid-nil":             {"bad_response", "oid"},
	"oid-number":          {"bad_response", "oid"},

	"discovery-down":           {"provider_error", "503"},
	"discovery-other-issuer":   {"provider_error", "issuer"},
	"keys-down":                {"provider_error", "keys cannot be fetched"},
	"keys-huge":                {"provider_error", "too large"},
	"keys-withdrawn":           {"bad_response", "no key with the id"},
	"token-endpoint-error":     {"provider_error", "500"},
	"token-endpoint-slow":      {"provider_error", "does not answer"},
	"token-endpoint-not-json":  {"provider_error", "does not answer as it should"},
	"token-without-id":         {"bad_response", "no ID token"},
	"code-expired":             {"provider_error", "invalid_grant AADSTS70008"},
	"code-redeemed":            {"provider_error", "invalid_grant AADSTS54005"},
	"secret-expired":           {"provider_error", "AADSTS7000222, correlation id"},
	"secret-wrong":             {"provider_error", "AADSTS7000215"},
	"token-endpoint-transient": {"provider_error", "AADSTS90033"},

	"callback-declined":     {"provider_error", "access_denied AADSTS65004"},
	"callback-not-assigned": {"provider_error", "AADSTS50105"},
	"callback-interaction":  {"provider_error", "AADSTS50076"},
	"callback-server-error": {"provider_error", "AADSTS90006"},
	"callback-transient":    {"provider_error", "AADSTS90033"},
	"callback-markup":       {"provider_error", "invalid_request"},
	"code-unknown":          {"provider_error", "invalid_grant"},
	"code-missing":          {"bad_response", "no code"},
}

func TestSignIn_SurvivesEveryMisbehavior(t *testing.T) {
	t.Parallel()
	for _, m := range entra.Misbehaviors() {
		if m.Name == "state-other" || m.Name == "state-missing" || m.Name == "subject-other" {
			continue // TestCallback_UnknownState and TestSignIn_SubjectMustStayTheSame
		}
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t), func(w *world) {
				if m.Name == "token-endpoint-slow" { // ours would wait for ten seconds
					w.transport = &http.Transport{ResponseHeaderTimeout: 2 * time.Second}
				}
			})
			w.must(w.entra.Misbehave(m.Name, entra.Lasting))
			b := w.browser()
			res := b.tryAndRetry()
			if m.Harmless {
				if res.StatusCode != http.StatusSeeOther || b.sessionCookie() == "" {
					t.Errorf("%s: got %d %q, want to be let in", m.Does, res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
				}
				return
			}
			want, ok := wantMisbehavior[m.Name]
			if !ok {
				t.Fatalf("%s: no expectation is written down", m.Does)
			}
			w.wantRefused(res, want[0], want[1])
			if b.sessionCookie() != "" {
				t.Error("a refused sign-in has set a session cookie")
			}
			if strings.Contains(res.body, "<script") || strings.Contains(res.body, "AADSTS") {
				t.Errorf("the page repeats what the provider said:\n%s", res.body)
			}
		})
	}
}

// tryAndRetry signs Alice in and follows the automatic restart, of which there may be one.
func (b *browser) tryAndRetry() answer {
	b.w.t.Helper()
	start := b.get("/login/entra")
	if start.StatusCode != http.StatusSeeOther {
		return start // discovery failed
	}
	res := b.signIn("alice@contoso.com")
	if !strings.HasPrefix(res.Header.Get("Location"), "/login/entra") {
		return res
	}
	res = b.get(b.authorize(res.Header.Get("Location"), "alice@contoso.com"))
	if strings.HasPrefix(res.Header.Get("Location"), "/login") {
		b.w.t.Error("the sign-in started again by itself for the second time")
	}
	return res
}
