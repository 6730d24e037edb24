package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const otherTenant = "99999999-8888-4777-8666-555555555555"

// beginConsent sends the browser to Microsoft and returns the state.
func (b *browser) beginConsent() string {
	b.w.t.Helper()
	const form = "/admin/organizations/contoso/connect-microsoft"
	if csp := b.want(b.get(form), http.StatusOK).Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://login.example.com;") {
		b.w.t.Errorf("the form may not lead to Microsoft: %s", csp)
	}
	a := b.want(b.post(form, "display", "Microsoft", "slug", "microsoft"), http.StatusSeeOther)
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || u.Host != "login.example.com" || u.Path != "/organizations/v2.0/adminconsent" || u.Query().Get("redirect_uri") != b.w.server.URL+"/admin/connect/microsoft" {
		b.w.t.Fatalf("it leads to %q", a.Header.Get("Location"))
	}
	return u.Query().Get("state")
}

func (b *browser) comeBack(namesAndValues ...string) answer {
	b.w.t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		q.Add(namesAndValues[i], namesAndValues[i+1])
	}
	// A navigation from another site, as Microsoft's answer is.
	return b.send(http.MethodGet, "/admin/connect/microsoft?"+q.Encode(), nil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
}

func (w *world) made() []store.Connection {
	w.t.Helper()
	all, err := w.store.Organization(w.places["contoso"].org.ID).Connections(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var made []store.Connection
	for _, c := range all {
		if c.Slug == "microsoft" {
			made = append(made, c)
		}
	}
	return made
}

func TestConsent_MakesAConnectionThatIsProvedLater(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.signIn("contoso", "owner", w.clock.Now())
		state := b.beginConsent()
		w.clock.Advance(14 * time.Minute) // the proof of who it is has grown old, and nothing is asked twice
		b.want(b.comeBack("admin_consent", "True", "tenant", strings.ToUpper(tenantID), "state", state), http.StatusOK, "/login/microsoft?test=console")
		made := w.made()
		if len(made) != 1 || made[0].TenantID != tenantID || !made[0].ArmedAt.IsZero() || made[0].ClientID != shared.ClientID || made[0].Authority != shared.Authority {
			t.Fatalf("it made %+v", made)
		}
		b.want(b.comeBack("admin_consent", "True", "tenant", otherTenant, "state", state), http.StatusBadRequest, "belongs to nothing")
		if w.made()[0].TenantID != tenantID {
			t.Error("a second answer changed the tenant")
		}
	})
}

func TestConsent_Refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b, colleague := w.signIn("contoso", "owner", w.clock.Now()), w.signIn("contoso", "owner", w.clock.Now().Add(-time.Minute))
	granted := func(more ...string) []string {
		return append([]string{"admin_consent", "True", "tenant", tenantID}, more...)
	}
	state := b.beginConsent()
	colleague.want(colleague.comeBack(granted("state", state)...), http.StatusBadRequest, "belongs to nothing")
	b.want(b.comeBack(granted("state", state)...), http.StatusBadRequest, "belongs to nothing") // another session used it up
	for name, tc := range map[string]struct {
		query []string
		says  string
	}{
		"consent and an error": {granted("error", "consent_required", "error_description", "AADSTS65004: <b>declined"), "AADSTS65004: &lt;b&gt;declined"},
		"no consent":           {[]string{"tenant", tenantID}, "does not say"},
		"no tenant":            {[]string{"admin_consent", "True"}, "does not say"},
		"a domain as tenant":   {[]string{"admin_consent", "True", "tenant", "common"}, "does not say"},
		"two tenants":          {granted("tenant", otherTenant), "does not say"},
	} {
		b.want(b.comeBack(append(tc.query, "state", b.beginConsent())...), http.StatusBadRequest, tc.says, "Begin again")
		if made := w.made(); len(made) > 0 {
			t.Fatalf("%s: it made %+v", name, made)
		}
	}
	for _, wrong := range []string{"", "another", "\x00"} {
		b.want(b.comeBack(granted("state", wrong)...), http.StatusBadRequest, "belongs to nothing")
	}
	late := b.beginConsent()
	w.clock.Advance(15 * time.Minute)
	b.want(b.comeBack(granted("state", late)...), http.StatusBadRequest, "belongs to nothing")
	if made := w.made(); len(made) > 0 {
		t.Errorf("it made %+v", made)
	}
	nobody := &browser{w: w}
	nobody.want(nobody.comeBack(granted("state", "x")...), http.StatusSeeOther, "/login?return_to=")
}
