package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// documentChanges are the attributes in which two documents differ, each as it was and as it is (absent: nil).
type documentChanges map[string]struct{ before, after json.RawMessage }

// compareDocuments compares two JSON objects attribute by attribute. The text decides: documents are written in one
// canonical form.
func compareDocuments(before, after string) documentChanges {
	old, new := attributesOf(before), attributesOf(after)
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

// attributesOf are the attributes of a document as they stand there. One that cannot be read counts as empty: everything has changed.
func attributesOf(document string) map[string]json.RawMessage {
	text := []byte(document)
	d := jsontext.NewDecoder(bytes.NewBuffer(text))
	if begin, err := d.ReadToken(); err != nil || begin.Kind() != '{' {
		return nil
	}
	attributes := map[string]json.RawMessage{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return nil
		}
		end := int(d.InputOffset())
		attributes[key] = text[end-len(value) : end]
	}
	return attributes
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

// raw puts a document into an event, on one line; nil for one that is no JSON.
func raw(document string) json.RawMessage {
	if !json.Valid([]byte(document)) {
		return nil
	}
	if !strings.ContainsAny(document, "\r\n") {
		return json.RawMessage(document)
	}
	var line bytes.Buffer
	_ = json.Compact(&line, []byte(document)) // it is valid
	return line.Bytes()
}
