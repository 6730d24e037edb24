package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

// TestLoop_IsCut: the page never sees the session, so its proxy sends the browser to the provider again and again, which
// lets it through without a question.
func TestLoop_IsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	const start = "/login/entra?return_to=/wiki/start"
	for range 3 {
		b.mustSignIn()
	}
	res := b.get(start)
	if res.StatusCode != http.StatusConflict || elements(t, res.body, "h1")[0] != "You keep coming back here" || !strings.Contains(res.body, "cookie") {
		t.Fatalf("the fourth time: got %d\n%s", res.StatusCode, res.body)
	}
	if !strings.Contains(res.body, `href="/login/entra?return_to=%2Fwiki%2Fstart"`) {
		t.Errorf("the page does not let the person try again:\n%s", res.body)
	}
	b.mustSignIn() // by the button
}

func TestLoop_TheFirstPageCutsItToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	for range 3 {
		b.mustSignIn()
	}
	if res := b.get("/login?return_to=/wiki/start"); res.StatusCode != http.StatusConflict {
		t.Errorf("got %d", res.StatusCode)
	}
	if res := b.get("/login?return_to=/wiki/start"); res.StatusCode != http.StatusOK {
		t.Errorf("afterwards: got %d", res.StatusCode)
	}
}

func TestLoop_OtherPagesAndBrowsersAreNoLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	for range 3 {
		b.mustSignIn()
	}
	for name, res := range map[string]answer{
		"another page":    b.get("/login/entra?return_to=/wiki/other"),
		"another browser": w.browser().get("/login/entra?return_to=/wiki/start"),
	} {
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: got %d, want 303", name, res.StatusCode)
		}
	}
}
