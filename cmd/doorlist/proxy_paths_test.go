package main

import (
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"doorlist/store/storetest"
)

// doorPaths lists an address of each page and endpoint that a proxy must leave to the door, from the routes as they are
// mounted. "/" is not among them, because behind a proxy it is the application's.
func doorPaths(t *testing.T) []string {
	t.Helper()
	e := echo.New()
	p := &program{config: Config{BaseURL: "https://" + proxyHost}}
	err := p.mountPages(e, storetest.MasterKey, nil, storetest.New(t), newMetrics(), slog.New(slog.DiscardHandler), "secret")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/scim/v2/Users", "/scim/v2/Groups/1", "/connections/entra/scim/v2/Users"}
	parameter := regexp.MustCompile(`:[a-z]+|\*`)
	for _, route := range e.Routes() {
		if route.Path != "/" {
			paths = append(paths, parameter.ReplaceAllString(route.Path, "x"))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// documented finds what a snippet says about the door's paths.
func documented(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindAllSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%s has %d places like %s, want one", file, len(found), pattern)
	}
	return string(found[0][1])
}

// caddyPaths matches as Caddy's path matcher does: exactly, or by the beginning where a star ends the pattern.
func caddyPaths(patterns []string) func(string) bool {
	return func(asked string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			beginning, star := strings.CutSuffix(pattern, "*")
			return asked == pattern || star && strings.HasPrefix(asked, beginning)
		})
	}
}

func TestSnippets_LeaveTheDoorItsPathsAndNoOthers(t *testing.T) {
	t.Parallel()
	paths := doorPaths(t)
	for proxy, covers := range map[string]func(string) bool{
		"nginx":   regexp.MustCompile(documented(t, "README.md", `\n    location ~ (\S+) \{`)).MatchString,
		"Caddy":   caddyPaths(strings.Fields(documented(t, "README.md", `\n\t@door path (.*)`))),
		"Traefik": regexp.MustCompile(documented(t, "docs/forward-auth.md", "&& PathRegexp\\(`(.*)`\\)")).MatchString,
		// Envoy's safe_regex must match the whole path.
		"Envoy": regexp.MustCompile(`^(?:` + documented(t, "docs/forward-auth.md", `safe_regex: \{regex: '(.*)'\}`) + `)$`).MatchString,
	} {
		for _, asked := range paths {
			if !covers(asked) {
				t.Errorf("the snippet for %s sends %s to the application, and it is the door's", proxy, asked)
			}
		}
		for _, asked := range []string{"/", "/page", "/loginx", "/page/login", "/administration", "/x/admin", "/.well-known", "/jwks.json"} {
			if covers(asked) {
				t.Errorf("the snippet for %s sends %s to the door, and it is the application's", proxy, asked)
			}
		}
	}
}

// keepsItsPages asks as somebody who is signed in, whom the application would see. No page answers OPTIONS, so nothing else happens.
func (w *proxied) keepsItsPages(t *testing.T) {
	for _, asked := range doorPaths(t) {
		if _, _, seen := w.ask(http.MethodOptions, asked, "", nil); seen != nil {
			t.Errorf("%s reaches the application", asked)
		}
	}
}
