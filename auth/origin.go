package auth

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// origin is the public address of this server. It comes from the configuration alone: behind a proxy, neither the
// Host header nor the connection's scheme says what the browser sees.
type origin struct {
	base  url.URL
	https bool
}

func parseOrigin(raw string) (origin, error) {
	u, err := url.Parse(strings.TrimSuffix(raw, "/"))
	if err != nil || u.Host == "" {
		return origin{}, fmt.Errorf("the base URL %q is not a URL; give one such as https://door.example.com", raw)
	}
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return origin{}, fmt.Errorf("the base URL %q must be an origin alone, without a path: the cookies belong to the whole host", raw)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return origin{}, fmt.Errorf("the base URL %q must begin with https://; http:// is for loopback addresses only", raw)
	}
	return origin{base: url.URL{Scheme: u.Scheme, Host: u.Host}, https: u.Scheme == "https"}, nil
}

func (o origin) String() string { return o.base.String() }

// to returns the absolute URL of a path of this server.
func (o origin) to(path string) string { return o.String() + path }

// isLoopback says whether a host name means this machine.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// secureURL says whether a provider may be reached at the URL: by https, or on this machine.
func secureURL(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

// originOf is the origin of an absolute URL, as content security policies name it; "" where there is none.
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
