package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// documentChanges are the attributes in which two documents differ, each as it was and as it is (absent: nil).
type documentChanges map[string]struct{ before, after json.RawMessage }

// compareDocuments compares two JSON objects attribute by attribute. The text decides: documents are written in one
// canonical form.
func compareDocuments(before, after string) documentChanges {
	var old, new map[string]json.RawMessage
	// A document that cannot be read counts as empty: everything has changed.
	_ = json.Unmarshal([]byte(before), &old)
	_ = json.Unmarshal([]byte(after), &new)
	changes := documentChanges{}
	for name, value := range old {
		if !bytes.Equal(value, new[name]) {
			changes[name] = struct{ before, after json.RawMessage }{value, new[name]}
		}
	}
	for name, value := range new {
		if old[name] == nil {
			changes[name] = struct{ before, after json.RawMessage }{nil, value}
		}
	}
	return changes
}

func (c documentChanges) has(name string) bool { _, ok := c[name]; return ok }

// detail tells the changes in an audit event.
func (c documentChanges) detail() detail {
	before, after := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for name, change := range c {
		if change.before != nil {
			before[name] = change.before
		}
		if change.after != nil {
			after[name] = change.after
		}
	}
	return detail{"changed": slices.Sorted(maps.Keys(c)), "before": before, "after": after}
}

// raw puts a document into an event as it is.
func raw(document string) json.RawMessage {
	if !json.Valid([]byte(document)) {
		return nil
	}
	return json.RawMessage(document)
}
