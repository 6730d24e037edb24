package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
)

// startDevice begins a program's sign-in at the node.
func startDevice(t *testing.T, n *node) (codes deviceCodes) {
	t.Helper()
	resp, err := http.PostForm(n.url+"/oauth/device_authorization", url.Values{"client_id": {"doorlist on Wendy's laptop"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&codes); err != nil || codes.User == "" {
		t.Fatalf("the codes are %+v, %v", codes, err)
	}
	return codes
}

func TestBrowser_ProgramsSessionsAndSignOut(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	door := w.nodes[0].url
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			ctx := openWindow(t, browser, screen.width, screen.height)
			codes := startDevice(t, w.nodes[0])
			do(t, ctx, "signing in on the way to the code", chromedp.Navigate(codes.Whole), chromedp.SendKeys(chromedp.CSS("#identifier"), "wendy.writer@contoso.com\r"),
				chromedp.WaitVisible(chromedp.CSS("#password")), chromedp.Click(chromedp.CSS(`a[href^="/login/entra"]`)), search("wendy.writer"), pick("wendy.writer"), chromedp.WaitVisible(chromedp.CSS("#user_code")))
			look(t, ctx, "the code", "Only if you started this yourself", "Code")
			do(t, ctx, "sending the code", chromedp.Click(chromedp.CSS(`form[action="/device"] button`)), chromedp.WaitVisible(chromedp.CSS(`button[value="approve"]`)))
			look(t, ctx, "the program", "doorlist on Wendy's laptop", codes.User, "Wendy Writer", "127.0.0.1")
			do(t, ctx, "approving", chromedp.Click(chromedp.CSS(`button[value="approve"]`)), chromedp.WaitNotPresent(chromedp.CSS(`button[value="approve"]`)))
			look(t, ctx, "approved", "The program is signed in")
			do(t, ctx, "a wrong code", chromedp.Navigate(door+"/device"), chromedp.SendKeys(chromedp.CSS("#user_code"), "bbbb bbbb\r"), chromedp.WaitVisible(chromedp.CSS(`[role="alert"]`)))
			look(t, ctx, "no such code", "No program waits with that code")

			w.visitor("wendy.writer").signIn(w.nodes[0])
			do(t, ctx, "the sessions", chromedp.Navigate(door+"/sessions"))
			look(t, ctx, "the sessions", "this one", "Chrome on Linux", "with Microsoft", "End this session")
			do(t, ctx, "ending the others", chromedp.Click(`//button[contains(., "all the others")]`), chromedp.WaitVisible(chromedp.CSS(`[role="status"]`)))
			look(t, ctx, "the others ended", "All your other sessions have ended")

			do(t, ctx, "proving who I am", chromedp.Navigate(door+"/reauth?return_to=/sessions"))
			look(t, ctx, "asked again", "Confirm that it is you", "Wendy Writer", "Go on with Microsoft")
			do(t, ctx, "as somebody else", chromedp.Click(chromedp.CSS(`a[href^="/login/entra"]`)), search("rita.reader"), pick("rita.reader"), chromedp.WaitVisible(chromedp.CSS(`a[href="/sessions"]`)))
			look(t, ctx, "somebody else", "You are now signed in as Rita Reader")

			do(t, ctx, "leaving", chromedp.Navigate(door+"/logout"))
			look(t, ctx, "leaving", "Sign out?", "Sign out of Microsoft too")
			do(t, ctx, "leaving Microsoft too", chromedp.Click(`//button[contains(., "Microsoft too")]`), chromedp.WaitVisible(chromedp.CSS(`a[href="/login"]`)))
			look(t, ctx, "left", "You are signed out")
		})
	}
}
