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

	"doorlist/scim"
	"doorlist/store/storetest"
)

// hostPages are the door's pages on the hosts of applications.
const hostPages = "/.doorlist/"

// doorPaths lists an address of each page and endpoint that a proxy must leave to the door, from the routes as they are
// mounted: on the door's host, and on those of applications. "/" and the icon of a host are not among them, because on one host they are the
// application's.
func doorPaths(t *testing.T) (door, elsewhere []string) {
	t.Helper()
	e := echo.New()
	p := &program{config: Config{BaseURL: "https://" + proxyHost}}
	err := p.mountPages(e, storetest.MasterKey, nil, scim.Config{Store: storetest.New(t)}, newMetrics(), slog.New(slog.DiscardHandler), "secret")
	if err != nil {
		t.Fatal(err)
	}
	door = []string{"/scim/v2/Users", "/scim/v2/Groups/1", "/connections/entra/scim/v2/Users"}
	parameter := regexp.MustCompile(`:[a-z]+|\*`)
	for _, route := range e.Routes() {
		path := parameter.ReplaceAllString(route.Path, "x")
		switch {
		case strings.HasPrefix(path, hostPages):
			elsewhere = append(elsewhere, path)
		case path != "/" && path != "/favicon.ico":
			door = append(door, path)
		}
	}
	slices.Sort(door)
	return slices.Compact(door), elsewhere
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

// Where the snippets of the README name the door's paths.
const (
	nginxDoorPaths = `\n    location ~ (\S+) \{`
	caddyDoorPaths = `\n\t@door path (.*)`
)

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
	paths, _ := doorPaths(t)
	for proxy, covers := range map[string]func(string) bool{
		"nginx":   regexp.MustCompile(documented(t, "README.md", nginxDoorPaths)).MatchString,
		"Caddy":   caddyPaths(strings.Fields(documented(t, "README.md", caddyDoorPaths))),
		"Traefik": regexp.MustCompile(documented(t, "docs/forward-auth.md", "\\|\\| PathRegexp\\(`(.*)`\\)\\)")).MatchString,
		// Envoy's safe_regex must match the whole path.
		"Envoy": regexp.MustCompile(`^(?:` + documented(t, "docs/forward-auth.md", `safe_regex: \{regex: '(.*)'\}`) + `)$`).MatchString,
	} {
		for _, asked := range paths {
			if !covers(asked) {
				t.Errorf("the snippet for %s sends %s to the application, and it is the door's", proxy, asked)
			}
		}
		for _, asked := range []string{"/", "/page", "/loginx", "/page/login", "/administration", "/x/admin", "/.well-known", "/jwks.json", "/favicon.ico"} {
			if covers(asked) {
				t.Errorf("the snippet for %s sends %s to the door, and it is the application's", proxy, asked)
			}
		}
	}
}

func TestSnippets_LeaveTheDoorItsPathsOnTheHostsOfApplications(t *testing.T) {
	t.Parallel()
	_, elsewhere := doorPaths(t)
	for proxy, prefix := range map[string]string{
		"nginx":   documented(t, "README.md", `\n    location (/\S*doorlist\S*) \{`),
		"Caddy":   strings.TrimSuffix(documented(t, "README.md", `\n\thandle (/\S*doorlist\S*) \{`), "*"),
		"Traefik": documented(t, "docs/forward-auth.md", "&& PathPrefix\\(`(.*)`\\)"),
		"Envoy":   documented(t, "docs/forward-auth.md", `match: \{prefix: (/\S*doorlist\S*)\}`),
	} {
		if prefix != hostPages {
			t.Errorf("the snippet for %s leaves %q to the door, want %q", proxy, prefix, hostPages)
		}
	}
	if len(elsewhere) < 3 {
		t.Errorf("only %q are served there", elsewhere)
	}
}

// keepsItsPages asks as somebody who is signed in, whom the application would see. No page answers OPTIONS, so nothing else happens.
func (w *proxied) keepsItsPages(t *testing.T) {
	paths, _ := doorPaths(t)
	for _, asked := range paths {
		if _, _, seen := w.ask(http.MethodOptions, asked, "", nil); seen != nil {
			t.Errorf("%s reaches the application", asked)
		}
	}
}
