package scim

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"doorlist/store"

	"github.com/go-json-experiment/json/jsontext"
)

// encodeDocument writes a resource in answer form, without id and meta: "schemas" first, then the attributes in the
// order of the table. Equal resources give equal texts, so that comparing the texts tells whether something changed.
func encodeDocument(rt *resourceType, doc map[string]any) string {
	return encode(writer{}, rt, doc)
}

// encodeKeys writes the comparison document (see store.UserRecord.Keys).
func encodeKeys(rt *resourceType, doc map[string]any) string {
	return encode(writer{keys: true}, rt, doc)
}

func encode(w writer, rt *resourceType, doc map[string]any) string {
	free := freeExtensions(rt, doc)
	w.open()
	w.name(schemasAttribute.name)
	w.schemas(rt, doc, free)
	w.attributes(commonAttributes.attributes, doc)
	w.attributes(rt.core.attributes, doc)
	for _, extension := range rt.extensions {
		if object, ok := doc[extension.urn].(map[string]any); ok {
			w.name(extension.urn)
			w.extension(extension, object)
		}
	}
	for _, urn := range free {
		w.name(urn)
		w.value(nil, doc[urn])
	}
	w.close()
	return string(w.text)
}

// freeExtensions are the extensions of a resource that the server has no definition of, in the order of answers.
func freeExtensions(rt *resourceType, doc map[string]any) []string {
	var urns []string
	for name := range doc {
		if strings.Contains(name, ":") && rt.table(name) == nil {
			urns = append(urns, name)
		}
	}
	slices.Sort(urns)
	return urns
}

// writer writes JSON in the order in which it is told to, without the HTML escapes of encoding/json, so that stored
// text is what was sent.
type writer struct {
	text []byte
	keys bool // lower-case names, folded values
}

func (w *writer) open()  { w.text = append(w.text, '{') }
func (w *writer) close() { w.text = append(w.text, '}') }

func (w *writer) comma() {
	if last := w.text[len(w.text)-1]; last != '{' && last != '[' {
		w.text = append(w.text, ',')
	}
}

func (w *writer) name(name string) {
	w.comma()
	if w.keys {
		name = strings.ToLower(name)
	}
	w.string(name)
	w.text = append(w.text, ':')
}

func (w *writer) string(s string) {
	// decodeObject lets valid UTF-8 in only, for which AppendQuote has no error.
	w.text, _ = jsontext.AppendQuote(w.text, s)
}

// schemas lists the core schema and those extensions that have values, whatever the client listed.
func (w *writer) schemas(rt *resourceType, doc map[string]any, free []string) {
	w.text = append(w.text, '[')
	w.string(rt.schema)
	for _, extension := range rt.extensions {
		if _, ok := doc[extension.urn]; ok {
			w.comma()
			w.string(extension.urn)
		}
	}
	for _, urn := range free {
		w.comma()
		w.string(urn)
	}
	w.text = append(w.text, ']')
}

func (w *writer) attributes(rows []*attribute, object map[string]any) {
	for _, a := range rows {
		if v, ok := object[a.name]; ok {
			w.name(a.name)
			w.value(a, v)
		}
	}
}

// extension writes the values of a schema. The comparison document has those of a declared one as if nothing described
// them, so that it is good whatever is declared, and when.
func (w *writer) extension(t *schemaTable, object map[string]any) {
	switch {
	case t.declared && w.keys:
		w.objectValue(nil, object)
	case t.declared:
		w.openObject(t.attributes, t.byKey, object)
	default:
		w.object(t.attributes, object)
	}
}

// openObject writes an object that may have more than its rows say: that comes last.
func (w *writer) openObject(rows []*attribute, byKey map[string]*attribute, object map[string]any) {
	w.open()
	w.attributes(rows, object)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if byKey[strings.ToLower(name)] == nil {
			w.name(name)
			w.value(nil, object[name])
		}
	}
	w.close()
}

func (w *writer) object(rows []*attribute, object map[string]any) {
	w.open()
	w.attributes(rows, object)
	w.close()
}

// value writes a value of the attribute a, or of an attribute without definition if a is nil.
func (w *writer) value(a *attribute, v any) {
	switch v := v.(type) {
	case string:
		w.textValue(a, v)
	case bool:
		w.text = strconv.AppendBool(w.text, v)
	case json.Number:
		w.text = append(w.text, v...)
	case []any:
		w.text = append(w.text, '[')
		for _, item := range v {
			w.comma()
			w.value(a, item)
		}
		w.text = append(w.text, ']')
	case map[string]any:
		w.objectValue(a, v)
	default:
		w.text = append(w.text, "null"...)
	}
}

func (w *writer) objectValue(a *attribute, object map[string]any) {
	switch {
	case a != nil && a.declared:
		w.openObject(a.sub, a.subByKey, object)
		return
	case a != nil:
		w.object(a.sub, object)
		return
	}
	w.open()
	for _, name := range slices.Sorted(maps.Keys(object)) {
		w.name(name)
		w.value(nil, object[name])
		if w.keys {
			w.forms(name, object[name])
		}
	}
	w.close()
}

func (w *writer) textValue(a *attribute, s string) {
	switch {
	case !w.keys:
		w.string(s)
	case a == nil:
		w.string(store.Fold(s))
	case a.typ == typeDateTime:
		t, _ := parseTime(s) // checked by coerce
		w.text = strconv.AppendInt(w.text, t.UnixMicro(), 10)
	case a.caseExact:
		w.string(s)
	default:
		w.string(store.Fold(s))
	}
}

// decodeDocument reads a stored resource. The names of declared attributes are as they are declared, however they were
// sent before.
func decodeDocument(rt *resourceType, text string) (map[string]any, error) {
	doc, err := decodeObject([]byte(text))
	delete(doc, schemasAttribute.name)
	for _, t := range rt.extensions {
		if t.declared {
			t.adopt(doc)
		}
	}
	return doc, err
}

// adopt gives the values of a declared schema the declared names.
func (t *schemaTable) adopt(doc map[string]any) {
	name := spelling(doc, t.urn)
	if v, ok := doc[name]; ok {
		delete(doc, name)
		doc[t.urn] = adopted(t.byKey, v)
	}
}

func adopted(rows map[string]*attribute, v any) any {
	switch v := v.(type) {
	case map[string]any:
		named := make(map[string]any, len(v))
		for name, inner := range v {
			if a := rows[strings.ToLower(name)]; a != nil {
				name, inner = a.name, adopted(a.subByKey, inner)
			}
			named[name] = inner
		}
		return named
	case []any:
		for i, item := range v {
			v[i] = adopted(rows, item)
		}
	}
	return v
}
