package auth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"doorlist/store"
)

// FuzzForwarded lets a trusted proxy and a stranger say where somebody was going: nobody leads to another site, and the
// stranger leads nowhere.
func FuzzForwarded(f *testing.F) {
	own, err := parseOrigin("https://door.example.com")
	if err != nil {
		f.Fatal(err)
	}
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	f.Fuzz(func(t *testing.T, peer, host, uri string) {
		r := httptest.NewRequest(http.MethodGet, "/auth/verify", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Host", host)
		r.Header.Set("X-Forwarded-Uri", uri)
		path := forwardedPath(r, own, trusted)
		at, err := netip.ParseAddrPort(peer)
		known := err == nil && (trusted[0].Contains(at.Addr().Unmap()) || trusted[1].Contains(at.Addr().Unmap()))
		if path != "" && (!known || !strings.EqualFold(host, "door.example.com")) {
			t.Errorf("%q says that %q of %q was meant, and is believed: %q", peer, uri, host, path)
		}
		if path != "" && path != localPath(uri) {
			t.Errorf("%q becomes %q", uri, path)
		}
	})
}

// FuzzCookies reads any Cookie header: one cookie of a name counts, two count for nothing.
func FuzzCookies(f *testing.F) {
	own, err := parseOrigin("https://door.example.com")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", header)
		value, err := own.cookie(r, sessionCookie)
		if (value != "" || err != nil) && !strings.Contains(header, "__Host-doorlist") {
			t.Errorf("%q has the session %q, %v", header, value, err)
		}
		if err != nil && value != "" {
			t.Errorf("%q has the session %q although %v", header, value, err)
		}
		for _, name := range own.cookiesWith(r, "doorlist_") {
			if !strings.Contains(header, "__Host-"+name) {
				t.Errorf("%q has no cookie %q", header, name)
			}
		}
		hashSecret(value)
	})
}

// FuzzIdentity reads any claims: whoever comes out has a key that can be an identity.
func FuzzIdentity(f *testing.F) {
	connections := []store.Connection{
		{Kind: store.EntraConnection, TenantID: "7d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d2"}, {Kind: store.OIDCConnection, SubjectClaim: "email"},
	}
	f.Fuzz(func(t *testing.T, token string) {
		var all claims
		if json.Unmarshal([]byte(token), &all) != nil {
			return
		}
		for _, c := range connections {
			id, err := readIdentity(c, "subject", all)
			if err == nil && !isIdentifier(id.Key) {
				t.Errorf("%s is taken for %q", token, id.Key)
			}
			if err == nil && c.Kind == store.EntraConnection && (canonicalGUID(id.Key) != id.Key || canonicalGUID(id.Tenant) == "") {
				t.Errorf("%s is taken for %q of the tenant %q", token, id.Key, id.Tenant)
			}
		}
	})
}

// FuzzHeaderValue puts any text into a header: it is plain ASCII there, and decoding gives it back.
func FuzzHeaderValue(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		value := headerValue(text)
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) || value != strings.TrimSpace(value) {
			t.Errorf("%q becomes %q", text, value)
		}
		if back, err := url.PathUnescape(value); err != nil || back != text {
			t.Errorf("%q comes back as %q, %v", text, back, err)
		}
		if item := listItem(text); strings.Contains(item, ",") {
			t.Errorf("%q is no single item: %q", text, item)
		}
	})
}
