package auth

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	// arrivalCookie counts how often a browser was admitted on its way to the same page, within a minute of each other.
	arrivalCookie = "doorlist-arrivals"
	arrivalsIn    = 60 // seconds
	// maxArrivals is how often the page may send an admitted browser back before the circle is cut.
	maxArrivals = 3
)

// noteArrival counts an admission. Where something between the browser and the page loses the session's cookie, the page
// sends everybody back, the provider lets them through without a question, and so on for ever.
func (d *door) noteArrival(c echo.Context, returnTo string) {
	n := d.arrivals(c, returnTo) + 1
	d.setArrivals(c, fmt.Sprintf("%d.%s.%d", n, pageMark(returnTo), d.store.Now().Unix()), arrivalsIn)
}

// setArrivals keeps the cookie to the pages of the sign-in: applications under the same host have no use for it, and what
// their proxy strips is the session's cookie.
func (d *door) setArrivals(c echo.Context, value string, maxAge int) {
	http.SetCookie(c.Response(), &http.Cookie{ // #nosec G124 -- Secure wherever it is not http on loopback
		Name: d.arrivalName(), Value: value, Path: arrivalScope(c), MaxAge: maxAge,
		HttpOnly: true, Secure: d.origin.https, SameSite: http.SameSiteLaxMode,
	})
}

func arrivalScope(c echo.Context) string {
	if isHostPath(c.Path()) {
		return hostPages
	}
	return "/login"
}

// arrivalName has no __Host- prefix, which demands the path "/".
func (d *door) arrivalName() string {
	if d.origin.https {
		return "__Secure-" + arrivalCookie
	}
	return arrivalCookie
}

func (d *door) arrivals(c echo.Context, returnTo string) int {
	found := c.Request().CookiesNamed(d.arrivalName())
	if len(found) != 1 {
		return 0
	}
	parts := strings.Split(found[0].Value, ".")
	if len(parts) != 3 || parts[1] != pageMark(returnTo) {
		return 0
	}
	n, err1 := strconv.Atoi(parts[0])
	at, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err1 != nil || err2 != nil || d.store.Now().Unix()-at > arrivalsIn {
		return 0
	}
	return n
}

// pageMark stands for a path in a cookie.
func pageMark(path string) string { return hex.EncodeToString(hashSecret("page " + path)[:6]) }

// arrivesAgain says that a browser goes in circles. The next attempt is counted from the start.
func (d *door) arrivesAgain(c echo.Context, returnTo string) bool {
	if d.arrivals(c, returnTo) < maxArrivals {
		return false
	}
	d.setArrivals(c, "", -1)
	return true
}

type loopBody struct{ Host, Again string }

// showLoop names the host whose cookie is lost.
func (d *door) showLoop(c echo.Context, host, again string) error {
	d.log.WarnContext(c.Request().Context(), "a browser signs in again and again: its session's cookie is lost on the way to the page",
		"request_id", visitorOf(c).requestID)
	return d.show(c, http.StatusConflict, loopTemplate, "You keep coming back here", loopBody{Host: host, Again: again})
}
