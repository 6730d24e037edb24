package auth

import (
	"net/http"
	"net/netip"
	"strings"

	"doorlist/policy"
)

// target is where a request goes, as its proxy words it. Nothing of it has been read yet.
type target struct {
	host, path string
}

// verifyPrefix stands before the guarded request's own path where Envoy asks.
const verifyPrefix = "/auth/verify/"

// targets are all the places that a trusted proxy names for the request behind r: Envoy in the path and the Host header,
// nginx in X-Original-URL, Caddy and Traefik in X-Forwarded-Host and -Uri. No proxy removes the headers of the others, so a
// client can add them. That is why none goes before another: the demands of every named place must be met, and what a
// client adds can only close the door. From anybody else nothing is read.
func targets(r *http.Request, trusted []netip.Prefix) []target {
	if !fromTrusted(r, trusted) {
		return nil
	}
	var named []target
	if path, ok := strings.CutPrefix(r.RequestURI, strings.TrimSuffix(verifyPrefix, "/")); ok && strings.HasPrefix(path, "/") {
		named = append(named, target{r.Host, path})
	}
	for _, address := range r.Header.Values("X-Original-URL") {
		if address != "" {
			named = append(named, splitAddress(address))
		}
	}
	host, path := joinedHeader(r, "X-Forwarded-Host"), joinedHeader(r, "X-Forwarded-Uri")
	// A host alone says less than what another header says in full; where it is all there is, any path may be meant.
	if path != "" || host != "" && len(named) == 0 {
		named = append(named, target{host, path})
	}
	return named
}

// splitAddress takes an absolute URL apart without interpreting its path.
func splitAddress(address string) target {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return target{}
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return target{rest[:i], rest[i:]}
	}
	return target{rest, "/"}
}

// joinedHeader gives one value for a header that should come once: several make a text that is no host and no path.
func joinedHeader(r *http.Request, name string) string {
	return strings.Join(r.Header.Values(name), ",")
}

// place reads a target; false where the host cannot be made out.
func (t target) place() (policy.Place, bool) {
	host, ok := policy.ReadHost(t.host)
	path, certain := policy.ReadPath(t.path)
	return policy.Place{Host: host, Path: path, Certain: certain}, ok
}
