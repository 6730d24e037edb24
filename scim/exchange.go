package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// maxBody bounds a request body in bytes.
const maxBody = 1 << 20

const contentType = "application/scim+json"

var errTooLarge = &statusError{http.StatusRequestEntityTooLarge, "The body is larger than " + strconv.Itoa(maxBody) + " bytes. Send several smaller requests."}

// body decodes the body of a request, which was read before its turn or is read now. The caller is known by now: nothing is read for strangers.
func (c *call) body(w http.ResponseWriter) (map[string]any, error) {
	if err := checkMediaType(c.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	if coding := c.header("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		w.Header().Set("Accept-Encoding", "identity") // RFC 9110 section 15.5.16
		return nil, &statusError{http.StatusUnsupportedMediaType, "The body is encoded as " + quote(coding) + ". Send it as it is, without Content-Encoding."}
	}
	if c.ContentLength > maxBody {
		w.Header().Set("Connection", "close") // so that the answer does not wait for it
		return nil, errTooLarge
	}
	if c.sent == nil || !c.sent.read {
		c.sent = &sent{read: true}
		c.sent.text, c.sent.err = io.ReadAll(http.MaxBytesReader(w, c.Body, maxBody))
		c.seen.body = c.sent.text
	}
	if errors.As(c.sent.err, new(*http.MaxBytesError)) {
		return nil, errTooLarge
	}
	if c.sent.err != nil {
		return nil, &protocolError{"The body ended early. Please repeat the request."}
	}
	return decodeObject(c.sent.text)
}

// checkMediaType accepts JSON in UTF-8; nothing said means just that (RFC 8259 section 8.1). Entra sends
// "application/scim+json; charset=utf-8" (limosa-io/laravel-scim-server#8).
func checkMediaType(header string) error {
	if header == "" {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(header)
	if err != nil || kind != contentType && kind != "application/json" {
		return &statusError{http.StatusUnsupportedMediaType, "The body must be JSON. Send it as application/scim+json."}
	}
	switch charset := parameters["charset"]; strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	default:
		return &statusError{http.StatusUnsupportedMediaType, "The body is in the charset " + quote(charset) + ". Send UTF-8, the charset of JSON."}
	}
}

// write sends an answer.
func write(w http.ResponseWriter, status int, text []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, err := w.Write(text)
	return connectionLost(err)
}

// writeJSON sends a document that is not a stored resource.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	return write(w, status, text.Bytes())
}

// connectionLost passes an error of writing on to net/http: the client is gone, there is nobody to tell. What is outdated is done anew.
func connectionLost(err error) error {
	if err != nil && !errors.Is(err, errOutdated) {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// brokenError is a fault in the middle of an answer: the status is out, so the client can only be shown that the answer
// is not complete.
type brokenError struct{ cause error }

func (e *brokenError) Error() string { return "answer broken off: " + e.cause.Error() }

// panicError is a fault of this program.
type panicError struct{ cause any }

func (e *panicError) Error() string { return "panic" }

// fail answers with an error.
func (s *server) fail(w http.ResponseWriter, r *http.Request, id string, err error) {
	if errors.As(err, new(*brokenError)) {
		s.log(r, id, http.StatusOK, err)
		panic(http.ErrAbortHandler)
	}
	answer := s.failure(r, id, err)
	h := w.Header()
	h.Del("ETag")
	var auth *authError
	var method *methodError
	var busy *BusyError
	switch {
	case errors.As(err, &auth):
		if auth.challenge != "" {
			h.Set("WWW-Authenticate", auth.challenge)
		}
		if r.ContentLength != 0 {
			h.Set("Connection", "close") // so that the answer does not wait for the body of a stranger
		}
	case errors.As(err, &method):
		h.Set("Allow", method.allow)
	case errors.As(err, &busy):
		h.Set("Retry-After", busy.seconds())
	case isUnavailable(err):
		h.Set("Retry-After", "5")
	}
	if err := writeJSON(w, answer.Status, answer); err != nil {
		s.log(r, id, answer.Status, err)
	}
}

// failure is the answer to an error. What is not the client's doing is logged.
func (s *server) failure(r *http.Request, id string, err error) scimerrors.ScimError {
	answer := failure(err, id)
	if isFault(answer.Status) && r.Context().Err() == nil && !errors.As(err, new(*BusyError)) { // those are counted
		s.log(r, id, answer.Status, err)
	}
	return answer
}

// isFault says that an answer is for the operator to know of. What the server does not offer is none.
func isFault(status int) bool {
	return status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

func (s *server) log(r *http.Request, id string, status int, err error) {
	attributes := []any{"request_id", id, "method", r.Method, "status", status, "error", err}
	var fault *panicError
	if errors.As(err, &fault) {
		attributes = append(attributes, "panic", fault.cause)
	}
	s.Logger.ErrorContext(r.Context(), "scim request failed", attributes...)
}
