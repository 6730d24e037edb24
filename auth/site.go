package auth

import (
	"context"
	"net/url"
	"strings"

	"doorlist/policy"
)

// site is a page of an application on a host of its own, where the door's cookie does not reach.
type site struct {
	base url.URL // scheme and host, with the port where it is not the scheme's own
	host string  // without port, as applications have it
	path string  // with query
}

func (s site) String() string { return s.base.String() + s.path }

// to returns the absolute URL of a path of the host.
func (s site) to(path string, query url.Values) string {
	u := s.base
	u.Path, u.RawQuery = path, query.Encode()
	return u.String()
}

// readSite reads the address of a page on another host than the door's. It is put together anew from what was understood,
// so that no browser can read another host out of it. http and ports of all kinds are for loopback addresses alone, where
// the door is at one itself: a port is another server, maybe another person's.
func (o origin) readSite(raw string) (site, bool) {
	scheme, _, _ := strings.Cut(raw, "://")
	at := splitAddress(raw)
	host, ok := policy.ReadHost(at.host)
	own, _ := policy.ReadHost(o.base.Host)
	if !ok || host == own || strings.HasPrefix(host, "[") || len(raw) > maxReturnTo {
		return site{}, false
	}
	s := site{base: url.URL{Scheme: scheme, Host: host}, host: host, path: sitePath(at.path)}
	_, port, _ := strings.Cut(at.host, ":")
	switch {
	case scheme == "https" && (port == "" || port == "443"):
		return s, true
	case scheme == "https" && o.https && port == o.base.Port():
	case scheme == "http" && !o.https && isLoopback(host):
	default:
		return site{}, false
	}
	if port != "" {
		s.base.Host += ":" + port
	}
	return s, true
}

// siteOf is the page that a proxy names by host and path.
func (o origin) siteOf(t target) (site, bool) {
	host, _ := policy.ReadHost(t.host)
	scheme := "https"
	if !o.https && isLoopback(host) {
		scheme = "http"
	}
	return o.readSite(scheme + "://" + t.host + t.path)
}

// sitePath is the path of an application's page with its query; "/" for what is none, and for the door's own pages there.
func sitePath(raw string) string {
	if !strings.HasPrefix(raw, "/") {
		raw = "/" + raw
	}
	u := readPath(raw)
	if u == nil || isHostPath(u.Path) {
		return "/"
	}
	return u.String()
}

// isRegistered says whether an organization has an application on the host of a site: nobody is sent anywhere else.
func (d *door) isRegistered(ctx context.Context, s site) (bool, error) {
	return d.store.HostInUse(ctx, s.host, policy.Wildcard(s.host))
}
