package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// walk is one way in, by a window of a size.
type walk struct {
	*tenantWorld
	ctx    context.Context
	door   *node
	outbox string
	screen string
}

// ways are the ways in that need no second factor and no terminal; the other tests of this kind walk those.
var ways = map[string]func(w *walk, t *testing.T){
	"invitation, password, forgotten password": (*walk).invitation,
	"invitation where Microsoft does it":       (*walk).invitationToMicrosoft,
	"outage":                                   (*walk).outage,
}

func TestBrowser_WaysIn(t *testing.T) {
	t.Parallel()
	database := sqliteDatabase(t)
	w := newTenantWorld(t, database, 1)
	w.terminal.do("org", "set", "contoso", "--second-factor", "off")
	w.visitor("adam.admin").signIn(w.nodes[0]) // arms the connection: from now on single sign-on is enforced
	browser := openBrowser(t)
	for name, way := range ways {
		for _, screen := range screens {
			t.Run(name+" "+screen.name, func(t *testing.T) {
				way(&walk{w, openWindow(t, browser, screen.width, screen.height), w.nodes[0], strings.TrimPrefix(database, "sqlite:") + ".mail", screen.name}, t)
			})
		}
	}
}

// invite makes a link for a person; those whom nobody knows yet become readers.
func (w *walk) invite(name string, more ...string) string {
	var v invitationView
	w.terminal.read(&v, append([]string{"user", "invite", name, "--org", "contoso", "--base-url", w.door.url}, more...)...)
	return v.Link
}

var comeIn = chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`))

func (w *walk) invitation(t *testing.T) {
	name := "lea-" + w.screen + "@example.com"
	const other = "the ferry leaves before breakfast"
	do(t, w.ctx, "opening the invitation", chromedp.Navigate(w.invite(name, "--role", "reader")))
	look(t, w.ctx, "the invitation", "Choose a password", name)
	do(t, w.ctx, "choosing a password", chromedp.SendKeys(chromedp.CSS("#password"), walkPassword), chromedp.SendKeys(chromedp.CSS("#repeated"), walkPassword+"\r"), chromedp.WaitVisible(chromedp.CSS("#user_name")))
	look(t, w.ctx, "the sign-in", "Your password is set")
	do(t, w.ctx, "signing in", chromedp.SendKeys(chromedp.CSS("#user_name"), name), chromedp.SendKeys(chromedp.CSS("#password"), walkPassword+"\r"), comeIn)
	look(t, w.ctx, "signed in", "reader", "Change your password")
	do(t, w.ctx, "signing out", chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)), chromedp.WaitNotPresent(chromedp.CSS(`form[action="/logout"]`)))

	do(t, w.ctx, "going to the form for a forgotten password", chromedp.Navigate(w.door.url+"/reset"))
	look(t, w.ctx, "forgotten", "We mail you a link")
	do(t, w.ctx, "asking for a link", chromedp.SendKeys(chromedp.CSS("#user_name"), name+"\r"), chromedp.WaitVisible(chromedp.CSS(`[role="status"]`)))
	look(t, w.ctx, "sent", "Look into your mailbox")
	do(t, w.ctx, "following it", chromedp.Navigate(w.resetLink(t, name)))
	look(t, w.ctx, "the new password", "Set a new password", name)
	do(t, w.ctx, "choosing another", chromedp.SendKeys(chromedp.CSS("#password"), other), chromedp.SendKeys(chromedp.CSS("#repeated"), other+"\r"), chromedp.WaitVisible(chromedp.CSS("#user_name")))
	do(t, w.ctx, "signing in", chromedp.SendKeys(chromedp.CSS("#user_name"), name), chromedp.SendKeys(chromedp.CSS("#password"), other+"\r"), comeIn)
	look(t, w.ctx, "signed in again", "reader")
}

// resetLink waits for the mail to an address that has the link in it.
func (w *walk) resetLink(t *testing.T, address string) string {
	t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(w.door.url) + `/reset/[\w-]+`)
	for range 1500 { // a machine may be slow, and mail is looked for every other second
		files, err := filepath.Glob(w.outbox + "/*.eml")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := link.FindString(string(text)); found != "" && strings.Contains(string(text), "To: <"+address+">") {
				return found
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("no link for a new password was mailed to %s", address)
	return ""
}

func (w *walk) invitationToMicrosoft(t *testing.T) {
	do(t, w.ctx, "opening the invitation", chromedp.Navigate(w.invite("rita.reader@contoso.com")))
	look(t, w.ctx, "the invitation", "Welcome to contoso", "need no password here", "Sign in with Microsoft")
	do(t, w.ctx, "going to Microsoft", chromedp.Click(chromedp.CSS(`a.microsoft`)), search("rita.reader"), pick("rita.reader"), comeIn)
	look(t, w.ctx, "signed in", "Rita Reader")
}

// outage: an administrator who has a password for that case, which opens nothing as long as Microsoft answers.
func (w *walk) outage(t *testing.T) {
	const name = "olivia.owner@contoso.com"
	w.terminal.do("sso", "set", "--user", name, "off")
	w.choosePassword(name)
	w.terminal.do("sso", "set", "--user", name, "on")
	w.terminal.do("outage", "start", "--org", "contoso", "--user", name, "--for", "1h", "--reason", "Microsoft does not answer")
	do(t, w.ctx, "typing the address", chromedp.Navigate(w.door.url+"/login"), chromedp.SendKeys(chromedp.CSS("#identifier"), name+"\r"), chromedp.WaitVisible(chromedp.CSS("#password")))
	look(t, w.ctx, "both ways", "or with a password")
	do(t, w.ctx, "signing in", chromedp.SendKeys(chromedp.CSS("#password"), walkPassword+"\r"), comeIn)
	look(t, w.ctx, "in an outage", "An outage is in force", "Microsoft does not answer", "owner")
	w.terminal.do("outage", "end", "--org", "contoso")
	do(t, w.ctx, "going on after it", chromedp.Navigate(w.door.url+"/"), chromedp.WaitVisible(chromedp.CSS("#identifier")))
	look(t, w.ctx, "the outage is over", "Your session was ended")
}
