package store

import (
	"errors"
	"fmt"
)

// What a caller can tell apart. Everything else that a method returns is an internal fault.
var (
	// ErrNotFound: there is no such thing in this directory or organization. A foreign id and a random id look the same.
	ErrNotFound = errors.New("not found")
	// ErrVersion: the resource changed since it was read. Read it again and repeat.
	ErrVersion = errors.New("changed meanwhile")
	// ErrUsed: a single-use secret was used before.
	ErrUsed = errors.New("used already")
	// ErrUnavailable: the database cannot answer now (down, busy, shutting down). Nothing was changed, or it is
	// unknown whether it was; repeating is safe.
	ErrUnavailable = errors.New("the database is not available")
)

// errOvertaken: the change must begin again, because what it had to lock first has changed since it looked.
var errOvertaken = fmt.Errorf("%w: overtaken by another change", ErrUnavailable)

// errUnsure: the change must begin again and wait for each statement, because one that had done all of it at once did not apply to all.
var errUnsure = fmt.Errorf("%w: not all at once", ErrUnavailable)

// ConflictError says that a value which must be unique is taken.
type ConflictError struct {
	Field string // e.g. "userName", "displayName", "slug", "role name", "rank"
}

func (e *ConflictError) Error() string { return e.Field + " is already in use" }

// InvalidError refuses an input and says what to give instead.
type InvalidError struct {
	Field   string
	Message string // a sentence for the person who gave the input
}

func (e *InvalidError) Error() string { return e.Field + ": " + e.Message }

// RefusedError refuses a change because of how things stand, and says what to do first.
type RefusedError struct{ Message string }

func (e *RefusedError) Error() string { return e.Message }

// uniqueFields names what a constraint keeps unique: the index in PostgreSQL, the columns in SQLite.
var uniqueFields = map[string]string{
	"users_user_name":     "userName",
	"groups_display_name": "displayName",
	"organizations_slug":  "slug",
	"connections_slug":    "slug",
	"roles_name":          "role name",
	"roles_rank":          "rank",
	"mappings_target":     "mapping",
	"applications_slug":   "application",

	"application_paths_pkey": "host and path",

	"device_requests_user_code": "user code",

	"users.directory_id, users.user_name_key, users.parted": "userName",
	"groups.directory_id, groups.display_name_key":          "displayName",
	"organizations.slug":                                               "slug",
	"connections.slug":                                                 "slug",
	"device_requests.user_code_hash":                                   "user code",
	"roles.organization_id, roles.name_key":                            "role name",
	"roles.organization_id, roles.rank":                                "rank",
	"mappings.organization_id, mappings.directory_id, mappings.target": "mapping",
	"applications.organization_id, applications.slug":                  "application",

	"application_paths.organization_id, application_paths.host, application_paths.path_key": "host and path",
}

// translate turns a driver's error into one that callers can tell apart.
func (d *dialect) translate(err error) error {
	if err == nil {
		return nil
	}
	if field := uniqueFields[d.conflict(err)]; field != "" {
		return &ConflictError{Field: field}
	}
	if d.unavailable(err) && !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}
