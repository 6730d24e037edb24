package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keyboard walks the console without a mouse.
type keyboard struct{ *consoleWalk }

// askFocusName tells what a screen reader calls the control that has the focus; "" for none, and "unmarked" before one that does not show it.
const askFocusName = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "";
	const name = e.getAttribute("aria-label") || [...(e.labels || [])].map(l => l.innerText).join() || e.innerText || e.id;
	return (getComputedStyle(e).outlineStyle == "none" ? "unmarked " : "") + name.trim();
})()`

// mostControls is more than a page of the walk has.
const mostControls = 400

// to presses Tab until the control of a name has the focus, visibly; "…" stands for how the name goes on. A page that keeps the focus
// somewhere never gets there.
func (k *keyboard) to(name string) {
	k.t.Helper()
	var passed []string
	for range mostControls {
		do(k.t, k.ctx, "going on to "+name, chromedp.KeyEvent("\t"))
		at, err := chromedp.Run(k.ctx, chromedp.Evaluate[string](askFocusName))
		if err != nil {
			k.t.Fatalf("going on to %s: %v", name, err)
		}
		if start, open := strings.CutSuffix(name, "…"); at == name || open && strings.HasPrefix(at, start) {
			return
		}
		if passed = append(passed, at); at == "" && len(passed) > 1 && passed[len(passed)-2] == "" {
			break
		}
	}
	k.t.Fatalf("Tab never leads to %q, only to %q", name, passed)
}

// enter goes to a control, presses Enter, and waits for what comes of it.
func (k *keyboard) enter(name, shows string) {
	k.t.Helper()
	k.to(name)
	do(k.t, k.ctx, "entering "+name, chromedp.KeyEvent("\r"), chromedp.WaitVisible(shows))
}

// looks demands that the page says something, and that Tab goes through all of it in order and out of it again.
func (k *keyboard) looks(name string, texts ...string) {
	k.t.Helper()
	look(k.t, k.ctx, name, texts...)
}

// TestBrowser_ByKeyboardAlone: the tasks of an administrator with Tab, Enter, Space and Escape, and letters where something is typed.
func TestBrowser_ByKeyboardAlone(t *testing.T) {
	t.Parallel()
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			w := newTenantWorld(t, sqliteDatabase(t), 1)
			k := &keyboard{walkConsole(t, browser, w.nodes[0].url, screen.width, screen.height, 1)}
			do(t, k.ctx, "opening the console", chromedp.Navigate(k.door+"/admin"), chromedp.WaitVisible("#content"))
			k.skipToTheContent()
			k.enter("contoso", "nav.sections")
			k.findSomebody()
			k.mapGroup()
			k.undoIt()
			k.setRetention()
			k.openDrift()
		})
	}
}

func (k *keyboard) skipToTheContent() {
	k.t.Helper()
	k.to("To the content")
	do(k.t, k.ctx, "skipping the head of the page", chromedp.KeyEvent("\r"), chromedp.KeyEvent("\t"))
	waitFor(k.t, k.ctx, `document.querySelector("main").contains(document.activeElement)`)
}

// findSomebody finds a person by typing, and opens the record as it was sent.
func (k *keyboard) findSomebody() {
	k.t.Helper()
	k.enter("Users", "#people table")
	k.looks("users")
	k.to("More filters")
	do(k.t, k.ctx, "unfolding", chromedp.KeyEvent(" "))
	waitFor(k.t, k.ctx, `document.querySelector("details.rare").open`)
	k.to("Connection")
	do(k.t, k.ctx, "looking into a choice, and leaving it", chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.Escape))
	k.to("Show")
	k.to("Search")
	do(k.t, k.ctx, "typing a name", chromedp.KeyEvent("wendy"))
	waitFor(k.t, k.ctx, `document.querySelectorAll("#people tbody tr").length === 1`)
	k.enter("Wendy Writer…", "#history")
	k.looks("a user", "Can sign in, as writer")
	k.to("The record as it was sent")
	do(k.t, k.ctx, "unfolding the record", chromedp.KeyEvent(" "))
	waitFor(k.t, k.ctx, `document.querySelector("#record details").open`)
}

// mapGroup gives a group a role, after a look at the ladder and one at what that means.
func (k *keyboard) mapGroup() {
	k.t.Helper()
	k.enter("Roles", "table.ladder")
	k.looks("roles", "What gives a role")
	k.enter("To the groups", "#results table")
	k.looks("groups")
	k.enter("Engineering", "#members")
	k.looks("a group", "No role.")
	k.enter("Give a role", "#role")
	k.looks("the form for a role")
	k.to("Role")
	do(k.t, k.ctx, "choosing by its first letters", chromedp.KeyEvent("reader"))
	k.enter("See what that means", ".lead")
	k.looks("what that means", "as reader")
	k.enter("Change the answers", "#role")
	k.enter("See what that means", ".lead")
	k.to("Give the role")
	do(k.t, k.ctx, "giving it", chromedp.KeyEvent(" "), chromedp.WaitVisible(`.notice[role="status"]`))
	k.looks("the mapping", "The mapping is in force")
}

// undoIt finds the change in the trail, and undoes it.
func (k *keyboard) undoIt() {
	k.t.Helper()
	k.enter("Audit", "#events table")
	k.looks("the trail", "A mapping of the group Engineering to the role reader was added")
	k.enter("A mapping of the group Engineering…", "dl")
	k.looks("the event")
	k.enter("What would an undo do?", `form[method="post"]`)
	k.looks("the undo", "It gives the role reader no more.")
	k.enter("Undo", `.notice[role="status"]`)
	k.looks("what was undone", "The change is undone")
}

// setRetention changes a setting.
func (k *keyboard) setRetention() {
	k.t.Helper()
	k.enter("Settings", "table")
	k.looks("settings")
	k.enter("Change: How long audit events are kept", "#keep")
	k.looks("the form of a setting", "nothing is that old yet")
	k.to("Keep audit events")
	do(k.t, k.ctx, "choosing by its first letters", chromedp.KeyEvent("1 y"))
	k.enter("Save", `.notice[role="status"]`)
	k.looks("the setting", "Saved.", "1 year")
}

// openDrift leaves a field of several lines by Tab.
func (k *keyboard) openDrift() {
	k.t.Helper()
	k.enter("Drift", "#file")
	k.looks("drift")
	k.to("File")
	k.to("Compare, and download…")
	k.to("Where to get the file")
	do(k.t, k.ctx, "unfolding", chromedp.KeyEvent(" "))
	waitFor(k.t, k.ctx, `document.querySelector("main details").open`)
}
