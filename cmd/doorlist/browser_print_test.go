package main

import (
	"context"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// onPaper shows the page as a printer gets it, to a reader far away who likes it dark.
func onPaper() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
		})
		return err
	})
}

// printed is what askPrinted tells of a page.
type printed struct {
	Useless []string `json:"useless"` // what nobody can click on paper, and is there
	Times   []string `json:"times"`
	Head    string   `json:"head"` // how the head of a table is laid out
	Row     string   `json:"row"`  // and where a row may break
	Ink     string   `json:"ink"`
	Paper   string   `json:"paper"`
}

// utcTime is a time as the server writes it.
var utcTime = regexp.MustCompile(`^\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC$`)

const askPrinted = `(() => {
	dispatchEvent(new Event("beforeprint"));
	const style = selector => getComputedStyle(document.querySelector(selector));
	return {
		useless: [...document.querySelectorAll("nav, form, button, .actions, .skip")].filter(e => e.checkVisibility()).map(e => e.outerHTML),
		times: [...document.querySelectorAll(".report time")].map(e => e.textContent),
		head: style(".report thead").display, row: style(".report tbody tr").breakInside,
		ink: style("main").color, paper: style("main").backgroundColor};
})()`

// TestBrowser_TheAccessReviewIsForPaper: an auditor prints it, signs it, and files it.
func TestBrowser_TheAccessReviewIsForPaper(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	screen := screens[0]
	walk := walkConsole(t, openBrowser(t), w.nodes[0].url, screen.width, screen.height, 1)
	do(t, walk.ctx, "making the review", chromedp.Navigate(walk.door+"/admin/organizations/contoso/access-review?on=&since=&dormant="), chromedp.WaitVisible(chromedp.CSS(".report")), onPaper())
	page, err := chromedp.Run(walk.ctx, chromedp.Evaluate[printed](askPrinted))
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Useless) > 0 {
		t.Errorf("on paper there is %q", page.Useless)
	}
	for _, at := range page.Times {
		if !utcTime.MatchString(at) {
			t.Errorf("a time on paper is %q, without its zone", at)
		}
	}
	if len(page.Times) < 4 || page.Head != "table-header-group" || page.Row != "avoid" || page.Ink != "rgb(0, 0, 0)" || page.Paper != "rgb(255, 255, 255)" {
		t.Errorf("it is printed as %+v", page)
	}
}
