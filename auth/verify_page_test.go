package auth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/policy"
	"doorlist/store"
	"doorlist/store/storetest"
)

// TestVerify_ARefusedNavigationGetsThePageOfItsReason: the proxy hands the answer on to the browser as it is.
func TestVerify_ARefusedNavigationGetsThePageOfItsReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason policy.Reason
		path   string
		set    func(w *world)
	}{
		{policy.RoleTooLow, "/auth/verify?role=owner", func(*world) {}},
		{policy.NoRole, "/auth/verify", func(w *world) { w.leaveGroup(w.group) }},
		{policy.Inactive, "/auth/verify", func(w *world) { w.changeUser(func(r *store.UserRecord) { r.Active = false }) }},
	} {
		t.Run(string(c.reason), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			b := w.browser()
			b.mustSignIn()
			c.set(w)
			for _, header := range []map[string]string{{"Sec-Fetch-Mode": "navigate"}, {"Accept": "text/html,*/*"}} {
				wantRefusalPage(t, b.do(http.MethodGet, c.path, header), c.reason)
			}
			for _, header := range []map[string]string{nil, {"Sec-Fetch-Mode": "cors", "Accept": "text/html"}} {
				wantRefusalText(t, b.do(http.MethodGet, c.path, header), c.reason)
			}
		})
	}
}

func wantRefusalPage(t *testing.T, res answer, reason policy.Reason) {
	t.Helper()
	wantAnswer(t, res, http.StatusForbidden, string(reason))
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
		t.Errorf("the page's content type is %q", got)
	}
	if got := elements(t, res.body, "h1"); !slices.Equal(got, []string{reason.Words().Title}) {
		t.Errorf("the headings are %q, want %q", got, reason.Words().Title)
	}
	if got, want := elements(t, res.body, "code"), []string{string(reason), res.Header.Get("X-Request-Id")}; want[1] == "" || !slices.Equal(got, want) {
		t.Errorf("the page quotes %q, want the reason and the request id, %q", got, want)
	}
}

func wantRefusalText(t *testing.T, res answer, reason policy.Reason) {
	t.Helper()
	wantAnswer(t, res, http.StatusForbidden, string(reason))
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
		t.Errorf("a script gets the content type %q", got)
	}
	if want := reason.Words().Person + "\n"; res.body != want {
		t.Errorf("a script gets %q, want %q", res.body, want)
	}
}

func TestPages_ShowTheProvidersCorrelationID(t *testing.T) {
	t.Parallel()
	for _, misbehavior := range []string{"callback-declined", "secret-expired"} {
		w := newWorld(t, storetest.New(t))
		w.must(w.entra.Misbehave(misbehavior, 1))
		res := w.browser().signIn("alice@contoso.com")
		w.wantRefused(res, "provider_error", "correlation id")
		_, id, _ := strings.Cut(w.decisions()[0].Detail, "correlation id ")
		if len(id) != 36 || !slices.Contains(elements(t, res.body, "code"), id) {
			t.Errorf("%s: the page quotes %q, want the correlation id %q", misbehavior, elements(t, res.body, "code"), id)
		}
	}
}
