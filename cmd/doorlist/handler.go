package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"doorlist/admin"
	"doorlist/auth"
	"doorlist/scim"
	"doorlist/store"
)

// handler is everything that the server answers: SCIM as a plain handler, the pages of sign-in on echo, and the
// process's own endpoints.
func (p *program) handler(s *store.Store, h *health, requests *store.RequestLog, trail *forwarder, log *slog.Logger, setupSecret string) (http.Handler, error) {
	m := newMetrics()
	m.state(s, requests)
	m.forwarding(trail)
	proxies, err := networks("trusted-proxies", p.config.TrustedProxies)
	if err != nil {
		return nil, err
	}
	address := clientAddress(proxies)
	waiting := newTurns(address, log)
	m.registry.MustRegister(overloadMetrics{waiting.slots, waiting.large})
	master, err := p.masterKey()
	if err != nil {
		return nil, err
	}
	cursors, err := cursorKey(master)
	if err != nil {
		return nil, err
	}
	served := scim.Config{
		Store: s, BaseURL: p.config.publicURL(), CursorKey: cursors, HashPassword: hashPassword, Logger: log, RequestID: requestID,
		Address: address, ClientCertificate: auth.ClientCertificates(p.config.ClientCertHeader, proxies, s.Now),
		CheckEntraToken: entraTokens(auth.NewSignedTokens(nil, s.Now)), Log: requests,
		Enter: waiting.enter,
	}
	provisioning, err := scim.New(served)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = address
	e.HTTPErrorHandler = func(err error, c echo.Context) { answerError(c, err, log) }
	if err := p.mountPages(e, master, proxies, served, m, log, setupSecret); err != nil {
		return nil, err
	}
	waiting.next = &switchboard{provisioning: provisioning, pages: e, health: h, metrics: m.handler()}
	return observed(waiting, log, m), nil
}

// hashPassword is the rule for passwords of package auth, which package scim does not know.
func hashPassword(ctx context.Context, userName, password string) (string, error) {
	hash, err := auth.HashPassword(ctx, userName, password)
	if weak, ok := errors.AsType[*auth.WeakPasswordError](err); ok {
		return "", &scim.PasswordError{Message: weak.Message}
	}
	return hash, err
}

// entraTokens checks Entra's own tokens by the rules of package auth, which package scim does not know.
func entraTokens(signed *auth.SignedTokens) func(ctx context.Context, c store.Connection, app, token string) error {
	return func(ctx context.Context, c store.Connection, app, token string) error {
		err := signed.CheckEntra(ctx, c, app, token)
		if bad, ok := errors.AsType[*auth.SignedTokenError](err); ok {
			return &scim.TokenError{Message: bad.Message}
		}
		return err
	}
}

// recordsOf makes records of documents by the rules of package scim, which the console does not know.
func recordsOf(s *store.Store) func(ctx context.Context, organizationID string) (store.UndoRules, error) {
	return func(ctx context.Context, organizationID string) (store.UndoRules, error) {
		records, err := scim.RecordsOf(ctx, s, organizationID)
		return store.UndoRules{User: records.User, Group: records.Group}, err
	}
}

// switchboard sends a request to the part that answers it. It is no http.ServeMux, because that redirects paths with
// double slashes, which SCIM clients send when their base URL ends in one, and a redirected POST loses its body.
type switchboard struct {
	provisioning, pages, metrics http.Handler
	health                       *health
}

func (s *switchboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := "/" + strings.TrimLeft(r.URL.Path, "/")
	switch {
	case strings.HasPrefix(path, "/scim/"), strings.HasPrefix(path, "/connections/"):
		s.provisioning.ServeHTTP(w, r)
	case path == "/healthz":
		s.health.live(w, r)
	case path == "/readyz":
		s.health.ready(w, r)
	case path == "/metrics":
		s.metrics.ServeHTTP(w, r)
	default:
		s.pages.ServeHTTP(w, r)
	}
}

// mountPages adds the sign-in, the sessions, forward-auth and the console, on the store that SCIM is served from.
func (p *program) mountPages(e *echo.Echo, master []byte, proxies []netip.Prefix, served scim.Config, m *metrics, log *slog.Logger, setupSecret string) error {
	s := served.Store
	signing, err := assertionKey(master)
	if err != nil {
		return err
	}
	previous, err := p.previousAssertionKey()
	if err != nil {
		return err
	}
	regions, err := p.config.regions()
	if err != nil {
		return err
	}
	trusted, err := networks("trusted-networks", p.config.TrustedNetworks)
	if err != nil {
		return err
	}
	metadata, err := auth.NewMetadataFetcher(p.config.publicURL())
	if err != nil {
		return err
	}
	return auth.Mount(e, auth.Config{
		Store: s, BaseURL: p.config.publicURL(), AssertionKey: signing, PreviousAssertionKey: previous, TrustedProxies: proxies,
		IdleFor: p.config.SessionIdle, LastsFor: p.config.SessionLifetime, Logger: log, Observe: m.decision, SetupSecret: setupSecret, Regions: regions,
		TrustedNetworks: trusted, ClientCertificate: auth.ClientCertificates(p.config.ClientCertHeader, proxies, s.Now),
		Commands: p.answerCommand(s),
		Shared:   p.config.shared(),
		Pages: func(e *echo.Echo, console *auth.Console) error {
			return admin.Mount(e, console, admin.Config{
				Store: s, Shared: p.config.shared(), Resolver: p.resolver,
				Metadata: metadata, Declare: declaration,
				Operations: scim.Operations, Replay: replay(served), Records: recordsOf(s),
			})
		},
	})
}

// answerError answers what no page answered: an address or method that is not there, or a fault, whose cause goes to
// the log alone.
func answerError(c echo.Context, err error, log *slog.Logger) {
	if c.Response().Committed {
		return
	}
	if known, ok := errors.AsType[*echo.HTTPError](err); ok && known.Code < http.StatusInternalServerError {
		tell(c.Response(), known.Code, "There is nothing here to see ("+http.StatusText(known.Code)+"). Begin at the front page: /")
		return
	}
	id := requestID(c.Request())
	log.ErrorContext(c.Request().Context(), "a page failed", slog.String("request_id", id), slog.Any("error", err))
	tell(c.Response(), http.StatusInternalServerError, "Something went wrong here. Quote the request id "+id+".")
}

// assertionKey derives from the master key what the keys that sign assertions come from, so that all nodes have the same one and
// nothing has to be stored.
func assertionKey(master []byte) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, master, nil, "doorlist assertion key 1", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// previousAssertionKey is that of the master key that is being replaced; nil where there is none.
func (p *program) previousAssertionKey() (ed25519.PrivateKey, error) {
	previous, err := p.previousMasterKey()
	if err != nil || previous == nil {
		return nil, err
	}
	return assertionKey(previous)
}

// cursorKey derives the key that seals the cursors of SCIM lists from the master key, so that any node can go on with a
// list that another began.
func cursorKey(master []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, master, nil, "doorlist cursor key 1", scim.CursorKeySize)
}

// clientAddress reads the caller's address from X-Forwarded-For behind the proxies, and from the connection otherwise.
// Echo would trust loopback and private networks by itself; here only the named ones are.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range proxies {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}))
	}
	extract := echo.ExtractIPFromXFFHeader(options...)
	return func(r *http.Request) string { return extract(withoutPorts(r)) }
}

// withoutPorts is a request whose X-Forwarded-For has addresses alone. Azure's Application Gateway writes a port behind each.
func withoutPorts(r *http.Request) *http.Request {
	const header = echo.HeaderXForwardedFor
	hops := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
	found := false
	for i, hop := range hops {
		if withPort, err := netip.ParseAddrPort(strings.TrimSpace(hop)); err == nil {
			hops[i], found = withPort.Addr().String(), true
		}
	}
	if !found {
		return r
	}
	plain := *r
	plain.Header = http.Header{header: {strings.Join(hops, ",")}}
	return &plain
}
