package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
)

// secretCVEs come last: they look through what all checks before them have left behind.
var secretCVEs = []vulnerability{
	{"CVE-2024-39315", "no page shows a secret that the server knows", func(w *cveWorld) {
		browser, secrets := w.owner(), w.issued()
		todo, done := []string{"/", "/sessions", "/admin", "/admin/organizations/contoso"}, map[string]bool{}
		for len(todo) > 0 && len(done) < 250 {
			path := todo[0]
			todo = todo[1:]
			if done[path] {
				continue
			}
			done[path] = true
			res := w.send(browser, http.MethodGet, w.nodes[0].url+path, "")
			if kind := res.Header.Get("Content-Type"); res.StatusCode >= 400 || strings.HasPrefix(kind, "text/event-stream") {
				w.t.Errorf("%s: %s, %s", path, res.Status, kind)
			}
			w.hides(path, res.body, append(secrets, "argon2id$"))
			for _, link := range consoleLink.FindAllStringSubmatch(res.body, -1) {
				todo = append(todo, strings.ReplaceAll(link[1], "&amp;", "&"))
			}
		}
		if len(done) < 50 {
			w.t.Errorf("only %d pages were found", len(done))
		}
	}},
	{"CVE-2024-8365", "no secret is in the log, the trail, the metrics or, but for its hash, in the database", func(w *cveWorld) {
		secrets := w.issued()
		if len(secrets) < 10 {
			w.t.Fatalf("%d secrets", len(secrets))
		}
		for _, n := range w.nodes {
			w.hides("the log", n.log.String(), secrets)
			_, metrics := fetch(w.t, http.MethodGet, n.url+"/metrics")
			w.hides("the metrics", metrics, secrets)
			w.hides("the metrics", metrics, []string{"contoso", "fabrikam", "olivia"})
		}
		for _, org := range []string{"contoso", "fabrikam"} {
			w.hides("the trail of "+org, w.terminal.do("audit", "list", "--org", org, "--json"), secrets)
		}
		if path, file := strings.CutPrefix(w.database(), "sqlite:"); file {
			for _, name := range []string{path, path + "-wal"} {
				content, err := os.ReadFile(name)
				if err != nil {
					w.t.Fatal(err)
				}
				w.hides(name, string(content), secrets)
			}
		}
	}},
}

var consoleLink = regexp.MustCompile(`href="(/(?:admin|sessions)[^"#]*)"`)

// issued are secrets of every kind that the checks have got or given.
func (w *cveWorld) issued() (secrets []string) {
	w.t.Helper()
	for _, p := range []*cvePlace{w.okta, w.tailspin, w.fabrikam, w.northwind} {
		secrets = append(secrets, p.token, "the client secret of "+p.slug)
	}
	name := fmt.Sprint("secretive ", w.addresses.Add(1))
	w.okta.add(name, name)
	for range 3 {
		browser, _ := w.okta.enter(claims{"sub": name})
		secrets = append(secrets, w.session(browser))
	}
	secrets = append(secrets, lantern, pier)
	for _, mail := range w.mails() {
		secrets = append(secrets, strings.TrimPrefix(mailedLink.FindString(mail), "/reset/"))
	}
	return secrets
}

// hides demands that none of the secrets is in a text.
func (w *cveWorld) hides(where, text string, secrets []string) {
	w.t.Helper()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			w.t.Errorf("%s holds the secret %.12q…", where, secret)
		}
	}
}
