package scim

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorlist/store"
)

// Replayed is what a request of the log would be answered now, and what it would change.
type Replayed struct {
	Status int
	Answer string        // the beginning of it
	Events []store.Event // as the audit would have them
	Noted  store.Noted
}

// ReplayError says why a request of the log cannot be tried again.
type ReplayError struct{ Message string }

func (e *ReplayError) Error() string { return e.Message }

// Replay tries a request of the log out, in the name of its connection: through the same handlers, on a store of which nothing stays. c is what
// New gets. Of passwords the log knows nothing; every one is taken. It returns store.ErrNotFound where the connection is off or gone.
func Replay(ctx context.Context, c Config, logged store.SCIMRequest) (Replayed, error) {
	r, err := replayed(ctx, logged)
	if err != nil {
		return Replayed{}, err
	}
	var result Replayed
	err = c.Store.WhatIf(ctx, func(trial *store.Store) error {
		c := c
		c.Store, c.Log = trial, nil
		c.HashPassword = func(context.Context, string, string) (string, error) { return "what if", nil }
		result, err = tryOut(c, logged, r)
		return err
	})
	return result, err
}

// trialID is the request id of what is tried out.
const trialID = "what-if"

func tryOut(c Config, logged store.SCIMRequest, r *http.Request) (Replayed, error) {
	s, err := newServer(c)
	if err != nil {
		return Replayed{}, err
	}
	scope := c.Store.Organization(logged.OrganizationID)
	credential, err := scope.TrialCredential(r.Context(), logged.ConnectionID)
	if err != nil {
		return Replayed{}, err
	}
	root, rest, _ := split(r.URL.EscapedPath())
	answer := &trialAnswer{header: http.Header{}}
	x := &exchange{ResponseWriter: answer, began: time.Now(), status: http.StatusOK, connection: credential.Connection, rest: rest}
	s.serveTrial(x, s.newCall(x, r.Clone(r.Context()), trialID, root, credential))
	events, err := scope.EventsOf(r.Context(), store.SCIMRequest{OrganizationID: logged.OrganizationID, RequestID: trialID, Noted: x.noted})
	return Replayed{Status: x.status, Answer: answer.text.String(), Events: events, Noted: x.noted}, err
}

// serveTrial answers a call as ServeHTTP does. An answer that breaks off is answered as far as it came.
func (s *server) serveTrial(x *exchange, c *call) {
	defer func() {
		if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
			panic(cause)
		}
	}()
	if err := s.answer(x, c); err != nil {
		s.fail(x, c.Request, c.id, err)
	}
}

// replayed is the request as it was sent, as far as the log knows.
func replayed(ctx context.Context, logged store.SCIMRequest) (*http.Request, error) {
	if logged.BodyBytes > store.MaxRequestText || logged.BodyBytes > 0 && logged.Body == "" {
		return nil, &ReplayError{"The log has not the whole body of this request, so it cannot be tried again."}
	}
	path, query, _ := strings.Cut(logged.Target, "?")
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil {
			return nil, &ReplayError{"The address of this request is not one that can be asked again."}
		}
		segments[i] = url.PathEscape(text)
	}
	values := url.Values{}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		name, err1 := url.PathUnescape(name)
		value, err2 := url.PathUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, &ReplayError{"The address of this request is not one that can be asked again."}
		}
		if name != "" {
			values.Add(name, value)
		}
	}
	r, err := http.NewRequestWithContext(ctx, logged.Method, "/scim/v2/"+strings.Join(segments, "/")+"?"+values.Encode(), strings.NewReader(logged.Body))
	if err != nil {
		return nil, &ReplayError{"The address of this request is not one that can be asked again."}
	}
	for line := range strings.Lines(logged.Headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		r.Header.Set(name, value)
	}
	return r, nil
}

// trialAnswer takes an answer down, as far as somebody reads it.
type trialAnswer struct {
	header http.Header
	text   strings.Builder
}

func (a *trialAnswer) Header() http.Header { return a.header }

func (a *trialAnswer) WriteHeader(int) {}

func (a *trialAnswer) Write(b []byte) (int, error) {
	if room := store.MaxRequestText - a.text.Len(); room > 0 {
		a.text.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}
