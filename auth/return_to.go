package auth

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

const maxReturnTo = 2048

// localPath returns raw if it is a path of this very site, and "/" otherwise. Browsers read "//host", "/\host" and
// "/<tab>/host" as other sites, and some servers decode once more before they redirect, so the decoded path is judged
// as well (RFC 9700 section 4.11).
func localPath(raw string) string {
	u := readPath(raw)
	if u == nil || isOwnPath(u.Path) {
		return "/"
	}
	return u.String()
}

// readPath reads a path, with its query, that stays on the site where it is used; nil for anything else.
func readPath(raw string) *url.URL {
	if len(raw) > maxReturnTo || !strings.HasPrefix(raw, "/") || !plainPath(raw) {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !plainPath(u.Path) {
		return nil
	}
	u.RawQuery = asciiQuery(u.RawQuery)
	return u
}

// returnTo reads where the person wants to be after the sign-in: a path of this site, or the address of a page on the host
// of an application, to which the path of the handover leads. Anything else is "/". The forms of the page may then end
// there: browsers apply form-action to the redirects that follow a form.
func (d *door) returnTo(c echo.Context) string {
	raw := c.FormValue("return_to")
	if path, ok := strings.CutPrefix(raw, d.origin.String()+"/"); ok {
		return localPath("/" + path)
	}
	if to, ok := d.origin.readSite(raw); ok {
		raw = handoverTo(to, "")
	}
	path := localPath(raw)
	to, ok := d.origin.handoverSite(path)
	if !ok {
		return path
	}
	ctx := c.Request().Context()
	registered, err := d.isRegistered(ctx, to)
	if err != nil {
		d.log.WarnContext(ctx, "where somebody wants to return to could not be judged", "error", err)
	}
	if !registered {
		return "/"
	}
	d.letFormsEndAt(c, to)
	return path
}

// handoverSite is where a path leads that handoverTo has made.
func (o origin) handoverSite(path string) (site, bool) {
	query, ok := strings.CutPrefix(path, handoverPath+"?")
	if !ok {
		return site{}, false
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return site{}, false
	}
	return o.readSite(values.Get("to"))
}

func (d *door) letFormsEndAt(c echo.Context, to site) {
	c.Response().Header().Set("Content-Security-Policy", contentPolicy("'self' "+to.base.String(), "'none'"))
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
	if path == handoverPath {
		return false
	}
	for _, own := range []string{hostPages, "/login", "/logout", "/auth", "/password", "/invite", "/reset", "/setup", "/saml", "/reauth", "/switched", factorAddress} {
		if path == own || strings.HasPrefix(path, own+"/") {
			return true
		}
	}
	return false
}

// forwardedPath returns where the person behind a forward-auth request was going on the door's own host, "" where nobody
// trustworthy says so.
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
