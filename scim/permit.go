package scim

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"doorlist/store"
)

// What a caller with a good credential must fulfil besides: the network, the certificate, the scopes.

var (
	errAddress = &authError{http.StatusForbidden, "",
		"The connection takes no requests from your address. Add it to the networks that the connection allows, or send from one of them."}
	errCertificate = &authError{http.StatusForbidden, "",
		"The connection demands a client certificate beside the token, and the one it knows was not shown. Send the certificate that is registered for the connection."}
)

// admit refuses a caller who is not where the connection's provider is, or does not show its certificate.
func (s *server) admit(r *http.Request, id string, credential store.Credential) error {
	err := s.refusal(r, credential)
	switch err {
	case errAddress:
		s.recordRefusal(r, id, credential, "address")
	case errCertificate:
		s.recordRefusal(r, id, credential, "certificate")
	}
	return err
}

// refusal is why a good credential is not taken from who shows it; nil if it is.
func (s *server) refusal(r *http.Request, credential store.Credential) error {
	switch access := credential.Access; {
	case !access.AllowsAddress(s.Address(r)):
		return errAddress
	case access.Certificates != "" && !access.AllowsCertificate(s.ClientCertificate(r)):
		return errCertificate
	}
	return nil
}

// recordRefusal tells the audit and the log: the credential is good, so somebody may have stolen it. The answer does not
// depend on it.
func (s *server) recordRefusal(r *http.Request, id string, credential store.Credential, reason string) {
	address := s.Address(r)
	if !s.refusals.due(credential.TokenID+" "+reason+" "+store.AddressGroup(address), s.store.Now()) {
		return
	}
	err := s.store.Write(r.Context(), s.actor(r, id, credential), func(tx *store.Tx) error {
		return tx.Organization(credential.Connection.OrganizationID).RecordSCIMRefusal(credential, reason)
	})
	s.Logger.WarnContext(r.Context(), "a good credential was refused", "request_id", id, "reason", reason, "credential", credential.TokenID,
		"error", err)
}

func (s *server) actor(r *http.Request, id string, credential store.Credential) store.Actor {
	return store.Actor{Kind: store.Provisioner, ID: credential.TokenID, Name: credential.Label, RequestID: id, Address: s.Address(r)}
}

// occasions lets each thing through once a minute.
type occasions struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// maxOccasions bounds what is remembered, and so what is let through in a minute.
const maxOccasions = 1000

func (o *occasions) due(what string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for known, at := range o.last {
		if now.Sub(at) >= time.Minute {
			delete(o.last, known)
		}
	}
	if _, known := o.last[what]; known || len(o.last) >= maxOccasions {
		return false
	}
	if o.last == nil {
		o.last = map[string]time.Time{}
	}
	o.last[what] = now
	return true
}

// writes says which resources a request may change: "users", "groups", or "bulk" for both; "" for none.
func writes(method string, rest []string) string {
	if method == http.MethodGet || method == http.MethodHead || len(rest) == 0 || rest[len(rest)-1] == searchPath {
		return ""
	}
	switch what := strings.ToLower(rest[0]); what {
	case store.ScopeUsers, store.ScopeGroups, "bulk":
		return what
	}
	return ""
}

// permit refuses a change for which the credential has no scope. The operations of a bulk request are asked about one by
// one.
func (c *call) permit(what string) error {
	if what == "bulk" || c.credential.Scopes.Has(what) {
		return nil
	}
	// RFC 6750 section 3.1
	return &authError{http.StatusForbidden, `Bearer realm="scim", error="insufficient_scope", scope="` + what + `"`,
		"The credential has not the scope " + quote(what) + ", which this change needs. Use one that has it; this one has: " + string(c.credential.Scopes) + "."}
}

// permitOperations marks the operations of a bulk request for which the credential has no scope.
func (c *call) permitOperations(operations []*bulkOperation) {
	for _, o := range operations {
		if o.fault == nil {
			o.fault = c.permit(strings.ToLower(strings.TrimPrefix(o.rt.endpoint, "/")))
		}
	}
}

// recordWriter raises an alarm at the first change from an address from which the credential has made none before.
func (s *server) recordWriter(c *call) error {
	address := c.actor.Address
	if c.credential.KnownWriter || address == "" {
		return nil
	}
	elsewhere := false
	err := s.store.Write(c.Context(), c.actor, func(tx *store.Tx) (err error) {
		elsewhere, err = tx.Organization(c.credential.Connection.OrganizationID).RecordWriter(c.credential, address)
		return err
	})
	if err == nil && elsewhere {
		s.Logger.WarnContext(c.Context(), "a credential writes from a new address", "request_id", c.id, "credential", c.credential.TokenID)
	}
	return err
}
