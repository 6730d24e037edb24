// Package auth decides who is calling: it signs people in through their organization's OpenID Connect or SAML provider, and local ones by
// password, keeps their sessions, and answers a reverse proxy that asks about a request. It refuses to know the rules of admission,
// which package policy has, and where anything is kept, which package store has. It never changes a person whom
// provisioning has sent.
package auth

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"doorlist/store"
)

// Limits of a session. An administrator can shorten both, and lengthen them up to MaxSession.
const (
	DefaultIdle    = 60 * time.Minute
	DefaultSession = 10 * time.Hour
	MaxSession     = 24 * time.Hour
)

// Config is what the pages and the forward-auth endpoint need.
type Config struct {
	Store   *store.Store
	BaseURL string // the public origin: https, or http on a loopback address
	// AssertionKey is what the keys are derived from that sign the assertions of /auth/verify, each for a time. All
	// nodes need the same one.
	AssertionKey ed25519.PrivateKey
	// PreviousAssertionKey is what other nodes may still use, or use already, while the key is being replaced: its public keys
	// are published, and nothing is signed with it here. Nil for none.
	PreviousAssertionKey ed25519.PrivateKey
	// TrustedProxies may say by headers (see targets) where a request goes: which application's demands it must meet,
	// and where the person returns to after a sign-in. Empty trusts nobody.
	TrustedProxies []netip.Prefix
	// TrustedNetworks are where an owner is never locked out because of wrong passwords, only slowed down. Empty: nowhere.
	TrustedNetworks []netip.Prefix
	// RefusalTakes is the step to which the time of a refused password is rounded up; zero: half a second.
	RefusalTakes time.Duration
	IdleFor      time.Duration // zero: DefaultIdle
	LastsFor     time.Duration // zero: DefaultSession
	Logger       *slog.Logger  // nil: nothing is logged
	// Observe is told of every outcome: kind "sign_in" or "verify", and a reason code. It may be nil.
	Observe func(kind, reason string)
	// SetupSecret opens the page that makes the first owner (see SetupPath); empty where there is one already.
	SetupSecret string
	Regions     []Region // other hosts, which the first page names
	// Commands answers what people's programs send to /admin/api/commands; nil: nothing does.
	Commands func(c echo.Context, who Caller) error
	// Shared is the application that tenants consent to; zero: each connection has its own.
	Shared SharedApplication
	// Pages adds the pages of the console; nil: there are none.
	Pages func(e *echo.Echo, console *Console) error
	// ClientCertificate tells the SHA-256 fingerprint of the certificate that a program has proved to have, as package scim
	// does; nil: nobody has one.
	ClientCertificate func(*http.Request) string
	// Transport reaches the identity providers; nil is a transport with time-outs of its own.
	Transport http.RoundTripper
}

// door holds what the handlers share.
type door struct {
	store     *store.Store
	origin    origin
	providers *providers
	signer    *signer
	signed    *SignedTokens
	proxies   []netip.Prefix
	idleFor   time.Duration
	lastsFor  time.Duration
	log       *slog.Logger
	observe   func(kind, reason string)
	crossSite crossSite
	starts    addressLimits // of sign-ins
	responses addressLimits // of SAML
	frames    addressLimits // of front-channel logout
	devices   addressLimits // of programs that ask to be signed in
	codes     addressLimits // of user codes that are entered
	polls     addressLimits // of the token endpoint
	handovers addressLimits // of a session
	failures  addressLimits // of clients' credentials
	regions   []Region
	shared    SharedApplication
	setup     setup

	certificate  func(*http.Request) string
	trusted      []netip.Prefix
	refusalTakes time.Duration
	addresses    addressLimits // of passwords and codes, whatever the names
	resets       addressLimits // of forgotten passwords
	resetNames   addressLimits // the same, by name
	strangers    strangers
	served       served
	pending      chan struct{} // what is being done behind answers
}

// Mount adds the pages and endpoints of sign-in, sessions and forward-auth. The request id is taken from the answer's
// X-Request-Id header, and the caller's address from echo's IPExtractor: set both up before.
func Mount(e *echo.Echo, c Config) error {
	d, err := newDoor(c)
	if err != nil {
		return err
	}
	e.GET("/", d.page(d.home))
	e.GET("/login", d.page(d.askIdentifier))
	e.POST("/login", d.page(d.identifyFirst))
	e.GET("/login/callback", d.page(d.callback))
	e.GET("/login/:connection", d.page(d.begin))
	e.GET("/saml/:connection/metadata", d.page(d.ofSAML(d.samlMetadata)))
	e.POST("/saml/:connection/acs", d.pageTaking(maxSAMLForm, d.ofSAML(d.samlResponse)))
	e.GET("/saml/:connection/finish", d.page(d.ofSAML(d.samlFinish)))
	e.GET("/password", d.page(d.askPassword))
	e.POST("/password", d.page(d.passwordSignIn))
	e.GET("/password/change", d.page(d.askChange))
	e.POST("/password/change", d.page(d.changePassword))
	e.GET(factorAddress, d.page(d.askFactor))
	e.POST(factorAddress, d.page(d.giveFactor))
	e.GET(recoveryAddress, d.page(d.askRenewal))
	e.POST(recoveryAddress, d.page(d.renewRecovery))
	e.GET("/invite/:secret", d.page(d.invited(store.ToInvite)))
	e.POST("/invite/:secret", d.page(d.accept(store.ToInvite)))
	e.GET("/reset", d.page(d.askReset))
	e.POST("/reset", d.page(d.reset))
	e.GET("/reset/:secret", d.page(d.invited(store.ToReset)))
	e.POST("/reset/:secret", d.page(d.accept(store.ToReset)))
	e.GET("/setup/:secret", d.page(d.askSetup))
	e.POST("/setup/:secret", d.page(d.setUp))
	e.GET("/reauth", d.page(d.reauth))
	e.GET("/switched", d.page(d.switched))
	e.GET("/sessions", d.page(d.sessions))
	e.POST("/sessions", d.page(d.endSessionHere))
	e.GET("/logout", d.page(d.leaving))
	e.POST("/logout", d.page(d.leave))
	e.GET("/logout/frontchannel", d.page(d.frontChannel))
	e.GET("/device", d.page(d.askUserCode))
	e.POST("/device", d.page(d.decideDevice))
	e.POST("/oauth/device_authorization", d.api(d.authorizeDevice))
	e.POST("/oauth/token", d.api(d.token))
	e.POST("/oauth/revoke", d.api(d.revoke))
	if c.Commands != nil {
		e.POST("/admin/api/commands", d.forPrograms(c.Commands))
	}
	e.GET("/auth/session", d.session)
	// A proxy asks with the method of the request that it guards (Envoy), or with the original path behind ours.
	e.Any("/auth/verify", d.verify)
	e.Any("/auth/verify/*", d.verify)
	e.GET(styleSheet.Path, styleSheet.Serve)
	e.GET(iconFile.Path, iconFile.Serve)
	e.GET(faviconPath, serveFavicon)
	e.GET(handoverPath, d.page(d.handOver))
	e.GET(hostStartPath, d.hostPage(d.startHandover))
	e.GET(hostSessionPath, d.hostPage(d.finishHandover))
	e.GET(hostWhoamiPath, d.session)
	e.GET(hostStylePath, styleSheet.Serve)
	e.GET(hostIconPath, iconFile.Serve)
	e.GET("/.well-known/jwks.json", d.keys)
	if c.Pages != nil {
		d.setup.then = "&return_to=%2Fadmin"
		return c.Pages(e, &Console{d})
	}
	return nil
}

func newDoor(c Config) (*door, error) {
	o, err := parseOrigin(c.BaseURL)
	if err != nil {
		return nil, err
	}
	keys, err := newAssertionKeys(c.AssertionKey)
	if err != nil {
		return nil, err
	}
	published := []*assertionKeys{keys}
	if c.PreviousAssertionKey != nil {
		previous, err := newAssertionKeys(c.PreviousAssertionKey)
		if err != nil {
			return nil, err
		}
		published = append(published, previous)
	}
	d := &door{
		store: c.Store, origin: o, signer: &signer{issuer: o.String(), keys: keys, published: published}, proxies: c.TrustedProxies, log: c.Logger, observe: c.Observe,
		idleFor: c.IdleFor, lastsFor: c.LastsFor, regions: c.Regions, shared: c.Shared,
		starts: addressLimits{every: startEvery, burst: startsAtOnce}, responses: addressLimits{every: startEvery, burst: startsAtOnce}, frames: addressLimits{every: time.Second, burst: 60},
		devices:   addressLimits{every: 6 * time.Second, burst: 20, all: rate.NewLimiter(20, 200)},
		codes:     addressLimits{every: 6 * time.Second, burst: 20, all: rate.NewLimiter(10, 100)},
		polls:     addressLimits{every: 200 * time.Millisecond, burst: 50},
		handovers: addressLimits{every: time.Second, burst: 60},
		failures:  addressLimits{every: 6 * time.Second, burst: 20},
		providers: newProviders(c.Transport, c.Store.Now),
		setup:     setup{secret: c.SetupSecret},
		trusted:   c.TrustedNetworks, certificate: c.ClientCertificate, refusalTakes: c.RefusalTakes, pending: make(chan struct{}, maxLater),
		addresses: addressLimits{every: 6 * time.Second, burst: 10}, resets: addressLimits{every: 5 * time.Minute, burst: 5},
		resetNames: addressLimits{every: 5 * time.Minute, burst: 5},
	}
	d.signed = &SignedTokens{d.providers, c.Store.Now}
	if err := d.setDefaults(); err != nil {
		return nil, err
	}
	d.crossSite, err = newCrossSite(o.String())
	return d, err
}

func (d *door) setDefaults() error {
	if d.idleFor == 0 {
		d.idleFor = DefaultIdle
	}
	if d.lastsFor == 0 {
		d.lastsFor = DefaultSession
	}
	if d.idleFor < time.Minute || d.lastsFor < time.Minute || d.idleFor > MaxSession || d.lastsFor > MaxSession {
		return fmt.Errorf("a session's limits must lie between one minute and %v; idle is %v, the whole session %v",
			MaxSession, d.idleFor, d.lastsFor)
	}
	if d.refusalTakes <= 0 {
		d.refusalTakes = 500 * time.Millisecond
	}
	if d.log == nil {
		d.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if d.certificate == nil {
		d.certificate = func(*http.Request) string { return "" }
	}
	if d.observe == nil {
		d.observe = func(string, string) {}
	}
	return nil
}
