package admin

import (
	"encoding/hex"
	"encoding/json"

	"doorlist/store"
)

// EventColumns are those of an export of events.
var EventColumns = []string{"at", "id", "action", "summary", "actor_kind", "actor_id", "actor_name", "subject_kind", "subject_id", "directory_id", "request_id",
	"address", "detail", "proof"}

// EventRow is an event under EventColumns.
func EventRow(e store.Event, proof []byte) []any {
	return []any{e.At, e.ID, e.Action, Summary(e), string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, e.SubjectKind, e.SubjectID, e.DirectoryID,
		e.Actor.RequestID, e.Actor.Address, json.RawMessage(e.Detail), hex.EncodeToString(proof)}
}
