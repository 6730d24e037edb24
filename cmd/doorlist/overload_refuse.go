package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/cmd/internal/overload"
)

// refuseAs answers a refused request as its client understands it.
func refuseAs(w http.ResponseWriter, r *http.Request, class overload.Class, busy *overload.BusyError) {
	status := http.StatusServiceUnavailable
	if busy.TooMany && class != overload.Check {
		status = http.StatusTooManyRequests
	}
	text := fmt.Sprintf("More is asked of this server than it can answer at once. Try again after %d seconds.", int(busy.After/time.Second))
	switch path := r.URL.Path; {
	case class == overload.Check && strings.HasPrefix(path, "/auth/verify"):
		// A proxy makes an error of it, and neither lets anybody in nor sends anybody to sign in.
		w.Header().Set("X-Doorlist-Reason", "unavailable")
		tell(w, http.StatusServiceUnavailable, text)
	case path == "/auth/session", path == "/.doorlist/whoami":
		refuseJSON(w, status, map[string]string{"reason": "unavailable", "message": text})
	case strings.HasPrefix(path, "/oauth/"):
		code := "temporarily_unavailable"
		if status == http.StatusTooManyRequests {
			code = "slow_down"
		}
		refuseJSON(w, status, map[string]string{"error": code, "error_description": text})
	case path == "/admin/api/commands":
		refuseJSON(w, status, remoteAnswer{Code: exitFailed, Message: text})
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
		auth.ShowBusy(w, r, status, busy.After, requestID(r))
	default:
		tell(w, status, text)
	}
}

func refuseJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // nobody could be told
}
