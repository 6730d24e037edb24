package store

import "time"

// SCIMRequest is a request of a connection's provider, with its answer.
type SCIMRequest struct {
	OrganizationID, ConnectionID string
	ID                           string // set by RequestLog
	At                           time.Time
	Took                         time.Duration
	Method, Target               string // path and query below the SCIM root
	Operation                    string // what it asks for, in a few words
	SubjectKind                  string // "user", "group" or ""
	SubjectID, SubjectName       string // "" where it is about none, or several
	Status                       int
	SCIMType, Detail             string // of a refusal
	Noted                        Noted
	Changes                      int64 // what it changed: people, groups and memberships. Set by RequestLog
	Address                      string
	CredentialID                 string
	RequestID                    string // ours; the audit events of the request have the same
	Headers                      string // of the request, a line each: those that the provider counts its requests by, among others
	Body                         string // the beginning of it, without secrets; "" for look-ups
	BodyBytes                    int64  // of the whole body as it was sent
	Answer                       string // of a refusal; the beginning of it
}

// MaxRequestText bounds a body that is kept, in bytes.
const MaxRequestText = 16 << 10

// The bounds of the other texts of a request, in bytes. A filter has 2,048 at most.
const (
	maxTarget      = 4096
	maxShortText   = 400
	maxHeadersText = 2048
)

// LookUpUser and LookUpGroup are the operations by which a provider asks whether it has to create somebody or something. They are most of what it
// sends, so that the index by operation leaves them out.
const (
	LookUpUser  = "Look up user"
	LookUpGroup = "Look up group"
)

// Probe is the operation by which a provider tries whether its credential is good: it asks for an id that it made up. Entra does at the
// beginning of each of its cycles, and for Test Connection.
const Probe = "Test Connection"

// requestColumns are those of scim_requests with the types of their values.
var requestColumns = []givenColumn{
	{"organization_id", ofID}, {"connection_id", ofID}, {"id", ofID}, {"at", "bigint"}, {"took", "bigint"}, {"method", "text"}, {"target", "text"},
	{"operation", "text"}, {"subject_kind", "text"}, {"subject_id", "text"}, {"subject_name", "text"}, {"status", "bigint"}, {"scim_type", "text"},
	{"detail", "text"}, {"changes", "bigint"}, {"first_event", "text"}, {"last_event", "text"}, {"address", "text"}, {"credential_id", "text"},
	{"request_id", "text"}, {"headers", "text"},
}

var requestTextColumns = []givenColumn{
	{"organization_id", ofID}, {"connection_id", ofID}, {"id", ofID}, {"body", "text"}, {"body_bytes", "bigint"}, {"answer", "text"},
}

// row is the request in the order of requestColumns.
func (r *SCIMRequest) row() []any {
	return []any{r.OrganizationID, r.ConnectionID, r.ID, micros(r.At), r.Took.Microseconds(), r.Method, r.Target, r.Operation, r.SubjectKind, r.SubjectID,
		r.SubjectName, int64(r.Status), r.SCIMType, r.Detail, r.Changes, r.Noted.First, r.Noted.Last, r.Address, r.CredentialID, r.RequestID, r.Headers}
}

// textRow is the request in the order of requestTextColumns; nil where it has no long texts.
func (r *SCIMRequest) textRow() []any {
	if r.BodyBytes == 0 && r.Answer == "" {
		return nil
	}
	return []any{r.OrganizationID, r.ConnectionID, r.ID, r.Body, r.BodyBytes, r.Answer}
}

func (r *SCIMRequest) scan(scan scanner, more ...any) error {
	var at, took int64
	err := scan(append([]any{&r.OrganizationID, &r.ConnectionID, &r.ID, &at, &took, &r.Method, &r.Target, &r.Operation, &r.SubjectKind, &r.SubjectID,
		&r.SubjectName, &r.Status, &r.SCIMType, &r.Detail, &r.Changes, &r.Noted.First, &r.Noted.Last, &r.Address, &r.CredentialID, &r.RequestID,
		&r.Headers}, more...)...)
	r.At, r.Took = fromMicros(at), time.Duration(took)*time.Microsecond
	return err
}

// complete makes the request fit for its columns.
func (r *SCIMRequest) complete() {
	r.Changes = r.Noted.Total()
	r.Target, r.Headers = storable(r.Target, maxTarget), storable(r.Headers, maxHeadersText)
	r.Body, r.Answer = storable(r.Body, MaxRequestText), storable(r.Answer, MaxRequestText)
	for _, text := range []*string{&r.Method, &r.Operation, &r.SubjectKind, &r.SubjectID, &r.SubjectName, &r.SCIMType, &r.Address, &r.CredentialID, &r.RequestID} {
		*text = storable(*text, maxShortText)
	}
	r.Detail = storable(r.Detail, maxClaimed)
}

// size is about how much memory the request takes, in bytes.
func (r *SCIMRequest) size() int {
	return 600 + len(r.Target) + len(r.Detail) + len(r.Headers) + len(r.Body) + len(r.Answer)
}
