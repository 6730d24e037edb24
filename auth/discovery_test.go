package auth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// identify types an identifier on the first page.
func (b *browser) identify(identifier string) answer {
	b.w.t.Helper()
	return b.post("/login", "identifier", identifier, "return_to", "/wiki")
}

// claim makes domains lead to the world's connection.
func (w *world) claim(domains ...string) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).SetConnectionDomains(w.conn.ID, domains) })
}

func (w *world) arm() {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.org.ID).ArmConnection(w.conn.ID, "admin@contoso.com")
	})
}

func (w *world) setMode(mode store.SSOMode) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).SetSSOMode(mode) })
}

const straightOn = "/login/entra?login_hint=alice@contoso.com&return_to=%2Fwiki"

func TestLogin_OneFieldThatIsFilledIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) { w.regions = []auth.Region{{Name: "Europe", URL: "https://eu.example.com"}} })
	page := w.browser().get("/login?return_to=/wiki&login_hint=alice@contoso.com").body
	for _, want := range []string{
		`name="identifier" value="alice@contoso.com" autocomplete="username"`, `name="return_to" value="/wiki"`,
		`href="/password?return_to=%2Fwiki"`, `<a href="https://eu.example.com/login">Europe</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if strings.Contains(page, "doorlist connection add") {
		t.Error("the page says what to set up although there is a connection")
	}
}

func TestLogin_SaysWhatToSetUpWhereThereIsNoConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.write(func(tx *store.Tx) error { return tx.Organization(w.org.ID).RemoveConnection(w.conn.ID) })
	b := w.browser()
	if page := b.get("/login").body; !strings.Contains(page, "doorlist connection add") {
		t.Errorf("the page does not say it:\n%s", page)
	}
	if res := b.identify("alice@contoso.com"); res.StatusCode != http.StatusOK || elements(t, res.body, "h1")[0] != "Sign in with a password" {
		t.Errorf("got %d\n%s", res.StatusCode, res.body)
	}
}

func TestLogin_StraightToMicrosoftWithTheHint(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.arm()
		w.claim("contoso.com")
		b := w.browser()
		res := b.identify(" alice@contoso.com ")
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != straightOn {
			t.Fatalf("got %d to %q, want 303 to %s", res.StatusCode, res.Header.Get("Location"), straightOn)
		}
		there, err := url.Parse(b.get(straightOn).Header.Get("Location"))
		w.must(err)
		if q := there.Query(); !strings.HasPrefix(there.String(), w.idp.URL) || q.Get("login_hint") != "alice@contoso.com" || q.Has("prompt") {
			t.Errorf("the provider is asked %v", q)
		}
		if q := b.get(straightOn + "&prompt=select_account").Header.Get("Location"); strings.Contains(q, "login_hint") {
			t.Errorf("a hint beside select_account, which exclude each other: %s", q)
		}
	})
}

func TestLogin_HintsThatNoProviderUnderstandsStayHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	for _, hint := range []string{"alice", "a@b@contoso.com", strings.Repeat("a", 320) + "@contoso.com", "a b\r\n@contoso.com", "a\x00@b.example"} {
		if there := b.get("/login/entra?login_hint=" + url.QueryEscape(hint)).Header.Get("Location"); strings.Contains(there, "login_hint") {
			t.Errorf("%q was passed on: %s", hint, there)
		}
	}
}

// TestLogin_BothWaysWhereBothArePossible: every fact that lets somebody of the connection use a password.
func TestLogin_BothWaysWhereBothArePossible(t *testing.T) {
	t.Parallel()
	cases := map[string]func(w *world){
		"mode per_user": func(w *world) { w.arm(); w.setMode(store.SSOPerUser) },
		"mode off":      func(w *world) { w.arm(); w.setMode(store.SSOOff) },
		"not armed":     func(*world) {},
		"an exception": func(w *world) {
			w.arm()
			w.write(func(tx *store.Tx) error {
				return tx.Organization(w.org.ID).SetSSOChoice(w.conn.DirectoryID, w.user.ID, "off")
			})
		},
		"an outage": func(w *world) {
			w.arm()
			w.write(func(tx *store.Tx) error {
				_, err := tx.Organization(w.org.ID).StartOutage("", "", time.Hour, []store.OutagePerson{{DirectoryID: w.conn.DirectoryID, UserID: w.user.ID}})
				return err
			})
		},
	}
	for name, arrange := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			w.claim("contoso.com")
			arrange(w)
			res := w.browser().identify("alice@contoso.com")
			if got := elements(t, res.body, "li"); res.StatusCode != http.StatusOK || !slices.Equal(got, []string{"Continue with Microsoft Contoso staff"}) {
				t.Errorf("got %d with the ways %q", res.StatusCode, got)
			}
			for _, want := range []string{`href="` + strings.ReplaceAll(straightOn, "&", "&amp;") + `"`, `name="user_name" value="alice@contoso.com"`, `name="password"`, `name="return_to" value="/wiki"`} {
				if !strings.Contains(res.body, want) {
					t.Errorf("the page lacks %s:\n%s", want, res.body)
				}
			}
		})
	}
}

func TestLogin_SeveralConnectionsArePickedFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.arm()
	w.useOtherProvider("")
	b := w.browser()
	res := b.identify("alice@contoso.com")
	if got := elements(t, res.body, "li"); !slices.Equal(got, []string{"Continue with Contoso staff Contoso Ltd", "Continue with Other Contoso Ltd"}) {
		t.Errorf("got the ways %q", got)
	}
	if !strings.Contains(res.body, `href="/password?return_to=%2Fwiki"`) {
		t.Error("local people have no way on from here")
	}
	w.changeConnection(func(c *store.Connection) { c.Enabled = false }) // the other one
	if res := b.identify("alice@contoso.com"); res.Header.Get("Location") != straightOn {
		t.Errorf("with one of two switched off: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestLogin_UnknownDomainsGetThePasswordPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.arm()
	b := w.browser()
	for _, identifier := range []string{"alice@contoso.com", "somebody@nowhere.example", "alice", "+1 555 0100", "a@b@contoso.com"} {
		if res := b.identify(identifier); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%q with one connection that is for everybody: got %d, want 303", identifier, res.StatusCode)
		}
	}
	w.claim("contoso.com")
	for _, identifier := range []string{"somebody@nowhere.example", "alice", "+1 555 0100", "a@b@contoso.com", "alice@mail.contoso.com"} {
		res := b.identify(identifier)
		if h1 := elements(t, res.body, "h1"); res.StatusCode != http.StatusOK || h1[0] != "Sign in with a password" || len(elements(t, res.body, "li")) != 0 {
			t.Errorf("%q: got %d with the heading %q", identifier, res.StatusCode, h1)
		}
	}
}

func TestLogin_SaysWhatToType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	for _, identifier := range []string{"", "   ", strings.Repeat("a", 321), "a\x00b", "\xff"} {
		if res := b.identify(identifier); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(res.body, "Type your e-mail address") {
			t.Errorf("%q: got %d\n%s", identifier, res.StatusCode, res.body)
		}
	}
	form := strings.NewReader("identifier=alice@contoso.com")
	res := b.send(http.MethodPost, "/login", form, map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"})
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("another site's form: got %d, want 403", res.StatusCode)
	}
}

// TestPassword_AFaultKeepsTheOtherWay: whoever was offered both ways still has both after a wrong password.
func TestPassword_AFaultKeepsTheOtherWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.claim("contoso.com")
	b := w.browser()
	res := b.enterPassword("alice@contoso.com", "a wrong password")
	wantAnswer(t, res, http.StatusForbidden, "bad_credentials")
	if got := elements(t, res.body, "li"); len(got) != 1 {
		t.Errorf("got the ways %q, want one", got)
	}
}
