package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"doorlist/store"
)

// An undo brings back what an event tells, byte for byte; an export has each event on one line.
func TestEvents_TellDocumentsAsTheyStand(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := person("alice@contoso.com", aliceOID)
		alice.Document = `{"schemas":["s"],"displayName":"<Alice> & \"co\"","title":"Ä\u0001"}`
		u := w.addUser(w.entra, alice)
		bob := u.UserRecord
		bob.Document = `{"schemas":["s"],"displayName":"<Bob>","nickName":"b"}`
		w.must(func(tx *store.Tx) error {
			if _, err := tx.Directory(w.entra.Directory()).UpdateUser(u, bob); err != nil {
				return err
			}
			return tx.Organization(w.contoso.ID).DeclareSchema(userSchemaOf(acmeURN, "{\n\t\"id\": \""+acmeURN+"\"\r\n}"))
		})
		created, updated, declared := w.eventDetail("user.created"), w.eventDetail("user.updated"), w.eventDetail("schema.declared")
		if !strings.Contains(created, `"after":`+alice.Document) {
			t.Errorf("a creation tells %s", created)
		}
		var told struct {
			Changed       []string
			Before, After map[string]string
		}
		if err := json.Unmarshal([]byte(updated), &told); err != nil {
			t.Fatalf("a change tells %s: %v", updated, err)
		}
		if got := strings.Join(told.Changed, " "); got != "displayName nickName title" || told.Before["displayName"] != `<Alice> & "co"` ||
			told.Before["title"] != "Ä\u0001" || told.After["displayName"] != "<Bob>" || told.After["title"] != "" || told.After["nickName"] != "b" {
			t.Errorf("a change tells %+v", told)
		}
		if strings.ContainsAny(declared, "\r\n") || !strings.Contains(declared, `"after":{"id":"`+acmeURN+`"}`) || !json.Valid([]byte(declared)) {
			t.Errorf("a declaration tells %q", declared)
		}
	})
}

// eventDetail is what contoso's one event of an action tells.
func (w *world) eventDetail(action string) string {
	w.t.Helper()
	events, err := w.Organization(w.contoso.ID).Events(w.t.Context(), store.EventQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if e.Action == action {
			return e.Detail
		}
	}
	w.t.Fatalf("there is no event %s", action)
	return ""
}
