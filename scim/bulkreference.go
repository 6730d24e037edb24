package scim

import (
	"strings"
)

// In a bulk request a text that begins with "bulkId:" stands for the id of the resource that the POST of that name
// creates (RFC 7644 section 3.7.2). It does so wherever an id can stand: as a value of any attribute, behind the last
// slash of a "$ref", in quotes in the path of a PATCH, and in the path of an operation.

const bulkPrefix = "bulkId:"

// referenceError refuses an operation that refers to what was not created.
type referenceError struct{ bulkID string }

func (e *referenceError) Error() string {
	return quote(bulkPrefix+e.bulkID) + " refers to no resource that this request has created. Send it together with a POST of that bulkId that succeeds."
}

// references lists the bulkIds that an operation refers to, each once.
func (o *bulkOperation) references() []string {
	var found []string
	seen := map[string]bool{}
	note := func(bulkID string) string {
		if !seen[bulkID] {
			seen[bulkID] = true
			found = append(found, bulkID)
		}
		return ""
	}
	if o.fault == nil {
		replaceReference(o.id, note)
		replaceReferences("", o.data, note)
	}
	return found
}

// resolve is the operation's id and data with ids in the place of references. The operation stays as it is.
func (o *bulkOperation) resolve(ids map[string]string) (id string, data map[string]any, err error) {
	known := func(bulkID string) string {
		if ids[bulkID] == "" && err == nil {
			err = &referenceError{bulkID}
		}
		return ids[bulkID]
	}
	id = replaceReference(o.id, known)
	data, _ = replaceReferences("", o.data, known).(map[string]any)
	return id, data, err
}

// replaceReferences copies a value, which is the member name of an object, with all references in it replaced.
func replaceReferences(name string, v any, replace func(bulkID string) string) any {
	switch v := v.(type) {
	case string:
		return replaceIn(name, v, replace)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = replaceReferences(name, item, replace)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, item := range v {
			object[name] = replaceReferences(name, item, replace)
		}
		return object
	}
	return v
}

func replaceIn(name, text string, replace func(bulkID string) string) string {
	switch {
	case !strings.Contains(text, bulkPrefix):
		return text
	case strings.EqualFold(name, "path"):
		parts := strings.Split(text, `"`)
		for i := 1; i < len(parts); i += 2 { // those in quotes
			parts[i] = replaceReference(parts[i], replace)
		}
		return strings.Join(parts, `"`)
	case strings.EqualFold(name, refKey):
		last := strings.LastIndexByte(text, '/') + 1
		return text[:last] + replaceReference(text[last:], replace)
	}
	return replaceReference(text, replace)
}

func replaceReference(text string, replace func(bulkID string) string) string {
	if bulkID, ok := strings.CutPrefix(text, bulkPrefix); ok {
		return replace(bulkID)
	}
	return text
}

// withoutReferences copies an object without what refers to one of the bulkIds: texts, and whole objects whose "value"
// does, such as a member or a manager.
func withoutReferences(object map[string]any, bulkIDs map[string]bool) map[string]any {
	kept := make(map[string]any, len(object))
	for name, v := range object {
		if v, ok := withoutReference(name, v, bulkIDs); ok {
			kept[name] = v
		}
	}
	return kept
}

func withoutReference(name string, v any, bulkIDs map[string]bool) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, !refersTo(name, v, bulkIDs)
	case []any:
		kept := make([]any, 0, len(v))
		for _, item := range v {
			if item, ok := withoutReference(name, item, bulkIDs); ok {
				kept = append(kept, item)
			}
		}
		return kept, true
	case map[string]any:
		if value, ok := member(v, valueKey).(string); ok && refersTo(valueKey, value, bulkIDs) {
			return nil, false
		}
		return withoutReferences(v, bulkIDs), true
	}
	return v, true
}

func refersTo(name, text string, bulkIDs map[string]bool) (found bool) {
	replaceIn(name, text, func(bulkID string) string {
		found = found || bulkIDs[bulkID]
		return ""
	})
	return found
}
