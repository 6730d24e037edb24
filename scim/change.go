package scim

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"doorlist/store"
)

// change runs a change of the directory as one transaction, together with its audit events.
func (s *server) change(c *call, fn func(d *store.DirectoryTx) error) error {
	var noted store.Noted
	err := s.store.Write(c.Context(), c.actor, func(tx *store.Tx) error {
		err := fn(tx.Directory(c.credential.Directory))
		noted = tx.Noted()
		return err
	})
	if err == nil {
		c.seen.noted.Add(noted)
	}
	return err
}

// remove deletes the resource that the path names. version reads its present version, if the client asked for one.
func (s *server) remove(c *call, remove func(*store.DirectoryTx, string, int64) error, version func() (int64, error)) error {
	wanted, err := c.versionToDelete(version)
	if err != nil {
		return err
	}
	return s.change(c, func(d *store.DirectoryTx) error { return remove(d, c.resourceID(), wanted) })
}

// noContent answers a change that succeeded with nothing more to say.
func noContent(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// versionToDelete is the present version if a condition was checked against it, so that it still is when the resource goes;
// 0 without a condition.
func (c *call) versionToDelete(read func() (int64, error)) (int64, error) {
	if !c.conditional() && c.header("If-None-Match") == "" {
		return 0, nil
	}
	version, err := read()
	if err != nil {
		return 0, err
	}
	return version, c.precondition(version)
}

// entityTag is the version of a resource as an ETag. It is weak (RFC 9110 section 8.8.1): an answer may differ in bytes at
// the same version, in the names of a group's members for one.
func entityTag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

// unchanged reports whether a client that reads has this version already (If-None-Match).
func (c *call) unchanged(version int64) bool {
	return c.reads() && names(c.header("If-None-Match"), version)
}

// reads says that the request changes nothing.
func (c *call) reads() bool { return c.Method == http.MethodGet || c.Method == http.MethodHead }

// conditional says that the client wants its request for certain versions only.
func (c *call) conditional() bool { return c.ifMatch != "" }

// header joins the lines of a header field that is a list (RFC 9110 section 5.3).
func (c *call) header(name string) string { return listHeader(c.Request, name) }

func listHeader(r *http.Request, name string) string { return strings.Join(r.Header.Values(name), ",") }

// precondition checks If-Match and, for a change, If-None-Match against the present version (RFC 9110 section 13.2.2).
func (c *call) precondition(version int64) error {
	if c.conditional() && !names(c.ifMatch, version) {
		return store.ErrVersion
	}
	if !c.reads() && names(c.header("If-None-Match"), version) {
		return errNoneMatch
	}
	return nil
}

// errNoneMatch refuses a change of a version that the client excluded.
var errNoneMatch = &statusError{http.StatusPreconditionFailed,
	"The resource is at a version that If-None-Match excludes. Leave the header out to change it."}

// names reports whether a list of entity tags has the version. Weak and strong tags are the same here: RFC 7644 section
// 3.14 uses weak ones with If-Match.
func names(tags string, version int64) bool {
	want := strings.TrimPrefix(entityTag(version), "W/")
	for tag := range strings.SplitSeq(tags, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == want {
			return true
		}
	}
	return false
}

// maxAttempts bounds how often a change is tried again because another came first. Each failed attempt means that
// another client's change succeeded.
const maxAttempts = 100

// retry repeats a change, from the read on, as long as it is overtaken.
func (c *call) retry(change func() error) error {
	for range maxAttempts {
		err := change()
		if !errors.Is(err, store.ErrVersion) || c.conditional() || c.Context().Err() != nil {
			return err
		}
	}
	return &statusError{http.StatusConflict, "The resource is being changed by many requests at once. Please repeat the request."}
}
