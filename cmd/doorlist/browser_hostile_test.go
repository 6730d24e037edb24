package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// hostileNames are names that people, groups and values of a directory can have: markup, scripts, formulas, templates, text that is
// written from right to left or has no end.
func hostileNames(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/hostile-names.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var name string
		if err := json.Unmarshal(lines.Bytes(), &name); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		names = append(names, name)
	}
	if len(names) != 300 {
		t.Fatalf("there are %d names", len(names))
	}
	return names
}

// pushHostile makes people and groups of the names, as a provider would that anybody can write into.
func (w *tenantWorld) pushHostile(names []string) {
	w.t.Helper()
	var made struct{ Token string }
	w.terminal.read(&made, "token", "create", "--connection", "entra")
	token := made.Token
	push := func(kind string, resource map[string]any) string {
		body, err := json.Marshal(resource)
		if err != nil {
			w.t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.nodes[0].url+"/scim/v2/"+kind, bytes.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/scim+json")
		req.Header.Set("User-Agent", strings.Map(printable, names[len(body)%len(names)]))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			w.t.Fatal(err)
		}
		defer resp.Body.Close()
		var made struct{ ID, Detail string }
		if err := json.NewDecoder(resp.Body).Decode(&made); err != nil || resp.StatusCode != http.StatusCreated {
			w.t.Fatalf("%.200s: %s, %s", body, resp.Status, made.Detail)
		}
		return made.ID
	}
	for i, name := range names {
		short := strings.ToValidUTF8(name[:min(len(name), 250)], "") // of what is no longer than 320 bytes
		id := push("Users", map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": fmt.Sprintf("%s %d@contoso.com", short, i), "externalId": fmt.Sprintf("%s %d", short, i),
			"displayName": name, "title": name, "active": i%3 > 0, "name": map[string]any{"givenName": name, "familyName": name},
			"emails": []map[string]any{{"value": short, "type": "work", "primary": true}}, "roles": []map[string]any{{"value": name}},
		})
		push("Groups", map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": fmt.Sprintf("%s %d", name, i), "externalId": short,
			"members": []map[string]any{{"value": id}},
		})
	}
}

// printable drops what no header can carry.
func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}

// wronged asks whether a name became more than text.
const wronged = `(() => {
	const found = [];
	if (window.pwned) found.push("a script ran");
	const markup = document.querySelectorAll("main script, main style, main iframe, main img, main object, main embed, main base, main meta, main svg [onbegin], main [style], main [onerror], main [onfocus], main [onload], main math, main marquee, main video");
	if (markup.length) found.push(markup.length + " elements that are not ours: " + markup[0].outerHTML.slice(0, 200));
	for (const a of document.querySelectorAll("a[href], form[action], button[formaction]"))
		if (!/^https?:$/.test(new URL(a.href || a.formAction || a.action, location).protocol)) found.push("leads to " + a.outerHTML.slice(0, 200));
	const over = document.documentElement.scrollWidth - innerWidth;
	if (over > 0) found.push(over + " px too much width");
	return found.join("; ");
})()`

// TestBrowser_NoNameBreaksAPage: 300 names, in every field that a provider fills, through every page of the console.
func TestBrowser_NoNameBreaksAPage(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.pushHostile(hostileNames(t))
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			walk := walkConsole(t, browser, w.nodes[0].url, screen.width, screen.height, 3)
			walk.everyPage(func(address string) {
				found, err := chromedp.Run(walk.ctx, chromedp.Evaluate[string](wronged))
				if err != nil || found != "" {
					t.Errorf("%s: %s, %v", address, found, err)
				}
			})
		})
	}
}
