package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"doorlist/store"

	scimerrors "github.com/elimity-com/scim/errors"
)

// Errors of a request. Each says what was wrong with which attribute and what to send instead; failure gives them
// their status and scimType.
type (
	// valueError refuses the value of an attribute.
	valueError struct{ attribute, message string }
	// mutabilityError refuses to change what a client may not change.
	mutabilityError struct{ attribute, message string }
	// pathError refuses a malformed path.
	pathError struct{ path, message string }
	// unknownError refuses a path that names no attribute of the resource type.
	unknownError struct{ path, resourceType string }
	// targetError refuses an operation without a target.
	targetError struct{ message string }
	// limitError refuses a request that asks for too much.
	limitError struct{ message string }
	// protocolError refuses a message that is not what RFC 7644 asks for.
	protocolError struct{ message string }
	// statusError is an answer that needs a status and a sentence only.
	statusError struct {
		status int
		detail string
	}
	// operationError says which operation of a PATCH or bulk request failed.
	operationError struct {
		index int
		err   error
	}
)

func (e *valueError) Error() string      { return quote(e.attribute) + " " + e.message }
func (e *mutabilityError) Error() string { return quote(e.attribute) + " " + e.message }
func (e *pathError) Error() string {
	return "The path " + quote(e.path) + " cannot be used: " + e.message + "."
}
func (e *unknownError) Error() string {
	return quote(e.path) + " names no attribute of " + e.resourceType + ". GET /Schemas lists the attributes."
}
func (e *targetError) Error() string    { return e.message }
func (e *limitError) Error() string     { return e.message }
func (e *protocolError) Error() string  { return e.message }
func (e *statusError) Error() string    { return e.detail }
func (e *operationError) Error() string { return fmt.Sprintf("Operations[%d]: %v", e.index, e.err) }
func (e *operationError) Unwrap() error { return e.err }

// failure is the one translation of an error into the answer that the client reads. Entra shows it to its
// administrators and keeps it in its logs, so an error that is not listed here yields a fixed text.
func failure(err error, requestID string) scimerrors.ScimError {
	if status, scimType, ok := classify(err); ok {
		return scimerrors.ScimError{Status: status, ScimType: scimType, Detail: detail(err)}
	}
	return scimerrors.ScimError{
		Status: http.StatusInternalServerError,
		Detail: "The server failed. Nothing is known to be changed. Please repeat the request; if it fails again, tell the operator of the server the request id " + strconv.Quote(requestID) + ".",
	}
}

// classify knows every error that a client can cause.
func classify(err error) (int, scimerrors.ScimType, bool) {
	var auth *authError
	var status *statusError
	var conflict *store.ConflictError
	var busy *BusyError
	switch {
	case errors.As(err, &busy):
		return busy.status(), "", true
	case errors.As(err, &auth):
		return auth.status, "", true
	case errors.As(err, new(*methodError)):
		return http.StatusMethodNotAllowed, "", true
	case errors.As(err, &status):
		return status.status, "", true
	case errors.As(err, &conflict):
		return http.StatusConflict, scimerrors.ScimTypeUniqueness, true
	case errors.As(err, new(*referenceError)):
		return http.StatusConflict, scimerrors.ScimTypeInvalidValue, true
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound, "", true
	case errors.Is(err, store.ErrVersion):
		return http.StatusPreconditionFailed, "", true
	case isUnavailable(err):
		return http.StatusServiceUnavailable, "", true
	case errors.As(err, new(*limitError)):
		return http.StatusRequestEntityTooLarge, "", true
	}
	scimType, ok := badRequest(err)
	return http.StatusBadRequest, scimType, ok
}

// isUnavailable says that the database did not answer, or not before the time of the request was up.
func isUnavailable(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func badRequest(err error) (scimerrors.ScimType, bool) {
	var syntax *SyntaxError
	var paging *pagingError
	switch {
	case errors.As(err, &paging):
		return paging.scimType, true
	case errors.As(err, new(*valueError)), errors.As(err, new(*store.InvalidError)), errors.As(err, &syntax) && syntax.Value:
		return scimerrors.ScimTypeInvalidValue, true
	case errors.As(err, new(*mutabilityError)):
		return scimerrors.ScimTypeMutability, true
	case errors.As(err, new(*pathError)), errors.As(err, new(*unknownError)):
		return scimerrors.ScimTypeInvalidPath, true
	case errors.As(err, new(*targetError)):
		return scimerrors.ScimTypeNoTarget, true
	case errors.As(err, new(*protocolError)), syntax != nil:
		return scimerrors.ScimTypeInvalidSyntax, true
	case errors.As(err, new(*FilterError)):
		return scimerrors.ScimTypeInvalidFilter, true
	}
	return "", false
}

// detail is the sentence for the person who reads the answer.
func detail(err error) string {
	var conflict *store.ConflictError
	switch {
	case errors.As(err, &conflict):
		return fmt.Sprintf("The %s is in use by another resource. Find that one with a filter such as %[1]s eq \"...\", or send another %[1]s.", conflict.Field)
	case errors.Is(err, store.ErrNotFound):
		return "There is no such resource. Look its id up again with a filter, or create it."
	case errors.Is(err, store.ErrVersion):
		return "The resource has changed since it was read. Read it again and repeat the change."
	case isUnavailable(err):
		return "The server cannot reach its database now. Please repeat the request in a moment; repeating is safe."
	}
	return err.Error()
}

func wrongType(a *attribute, want string) error {
	return &valueError{a.label, "has the wrong type. Send " + want + "."}
}

func readOnlyError(t target) error {
	return &mutabilityError{t.path, "is set by the server and cannot be changed. Leave it out."}
}

// inside completes the name of a sub-attribute in an error.
func inside(a *attribute, err error) error {
	switch e := err.(type) {
	case *valueError:
		return &valueError{a.label + "." + e.attribute, e.message}
	case *mutabilityError:
		return &mutabilityError{a.label + "." + e.attribute, e.message}
	}
	return err
}

// quote shows what the client sent, shortened so that an answer cannot be made large.
func quote(s string) string {
	const most = 120
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
