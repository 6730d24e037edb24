package store

import "time"

// AuditFaultKind says what became of a record.
type AuditFaultKind string

// The kinds of faults.
const (
	AuditEdited    AuditFaultKind = "edited"    // it is not what was written, or stands in another's place
	AuditDeleted   AuditFaultKind = "deleted"   // the chain names it, and it is gone
	AuditInserted  AuditFaultKind = "inserted"  // it is there, and none of our servers wrote it
	AuditTruncated AuditFaultKind = "truncated" // the end of the chain is gone, or all of it
	AuditRewritten AuditFaultKind = "rewritten" // the chain is sound, and another one than a checkpoint says
)

// AuditFault is the first record of a trail that is broken.
type AuditFault struct {
	Kind    AuditFaultKind `json:"kind"`
	Record  string         `json:"record"`             // "event", "block", "key" or "horizon"
	Seq     int64          `json:"block,omitempty"`    // of the block that is broken, or that names the event; 0 for none
	EventID string         `json:"event_id,omitempty"` // "" for a block
	Message string         `json:"message"`            // the same for people, as a sentence without its end
}

// AuditReport is what a verification of an organization's trail found.
type AuditReport struct {
	OrganizationID string      `json:"organization_id"`
	At             time.Time   `json:"at"`
	Events         int64       `json:"events"`                  // that are in the chain and as they were written
	Blocks         int64       `json:"blocks"`                  // that are sound
	Seq            int64       `json:"head"`                    // of the newest block; 0 for none
	From           time.Time   `json:"from,omitzero"`           // before which events were removed when their time was over
	Checkpoints    int         `json:"checkpoints"`             // that agree with the chain
	Older          int         `json:"checkpoints_before_from"` // that are older than From, and prove nothing any more
	Waiting        int64       `json:"not_chained_yet"`         // events that a server wrote and that are in no block yet
	WaitingSince   time.Time   `json:"not_chained_yet_since,omitzero"`
	Fault          *AuditFault `json:"fault,omitempty"` // nil: nothing is broken
}

// Sound says that nothing is broken.
func (r AuditReport) Sound() bool { return r.Fault == nil }
