package entra

import (
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ServerOptions configure NewServer.
type ServerOptions struct {
	Tenants []*Tenant        // the first is the one that the control page opens with; more: strangers to the application
	BaseURL string           // such as http://127.0.0.1:8090; empty: http and the Host of each request
	Seed    uint64           // of codes, session ids and correlation ids
	Now     func() time.Time // default time.Now
	SlowBy  time.Duration    // how long the slow token endpoint waits; default 30 s
	// SigningKey signs until the first rotation; nil makes one, which takes a while: tests with many servers share one.
	SigningKey *rsa.PrivateKey
}

// Server is the part of Entra that browsers and applications speak to. It is an http.Handler for loopback only: a
// request for another host name is refused, so that a web page elsewhere cannot reach it by DNS rebinding.
type Server struct {
	baseURL string
	now     func() time.Time
	random  *random
	slowBy  time.Duration
	tenants []*Tenant
	keys    *keyRing
	faults  faults
	control control
	handler http.Handler

	certificates certificates // of SAML

	mu       sync.Mutex
	grants   map[string]*grant   // by authorization code
	sessions map[string]*session // by cookie value
	answers  map[string]string   // the latest SAML answer, by client id, for who wants it again
	signIns  int                 // so far

	usedAssertions map[string]time.Time // the ends of client assertions that were presented, by client and jti
}

// NewServer makes a server.
func NewServer(o ServerOptions) (*Server, error) {
	if len(o.Tenants) == 0 {
		return nil, errors.New("a server needs at least one tenant")
	}
	keys, err := newKeyRing(o.SigningKey)
	if err != nil {
		return nil, err
	}
	s := &Server{
		baseURL: strings.TrimSuffix(o.BaseURL, "/"), now: o.Now, random: newRandom(o.Seed, streamServer), slowBy: o.SlowBy,
		tenants: o.Tenants, keys: keys, grants: map[string]*grant{}, sessions: map[string]*session{}, answers: map[string]string{},
		usedAssertions: map[string]time.Time{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.slowBy == 0 {
		s.slowBy = 30 * time.Second
	}
	s.handler = loopbackOnly(s.routes())
	return s, nil
}

// ServeHTTP answers for every tenant, and shows the control page at /.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// RotateKeys signs with a new key from now on; with withdraw the earlier keys vanish from the published set at once,
// as after an emergency.
func (s *Server) RotateKeys(withdraw bool) error { return s.keys.rotate(withdraw) }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.forTenant(s.discovery))
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.forTenant(s.publishKeys))
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", s.forTenant(s.authorize))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/authorize", s.forTenant(s.authorize))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.forTenant(s.redeem))
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.adminConsent)
	mux.HandleFunc("POST /{tenant}/v2.0/adminconsent", s.adminConsent)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", s.forTenant(s.logout))
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/logout", s.forTenant(s.logout))
	s.samlRoutes(mux)
	s.controlRoutes(mux)
	return mux
}

// forTenant resolves the first path segment, a GUID or the tenant's domain.
func (s *Server) forTenant(h func(http.ResponseWriter, *http.Request, *Tenant)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("tenant")
		t, ok := s.tenant(name)
		if !ok {
			s.writeTokenError(w, errTenantUnknown.detail(name))
			return
		}
		h(w, r, t)
	}
}

func (s *Server) tenant(name string) (*Tenant, bool) {
	for _, t := range s.tenants {
		if strings.EqualFold(t.ID, name) || strings.EqualFold(t.Domain, name) {
			return t, true
		}
	}
	return nil, false
}

// base is the public URL of this server, without a trailing slash.
func (s *Server) base(r *http.Request) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	return "http://" + r.Host
}

// issuerURL names the tenant by its GUID, also when it was discovered by its domain.
func issuerURL(base string, t *Tenant) string { return base + "/" + t.ID + "/v2.0" }

func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			http.Error(w, "The Entra simulator answers on loopback addresses only. Use http://127.0.0.1 or http://localhost.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
