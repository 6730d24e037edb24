package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mailCVEs are about whom mail goes to, and where its links lead.
var mailCVEs = []vulnerability{
	{"CVE-2023-7028", "a reset goes to the address on record, however many were asked for", func(w *cveWorld) {
		w.local("asked@fabrikam.com")
		w.ask("application/x-www-form-urlencoded", "user_name=asked%40fabrikam.com&user_name=thief%40evil.example&email=thief%40evil.example")
		for _, form := range []string{
			"user_name[]=asked%40fabrikam.com&user_name[]=thief%40evil.example", "user_name=asked%40fabrikam.com%2Cthief%40evil.example",
			"user_name=asked%40fabrikam.com%0d%0aBcc:thief%40evil.example", "user_name=asked%40fabrikam.com%3Bthief%40evil.example", "user_name=thief%40evil.example&user_name=asked%40fabrikam.com",
		} {
			w.ask("application/x-www-form-urlencoded", form)
		}
		w.ask("application/json", `{"user_name":["asked@fabrikam.com","thief@evil.example"]}`)
		w.mailTo("asked@fabrikam.com", 1)
		w.noMailSays("evil.example")
	}},
	{"GHSA-x3f4-v83f-7wp2", "a mailed link leads to the configured address, whatever the form says", func(w *cveWorld) {
		w.local("redirected@fabrikam.com")
		form := url.Values{"user_name": {"redirected@fabrikam.com"}}
		for _, name := range []string{"redirect_uri", "redirect_url", "return_to", "next", "url", "callback", "base_url", "rd"} {
			form.Set(name, "https://evil.example/"+name)
		}
		w.ask("application/x-www-form-urlencoded", form.Encode())
		if mail := w.mailTo("redirected@fabrikam.com", 1)[0]; !strings.Contains(mail, w.nodes[1].url+"/reset/") {
			w.t.Errorf("the mail:\n%s", mail)
		}
		w.noMailSays("evil.example")
	}},
	{"CVE-2025-64101", "no header changes a byte of the mail", func(w *cveWorld) {
		variants := [][]string{
			nil, {"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Proto", "gopher"}, {"Forwarded", "host=evil.example;proto=http"}, {"X-Original-Host", "evil.example"},
			{"X-Host", "evil.example"}, {"X-Forwarded-Server", "evil.example"}, {"X-HTTP-Host-Override", "evil.example"}, {"X-Forwarded-Prefix", "/evil.example"},
			{"X-Original-URL", "https://evil.example/reset"}, {"X-Rewrite-URL", "https://evil.example/reset"}, {"X-Forwarded-Port", "6666"}, {"Referer", "https://evil.example/"},
		}
		texts := map[string]int{}
		for i := range variants {
			w.local(fmt.Sprintf("header%02d@fabrikam.com", i))
		}
		for i, header := range variants {
			form := url.Values{"user_name": {fmt.Sprintf("header%02d@fabrikam.com", i)}}
			if res := w.post(w.stranger(), w.nodes[1], "/reset", form, append(header, w.from()...)...); res.StatusCode != http.StatusOK {
				w.t.Errorf("%v: %s", header, res.Status)
			}
		}
		for i := range variants {
			name := fmt.Sprintf("header%02d@fabrikam.com", i)
			mail := strings.ReplaceAll(w.mailTo(name, 1)[0], name, "NAME")
			texts[varyingMail.ReplaceAllString(mail, "")]++
		}
		if len(texts) != 1 {
			w.t.Errorf("%d kinds of mail: %v", len(texts), texts)
		}
		w.noMailSays("evil.example")
	}},
	{"intuitem/ciso-assistant-community#4658", "a push of a local person's address takes over neither the account nor its mail", func(w *cveWorld) {
		w.local("lea@fabrikam.com")
		taken := w.fabrikam.create("/Users", `{"userName":"lea@fabrikam.com","active":true,"emails":[{"value":"lea@fabrikam.com","primary":true}]}`)
		w.fabrikam.patch(http.StatusOK, "/Users/"+taken, `{"op":"replace","path":"emails","value":[{"value":"thief@evil.example","type":"work","primary":true}]}`)
		w.fabrikam.patch(http.StatusOK, "/Users/"+taken, `{"op":"replace","path":"userName","value":"lea2@fabrikam.com"}`)
		w.ask("application/x-www-form-urlencoded", "user_name=lea%40fabrikam.com")
		w.mailTo("lea@fabrikam.com", 1)
		w.noMailSays("evil.example")
		if _, reason := w.enterPassword("lea@fabrikam.com", lantern); reason != "" {
			w.t.Errorf("afterwards she is refused as %q", reason)
		}
	}},
}

// varyingMail is what differs from one mail to the next.
var varyingMail = regexp.MustCompile(`(?m)^(Date|Message-ID):.*(\r?\n[ \t].*)*|dlr_[A-Za-z0-9_-]+|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?`)

// ask asks for a reset with any body.
func (w *cveWorld) ask(contentType, body string) {
	w.t.Helper()
	n := w.nodes[1]
	w.send(stay, http.MethodPost, n.url+"/reset", body, append(w.from(), "Content-Type", contentType, "Sec-Fetch-Site", "same-origin", "Origin", n.url)...)
}

// mails are all that were sent, the oldest first.
func (w *cveWorld) mails() (texts []string) {
	w.t.Helper()
	files, err := filepath.Glob(w.folder + "/*.eml")
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		texts = append(texts, strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return texts
}

// mailTo waits for so many links by mail to an address.
func (w *cveWorld) mailTo(address string, want int) (found []string) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		found = nil
		for _, text := range w.mails() {
			if strings.Contains(text, "To: <"+address+">") && strings.Contains(text, "/reset/") {
				found = append(found, text)
			}
		}
		if len(found) >= want {
			return found
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d mails to %s, want %d", len(found), address, want)
		}
	}
}

func (w *cveWorld) noMailSays(text string) {
	w.t.Helper()
	for _, mail := range w.mails() {
		if strings.Contains(mail, text) {
			w.t.Errorf("a mail says %s:\n%s", text, mail)
		}
	}
}

var mailedLink = regexp.MustCompile(`/reset/dlr_\S+`)

// resetLink asks for a reset, the nth time for a name, and returns the path of the link.
func (w *cveWorld) resetLink(name string, nth int) string {
	w.t.Helper()
	w.ask("application/x-www-form-urlencoded", url.Values{"user_name": {name}}.Encode())
	return mailedLink.FindString(w.mailTo(name, nth)[nth-1])
}
