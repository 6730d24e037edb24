package auth

import (
	"net/url"
	"strings"
	"testing"
)

// noSites are addresses that lead to no page of an application's host, or only seem to.
var noSites = []string{
	"", "/", "/page", "wiki.example.com", "//wiki.example.com/", "http://wiki.example.com/", "HTTPS://wiki.example.com/", "ftp://wiki.example.com/",
	"javascript://wiki.example.com/%0aalert(1)", "https:/wiki.example.com/", "https:wiki.example.com", "https:///wiki.example.com/", "https://",
	"https://user@wiki.example.com/", "https://user:password@wiki.example.com/", "https://wiki.example.com@evil.example/", "https://wiki.example.com:443@evil.example/",
	"https://evil.example\\@wiki.example.com/", "https://wiki.example.com\\@evil.example/", "https://wiki.example.com%40evil.example/", "https://wiki.example.com%2fevil.example",
	"https://wiki.example.com:8080/", "https://wiki.example.com:80/", "https://wiki.example.com:0443/", "https://wiki.example.com:x/", "https://wiki.example.com:443:443/",
	"https://[::1]/", "https://wiki..example.com/", "https://.example.com/", "https://*.example.com/", "https://wiki.example.com\t/", "https://wiki.exam\nple.com/",
	" https://wiki.example.com/", "https://wiki.example.com evil/", "https://wîki.example.com/", "https://wiki\u3002example.com/", "https://wiki.example.com\x00/",
	"https://door.example.com/page", "https://DOOR.example.com./", "https://localhost:3000/", "http://localhost/", "https://wiki.example.com/" + strings.Repeat("a", maxReturnTo),
}

var sites = map[string]string{
	"https://wiki.example.com":                 "https://wiki.example.com/",
	"https://WIKI.example.com:443/Page?x=1#y":  "https://wiki.example.com/Page?x=1#y",
	"https://wiki.example.com./page":           "https://wiki.example.com/page",
	"https://wiki.example.com?x=1":             "https://wiki.example.com/?x=1",
	"https://wiki.example.com//evil.example":   "https://wiki.example.com/",
	"https://wiki.example.com/\\evil.example":  "https://wiki.example.com/",
	"https://wiki.example.com/.doorlist/start": "https://wiki.example.com/",
	"https://wiki.example.com/login":           "https://wiki.example.com/login", // the application's own
	"https://wiki.example.com.evil/":           "https://wiki.example.com.evil/", // which nobody registers
}

func TestReadSite(t *testing.T) {
	t.Parallel()
	public, local := originAt(t, "https://door.example.com"), originAt(t, "http://127.0.0.1:8080")
	for _, raw := range noSites {
		if got, ok := public.readSite(raw); ok {
			t.Errorf("%q is read as %q", raw, got)
		}
	}
	for raw, want := range sites {
		if got, ok := public.readSite(raw); !ok || got.String() != want {
			t.Errorf("%q: got %q, %t; want %q", raw, got, ok, want)
		}
	}
	for raw, want := range map[string]bool{
		"http://wiki.localhost:3000/": true, "https://wiki.example.com/": true, "http://wiki.example.com/": false, "http://127.0.0.1:9000/": false, "http://localhost:9000/": true,
	} {
		if got, ok := local.readSite(raw); ok != want {
			t.Errorf("on this machine, %q: got %q, %t", raw, got, ok)
		}
	}
	longest := "https://wiki.example.com/" + strings.Repeat("a", maxReturnTo-len("https://wiki.example.com/"))
	if got, ok := public.readSite(longest); !ok || got.String() != longest {
		t.Errorf("the longest address: %q, %t", got, ok)
	}
	for of, want := range map[target]string{
		{"wiki.localhost:3000", "/a"}: "http://wiki.localhost:3000/a", {"wiki.example.com", "/a"}: "https://wiki.example.com/a", {"", "/a"}: "",
	} {
		if got, ok := local.siteOf(of); ok != (want != "") || ok && got.String() != want {
			t.Errorf("on this machine, %q: got %q, %t", of, got, ok)
		}
	}
	if got, ok := public.siteOf(target{"wiki.localhost:3000", "/a"}); ok {
		t.Errorf("elsewhere, a page of this machine: %q", got)
	}
	if got, ok := originAt(t, "https://door.example.com:8443").readSite("https://wiki.example.com:8443/"); !ok || got.String() != "https://wiki.example.com:8443/" {
		t.Errorf("on the door's own port: %q, %t", got, ok)
	}
}

// A way back that a sign-in could not remember leads to the front page of the site instead.
func TestHandoverTo_IsNeverTooLong(t *testing.T) {
	t.Parallel()
	o := originAt(t, "https://door.example.com")
	wiki := func(path string) site {
		to, ok := o.readSite("https://wiki.example.com" + path)
		if !ok {
			t.Fatalf("%s is no site", path)
		}
		return to
	}
	bare := len(handoverTo(wiki("/"), "challenge"))
	fits := "/" + strings.Repeat("a", maxReturnTo-bare)
	for path, want := range map[string]string{"/": "/", "/a": "/a", fits: fits, fits + "a": "/"} {
		made := handoverTo(wiki(path), "challenge")
		if to, ok := o.handoverSite(made); !ok || to.path != want || len(made) > maxReturnTo {
			t.Errorf("a path of %d: it has %d bytes and leads to %q", len(path), len(made), to)
		}
	}
	if got := handoverTo(wiki("/"), strings.Repeat("c", maxReturnTo)); len(got) <= maxReturnTo {
		t.Errorf("a challenge was left out: %s", got)
	}
}

func originAt(t testing.TB, raw string) origin {
	t.Helper()
	o, err := parseOrigin(raw)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// FuzzSite reads any address: whatever comes out is the host that net/url reads too, by https, and stays what it is.
func FuzzSite(f *testing.F) {
	for _, raw := range noSites {
		f.Add(raw)
	}
	for raw := range sites {
		f.Add(raw)
	}
	own := originAt(f, "https://door.example.com")
	f.Fuzz(func(t *testing.T, raw string) {
		s, ok := own.readSite(raw)
		if !ok {
			return
		}
		u, err := url.Parse(s.String())
		if err != nil || u.Scheme != "https" || u.Host != s.host || u.User != nil || !strings.HasPrefix(s.path, "/") || strings.HasPrefix(s.path, "//") || isHostPath(u.Path) {
			t.Fatalf("%q becomes %q", raw, s)
		}
		if strings.ContainsFunc(s.String(), func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
			t.Fatalf("%q becomes %q, which must not stand in a header as it is", raw, s)
		}
		if len(handoverTo(s, "")) <= maxReturnTo {
			if back, ok := own.handoverSite(handoverTo(s, "")); !ok || back != s {
				t.Fatalf("%q becomes %q, and that comes back as %q", raw, s, back)
			}
		}
	})
}
