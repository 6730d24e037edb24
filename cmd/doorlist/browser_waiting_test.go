package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// arriving begins a page of the console of which more is to come, as a slow server sends it.
const arriving = `(() => {
	const sheets = [...document.querySelectorAll("link[rel=stylesheet]")].map(l => l.outerHTML).join("");
	document.open();
	document.write(sheets + "<main id=content><h1>A preview</h1><p class=waiting role=status>1,000 of 3,000 people looked at.</p>\n<p class=waiting role=status>2,000 of 3,000 people looked at.</p>\n");
	return document.readyState;
})()`

// toldNow are the lines of how far it is that one sees.
const toldNow = `[...document.querySelectorAll(".waiting")].filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0).map(e => e.textContent).join()`

// TestBrowser_WhoeverWaitsSeesHowFarItIs: of what the server tells while a page arrives, the latest line is seen, and none when it is there.
func TestBrowser_WhoeverWaitsSeesHowFarItIs(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	walk := walkConsole(t, openBrowser(t), w.nodes[0].url, screens[0].width, screens[0].height, 1)
	do(t, walk.ctx, "opening the console", chromedp.Navigate(walk.door+"/admin"), chromedp.WaitVisible("#content"))
	state, err := chromedp.Run(walk.ctx, chromedp.Evaluate[string](arriving))
	if err != nil || state != "loading" {
		t.Fatalf("the page is %s, %v", state, err)
	}
	waitFor(t, walk.ctx, `[...document.styleSheets].length === 2 && `+toldNow+` === "2,000 of 3,000 people looked at."`)
	waitFor(t, walk.ctx, `document.write("<p>14 people change.</p></main>"), document.close(), true`)
	waitFor(t, walk.ctx, `document.readyState === "complete" && `+toldNow+` === ""`)
}
