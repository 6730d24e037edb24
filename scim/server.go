package scim

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"doorlist/store"
)

// Config is what New needs. Store is required; everything else has a use when it is empty.
type Config struct {
	Store *store.Store
	// BaseURL is the public address of the server, without a path. Empty: the address that the client used.
	BaseURL string
	// CursorKey seals the cursors of lists; all nodes need the same one of CursorKeySize bytes. Empty: one of this server's
	// own, so that cursors are good until it ends.
	CursorKey []byte
	// HashPassword checks a new password of a user and hashes it, for organizations that let SCIM set passwords. It returns a
	// *PasswordError for a password that is not good enough. Empty: none is.
	HashPassword func(ctx context.Context, userName, password string) (hash string, err error)
	// Logger gets the cause of every answer with a status of 500 or more. Empty: slog.Default().
	Logger *slog.Logger
	// RequestID tells the id of a request for answers, audit and log. Empty: the X-Request-Id header.
	RequestID func(*http.Request) string
	// Address tells where a request comes from, for the audit and for the networks that a connection allows. Empty: the peer
	// of the connection.
	Address func(*http.Request) string
	// ClientCertificate tells the SHA-256 fingerprint, in lower-case hexadecimal digits, of the certificate that the caller has
	// proved to have; "" for none. Empty: nobody has one.
	ClientCertificate func(*http.Request) string
	// CheckEntraToken checks a token that Entra signed for a connection: the signature, the times, the tenant, the audience,
	// and the application unless app is "". It returns a *TokenError for a bad one; any other error means that it cannot know.
	// Empty: none is good.
	CheckEntraToken func(ctx context.Context, c store.Connection, app, token string) error
	// Enter waits until the server has room for a request; the room is the request's until it leaves. It returns a *BusyError for one that has to come back
	// later. Empty: nobody waits.
	Enter func(ctx context.Context, d Demand) (leave func(), err error)
	// Log keeps the requests of the connections' providers. Empty: they are not kept.
	Log *store.RequestLog
}

// New makes the SCIM server. Mount it so that it sees the paths /scim/v2/... and /connections/{connection}/scim/v2/...
// as the client sent them.
func New(c Config) (http.Handler, error) { return newServer(c) }

func newServer(c Config) (*server, error) {
	if c.Store == nil {
		return nil, errors.New("scim: a store is required")
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.HashPassword == nil {
		c.HashPassword = func(context.Context, string, string) (string, error) {
			return "", &PasswordError{"Passwords cannot be set here."}
		}
	}
	if c.RequestID == nil {
		c.RequestID = func(r *http.Request) string { return r.Header.Get("X-Request-Id") }
	}
	if c.Address == nil {
		c.Address = peer
	}
	if c.ClientCertificate == nil {
		c.ClientCertificate = func(*http.Request) string { return "" }
	}
	if c.CheckEntraToken == nil {
		c.CheckEntraToken = func(context.Context, store.Connection, string, string) error {
			return &TokenError{errNoEntraToken.detail}
		}
	}
	if c.Enter == nil {
		c.Enter = noTurns
	}
	cursors, err := newCursors(c.CursorKey, c.Store.Now)
	if err != nil {
		return nil, err
	}
	s := &server{
		Config: c, store: c.Store, cursors: cursors, types: newTypeCache(c.Store), callers: newCallers(),
		refused: rate.NewLimiter(refusalsASecond, refusalsAtOnce),
	}
	s.routes = s.allRoutes()
	return s, nil
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

type server struct {
	Config
	store   *store.Store
	cursors *cursors
	types   *typeCache
	callers *callers
	bodies  bodies
	routes  routes
	// refusals are those of good credentials that the audit was told of, or the log.
	refusals occasions
	refused  *rate.Limiter // of refused strangers, who are recorded for whoever watches
}

// call is one authenticated request.
type call struct {
	*http.Request
	id         string // request id
	root       string // absolute address of the SCIM root that the client used
	rest       []string
	ifMatch    string // the version that a change is for; "" for any
	credential store.Credential
	directory  *store.Directory
	types      *types
	cursors    *cursors
	actor      store.Actor
	seen       *exchange
	sent       *sent // nil where nothing was read before
}

// handler answers a call, or returns the error to answer with.
type handler func(w http.ResponseWriter, c *call) error

// How long a request may take. The largest group is written in a fraction of it; a bulk request is many in one.
const (
	requestTakes = 25 * time.Second
	bulkTakes    = 55 * time.Second
)

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := s.RequestID(r)
	w.Header().Set("Cache-Control", "no-store") // answers tell of people, to who has the token
	// A frozen database must not hold the provider's requests: a 503 is tried again, a silence is a broken server.
	takes := requestTakes
	if strings.HasSuffix(strings.ToLower(r.URL.Path), "/bulk") {
		takes = bulkTakes
	}
	ctx, cancel := context.WithTimeout(r.Context(), takes)
	defer cancel()
	r = r.WithContext(ctx)
	seen := &exchange{ResponseWriter: w, began: time.Now(), status: http.StatusOK}
	defer s.record(seen, r, id)
	header := w.Header().Clone()
	err := s.serve(seen, r, id)
	if seen.isOutdated() {
		seen.anew(header)
		err = s.serve(seen, r, id)
	}
	if err != nil {
		seen.err = err
		s.fail(seen, r, id, err)
	}
}

// recovered makes a panic the error of a request, so that a SCIM client can read the answer. net/http's own way of aborting passes.
func recovered(err *error) {
	cause := recover()
	if cause == nil {
		return
	}
	if aborted, ok := cause.(error); ok && errors.Is(aborted, http.ErrAbortHandler) {
		panic(cause)
	}
	*err = &panicError{cause}
}

// serve decides who is asking before it looks at anything else, so that a stranger learns nothing and costs nothing.
func (s *server) serve(w *exchange, r *http.Request, id string) (err error) {
	defer recovered(&err)
	w.at = s.store.Now()
	root, rest, ok := split(r.URL.EscapedPath())
	if !ok {
		return notHere
	}
	w.rest = rest
	t := &turn{sent: &sent{done: func() {}}, leave: func() {}}
	defer t.end()
	if err = s.enter(t, w, r, id, root); err != nil {
		return err
	}
	c := s.newCall(w, r, id, root, t.credential)
	c.sent = t.sent
	return s.answer(w, c)
}

// identify finds out who is asking, and that they may from where they are.
func (s *server) identify(w *exchange, r *http.Request, id, root string) (store.Credential, error) {
	credential, err := s.authenticate(r, connectionOf(root))
	w.connection, w.credentialID = credential.Connection, credential.TokenID
	if err == nil {
		err = s.admit(r, id, credential)
	}
	if err != nil {
		w.connection = s.meant(r, root, id, credential)
	}
	return credential, err
}

func (s *server) newCall(x *exchange, r *http.Request, id, root string, credential store.Credential) *call {
	return &call{
		Request: r, id: id, root: s.base(r) + root, rest: x.rest, ifMatch: listHeader(r, "If-Match"), credential: credential, cursors: s.cursors, seen: x,
	}
}

// answer does what an authenticated call asks for.
func (s *server) answer(w http.ResponseWriter, c *call) (err error) {
	c.directory = s.store.Directory(c.credential.Directory)
	c.actor = s.actor(c.Request, c.id, c.credential)
	if c.types, err = s.types.of(c.Context(), c.credential); err != nil {
		return err
	}
	handle, err := s.route(c.Method, c.rest)
	if err != nil {
		return err
	}
	if changes := writes(c.Method, c.rest); changes != "" {
		if err := c.permit(changes); err != nil {
			return err
		}
		if err := s.recordWriter(c); err != nil {
			return err
		}
	}
	return handle(w, c)
}

// split cuts a path, as it was sent, into the SCIM root and the segments behind it, unescaped: an escaped slash is part of
// an id. Empty segments are dropped: Entra appends "/Users" to a tenant URL that may end in a slash.
func split(path string) (root string, rest []string, ok bool) {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	n := 2
	if len(segments) > 2 && segments[0] == "connections" {
		n = 4
	}
	if len(segments) < n || segments[n-2] != "scim" || segments[n-1] != "v2" {
		return "", nil, false
	}
	for _, segment := range segments[n:] {
		text, err := url.PathUnescape(segment)
		if err != nil {
			return "", nil, false
		}
		rest = append(rest, text)
	}
	return "/" + strings.Join(segments[:n], "/"), rest, true
}

// connectionOf is the connection that a root names, "" for none. Neither names nor ids of connections need an escape.
func connectionOf(root string) string {
	if segments := strings.Split(root, "/"); segments[1] == "connections" {
		return segments[2]
	}
	return ""
}

func (s *server) base(r *http.Request) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
