package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSecureURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"https://login.example.com/t/v2.0": true, "http://127.0.0.1:8080": true, "http://localhost/x": true, "http://login.example.com": false,
		"ftp://localhost": false, "https://": false, "https:/path": false, "login.example.com": false, "": false, "https://user@login.example.com": false,
		"https://user:secret@login.example.com": false, "https://a\x7f": false, "//login.example.com": false,
	} {
		if got := secureURL(raw); got != want {
			t.Errorf("%q: got %t, want %t", raw, got, want)
		}
	}
}

func TestOriginOf(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://login.example.com:444/t?x=1": "https://login.example.com:444", "http://127.0.0.1": "http://127.0.0.1", "": "", "/path": "", "https://a;b/": "", "https://a,b/": "",
		"https://a'b/": "", "https://a\x7f": "",
	} {
		if got := originOf(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestCrossSite_Check(t *testing.T) {
	t.Parallel()
	for base, cases := range map[string]map[[2]string]bool{ // Sec-Fetch-Site, Origin
		"https://door.example.com": {
			{"", ""}: true, {"same-origin", "https://door.example.com"}: true, {"none", ""}: true, {"", "https://door.example.com"}: true,
			{"", "http://door.example.com"}:           false, // a page of whoever sits on the network
			{"same-site", "https://door.example.com"}: false, {"cross-site", ""}: false, {"", "https://evil.example"}: false, {"", "null"}: false,
			{"", "http://door.example.com:x"}: false,
		},
		"http://door.example.com": {{"", "http://door.example.com"}: true, {"", "http://evil.example"}: false},
	} {
		check, err := newCrossSite(base)
		if err != nil {
			t.Fatal(err)
		}
		for headers, want := range cases {
			for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions} {
				r := httptest.NewRequest(method, "http://door.example.com/logout", nil)
				for i, name := range []string{"Sec-Fetch-Site", "Origin"} {
					if headers[i] != "" {
						r.Header.Set(name, headers[i])
					}
				}
				reads := method != http.MethodPost && method != http.MethodDelete
				if got := check.Check(r) == nil; got != (want || reads) {
					t.Errorf("%s at %s with %q: let through %t, want %t", method, base, headers, got, want || reads)
				}
			}
		}
	}
}
