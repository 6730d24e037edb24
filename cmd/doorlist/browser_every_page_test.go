package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// consoleWalk walks the console as its owner does: from the front page along every link.
type consoleWalk struct {
	t    *testing.T
	ctx  context.Context
	door string
	// each is how many pages of one form are visited, such as people's.
	each    int
	visited map[string]int // pages, by form
}

// formOf is an address without what varies from one page of a form to the next.
func formOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return varyingPart.ReplaceAllString(u.Path, "{id}")
}

var varyingPart = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]{4}-[0-9]{2}-[0-9]{2}`)

// linksOfConsole are the pages that the page leads to. Files are fetched, not looked at.
const linksOfConsole = `[...document.querySelectorAll('a[href^="/admin"]')].filter(a => !/[?&]format=/.test(a.href)).map(a => a.pathname + a.search)`

// everyPage visits what links lead to from the front page, and has see look at each page.
func (w *consoleWalk) everyPage(see func(address string)) {
	w.t.Helper()
	waiting, known := []string{"/admin"}, map[string]bool{"/admin": true}
	for len(waiting) > 0 {
		address := waiting[0]
		waiting = waiting[1:]
		form := formOf(address)
		if w.visited[form] >= w.each {
			continue
		}
		w.visited[form]++
		do(w.t, w.ctx, "opening "+address, chromedp.Navigate(w.door+address), chromedp.WaitVisible(chromedp.CSS("h1")))
		see(address)
		links, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](linksOfConsole))
		if err != nil {
			w.t.Fatalf("reading the links of %s: %v", address, err)
		}
		for _, link := range links {
			if !known[link] {
				known[link] = true
				waiting = append(waiting, link)
			}
		}
	}
}

// walkConsole signs an owner in, in a window of the size.
func walkConsole(t *testing.T, browser context.Context, door string, width, height int64, each int) *consoleWalk {
	t.Helper()
	ctx, quit := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(quit)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	t.Cleanup(cancel)
	watchConsole(t, ctx)
	do(t, ctx, "signing in", chromedp.Navigate(door+"/login/entra"), search("olivia.owner"), pick("olivia.owner"), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
	return &consoleWalk{t: t, ctx: ctx, door: door, each: each, visited: map[string]int{}}
}

// inScheme shows pages in the light or in the dark.
func inScheme(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// verdict is what axe says of a page.
type verdict struct {
	Tried  int // rules that the page keeps
	Faults []struct {
		ID, Help string
		Nodes    []struct{ HTML string }
	}
}

// axe is the script that judges accessibility, and what asks it.
func axe(t *testing.T) (script, ask string) {
	t.Helper()
	text, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: run scripts/install-test-tools", err)
	}
	return string(text) + ";true", `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify({tried: r.passes.length,
		faults: r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => ({html: n.html}))}))}))`
}

// judge demands that axe finds nothing wrong with the page in the window.
func judge(t *testing.T, ctx context.Context, name, script, ask string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script)); err != nil {
		t.Fatalf("axe on %s: %v", name, err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](ask, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("axe on %s: %v", name, err)
	}
	var found verdict
	if err := json.Unmarshal([]byte(text), &found); err != nil || found.Tried < 10 {
		t.Fatalf("axe on %s: %v, %s", name, err, text)
	}
	for _, f := range found.Faults {
		var where []string
		for _, n := range f.Nodes[:min(len(f.Nodes), 3)] {
			where = append(where, n.HTML)
		}
		t.Errorf("%s: %s (%s):\n%s", name, f.Help, f.ID, strings.Join(where, "\n"))
	}
}

// TestBrowser_EveryConsolePageForEverybody: each page of the console can be reached along links, and axe finds nothing wrong with it, in
// the light and in the dark, on a phone and on a wide screen.
func TestBrowser_EveryConsolePageForEverybody(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.terminal.do("mapping", "add", "--org", "contoso", "--connection", "entra", "--app-role", "writer", "--role", "writer")
	browser := openBrowser(t)
	script, ask := axe(t)
	for i, screen := range screens {
		scheme := []string{"light", "dark"}[i%2]
		t.Run(screen.name+" "+scheme, func(t *testing.T) {
			walk := walkConsole(t, browser, w.nodes[0].url, screen.width, screen.height, 1)
			do(t, walk.ctx, "choosing "+scheme, inScheme(scheme))
			walk.everyPage(func(address string) {
				judge(t, walk.ctx, address, script, ask)
				keepPicture(t, walk.ctx, strings.Trim(varyingPart.ReplaceAllString(address, "id"), "/"))
			})
			t.Log(fmt.Sprint(len(walk.visited), " forms of pages: ", slices.Sorted(maps.Keys(walk.visited))))
		})
	}
}
