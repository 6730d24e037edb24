package auth

import (
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
)

// A browser may start so many sign-ins at once, and then one each startEvery: each leaves a row behind.
const (
	startsAtOnce = 30
	startEvery   = 2 * time.Second
)

// mayStart says whether an address may start another sign-in. This machine may always: its addresses belong to the
// administrator, or to a proxy that --trusted-proxies does not name, behind which everybody has the same one.
func (d *door) mayStart(c echo.Context) bool { return d.mayGoOn(c, &d.starts) }

func (d *door) mayGoOn(c echo.Context, limits *addressLimits) bool {
	address := visitorOf(c).address
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().IsLoopback() {
		return true
	}
	return limits.allow(address, d.store.Now())
}

// refuseStart leaves no row behind either.
func (d *door) refuseStart(c echo.Context) error {
	d.observe("sign_in", string(policy.Locked))
	c.Response().Header().Set("Retry-After", "60")
	return d.showRefusal(c, refusedPage{reason: policy.Locked, returnTo: "/"})
}
