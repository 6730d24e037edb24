package scim

import (
	"encoding/json"
	"fmt"
	"strings"

	"doorlist/store"
)

// Limits of a schema file.
const (
	maxSchemaFile       = 256 << 10 // bytes
	maxSchemaAttributes = 200       // of one schema, sub-attributes included
)

// Schema is a schema of extension attributes that was read from a file.
type Schema struct {
	URN      string
	Document string // RFC 7643 section 7, as it was written
	table    *schemaTable
}

// ReadSchemas reads a file in the format of RFC 7643 section 7: one schema, or a ListResponse of them. Its errors are of type
// *store.InvalidError and name the attribute.
func ReadSchemas(text []byte) ([]Schema, error) {
	if len(text) > maxSchemaFile {
		return nil, &store.InvalidError{Field: "the file", Message: fmt.Sprintf("is larger than %d bytes; make several schemas of it", maxSchemaFile)}
	}
	object, err := decodeObject(text)
	if err != nil {
		return nil, &store.InvalidError{Field: "the file", Message: "cannot be read: " + err.Error()}
	}
	listed := member(object, "Resources")
	if listed == nil {
		table, err := readSchema(object)
		if err != nil {
			return nil, err
		}
		return []Schema{{table.urn, string(text), table}}, nil
	}
	list, ok := listed.([]any)
	if !ok || len(list) == 0 {
		return nil, &store.InvalidError{Field: "Resources", Message: "must be a list of schemas"}
	}
	var all []Schema
	for i, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, &store.InvalidError{Field: fmt.Sprintf("Resources[%d]", i), Message: "must be a schema, an object"}
		}
		table, err := readSchema(object)
		if err != nil {
			return nil, err
		}
		document, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		all = append(all, Schema{table.urn, string(document), table})
	}
	return all, nil
}

func readSchema(object map[string]any) (*schemaTable, error) {
	t := &schemaTable{declared: true}
	r := definitionReader{path: "the schema"}
	r.known(object, "id", "name", "description", "attributes", "schemas", "meta")
	t.urn = r.text(object, "id")
	r.check(checkSchemaURN(t.urn))
	if t.urn != "" {
		r.path = t.urn
	}
	t.name, t.description = r.text(object, "name"), r.text(object, "description")
	t.attributes = r.attributes(object, "attributes", nil)
	if r.err != nil {
		return nil, r.err
	}
	return compile(t), nil
}

// checkSchemaURN says what is wrong with the URN of a declared schema; "" if nothing is.
func checkSchemaURN(urn string) string {
	lower := strings.ToLower(urn)
	switch {
	case !strings.HasPrefix(lower, "urn:") || !isURN(urn) || strings.Count(urn, ":") < 2 || strings.HasSuffix(urn, ":"):
		return `needs an "id" that is a URN, such as "urn:ietf:params:scim:schemas:extension:Acme:2.0:User"`
	case strings.HasPrefix(lower, "urn:ietf:params:scim:api:"):
		return `has the "id" of a message; choose a URN such as "urn:ietf:params:scim:schemas:extension:Acme:2.0:User"`
	case strings.HasPrefix(lower, "urn:ietf:params:scim:schemas:core:"), strings.HasPrefix(lower, "urn:ietf:params:scim:schemas:extension:enterprise:"):
		return "has the \"id\" of a schema of RFC 7643, which the server defines itself; choose another"
	}
	return ""
}

// definitionReader reads attribute definitions. It keeps the first error; what follows it is of no account.
type definitionReader struct {
	path  string // of what is being read, for messages
	count int
	err   error
}

func (r *definitionReader) check(message string) {
	if message != "" && r.err == nil {
		r.err = &store.InvalidError{Field: r.path, Message: message}
	}
}

func (r *definitionReader) checkf(ok bool, format string, arguments ...any) {
	if !ok {
		r.check(fmt.Sprintf(format, arguments...))
	}
}

// known refuses members that mean nothing: a slip in a name would change what the schema says.
func (r *definitionReader) known(object map[string]any, names ...string) {
	for name := range object {
		known := false
		for _, n := range names {
			known = known || strings.EqualFold(n, name)
		}
		r.checkf(known, "has a member %s, which is none of %s", quote(name), strings.Join(names, ", "))
	}
}

func (r *definitionReader) text(object map[string]any, name string) string {
	v := member(object, name)
	text, ok := v.(string)
	r.checkf(ok || v == nil, "needs a text as %q", name)
	return text
}

func (r *definitionReader) flag(object map[string]any, name string) bool {
	v := member(object, name)
	b, ok := v.(bool)
	r.checkf(ok || v == nil, "needs true or false as %q", name)
	return b
}

func (r *definitionReader) texts(object map[string]any, name string) []string {
	v := member(object, name)
	list, ok := v.([]any)
	r.checkf(ok || v == nil, "needs a list of texts as %q", name)
	var texts []string
	for _, item := range list {
		text, ok := item.(string)
		r.checkf(ok, "needs a list of texts as %q", name)
		texts = append(texts, text)
	}
	return texts
}

// choice reads a keyword of RFC 7643 section 7; standard is what a missing one means.
func (r *definitionReader) choice(object map[string]any, name, standard string, choices ...string) string {
	text := r.text(object, name)
	if text == "" {
		return standard
	}
	for _, c := range choices {
		if c == text {
			return text
		}
	}
	r.check(fmt.Sprintf("has %s %s; it must be one of %s", name, quote(text), strings.Join(choices, ", ")))
	return standard
}
