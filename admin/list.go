package admin

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// filters are the form above a list. Its answers stand in the address, so that what one sees can be sent to somebody else.
type filters struct {
	Fields  []field
	Results string // the id of the element that shows the list, which a script brings up to date while one types
	Asks    bool   // it asks what to find out, and narrows no list
	Fault   string
}

const notUnderstood = "Nothing is shown: something above cannot be understood."

// Any says that something is filtered.
func (f filters) Any() bool {
	return slices.ContainsFunc(f.Fields, func(q field) bool { return q.Value != "" })
}

// HasRare says that some questions are folded away, RareAnswered that one of them is answered.
func (f filters) HasRare() bool {
	return slices.ContainsFunc(f.Fields, func(q field) bool { return q.Rare })
}

func (f filters) RareAnswered() bool {
	return slices.ContainsFunc(f.Fields, func(q field) bool { return q.Rare && (q.Value != "" || q.Fault != "") })
}

// Answers are what is filtered by, with more beside it (names and values in turn), as the query of an address.
func (f filters) Answers(more ...string) string {
	query := url.Values{}
	for _, q := range f.Fields {
		if q.Value != "" {
			query.Set(q.Name, q.Value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// filtered reads the answers from the address. It is false if one cannot be meant, or the list is asked for in a format that there is not;
// then the filters say what can be.
func (r *request) filtered(f *filters) (values, bool) {
	answers, good := values{}, true
	for i := range f.Fields {
		q := &f.Fields[i]
		q.Optional = true
		q.Value = strings.TrimSpace(r.QueryParam(q.Name))
		if q.Fault = q.judge(); q.Fault != "" {
			q.Value, good = plain(q.Value), false
			continue
		}
		answers[q.Name] = q.Value
	}
	if !good {
		f.Fault = notUnderstood
	} else if format := Format(r.QueryParam("format")); format != "" && format != CSV && format != JSONLines {
		f.Fault, good = sentence((&UnknownFormatError{string(format)}).Error()), false
	}
	return answers, good
}

// accuse puts a fault that was found later beside its field.
func (f *filters) accuse(name, sentence string) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Fault = sentence
		}
	}
	f.Fault = notUnderstood
}

// plain is a text without what is no text.
func plain(text string) string {
	return strings.ToValidUTF8(strings.Map(dropControl, text), "")
}

// pager leads through the pages of a list.
type pager struct {
	First, Next string // addresses; "" where there is none
	Note        string // such as how far one has looked
}

// pageKey is where in a list a request is: after the row that had this key. The key is nil for the beginning.
func (r *request) pageKey() []string {
	var key []string
	text, err := base64.RawURLEncoding.DecodeString(r.QueryParam("after"))
	if err != nil || len(text) > maxList || json.Unmarshal(text, &key) != nil || slices.ContainsFunc(key, isNoText) {
		return nil
	}
	return key
}

// pagerOf leads on after a key; no key: this is the last page.
func (r *request) pagerOf(f filters, next []string) pager {
	var p pager
	path := r.Request().URL.EscapedPath()
	if r.QueryParam("after") != "" {
		p.First = path + f.Answers()
	}
	if next != nil {
		text, _ := json.Marshal(next) // texts can always be written
		p.Next = path + f.Answers("after", base64.RawURLEncoding.EncodeToString(text))
	}
	return p
}

func isNoText(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)
}
