package scim

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorlist/store"
)

// Each request of a connection's provider is kept in the log of the connection, behind its answer.

// exchange is a request with its answer, as the log keeps them. It stands between the handlers and the client.
type exchange struct {
	http.ResponseWriter
	began      time.Time
	connection store.Connection // the zero one while it is not known
	at         time.Time        // of the store's clock
	rest       []string
	query      url.Values // nil unless it could be read
	body       []byte     // as far as it was read
	patch      []operation
	status     int
	answer     []byte // of a refusal or a bulk request, the beginning
	err        error
	noted      store.Noted

	confirmation  *confirmation // nil: the credential is sure
	confirmsFirst bool          // nothing is done before it is

	credentialID, subjectID, subjectName string
}

func (x *exchange) WriteHeader(status int) {
	if x.isOutdated() {
		return
	}
	x.status = status
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(b []byte) (int, error) {
	if x.isOutdated() {
		return 0, errOutdated
	}
	if room := store.MaxRequestText - len(x.answer); room > 0 && (x.status >= http.StatusBadRequest || x.isBulk()) {
		x.answer = append(x.answer, b[:min(room, len(b))]...)
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

func (x *exchange) isBulk() bool { return len(x.rest) == 1 && strings.EqualFold(x.rest[0], "bulk") }

// about says which resource the request is about.
func (x *exchange) about(id, name string) {
	if id != "" {
		x.subjectID, x.subjectName = id, name
	}
}

// record keeps an answered request.
func (s *server) record(x *exchange, r *http.Request, id string) {
	if s.Log != nil && x.connection.ID != "" {
		s.Log.Record(s.recorded(x, r, id))
	}
}

// recorded is what is kept of a request.
func (s *server) recorded(x *exchange, r *http.Request, id string) store.SCIMRequest {
	body, bodyBytes := bodyText(x.body)
	e := store.SCIMRequest{
		OrganizationID: x.connection.OrganizationID, ConnectionID: x.connection.ID, At: x.at, Took: time.Since(x.began), Method: r.Method,
		Target: targetText(x.rest, r.URL.RawQuery), Operation: operationOf(r, x), SubjectKind: subjectKind(x.rest), SubjectID: x.subjectID,
		SubjectName: x.subjectName, Status: x.status, Noted: x.noted, Address: s.Address(r), CredentialID: x.credentialID, RequestID: id,
		Headers: headersText(r.Header), Body: body, BodyBytes: bodyBytes, Answer: string(x.answer),
	}
	if x.err != nil {
		answer := failure(x.err, id)
		e.SCIMType, e.Detail = string(answer.ScimType), answer.Detail
	}
	if e.SubjectID == "" && len(x.rest) == 2 && e.SubjectKind != "" {
		e.SubjectID = x.rest[1]
	}
	if x.isBulk() {
		e.SubjectID, e.SubjectName = "", ""
	}
	return e
}

// Strangers can be refused as often as they like; recorded are so many.
const (
	refusalsASecond = 2
	refusalsAtOnce  = 20
)

// meant is the connection to which a refused caller belongs or, if somebody watches it, which they seem to mean.
func (s *server) meant(r *http.Request, root, id string, credential store.Credential) store.Connection {
	if s.Log == nil || credential.Connection.ID != "" { // a good credential, at a place from where it must not be used
		return credential.Connection
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	named := connectionOf(root)
	if named == "" && !strings.HasPrefix(token, store.TokenPrefix) || !s.refused.Allow() {
		return store.Connection{}
	}
	// The caller may be gone already.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), time.Second)
	defer cancel()
	meant, err := s.store.RefusedConnection(ctx, named, strings.TrimSpace(token))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Logger.WarnContext(ctx, "a refused request could not be shown to whoever watches", "request_id", id, "error", err)
	}
	return meant
}
