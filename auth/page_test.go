package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorlist/store"
	"doorlist/store/storetest"
)

// elements returns the text of every element of a kind.
func elements(t testing.TB, page, kind string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == kind {
			found = append(found, strings.Join(strings.Fields(text(n)), " "))
		}
	}
	return found
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(text(c))
	}
	return b.String()
}

func TestPages_CarryTheSecurityHeadersAndNoInlineStyle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	pages := []answer{b.get("/login"), b.get("/login/nowhere"), b.get("/login/callback"), b.get("/logout")}
	b.mustSignIn()
	pages = append(pages, b.get("/"), b.get("/logout"))
	for _, p := range pages {
		csp := p.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", p.Request.URL.Path, csp)
		}
		if p.Header.Get("X-Content-Type-Options") != "nosniff" || p.Header.Get("Referrer-Policy") != "no-referrer" || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the headers are %v", p.Request.URL.Path, p.Header)
		}
		if strings.Contains(p.body, "<style") || strings.Contains(p.body, " style=") || strings.Contains(p.body, "<script") {
			t.Errorf("%s has inline style or script", p.Request.URL.Path)
		}
		if h1 := elements(t, p.body, "h1"); len(h1) != 1 || h1[0] == "" {
			t.Errorf("%s has the headings %q, want one", p.Request.URL.Path, h1)
		}
	}
}

func TestPages_StyleSheet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	_, rest, _ := strings.Cut(b.get("/login").body, `rel="stylesheet" href="`)
	path, _, _ := strings.Cut(rest, `"`)
	if res := b.get(path); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s: got %d %q", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, other := range []string{"/auth/assets/style.css", "/auth/assets/..%2f..%2fgo.mod", "/auth/assets/"} {
		if res := b.get(other); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", other, res.StatusCode)
		}
	}
}

// Every page names the icon, and browsers that ask for it without being told to, as beside an answer in JSON, are answered too.
func TestPages_Icon(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	_, rest, named := strings.Cut(b.get("/login").body, `rel="icon" href="`)
	path, _, _ := strings.Cut(rest, `"`)
	if !named {
		t.Error("the sign-in names no icon")
	}
	for at, kept := range map[string]string{path: "public, max-age=31536000, immutable", "/favicon.ico": "public, max-age=86400"} {
		res := b.get(at)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/svg+xml" || res.Header.Get("Cache-Control") != kept || !strings.HasPrefix(res.body, "<svg") {
			t.Errorf("%s: got %d %q, to be kept %q", at, res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Cache-Control"))
		}
	}
}

func TestHome_ShowsWhoTheyAreAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.DisplayName = "<b>Alice</b> & Søn" })
	})
	w.addGroup("Editors", "writer", w.user.ID)
	b := w.browser()
	if res := b.get("/"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/login" {
		t.Errorf("before signing in: got %d to %q, want 303 to /login", res.StatusCode, res.Header.Get("Location"))
	}
	b.mustSignIn()
	page := b.get("/").body
	if h1 := elements(t, page, "h1"); h1[0] != "<b>Alice</b> & Søn" {
		t.Errorf("got the heading %q", h1)
	}
	lead := elements(t, page, "p")[1]
	if lead != "You are signed in to Contoso Ltd as writer, through the group Editors." {
		t.Errorf("got %q", lead)
	}
	want := []string{"writer through the group Editors (this one counts)", "reader through the group Staff"}
	if got := elements(t, page, "li"); strings.Join(got, ";") != strings.Join(want, ";") {
		t.Errorf("got the grants %q, want %q", got, want)
	}
	w.leaveGroup(w.group)
	if got := elements(t, b.get("/").body, "li"); len(got) != 0 {
		t.Errorf("with one grant: got the list %q, want none", got)
	}
}

func TestHome_RefusesWithAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	w.leaveGroup(w.group)
	res := b.get("/")
	if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "no_role" {
		t.Errorf("got %d %q, want 403 no_role", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
	}
	if h1 := elements(t, res.body, "h1"); h1[0] != "You have no role here yet" {
		t.Errorf("got the heading %q", h1)
	}
	if ids := elements(t, res.body, "code"); len(ids) != 2 || ids[1] != res.Header.Get("X-Request-Id") {
		t.Errorf("got the codes %q, want the reason and the request id %q", ids, res.Header.Get("X-Request-Id"))
	}
}
