package auth

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// elsewhere are ways to write another site, or something that a browser could take for one.
var elsewhere = []string{
	"", "evil.com", "http://evil.com", "https://evil.com/", "https:evil.com", "https:/evil.com", "https:///evil.com", "HTTP://evil.com",
	"//evil.com", "///evil.com", "////evil.com", "/\\evil.com", "\\\\evil.com", "\\/evil.com", "/\\/evil.com", "//\\evil.com", "/\\\\evil.com",
	"/\tevil.com", "/\t/evil.com", "/\n/evil.com", "/\r/evil.com", "\t//evil.com", " //evil.com", "/ /evil.com//", "/%09/evil.com", "/%0a/evil.com",
	"/%0d%0aSet-Cookie:x=1", "/a%0d%0aLocation:%20https://evil.com", "/%2f/evil.com", "/%2fevil.com", "/%2f%2fevil.com", "/%5cevil.com", "/%5c%5cevil.com",
	"/%5C/evil.com", "/.//evil.com", "/..//evil.com", "/a/..//evil.com", "/./%2fevil.com", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
	"java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "mailto:a@b.c", "ftp://evil.com", "https://good@evil.com",
	"//good.com@evil.com", "//evil.com:80", "//evil%E3%80%82com", "//evil\u3002com", "/\u2028/evil.com", "/\u200b/evil.com", "\u200b//evil.com", "/\ufeff/evil.com",
	"/\u202e/evil", "/\x00/evil.com", "/a\x00b", "/%00", "\x00//evil.com", "?x", "#x", "./a", "../a", "a/b", "*", "/\xff", "//[::1]", "//127.0.0.1",
	"/login", "/login?return_to=/login", "/login/entra", "/login/callback?code=x", "/logout", "/auth/verify", "/auth", "/%6cogin", "/%zz",
	"/" + strings.Repeat("a", maxReturnTo), "/ｅvil/／/..//x",
}

// here are paths of this site that people come back to.
var here = map[string]string{
	"/": "/", "/wiki": "/wiki", "/wiki/": "/wiki/", "/a/b?c=d&e=f": "/a/b?c=d&e=f", "/a#part": "/a#part", "/search?q=https://x.org//y": "/search?q=https://x.org//y",
	"/a%20b": "/a%20b", "/a b": "/a%20b", "/caf\u00e9": "/caf%C3%A9", "/caf%C3%A9": "/caf%C3%A9", "/a%2Fb": "/a%2Fb", "/loginpage": "/loginpage",
	"/authors": "/authors", "/a:b": "/a:b", "/@alice": "/@alice", "/a;b=c": "/a;b=c", "/?next=/x": "/?next=/x", "/...": "/...",
	"/w?y=\u00e9&z=%C3%A9": "/w?y=%C3%A9&z=%C3%A9", "/w?y=a b": "/w?y=a%20b", `/w?y="a"`: "/w?y=%22a%22", "/a#\u00e9": "/a#%C3%A9",
	"/w?y=\u00c0": "/w?y=%C3%80", "/" + strings.Repeat("a", maxReturnTo-1): "/" + strings.Repeat("a", maxReturnTo-1),
}

func TestLocalPath_StaysHere(t *testing.T) {
	t.Parallel()
	for _, raw := range elsewhere {
		if got := localPath(raw); got != "/" {
			t.Errorf("%q: got %q, want the front page", raw, got)
		}
	}
	for raw, want := range here {
		if got := localPath(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestHandoverSite_ReadsWhatItMade(t *testing.T) {
	t.Parallel()
	o := originAt(t, "https://door.example.com")
	for path, want := range map[string]string{
		"/auth/handover?to=https%3A%2F%2Fwiki.example.com%2Fa": "https://wiki.example.com/a", "/auth/handover?to=https%3A%2F%2Fwiki.example.com%2Fa&x=%zz": "",
		"/auth/handover": "", "/auth/handover?": "", "/auth/handovers?to=https%3A%2F%2Fwiki.example.com%2Fa": "", "/a?to=https%3A%2F%2Fwiki.example.com%2Fa": "",
	} {
		if got, ok := o.handoverSite(path); ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s: got %s, %t, want %q", path, got, ok, want)
		}
	}
}

func TestFromTrusted_IsAboutThePeerAlone(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0"), netip.MustParsePrefix("0.0.0.0/32")}
	for peer, want := range map[string]bool{
		"10.1.2.3:80": true, "[::ffff:10.1.2.3]:80": true, "[2001:db8::1]:80": true, "11.1.2.3:80": false, "[::ffff:11.1.2.3]:80": false, "10.1.2.3": false, "@": false, "": false,
	} {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {"10.1.2.3"}}}
		if got := fromTrusted(r, trusted); got != want {
			t.Errorf("%s: got %t, want %t", peer, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, raw := range elsewhere {
		f.Add(raw)
	}
	for raw := range here {
		f.Add(raw)
	}
	base, _ := url.Parse("https://door.example.com/login/callback")
	f.Fuzz(func(t *testing.T, raw string) {
		path := localPath(raw)
		to, err := base.Parse(path)
		if err != nil || to.Host != "door.example.com" || to.Scheme != "https" || to.User != nil {
			t.Fatalf("%q becomes %q, which leads to %v (%v)", raw, path, to, err)
		}
		if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t\x00") {
			t.Fatalf("%q becomes %q, which a browser may read as another site", raw, path)
		}
		if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%q becomes %q, which must not stand in a header as it is", raw, path)
		}
		if again := localPath(path); again != path {
			t.Fatalf("%q becomes %q, and that becomes %q", raw, path, again)
		}
	})
}
