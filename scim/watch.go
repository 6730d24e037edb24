package scim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"doorlist/store"
)

// An administrator who sets a connection up can watch what its provider asks for. What is recorded tells of no person: neither bodies,
// nor the values in filters.

// Strangers can be refused as often as they like; recorded are so many.
const (
	refusalsASecond = 2
	refusalsAtOnce  = 20
)

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// watchCall records an answered call. Whatever fails here is logged alone: the answer is out.
func (s *server) watchCall(c *call, status int, err error) {
	s.record(c.Request, c.rest, c.id, c.credential.Connection, status, err)
}

// watchRefusal records a refused caller for the connection that they seem to mean, if somebody watches it.
func (s *server) watchRefusal(r *http.Request, root string, rest []string, id string, credential store.Credential, err error) {
	if credential.Connection.ID != "" { // a good credential, at a place from where it must not be used
		if credential.Watched {
			s.record(r, rest, id, credential.Connection, 0, err)
		}
		return
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	named := connectionOf(root)
	if named == "" && !strings.HasPrefix(token, store.TokenPrefix) || !s.refused.Allow() {
		return
	}
	meant, unknown := s.store.RefusedConnection(r.Context(), named, strings.TrimSpace(token))
	if unknown == nil {
		s.record(r, rest, id, meant, 0, err)
		return
	}
	if !errors.Is(unknown, store.ErrNotFound) {
		s.Logger.WarnContext(r.Context(), "a refused request could not be shown to whoever watches", "request_id", id, "error", unknown)
	}
}

func (s *server) record(r *http.Request, rest []string, id string, connection store.Connection, status int, err error) {
	e := store.Exchange{Method: r.Method, Target: watchedTarget(rest, r.URL.Query()), Status: status, Address: s.Address(r)}
	if err != nil {
		answer := failure(err, id)
		e.Status, e.Detail = answer.Status, withoutValues(answer.Detail)
	}
	// The caller may be gone already.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), time.Second)
	defer cancel()
	if err := s.store.RecordExchange(ctx, connection, e); err != nil {
		s.Logger.WarnContext(ctx, "an exchange could not be shown to whoever watches", "request_id", id, "error", err)
	}
}

// shownParameters are the parameters whose values tell of no person.
var shownParameters = []string{"attributes", "excludedAttributes", "startIndex", "count", "sortBy", "sortOrder"}

// watchedTarget is the path and query of a request without what could tell of a person.
func watchedTarget(rest []string, query url.Values) string {
	shown := ""
	for i, segment := range rest {
		if i > 0 && !guidText.MatchString(segment) {
			segment = "…"
		}
		shown += "/" + segment
	}
	var parts []string
	if filter := query.Get("filter"); filter != "" {
		parts = append(parts, "filter="+withoutValues(filter))
	}
	for _, name := range shownParameters {
		if value := query.Get(name); value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	if len(parts) > 0 {
		shown += "?" + strings.Join(parts, "&")
	}
	return shown
}

// quotedText is a text in quotation marks, with its escapes, ended or not.
var quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)

// withoutValues takes the texts out of a filter or a sentence. Test Connection asks for an id that it makes up, which tells that it was
// Test Connection.
func withoutValues(text string) string {
	return quotedText.ReplaceAllStringFunc(text, func(quoted string) string {
		if guidText.MatchString(strings.Trim(quoted, `"`)) {
			return `"(an id)"`
		}
		return `"…"`
	})
}

var guidText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
