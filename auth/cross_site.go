package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// crossSite refuses what another site makes a browser send.
type crossSite struct {
	origins *http.CrossOriginProtection
	secure  bool // the public address is https
}

var errCrossSite = errors.New("another site sent this")

// newCrossSite trusts the public origin besides the Host header, which is the proxy's choice.
func newCrossSite(origin string) (crossSite, error) {
	c := crossSite{http.NewCrossOriginProtection(), strings.HasPrefix(origin, "https://")}
	return c, c.origins.AddTrustedOrigin(origin)
}

// Check refuses a request that changes something and comes from elsewhere, by what the browser says in Sec-Fetch-Site and Origin. Both must
// agree: net/http lets a trusted Origin outweigh Sec-Fetch-Site.
func (c crossSite) Check(req *http.Request) error {
	if err := c.origins.Check(req); err != nil {
		return err
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	// For browsers without Sec-Fetch-Site net/http compares hosts alone, and whoever sits on the network can show a page of our
	// host without TLS (CVE-2025-24358 of gorilla/csrf).
	if from, err := url.Parse(req.Header.Get("Origin")); c.secure && (err != nil || from.Scheme == "http") {
		return errCrossSite
	}
	switch req.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return nil
	}
	return errCrossSite
}
