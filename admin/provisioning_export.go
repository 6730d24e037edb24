package admin

import (
	"cmp"

	"doorlist/store"
)

// requestColumns are those of an export of requests. Secrets were masked before a request was kept.
var requestColumns = []string{"at", "id", "connection", "operation", "method", "target", "subject_kind", "subject_id", "subject_name", "status", "scim_type", "detail",
	"took_ms", "changes", "address", "credential_id", "request_id", "headers", "body", "body_bytes", "answer"}

// exportProvisioning sends the requests that the filters leave as a file.
func exportProvisioning(r *request) error {
	content, query, connections, err := r.requestsAsked()
	if err != nil {
		return err
	}
	if content.Filters.Fault != "" {
		return showProvisioning(r)
	}
	slugs := map[string]string{}
	for _, c := range connections {
		slugs[c.ID] = c.Slug
	}
	return r.download(r.org.Slug+"-provisioning", Format(cmp.Or(r.QueryParam("format"), string(CSV))), requestColumns, func(e *Export) error {
		return r.Store.Organization(r.org.ID).ExportRequests(r.Request().Context(), query, func(q store.SCIMRequest) error {
			return e.Row(q.At, q.ID, slugs[q.ConnectionID], q.Operation, q.Method, q.Target, q.SubjectKind, q.SubjectID, q.SubjectName, q.Status, q.SCIMType, q.Detail,
				float64(q.Took.Microseconds())/1000, q.Changes, q.Address, q.CredentialID, q.RequestID, q.Headers, q.Body, q.BodyBytes, q.Answer)
		})
	})
}
