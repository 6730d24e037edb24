package auth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/policy"
)

// The door's pages on the hosts of applications, whose proxies leave them to the door.
const (
	hostPages       = "/.doorlist"
	hostStartPath   = hostPages + "/start"
	hostSessionPath = hostPages + "/session"
	hostWhoamiPath  = hostPages + "/whoami"
)

var (
	hostStylePath = hostPages + strings.TrimPrefix(styleSheet.Path, "/auth")
	hostIconPath  = hostPages + strings.TrimPrefix(iconFile.Path, "/auth")
)

func isHostPath(path string) bool { return path == hostPages || strings.HasPrefix(path, hostPages+"/") }

// elsewhereKey marks an answer that a browser gets on the host of an application, where the door's other pages are not.
const elsewhereKey = "doorlist elsewhere"

func isElsewhere(c echo.Context) bool { return isHostPath(c.Path()) || c.Get(elsewhereKey) != nil }

// hostPage wraps a page on the host of an application. It shows nothing unless a trusted proxy, which alone can say which
// host that is, asks for a host where there is one.
func (d *door) hostPage(next func(c echo.Context, here site) error) echo.HandlerFunc {
	return d.page(func(c echo.Context) error {
		if !fromTrusted(c.Request(), d.proxies) {
			return d.showNotFound(c, "The proxy in front of this page must be among the server's --trusted-proxies.")
		}
		here, ok := d.origin.siteOf(target{servedHost(c.Request()), "/" + strings.TrimPrefix(c.QueryParam("return_to"), "/")})
		if ok {
			var err error
			if ok, err = d.isRegistered(c.Request().Context(), here); err != nil {
				return err
			}
		}
		if !ok {
			return d.showNotFound(c, "No application is registered under this address. Whoever runs the server can add one: doorlist application add.")
		}
		return next(c, here)
	})
}

// servedHost is the host that a trusted proxy passes a request on for: Caddy and Traefik say it in X-Forwarded-Host, Envoy
// leaves it in Host. What a client can add there fools only itself: codes and secrets are bound to the host that they are for.
func servedHost(r *http.Request) string {
	if host := joinedHeader(r, "X-Forwarded-Host"); host != "" {
		return host
	}
	return r.Host
}

// hostOf is the host for which a request must be good; "" where no trusted proxy says so without contradiction.
func (d *door) hostOf(r *http.Request) string {
	if !isHostPath(r.URL.Path) {
		return audience(targets(r, d.proxies))
	}
	if !fromTrusted(r, d.proxies) {
		return ""
	}
	host, _ := policy.ReadHost(servedHost(r))
	return host
}

// start is where the way to the door begins.
func (s site) start() string {
	query := url.Values{}
	if s.path != "/" {
		query.Set("return_to", s.path)
	}
	return s.to(hostStartPath, query)
}
