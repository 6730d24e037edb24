package auth

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxReturnTo = 2048

// localPath returns raw if it is a path of this very site, and "/" otherwise. Browsers read "//host", "/\host" and
// "/<tab>/host" as other sites, and some servers decode once more before they redirect, so the decoded path is judged
// as well (RFC 9700 section 4.11).
func localPath(raw string) string {
	if len(raw) > maxReturnTo || !strings.HasPrefix(raw, "/") || !plainPath(raw) {
		return "/"
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	if !plainPath(u.Path) || isOwnPath(u.Path) {
		return "/"
	}
	u.RawQuery = asciiQuery(u.RawQuery)
	return u.String()
}

// asciiQuery percent-encodes what must not stand in a Location header as it is (RFC 9110 section 10.2.2). The path is
// encoded by net/url already.
func asciiQuery(query string) string {
	var b strings.Builder
	for i := 0; i < len(query); i++ {
		if c := query[i]; c >= 0x80 || c == ' ' || c == '"' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(query[i])
	}
	return b.String()
}

func plainPath(p string) bool {
	path, _, _ := strings.Cut(p, "?")
	if !utf8.ValidString(p) || strings.Contains(path, "//") || strings.Contains(path, `\`) {
		return false
	}
	// Besides controls: the invisible characters and line breaks of Unicode, which make one address look like another.
	return !strings.ContainsFunc(p, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) })
}

// isOwnPath names the pages of signing in and out: going back there after a sign-in would be a loop.
func isOwnPath(path string) bool {
	for _, own := range []string{"/login", "/logout", "/auth", "/password", "/invite", "/reset", "/setup", "/reauth", "/switched", factorAddress} {
		if path == own || strings.HasPrefix(path, own+"/") {
			return true
		}
	}
	return false
}

// forwardedPath returns where the person behind a forward-auth request was going, "" where nobody trustworthy says so.
// The host must be ours, because after the sign-in the browser is sent there.
func forwardedPath(r *http.Request, own origin, trusted []netip.Prefix) string {
	for _, t := range targets(r, trusted) {
		if strings.EqualFold(t.host, own.base.Host) {
			return localPath(t.path)
		}
	}
	return ""
}

// fromTrusted says whether the peer of the connection itself, not an address from a header, is a trusted proxy.
func fromTrusted(r *http.Request, trusted []netip.Prefix) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, p := range trusted {
		if p.Contains(peer.Addr().Unmap()) {
			return true
		}
	}
	return false
}
