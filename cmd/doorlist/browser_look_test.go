package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// pageFacts is what look asks of a page.
type pageFacts struct {
	Text     string   `json:"text"`
	Title    string   `json:"title"`
	Language string   `json:"language"`
	Headings int      `json:"headings"`
	Overflow int      `json:"overflow"`
	Sheets   int      `json:"sheets"`
	Scripts  int      `json:"scripts"`
	Nameless []string `json:"nameless"` // controls that a screen reader has no words for
	Small    []string `json:"small"`    // buttons and fields that a finger misses
	Controls int      `json:"controls"`
	Stops    int      `json:"stops"` // where Tab stops on its way through them: a date has four, for month, day, year and the calendar
}

// askPage also lists the controls, in the order in which people read them.
const askPage = `(() => {
	const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(e => e.checkVisibility());
	const name = e => (e.getAttribute("aria-label") || [...(e.labels || [])].map(l => l.innerText).join() || (e.matches("input, select, textarea") ? "" : e.innerText)).trim();
	window.controls = controls;
	return {
		text: document.body.innerText,
		title: document.title,
		language: document.documentElement.lang,
		headings: document.querySelectorAll("h1").length,
		overflow: Math.max(document.documentElement.scrollWidth - innerWidth, 0),
		sheets: [...document.styleSheets].filter(s => s.cssRules.length > 0).length,
		scripts: [...document.scripts].filter(s => s.text || !s.src.startsWith(location.origin + "/admin/assets/")).length,
		nameless: controls.filter(e => !name(e)).map(e => e.outerHTML),
		small: controls.filter(e => e.matches(".button, input:not([type=checkbox]):not([type=radio])") && e.getBoundingClientRect().height < 44).map(e => e.outerHTML),
		controls: controls.length,
		stops: controls.length + 3 * controls.filter(e => e.matches("input[type=date]")).length};
})()`

// nowhere is where the focus is between the last control and the first.
const nowhere = -2

// askFocus tells which of askPage's controls has the focus; -1 for one that does not show it.
const askFocus = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return -2;
	return getComputedStyle(e).outlineStyle == "none" ? -1 : window.controls.indexOf(e);
})()`

// look waits for a page of the door, which the tenant's have no brand of, and checks it: its text, title and language, that
// it has one heading, that nothing sticks out of it sideways, that its style sheet was let in, that there is no script but
// the console's own, that each control has a name and room for a finger, and that the keyboard reaches all of them in order.
func look(t *testing.T, ctx context.Context, name string, texts ...string) {
	t.Helper()
	do(t, ctx, "looking at "+name, chromedp.WaitVisible(chromedp.CSS("p.brand")))
	// The text can be there before the style sheet is.
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.readyState === "complete"`)); err != nil {
		t.Fatalf("waiting for all of %s: %v", name, err)
	}
	page, err := chromedp.Run(ctx, chromedp.Evaluate[pageFacts](askPage))
	if err != nil {
		t.Fatalf("looking at %s: %v", name, err)
	}
	keepPicture(t, ctx, name)
	for _, text := range texts {
		if !strings.Contains(strings.ToLower(page.Text), strings.ToLower(text)) {
			t.Errorf("%s lacks %q:\n%s", name, text, page.Text)
		}
	}
	if page.Headings != 1 || page.Overflow > 0 || page.Sheets == 0 || page.Scripts > 0 {
		t.Errorf("%s has %d headings, %d px too much width, %d style sheets, %d scripts; want 1, 0, 1, 0",
			name, page.Headings, page.Overflow, page.Sheets, page.Scripts)
	}
	if title, isOurs := strings.CutSuffix(page.Title, " · Doorlist"); !isOurs || title == "" || page.Language != "en" {
		t.Errorf("%s has the title %q and the language %q", name, page.Title, page.Language)
	}
	if len(page.Nameless) > 0 || len(page.Small) > 0 {
		t.Errorf("%s has controls without a name %q, and some lower than 44 px %q", name, page.Nameless, page.Small)
	}
	lookByKeyboard(t, ctx, name, page.Controls, page.Stops)
}

// lookInBothWindows looks at a page at each size, without asking for it again.
func lookInBothWindows(t *testing.T, ctx context.Context, name string, texts ...string) {
	t.Helper()
	for _, screen := range screens {
		do(t, ctx, "changing the window's size", chromedp.EmulateViewport(screen.width, screen.height))
		look(t, ctx, name+" "+screen.name, texts...)
	}
}

// lookByKeyboard presses the Tab key once for each stop, and once more for the browser's own frame behind the last.
// Each control must get the focus, visibly, in the order of the page.
func lookByKeyboard(t *testing.T, ctx context.Context, name string, controls, stops int) {
	t.Helper()
	var focused []int
	for range stops + 1 {
		do(t, ctx, "walking "+name+" by keyboard", chromedp.KeyEvent("\t"))
		at, err := chromedp.Run(ctx, chromedp.Evaluate[int](askFocus))
		if err != nil {
			t.Fatalf("walking %s by keyboard: %v", name, err)
		}
		if at != nowhere && (len(focused) == 0 || focused[len(focused)-1] != at) {
			focused = append(focused, at)
		}
	}
	var want []int
	for i := range focused {
		want = append(want, (focused[0]+i)%controls)
	}
	if len(focused) < controls || !slices.Equal(focused, want) {
		t.Errorf("on %s, Tab goes through the controls %v; want all %d in order (-1: without a mark)", name, focused, controls)
	}
}

// watchConsole demands that no page in the window makes the browser complain: of something that the page's policy forbids,
// or of a file that is missing. That a refusal has a status of 4xx is a complaint too, and none of the page.
func watchConsole(t *testing.T, ctx context.Context) {
	t.Helper()
	var mu sync.Mutex
	var complaints []string
	go func() {
		for m, err := range chromedp.Console(ctx) {
			page := m.Source == "network" && !strings.Contains(m.URL, "/assets/")
			if err == nil && !page && m.Type != chromedp.ConsoleLog && m.Type != chromedp.ConsoleInfo && m.Type != chromedp.ConsoleDebug {
				mu.Lock()
				complaints = append(complaints, fmt.Sprintf("%s of %s: %s", m.Type, m.URL, m.Text))
				mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(complaints) > 0 {
			t.Errorf("the browser complained:\n%s", strings.Join(complaints, "\n"))
		}
	})
}
