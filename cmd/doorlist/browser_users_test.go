package main

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// exported fetches what a link of the page leads to.
const exported = `fetch([...document.querySelectorAll("#people a")].find(a => a.textContent === "CSV").href).then(r => r.text())`

// TestBrowser_FindsSomebodyAndReadsWhy: somebody is found by typing, the list is filtered and exported, and a person's page says why they
// cannot sign in and what to do.
func TestBrowser_FindsSomebodyAndReadsWhy(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			walk := walkConsole(t, browser, w.nodes[0].url, screen.width, screen.height, 1)
			users := walk.door + "/admin/organizations/contoso/users"
			do(t, walk.ctx, "opening the users", chromedp.Navigate(users), chromedp.WaitVisible(chromedp.CSS("#people table")))
			look(t, walk.ctx, "users "+screen.name, "Olivia Owner", "can sign in", "cannot: no role")
			do(t, walk.ctx, "typing a name", chromedp.SendKeys(chromedp.CSS("#f-q"), "NORA"))
			waitFor(t, walk.ctx, `document.querySelectorAll("#people tbody tr").length === 1 && location.search === "?q=NORA"`)
			do(t, walk.ctx, "opening the person", press("Nora Norole"), chromedp.WaitVisible(chromedp.CSS("#history")))
			look(t, walk.ctx, "a user "+screen.name, "Cannot sign in: no role", "What to do", "Nothing gives a role", "externalId", "Nora Norole was added")

			do(t, walk.ctx, "filtering", chromedp.Navigate(users+"?state=can&role=writer"), chromedp.WaitVisible(chromedp.CSS("#people table")))
			text, err := chromedp.Run(walk.ctx, chromedp.Evaluate[string](exported, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(text, "id,user_name,") || !strings.Contains(text, "wendy.writer@contoso.com") || strings.Contains(text, "nora.norole") {
				t.Errorf("the export is %s", text)
			}
			do(t, walk.ctx, "asking for what there is not", chromedp.Navigate(users+"?state=perhaps"), chromedp.WaitVisible(chromedp.CSS(".filters .fault")))
			look(t, walk.ctx, "users without a filter "+screen.name, "Nothing is shown", "Choose one of those that are offered")
		})
	}
}

// waitFor waits until something holds in the page.
func waitFor(t *testing.T, ctx context.Context, holds string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](holds)); err != nil {
		t.Fatalf("waiting for %s: %v", holds, err)
	}
}
