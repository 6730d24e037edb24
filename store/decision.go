package store

import (
	"context"
	"encoding/json"
	"time"
)

// Decision is the outcome of one attempt to enter and the facts it rested on.
type Decision struct {
	ID             string
	OrganizationID string
	At             time.Time
	ConnectionID   string
	DirectoryID    string
	UserID         string // "" when no user was found
	UserName       string // as in the directory, else as claimed
	Subject        string // the object id or subject as claimed
	TenantID       string // as claimed
	Method         string // "sso" or "password"
	Admitted       bool
	Reason         string // reason code
	Detail         string // for the administrator: what exactly was wrong
	Role           string
	Grants         []Grant
	Address        string
	UserAgent      string
	RequestID      string
}

// DecisionQuery selects decisions; an empty field does not restrict.
type DecisionQuery struct {
	UserID string
	Reason string
	Since  time.Time
	Limit  int // 0: 100
}

// maxClaimed bounds what a decision keeps of texts that a stranger sent.
const maxClaimed = 1024

const decisionColumns = `organization_id, id, at, connection_id, directory_id, user_id, user_name, subject, tenant_id, method, admitted, reason,
	detail, role, grants, address, user_agent, request_id`

// RecordDecision records an attempt to enter.
func (o *OrganizationTx) RecordDecision(d Decision) (Decision, error) {
	if !validID(o.id) {
		return Decision{}, ErrNotFound
	}
	d.ID, d.OrganizationID, d.At = o.tx.store.newID(), o.id, o.tx.now
	grants, err := json.Marshal(d.Grants)
	if err != nil {
		return Decision{}, err
	}
	for _, text := range []*string{&d.UserName, &d.Subject, &d.TenantID, &d.Detail, &d.Address, &d.UserAgent, &d.RequestID} {
		*text = storable(*text, maxClaimed)
	}
	_, err = o.tx.do("INSERT INTO decisions ("+decisionColumns+") VALUES "+valueRows(1, 18), d.OrganizationID, d.ID, micros(d.At), d.ConnectionID,
		d.DirectoryID, d.UserID, d.UserName, d.Subject, d.TenantID, d.Method, d.Admitted, d.Reason, d.Detail, d.Role, string(grants), d.Address,
		d.UserAgent, d.RequestID)
	if err != nil {
		return Decision{}, err
	}
	action := "sign_in.refused"
	if d.Admitted {
		action = "sign_in.admitted"
	}
	o.tx.note(o.id, d.DirectoryID, action, d.UserID, detail{"decision": d.ID, "reason": d.Reason, "detail": d.Detail, "user_name": d.UserName, "role": d.Role})
	return d, nil
}

// Decisions lists the organization's decisions, newest first.
func (o *OrganizationScope) Decisions(ctx context.Context, q DecisionQuery) ([]Decision, error) {
	if !o.valid() || !isStorable(q.UserID) || !isStorable(q.Reason) {
		return nil, nil
	}
	sql, args := "SELECT "+decisionColumns+" FROM decisions WHERE organization_id = ?", []any{o.id}
	if q.UserID != "" {
		sql, args = sql+" AND user_id = ?", append(args, q.UserID)
	}
	if q.Reason != "" {
		sql, args = sql+" AND reason = ?", append(args, q.Reason)
	}
	if !q.Since.IsZero() {
		sql, args = sql+" AND at >= ?", append(args, micros(q.Since))
	}
	var list []Decision
	err := o.rows(ctx, sql+" ORDER BY id DESC LIMIT ?", append(args, limit(q.Limit, 100)), func(scan scanner) error {
		d, err := scanDecision(scan)
		list = append(list, d)
		return err
	})
	return list, err
}

func scanDecision(scan scanner) (Decision, error) {
	var d Decision
	var at int64
	var grants string
	err := scan(&d.OrganizationID, &d.ID, &at, &d.ConnectionID, &d.DirectoryID, &d.UserID, &d.UserName, &d.Subject, &d.TenantID, &d.Method,
		&d.Admitted, &d.Reason, &d.Detail, &d.Role, &grants, &d.Address, &d.UserAgent, &d.RequestID)
	if err == nil {
		err = json.Unmarshal([]byte(grants), &d.Grants)
	}
	d.At = fromMicros(at)
	return d, err
}
