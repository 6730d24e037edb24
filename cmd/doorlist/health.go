package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"doorlist/store"
)

// readyTimeout is how long the database may take to answer before the server counts as not ready.
const readyTimeout = 2 * time.Second

// health answers for the process: it lives; it is ready while the database answers, has its schema, and nobody
// stopped it.
type health struct {
	store    *store.Store
	log      *slog.Logger
	stopping atomic.Bool
}

func (h *health) live(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, "ok") }

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if h.stopping.Load() {
		tell(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := h.store.Ready(ctx); err != nil {
		h.log.WarnContext(ctx, "not ready", slog.String("request_id", requestID(r)), slog.Any("error", err))
		tell(w, http.StatusServiceUnavailable, "the database is not ready; the log says why")
		return
	}
	tell(w, http.StatusOK, "ready")
}

func tell(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n") // #nosec G705 -- plain text, which no browser takes for a page
}
