package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// screens are the sizes at which every page must work.
var screens = []struct {
	name          string
	width, height int64
}{
	{"phone", 390, 844},
	{"desktop", 1280, 900},
}

// browserOptions keep Chromium from doing what no test asks for.
var browserOptions = []chromedp.ExecAllocatorOption{
	chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU,
	chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute),
}

// openWindow opens a window of the size, without any cookies.
func openWindow(t *testing.T, browser context.Context, width, height int64) context.Context {
	t.Helper()
	ctx, quit := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(quit)
	// The first call gets no time limit, because the window lives as long as that call's context.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	watchConsole(t, ctx)
	return ctx
}

// do runs steps in the browser.
func do(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		page, _ := chromedp.Run(late, chromedp.Text(chromedp.CSS("body")))
		t.Fatalf("%s: %v; the page says:\n%s", what, err, page)
	}
}

// keepPicture writes a picture of the page into the folder that DOORLIST_TEST_PICTURES names, for a person to look at.
func keepPicture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("DOORLIST_TEST_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("taking a picture of %s: %v", name, err)
	}
	file := strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()+"-"+name) + ".png"
	if err := os.WriteFile(filepath.Join(dir, file), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// pick chooses a person on the tenant's sign-in page.
func pick(alias string) chromedp.Action[chromedp.Void] {
	button := `//button[@name="sim_user"][contains(., "` + alias + `")]`
	return chromedp.Steps(chromedp.WaitVisible(button), chromedp.Click(button))
}

// search narrows the list of people, which is longer than the page.
func search(alias string) chromedp.Action[chromedp.Void] {
	const field = chromedp.CSS(`input[name="sim_search"]`)
	found := chromedp.CSS(`input[name="sim_search"][value="` + alias + `"]`) // of the page that answers, not of the one that asked
	return chromedp.Steps(chromedp.WaitVisible(field), chromedp.SendKeys(field, alias+"\r"), chromedp.WaitVisible(found))
}

func TestBrowser_SignInLookAroundSignOut(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	door := w.nodes[0].url
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			ctx := openWindow(t, browser, screen.width, screen.height)
			do(t, ctx, "opening the door", chromedp.Navigate(door+"/"))
			look(t, ctx, "the sign-in page", "E-mail, user name or phone")
			do(t, ctx, "typing the address", chromedp.SendKeys(chromedp.CSS("#identifier"), "wendy.writer@contoso.com\r"), chromedp.WaitVisible(chromedp.CSS("#password")))
			look(t, ctx, "both ways in", "Continue with Microsoft", "or with a password")
			do(t, ctx, "signing in", chromedp.Click(chromedp.CSS(`a[href^="/login/entra"]`)), search("wendy.writer"), pick("wendy.writer"),
				chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
			look(t, ctx, "who I am", "Wendy Writer", "writer", "Doorlist Writers", "Doorlist Readers")
			do(t, ctx, "signing out", chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)), chromedp.WaitNotPresent(chromedp.CSS(`form[action="/logout"]`)))
			look(t, ctx, "signed out", "sign")
			do(t, ctx, "coming back", chromedp.Navigate(door+"/"))
			look(t, ctx, "the sign-in page again", "E-mail, user name or phone")
		})
	}
}

// TestBrowser_FromTheAddressToTheProvider: the form's answer leads to another host, which browsers allow only where the
// page's policy does. On the way an owner tries the connection out.
func TestBrowser_FromTheAddressToTheProvider(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.terminal.do("connection", "set", "entra", "--domain", "contoso.com")
	door, browser := w.nodes[0].url, openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			ctx := openWindow(t, browser, screen.width, screen.height)
			do(t, ctx, "signing in as an administrator", chromedp.Navigate(door+"/login/entra"), search("adam.admin"), pick("adam.admin"),
				chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
			do(t, ctx, "testing the connection", chromedp.Navigate(door+"/login/entra?test=1"), search("nora.norole"), pick("nora.norole"))
			look(t, ctx, "the test", "The connection works", "nora.norole@contoso.com", "no_role", "by adam.admin@contoso.com")
			do(t, ctx, "on to the connection", chromedp.Click(chromedp.CSS("a.button")))
			look(t, ctx, "the connection", "People sign in through this connection", "armed")
			do(t, ctx, "still signed in", chromedp.Navigate(door+"/"), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))

			ctx = openWindow(t, browser, screen.width, screen.height)
			do(t, ctx, "typing the address", chromedp.Navigate(door+"/login"), chromedp.SendKeys(chromedp.CSS("#identifier"), "wendy.writer@contoso.com\r"),
				chromedp.WaitVisible(chromedp.CSS(`button[name="sim_user"]`)))
			do(t, ctx, "signing in", pick("wendy.writer"), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
			look(t, ctx, "who I am", "Wendy Writer")
		})
	}
}

func TestBrowser_RefusalSaysWhyAndWhatNext(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			ctx := openWindow(t, browser, screen.width, screen.height)
			do(t, ctx, "signing in as Nora", chromedp.Navigate(w.nodes[0].url+"/login/entra"), search("nora.norole"), pick("nora.norole"))
			look(t, ctx, "the refusal", "no role", "IT team", "Request")
			do(t, ctx, "reading what the administrator should do", chromedp.Click(chromedp.CSS("summary")), chromedp.WaitVisible(chromedp.CSS("details code")))
			look(t, ctx, "the refusal in full", "no_role", "doorlist mapping add")
			do(t, ctx, "using another account", chromedp.Click(`//a[contains(., "another account")]`), search("uma.unassigned"), pick("uma.unassigned"))
			look(t, ctx, "the other refusal", "not on the list")
		})
	}
}

// sqliteDatabase is the URL of a database that is not there yet.
func sqliteDatabase(t *testing.T) string {
	t.Helper()
	return "sqlite:" + t.TempDir() + "/doorlist.db"
}
