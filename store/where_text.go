package store

import "strings"

// mayHold begins a comparison with a text in the comparison document by a search in the document's own text: what does not hold the text at all is
// passed over without being read as JSON, which costs ten times as much. It is "" where that would prove nothing.
func (w *sqlWhere) mayHold(document string, op Op, v string) string {
	if document != w.document() || v == "" || !isPlain(v) {
		return ""
	}
	switch op {
	case Equal:
		v = `"` + v + `"`
	case StartsWith:
		v = `"` + v
	case EndsWith:
		v += `"`
	case Contains:
	default:
		return ""
	}
	w.args = append(w.args, v)
	return w.d.position(document) + " > 0 AND "
}

// isPlain says that a text stands in JSON as it is, whoever has written it: encoding/json escapes what HTML does not like, and two line ends.
func isPlain(v string) bool {
	return isStorable(v) && !strings.ContainsFunc(v, func(r rune) bool {
		return r < ' ' || strings.ContainsRune("\"\\<>&\x7f\u2028\u2029", r)
	})
}
