package auth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
)

// Headers of the answer to a proxy. A request's own headers of these names are never read.
const (
	headerReason    = "X-Doorlist-Reason"
	headerAssertion = "X-Doorlist-Assertion"
)

// verify answers a reverse proxy that asks whether a request may pass (forward-auth): 200 with the person's headers,
// 401 or a redirect to the sign-in, 403, or 503 when it cannot know. Who comes is decided by the cookie and the records
// alone: the User-Agent and every forwarded header are the client's to choose (GHSA-5hvv-m4w4-gf6v, GHSA-7x63-xv5r-3p2x).
// Where a trusted proxy says that the request goes can only add demands.
func (d *door) verify(c echo.Context) error {
	h := c.Response().Header()
	secureHeaders(h, d.origin.https)
	h.Set("Vary", "Cookie, Authorization")
	want := d.proxyDemand(c)
	who, no := d.authenticateOrdinary(c, d.anySecret, want)
	if no != nil {
		return d.denyProxy(c, no)
	}
	assertion, err := d.signer.sign(d.store.Now(), who, audience(want.targets))
	if err != nil {
		return d.denyProxy(c, d.cannotKnow(c.Request().Context(), err))
	}
	for name, value := range identityHeaders(who) {
		h.Set(name, value)
	}
	h.Set(headerAssertion, assertion)
	d.observe("verify", string(policy.Admitted))
	return c.NoContent(http.StatusOK)
}

// proxyDemand reads what the proxy asks for. A query that cannot be read may hold a demand, so it becomes one that nobody
// meets; behind Envoy, where the query is the guarded request's own, it is left alone.
func (d *door) proxyDemand(c echo.Context) demand {
	query, err := url.ParseQuery(c.Request().URL.RawQuery)
	want := demand{
		application: true, roles: query["role"], applications: query["application"], targets: targets(c.Request(), d.proxies),
	}
	if err != nil && c.Param("*") == "" {
		want.roles = append(want.roles, "")
	}
	return want
}

// identityHeaders are all the headers about a person. Each is in every answer of 200, empty where nothing is known, so
// that a proxy which copies them overwrites whatever the client sent under their names (GHSA-7r4p-vjf4-gxv4).
func identityHeaders(who caller) map[string]string {
	v := who.visit
	return map[string]string{
		"X-Doorlist-User":         headerValue(v.User.ID),
		"X-Doorlist-Name":         headerValue(displayName(v.User)),
		"X-Doorlist-Email":        headerValue(v.Email),
		"X-Doorlist-Role":         headerValue(who.verdict.Standing.Role.Name),
		"X-Doorlist-Groups":       groupsHeader(who.verdict.Standing.Grants),
		"X-Doorlist-Connection":   headerValue(v.Connection.Slug),
		"X-Doorlist-Organization": headerValue(v.Organization.Slug),
	}
}

// maxGroups bounds the names of groups in a header, in bytes: a proxy refuses an answer whose headers are larger than its
// buffer (4 KiB by default in nginx), and its user is locked out for ever. /auth/session names all.
const maxGroups = 1024

// groupNames lists the groups that give a role, the winning one first. Names that do not fit into maxGroups are left out.
func groupNames(grants []policy.Grant) []string {
	names := []string{}
	seen := map[string]bool{}
	size := 0
	for _, g := range grants {
		if g.Source != policy.GroupSource || seen[g.GroupID] {
			continue
		}
		seen[g.GroupID] = true
		takes := len(listItem(g.Name)) + 1
		if size+takes > maxGroups {
			continue
		}
		size += takes
		names = append(names, g.Name)
	}
	return names
}

// groupsHeader separates the names of groups by commas.
func groupsHeader(grants []policy.Grant) string {
	names := groupNames(grants)
	for i, name := range names {
		names[i] = listItem(name)
	}
	return strings.Join(names, ",")
}

// listItem is a header value in a list that commas separate.
func listItem(s string) string { return strings.ReplaceAll(headerValue(s), ",", "%2C") }

// headerValue percent-encodes (RFC 3986, UTF-8) whatever is not plain printable ASCII, and the percent sign itself, so
// that decoding gives the value back. Spaces within stay; at the ends they would be lost.
func headerValue(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < 0x7F && c != '%' || c == ' ' && i > 0 && i < len(s)-1 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// denyProxy answers a request that may not pass.
func (d *door) denyProxy(c echo.Context, no *denial) error {
	d.observe("verify", deniedAs(no))
	h := c.Response().Header()
	if no.reason != "" {
		h.Set(headerReason, string(no.reason))
	}
	switch {
	case no.status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	case no.status == http.StatusUnauthorized && isNavigation(c.Request()) && !asksLikeNginx(c.Request()):
		return d.sendToSignIn(c)
	case no.status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Doorlist realm="`+d.origin.String()+`"`)
	case isNavigation(c.Request()):
		return d.showProxyRefusal(c, no)
	}
	return c.String(no.status, no.words().Person+"\n")
}

// sendToSignIn redirects a page to the sign-in, and on the host of an application to where the way there begins.
func (d *door) sendToSignIn(c echo.Context) error {
	named := targets(c.Request(), d.proxies)
	if len(named) > 0 && isHostPath(named[0].path) {
		// The page that would be redirected to: its own proxy asks about it, for ever.
		return c.String(http.StatusUnauthorized, "The proxy of this host must pass "+hostPages+"/ on to the door without asking.\n")
	}
	to, ok, err := d.guardedSite(c.Request(), named)
	if err != nil {
		return d.denyProxy(c, d.cannotKnow(c.Request().Context(), err))
	}
	if ok {
		return c.Redirect(http.StatusFound, to.start())
	}
	return c.Redirect(http.StatusFound, d.origin.to(loginPath("", forwardedPath(c.Request(), d.origin, d.proxies))))
}

// showProxyRefusal is the page of a refusal, which the proxy hands to the person's browser.
func (d *door) showProxyRefusal(c echo.Context, no *denial) error {
	page := no.caller.refusedPage()
	page.returnTo = forwardedPath(c.Request(), d.origin, d.proxies)
	to, ok, err := d.guardedSite(c.Request(), targets(c.Request(), d.proxies))
	if err != nil {
		d.log.WarnContext(c.Request().Context(), "a refusal goes without a way back", "error", err)
	}
	if ok {
		c.Set(elsewhereKey, true)
		page.returnTo = handoverTo(to, "")
	}
	return d.showRefusal(c, page)
}

// guardedSite is where a request was going, if all that its proxy says of it names the one host of an application. After the
// sign-in the browser is sent there.
func (d *door) guardedSite(r *http.Request, named []target) (site, bool, error) {
	if audience(named) == "" {
		return site{}, false, nil
	}
	to, ok := d.origin.siteOf(named[0])
	if !ok {
		return site{}, false, nil
	}
	ok, err := d.isRegistered(r.Context(), to)
	return to, ok, err
}

// deniedAs is the reason code under which a denial is counted.
func deniedAs(no *denial) string {
	if no.reason == "" {
		return "no_session"
	}
	return string(no.reason)
}

func (n *denial) words() policy.Words {
	switch {
	case n.reason == "":
		return policy.Words{Title: "Please sign in", Person: "You are not signed in. Sign in and try again."}
	case n.status == http.StatusForbidden:
		return n.caller.verdict.Words()
	}
	return n.reason.Words()
}

// isNavigation says whether a person's browser is loading a page, as opposed to a script or a program, which could not
// follow a redirect to a sign-in.
func isNavigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// asksLikeNginx recognizes auth_request, by the header with which every published set-up of it passes the address on:
// it makes an internal error of a redirect and wants 401, upon which nginx itself redirects.
func asksLikeNginx(r *http.Request) bool {
	return r.Header.Get("X-Original-URL") != "" || r.Header.Get("X-Original-URI") != ""
}

// session says who the caller is, for an application's own front end.
func (d *door) session(c echo.Context) error {
	h := c.Response().Header()
	secureHeaders(h, d.origin.https)
	h.Set("Vary", "Cookie, Authorization")
	who, no := d.authenticate(c, d.anySecret, demand{})
	if no != nil {
		if no.reason != "" {
			h.Set(headerReason, string(no.reason))
		}
		return c.JSON(no.status, sessionDenied{Reason: string(no.reason), Message: no.words().Person})
	}
	return c.JSON(http.StatusOK, describe(who))
}
