package main

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// step is something to do in a browser.
type step = chromedp.Action[chromedp.Void]

// reasonPages are how each reason code but admitted comes to a browser: what is arranged before, and how a window gets
// there. Where a form shows the reason, so that the person can go on at once, there is no page of its own.
var reasonPages = []struct {
	reason          string
	arrange         func(w *tenantWorld)
	visit           func(w *tenantWorld) step
	title, sentence string
	onForm          bool
}{
	{"not_provisioned", nil, signInAs("uma.unassigned"), "You are not on the list yet", "your organization has not sent us your account", false},
	{"inactive", func(w *tenantWorld) { w.patch("carl.contributor", "active", "False") }, signInAs("carl.contributor"),
		"Your access is switched off", "Your organization has switched off your access", false},
	{"no_role", nil, signInAs("nora.norole"), "You have no role here yet", "none of your groups gives you a role", false},
	{"role_too_low", nil, func(w *tenantWorld) step {
		return chromedp.Steps(signInAs("rita.reader")(w), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)), navigate("/auth/verify?role=owner")(w))
	}, "Your role does not reach this far", "this page needs a higher role than yours", false},
	{"wrong_tenant", misbehave("tenant-other"), signInAs("wendy.writer"), "That is an account of another organization", "Use another account", false},
	{"mapping_unsafe", func(w *tenantWorld) { w.patch("adam.admin", "externalId", "adam") }, signInAs("adam.admin"),
		"Sign-in is not finished being set up", "We cannot yet recognize your account safely", false},
	{"rebound_pending", func(w *tenantWorld) { w.rebind("olivia.owner", w.person("uma.unassigned").ObjectID) }, signInAs("uma.unassigned"),
		"Your account needs a check", "an administrator has to confirm who it belongs to", false},
	{"guest", nil, signInAs("gwen.guest"), "Guests are not admitted", "guest accounts are not admitted here", false},
	{"subject_changed", func(w *tenantWorld) {
		w.visitor("wendy.writer").signIn(w.nodes[0])
		misbehave("subject-other")(w)
	}, signInAs("wendy.writer"), "Your account needs a check", "does not match the one that we remember", false},
	{"bad_response", nil, navigate("/login/callback?state=of-nobody&code=x"), "That sign-in could not be trusted", "Start again", false},
	{"provider_error", misbehave("callback-server-error"), signInAs("wendy.writer"), "The sign-in service reported a problem", "Try again in a few minutes", false},
	{"password_required", func(w *tenantWorld) { w.terminal.do("sso", "set", "--user", "rita.reader@contoso.com", "off") }, signInAs("rita.reader"),
		"Sign in with your password", "Your organization's sign-in does not apply to you", false},
	{"sso_required", func(w *tenantWorld) {
		w.terminal.do("sso", "set", "--user", "wendy.writer@contoso.com", "off")
		w.choosePassword("wendy.writer@contoso.com")
		w.terminal.do("sso", "set", "--user", "wendy.writer@contoso.com", "on")
	}, withPassword("wendy.writer@contoso.com", walkPassword), "Sign in through your organization", "A password does not open this door for you", false},
	{"session_revoked", nil, func(w *tenantWorld) step {
		return chromedp.Steps(signInAs("wendy.writer")(w), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)), chromedp.Func(func(context.Context, *chromedp.Target) error {
			w.terminal.do("session", "end", "--user", "wendy.writer@contoso.com")
			return nil
		}), navigate("/")(w))
	}, "Sign in", "Your session was ended. Sign in again.", true},
	{"session_expired", nil, navigate("/login?notice=session_expired"), "Sign in", "You were away for a while, so your session has ended", true},
	{"bad_credentials", nil, withPassword("nobody@contoso.com", "not the right one"), "Sign in", "do not belong together", true},
	{"locked", func(w *tenantWorld) { w.exhaustPasswords() }, withPasswords("nobody@contoso.com", "not the right one"), "Sign in", "too many attempts", true},
	{"unavailable", func(w *tenantWorld) { w.lockDatabase() }, navigate("/login/entra"), "We cannot check that right now", "Try again in a minute", false},
	{"connection_off", func(w *tenantWorld) { w.terminal.do("connection", "set", "entra", "--enabled=false") }, navigate("/login/entra"),
		"This way in is switched off", "An administrator has switched off this way", false},
}

// signInAs goes straight to the tenant and chooses a person there.
func signInAs(alias string) func(w *tenantWorld) step {
	return func(w *tenantWorld) step {
		return chromedp.Steps(navigate("/login/entra")(w), search(alias), pick(alias))
	}
}

func navigate(path string) func(w *tenantWorld) step {
	return func(w *tenantWorld) step { return chromedp.Navigate(w.nodes[0].url + path) }
}

// misbehave lets the provider go wrong at the next sign-in.
func misbehave(name string) func(w *tenantWorld) {
	return func(w *tenantWorld) {
		if err := w.provider.Misbehave(name, 1); err != nil {
			w.t.Fatal(err)
		}
	}
}

// withPassword sends the form for passwords to the newest node.
func withPassword(name, password string) func(w *tenantWorld) step {
	return func(w *tenantWorld) step {
		return chromedp.Steps(chromedp.Navigate(w.nodes[len(w.nodes)-1].url+"/password"), chromedp.SendKeys(chromedp.CSS("#user_name"), name),
			chromedp.SendKeys(chromedp.CSS("#password"), password+"\r"), chromedp.WaitVisible(chromedp.CSS(`[role="alert"], details`)))
	}
}

// withPasswords is withPassword until the server looks at no more: now and then it looks at one, and the browser may have come then.
func withPasswords(name, password string) func(w *tenantWorld) step {
	return func(w *tenantWorld) step {
		once := withPassword(name, password)(w)
		return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			for range 10 {
				if _, err := once(ctx, target); err != nil {
					return err
				}
				if text, err := chromedp.Text(chromedp.CSS("body"))(ctx, target); err != nil || strings.Contains(text, "too many attempts") {
					return err
				}
			}
			return nil // whoever looks says what the page lacks
		})
	}
}

const walkPassword = "a lantern on the quiet pier"

// choosePassword invites a person and follows the link.
func (w *tenantWorld) choosePassword(name string) {
	w.t.Helper()
	var v invitationView
	w.terminal.read(&v, "user", "invite", name, "--org", "contoso", "--base-url", w.nodes[0].url)
	resp, err := http.PostForm(v.Link, url.Values{"password": {walkPassword}, "repeated": {walkPassword}})
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/password" {
		w.t.Fatalf("choosing a password led to %s: %s", resp.Request.URL, resp.Status)
	}
}

// exhaustPasswords starts another node, which counts by itself, and tries passwords at it until it looks at no more, and then on until the test is over:
// every few seconds it looks at another, and a browser may take as long.
func (w *tenantWorld) exhaustPasswords() {
	t := w.t
	t.Helper()
	n := w.terminal.serve()
	w.nodes = append(w.nodes, n)
	try := func() {
		resp, err := http.PostForm(n.url+"/password", url.Values{"user_name": {"nobody@contoso.com"}, "password": {"not the right one"}})
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(try)
	}
	all.Wait()
	over := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(100 * time.Millisecond):
				try()
			}
		}
	})
	t.Cleanup(func() { close(over); all.Wait() })
}

// lockDatabase keeps everybody else from writing into the SQLite file until the test is over.
func (w *tenantWorld) lockDatabase() {
	w.t.Helper()
	path := strings.TrimPrefix(w.terminal.environ[0], "DOORLIST_DATABASE=sqlite:")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(w.t.Context(), "BEGIN IMMEDIATE"); err != nil {
		w.t.Fatal(err)
	}
}

// TestBrowser_EveryReason: what happened, what to do, and what the IT team needs, on each screen.
func TestBrowser_EveryReason(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.visitor("adam.admin").signIn(w.nodes[0]) // arms the connection: from now on single sign-on is enforced
	browser := openBrowser(t)
	for _, r := range reasonPages {
		t.Run(r.reason, func(t *testing.T) {
			outer := w.t
			w.t, w.terminal.t = t, t
			defer func() { w.t, w.terminal.t = outer, outer }()
			if r.arrange != nil {
				r.arrange(w)
			}
			ctx := openWindow(t, browser, screens[0].width, screens[0].height)
			do(t, ctx, "going there", r.visit(w))
			if r.onForm {
				lookInBothWindows(t, ctx, "the form", r.title, r.sentence)
				return
			}
			lookInBothWindows(t, ctx, "the page", r.title, r.sentence, "Request ")
			do(t, ctx, "reading what the IT team should know", chromedp.Click(chromedp.CSS("summary")), chromedp.WaitVisible(chromedp.CSS("details code")))
			lookInBothWindows(t, ctx, "all of it", r.reason)
		})
	}
}
