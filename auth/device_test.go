package auth_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// deviceCodes is what a program gets at the start.
type deviceCodes struct {
	Device    string `json:"device_code"`
	User      string `json:"user_code"`
	Address   string `json:"verification_uri"`
	Whole     string `json:"verification_uri_complete"`
	ExpiresIn int    `json:"expires_in"`
	Interval  int
}

// api sends a form as a program would and reads the answer.
func (b *browser) api(path string, into any, fields ...string) answer {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res := b.send(http.MethodPost, path, strings.NewReader(form.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	if err := json.Unmarshal([]byte(res.body), into); err != nil {
		b.w.t.Fatalf("POST %s answered %d %q: %v", path, res.StatusCode, res.body, err)
	}
	if res.Header.Get("Cache-Control") != "no-store" {
		b.w.t.Errorf("POST %s may be kept: %v", path, res.Header)
	}
	return res
}

func (w *world) startDevice() (codes deviceCodes) {
	w.t.Helper()
	w.browser().api("/oauth/device_authorization", &codes, "client_id", "a terminal")
	return codes
}

// poll waits for as long as a program must and asks for the token: a secret or a fault.
func (w *world) poll(codes deviceCodes) (secret, fault string) {
	w.t.Helper()
	w.clock.Advance(5 * time.Second)
	var got struct {
		Token     string `json:"access_token"`
		Type      string `json:"token_type"`
		ExpiresIn int    `json:"expires_in"`
		Error     string
	}
	res := w.browser().api("/oauth/token", &got, "grant_type", grantDevice, "device_code", codes.Device, "client_id", "a terminal")
	if (got.Token != "") != (res.StatusCode == http.StatusOK) || got.Token != "" && (got.Type != "Bearer" || got.ExpiresIn < 3600 || !strings.HasPrefix(got.Token, "dlu_")) {
		w.t.Errorf("the token endpoint answered %d %+v", res.StatusCode, got)
	}
	return got.Token, got.Error
}

func bearer(secret string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + secret}
}

// signedInProgram is the secret of a program that Alice has approved in b.
func (w *world) signedInProgram(b *browser) string {
	w.t.Helper()
	codes := w.startDevice()
	if res := b.post("/device", "user_code", codes.User, "decision", "approve"); res.StatusCode != http.StatusOK {
		w.t.Fatalf("approving: got %d to %q\n%s", res.StatusCode, res.Header.Get("Location"), res.body)
	}
	secret, fault := w.poll(codes)
	if secret == "" {
		w.t.Fatalf("after the approval: %s", fault)
	}
	return secret
}

func TestDevice_ApprovedInABrowser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b, program := w.browser(), w.browser()
		codes := w.startDevice()
		if !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(codes.User) || codes.Address != w.door.URL+"/device" ||
			codes.Whole != w.door.URL+"/device?user_code="+codes.User || codes.ExpiresIn != 600 || codes.Interval != 5 {
			t.Errorf("got %+v", codes)
		}
		if _, fault := w.poll(codes); fault != "authorization_pending" {
			t.Errorf("before: %q", fault)
		}
		if res := b.get(codes.Whole); res.Header.Get("Location") != "/login?return_to=%2Fdevice%3Fuser_code%3D"+codes.User {
			t.Errorf("without a session: got %d to %q", res.StatusCode, res.Header.Get("Location"))
		}
		b.mustSignIn()
		if page := b.get(codes.Whole); !strings.Contains(page.body, `value="`+codes.User+`"`) || !strings.Contains(page.body, "Only if you started this yourself") {
			t.Errorf("the page of codes:\n%s", page.body)
		}
		page := b.post("/device", "user_code", strings.ToLower(strings.ReplaceAll(codes.User, "-", " ")))
		for _, want := range []string{"a terminal", codes.User, "127.0.0.1", "Alice Ångström", "Only if you started this yourself"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page that asks lacks %q:\n%s", want, page.body)
			}
		}
		if res := b.post("/device", "user_code", codes.User, "decision", "approve"); !strings.Contains(res.body, "The program is signed in") {
			t.Errorf("approving: got %d\n%s", res.StatusCode, res.body)
		}
		secret, fault := w.poll(codes)
		if secret == "" {
			t.Fatalf("after the approval: %s", fault)
		}
		if _, fault := w.poll(codes); fault != "invalid_grant" {
			t.Errorf("a second time: %q", fault)
		}
		res := program.do(http.MethodGet, "/auth/verify", bearer(secret))
		if res.StatusCode != http.StatusOK || res.Header.Get("X-Doorlist-User") != w.user.ID {
			t.Errorf("/auth/verify: got %d %v", res.StatusCode, res.Header)
		}
		if res := program.do(http.MethodGet, "/auth/session", bearer(secret)); res.StatusCode != http.StatusOK || !strings.Contains(res.body, w.user.ID) {
			t.Errorf("/auth/session: got %d %s", res.StatusCode, res.body)
		}
		if dec := w.decisions()[0]; !dec.Admitted || !strings.Contains(dec.Detail, "a terminal") || dec.UserID != w.user.ID {
			t.Errorf("the decision on record is %+v", dec)
		}
		if page := b.get("/sessions"); !strings.Contains(page.body, "The program “a terminal”") {
			t.Error("the program is not among the sessions")
		}
		b.post("/sessions", "id", "others")
		if res := program.do(http.MethodGet, "/auth/verify", bearer(secret)); res.StatusCode != http.StatusUnauthorized || res.Header.Get("X-Doorlist-Reason") != "session_revoked" {
			t.Errorf("ended on the page: got %d %q", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
		}
	})
}

func TestDevice_DiesWithThePerson(t *testing.T) {
	t.Parallel()
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			b := w.browser()
			b.mustSignIn()
			secret := w.signedInProgram(b)
			c.set(w)
			res := w.browser().do(http.MethodGet, "/auth/verify", bearer(secret))
			if res.StatusCode != c.status || res.Header.Get("X-Doorlist-Reason") != c.reason {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), c.status, c.reason)
			}
		})
	}
}

func TestDevice_NotHandedOutAfterwards(t *testing.T) {
	t.Parallel()
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.New(t))
			b := w.browser()
			b.mustSignIn()
			codes := w.startDevice()
			b.post("/device", "user_code", codes.User, "decision", "approve")
			c.set(w)
			want := "access_denied"
			if c.name == "away for an hour" {
				want = "expired_token"
			}
			if secret, fault := w.poll(codes); secret != "" || fault != want {
				t.Errorf("got %q %q, want %s", secret, fault, want)
			}
		})
	}
}

func TestDevice_ApprovalNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	w.clock.Advance(10*time.Minute + time.Second)
	codes := w.startDevice()
	want := "/reauth?return_to=%2Fdevice%3Fuser_code%3D" + codes.User
	for _, decision := range []string{"", "approve"} {
		if res := b.post("/device", "user_code", codes.User, "decision", decision); res.Header.Get("Location") != want {
			t.Errorf("decision %q: got %d to %q, want %q", decision, res.StatusCode, res.Header.Get("Location"), want)
		}
	}
	if _, fault := w.poll(codes); fault != "authorization_pending" {
		t.Errorf("meanwhile: %q", fault)
	}
	if res := b.get(b.authorize("/login/entra?prompt=login&return_to=%2Fdevice", "alice@contoso.com")); res.Header.Get("Location") != "/device" {
		t.Fatalf("signing in again: got %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res := b.post("/device", "user_code", codes.User, "decision", "approve"); res.StatusCode != http.StatusOK {
		t.Errorf("approving: got %d", res.StatusCode)
	}
	if secret, fault := w.poll(codes); secret == "" {
		t.Errorf("then: %q", fault)
	}
}

func TestDevice_Refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	denied := w.startDevice()
	if res := b.post("/device", "user_code", denied.User, "decision", "deny"); !strings.Contains(res.body, "not signed in") {
		t.Errorf("denying: got %d\n%s", res.StatusCode, res.body)
	}
	if _, fault := w.poll(denied); fault != "access_denied" {
		t.Errorf("denied: %q", fault)
	}
	if res := b.post("/device", "user_code", denied.User, "decision", "approve"); res.StatusCode != http.StatusNotFound {
		t.Errorf("approving what was denied: got %d", res.StatusCode)
	}
	for _, code := range []string{"", "x", "BCDF-GHJK", strings.Repeat("B", 5000), "\x00"} {
		if res := b.post("/device", "user_code", code); res.StatusCode != http.StatusNotFound || !strings.Contains(res.body, `role="alert"`) {
			t.Errorf("the code %.10q: got %d", code, res.StatusCode)
		}
	}
	late := w.startDevice()
	var fault struct{ Error string }
	for _, tc := range []struct{ want, grant, code, client string }{
		{"invalid_request", "", late.Device, "a terminal"},
		{"unsupported_grant_type", "password", late.Device, "a terminal"},
		{"invalid_grant", grantDevice, "unknown", "a terminal"},
		{"invalid_grant", grantDevice, late.Device, "another"},
		{"slow_down", grantDevice, late.Device, "a terminal"}, // the one before was a poll, too
	} {
		w.browser().api("/oauth/token", &fault, "grant_type", tc.grant, "device_code", tc.code, "client_id", tc.client)
		if fault.Error != tc.want {
			t.Errorf("%+v: got %q", tc, fault.Error)
		}
	}
	for _, label := range []string{"", "  ", strings.Repeat("x", 65), "a\nb"} {
		if res := w.browser().api("/oauth/device_authorization", &fault, "client_id", label); res.StatusCode != http.StatusBadRequest || fault.Error != "invalid_request" {
			t.Errorf("client_id %q: got %d %q", label, res.StatusCode, fault.Error)
		}
	}
	w.clock.Advance(10 * time.Minute)
	if _, fault := w.poll(late); fault != "expired_token" {
		t.Errorf("after its time: %q", fault)
	}
}

// A program's secret is no cookie, and opens no page; a request never has two identities.
func TestDevice_SecretIsForProgramsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	secret := w.signedInProgram(b)
	codes := w.startDevice()
	stranger := w.browser()
	for _, header := range []map[string]string{
		{"Cookie": "doorlist=" + secret}, {"Authorization": "Basic " + secret}, {"Authorization": secret}, {"Authorization": "Bearer x" + secret},
		{"Authorization": "Bearer " + b.sessionCookie()}, {"Authorization": "Bearer " + secret[:len(secret)-1]},
		{"Authorization": "Bearer " + secret, "Cookie": "doorlist=" + b.sessionCookie()},
		{"Authorization": "Bearer " + secret, "Cookie": "doorlist=nonsense"},
	} {
		if res := stranger.do(http.MethodGet, "/auth/verify", header); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %v: got %d, want 401", header, res.StatusCode)
		}
	}
	if res := stranger.do(http.MethodGet, "/auth/verify", map[string]string{"Authorization": "bearer  " + secret}); res.StatusCode != http.StatusOK {
		t.Errorf("in another spelling: got %d", res.StatusCode)
	}
	if res := b.do(http.MethodGet, "/auth/verify", map[string]string{"Authorization": "Basic YTpi"}); res.StatusCode != http.StatusOK {
		t.Errorf("a cookie beside the application's own credentials: got %d", res.StatusCode)
	}
	for _, page := range []string{"/", "/sessions", "/reauth", codes.Whole} {
		if res := stranger.do(http.MethodGet, page, bearer(secret)); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: got %d, want a redirect to the sign-in", page, res.StatusCode)
		}
	}
	res := stranger.do(http.MethodPost, "/device?user_code="+codes.User+"&decision=approve", bearer(secret))
	if _, fault := w.poll(codes); res.StatusCode != http.StatusSeeOther || fault != "authorization_pending" {
		t.Errorf("a program approved another: got %d %q", res.StatusCode, fault)
	}
}

func TestDevice_Revoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	secret, cookie := w.signedInProgram(b), b.sessionCookie()
	for _, token := range []string{"dlu_unknown", cookie, secret, secret} {
		if res := w.browser().post("/oauth/revoke", "token", token); res.StatusCode != http.StatusOK || res.body != "" {
			t.Errorf("got %d %q", res.StatusCode, res.body)
		}
	}
	if res := w.browser().post("/oauth/revoke"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a token: got %d", res.StatusCode)
	}
	if res := w.browser().do(http.MethodGet, "/auth/verify", bearer(secret)); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the revoked secret: got %d", res.StatusCode)
	}
	b.wantVerify(http.StatusOK, "")
}

func TestDevice_GuessingIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	codes := w.startDevice()
	last := 0
	for range 21 {
		last = b.post("/device", "user_code", "BCDF-GHJK").StatusCode
	}
	if res := b.post("/device", "user_code", codes.User, "decision", "approve"); last != http.StatusTooManyRequests || res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("got %d and %d, want 429", last, res.StatusCode)
	}
	status := 0
	for range 21 {
		var fault struct{ Error string }
		status = w.browser().api("/oauth/device_authorization", &fault, "client_id", "a terminal").StatusCode
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("asking for codes: got %d, want 429", status)
	}
}
