package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// requestIDHeader carries the request's id in the answer, for the person to quote and for the proxy's log.
const requestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// requestID is the id that observed gave the request.
func requestID(r *http.Request) string {
	id, _ := r.Context().Value(requestIDKey{}).(string)
	return id
}

// observed gives each request an id, and one log line and one count at its end. The id is always ours: one sent by
// the client could repeat, or carry text into the log.
func observed(next http.Handler, log *slog.Logger, m *metrics) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := rand.Text()
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		r.Header.Set(requestIDHeader, id)
		w.Header().Set(requestIDHeader, id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if len(r.TransferEncoding) > 0 {
			// net/http drops a Content-Length beside it and keeps the connection, on which a proxy that goes by the length
			// would have let a second request through (RFC 9112 section 6.1).
			w.Header().Set("Connection", "close")
		}
		answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			fault := recover()
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			if fault != nil {
				answer.fail(log, r, fault)
			}
			route, took := routeOf(r.URL.Path), time.Since(began)
			m.request(route, r.Method, answer.status, took)
			logRequest(r.Context(), log.Handler(), slog.String("request_id", id), slog.String("method", r.Method),
				slog.String("route", route), slog.Int("status", answer.status), slog.Duration("took", took))
		}()
		next.ServeHTTP(answer, r)
	})
}

// logRequest writes the line of a request. A slog.Logger would look for the place in the program that it comes from, and put each attribute on the
// heap: twice the work of the line itself.
func logRequest(ctx context.Context, h slog.Handler, attributes ...slog.Attr) {
	if !h.Enabled(ctx, slog.LevelInfo) {
		return
	}
	line := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	line.AddAttrs(attributes...)
	h.Handle(ctx, line) // as with a slog.Logger, nobody could be told
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote && status >= 200 {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// fail answers a request whose handler panicked. The cause goes to the log alone.
func (w *statusWriter) fail(log *slog.Logger, r *http.Request, fault any) {
	log.ErrorContext(r.Context(), "panic", slog.String("request_id", requestID(r)), slog.Any("fault", fault))
	if !w.wrote {
		http.Error(w, "Something went wrong here. Quote the request id "+requestID(r)+".", http.StatusInternalServerError)
	}
}

// routes are the first parts of paths that logs and metrics tell apart. The rest of a path may hold ids and names.
var routes = []string{
	"/scim/v2/Users", "/scim/v2/Groups", "/scim/v2", "/connections", "/login/callback", "/login", "/logout", "/password", "/invite", "/reset", "/setup", "/second-factor",
	"/sessions", "/saml", "/reauth", "/switched", "/device", "/oauth/device_authorization", "/oauth/token", "/oauth/revoke",
	"/admin/api/commands",
	"/auth/verify", "/auth/session", "/auth/handover", "/.doorlist/start", "/.doorlist/session", "/.doorlist/whoami", "/.doorlist/assets", "/.well-known", "/auth/assets", "/healthz", "/readyz", "/metrics",
}

func routeOf(path string) string {
	if path == "/" {
		return "/"
	}
	for _, route := range routes {
		if rest, ok := strings.CutPrefix(path, route); ok && (rest == "" || rest[0] == '/') {
			return route
		}
	}
	return "other"
}
