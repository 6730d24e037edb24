package auth

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorlist/policy"
)

var busyTemplate = parsePage("busy")

type busyBody struct {
	Seconds int
	Again   bool // the browser tries again by itself
}

// ShowBusy answers a browser when more is asked of the server than it can do. One that only wanted to see a page tries again by itself, whole seconds after;
// a form could do twice what it does.
func ShowBusy(w http.ResponseWriter, r *http.Request, status int, after time.Duration, requestID string) {
	h, body := w.Header(), busyBody{Seconds: int(after / time.Second), Again: r.Method == http.MethodGet}
	secureHeaders(h, false)
	h.Set(headerReason, string(policy.Unavailable))
	h.Set("Retry-After", strconv.Itoa(body.Seconds))
	if body.Again {
		h.Set("Refresh", strconv.Itoa(body.Seconds))
	}
	f := frame{Title: "Please try again in a moment", RequestID: requestID, At: time.Now().UTC(), Body: body, Style: styleSheet.Path, Icon: iconFile.Path}
	if strings.HasPrefix(r.URL.Path, hostPages+"/") {
		f.Style, f.Icon = hostStylePath, hostIconPath
	}
	var page bytes.Buffer
	if err := busyTemplate.ExecuteTemplate(&page, "layout.html", f); err != nil {
		http.Error(w, f.Title, status)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}
