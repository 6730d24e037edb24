package entra

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object that keeps the order of its members: a server that
// streams its input meets them in the order in which Entra writes them.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) { return o.append(nil) }

func (o object) append(b []byte) ([]byte, error) {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = jsontext.AppendQuote(b, m.name); err != nil {
			return nil, err
		}
		if b, err = appendJSON(append(b, ':'), m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON writes what bodies are mostly made of without reflection; a load is thousands of them a second.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return jsontext.AppendQuote(b, v)
	case object:
		return v.append(b)
	}
	text, err := encode(v)
	return append(b, text...), err
}

func (o object) lookup(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// with returns o with one member set, in its old place if it had one.
func (o object) with(name string, value any) object {
	for i, m := range o {
		if m.name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

// encode writes JSON with <, > and & as they are: Entra does not escape them.
func encode(v any) ([]byte, error) {
	if o, ok := v.(object); ok {
		return o.append(nil)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// attributePath is a target attribute taken apart: urn:name[filterName eq
// "filterValue"].sub, where all but name may be empty.
type attributePath struct {
	urn, name, filterName, filterValue, sub string
}

// parsePath takes a mapping's target apart. The URN ends at the last colon
// before any bracket, for "2.0" has a dot that separates nothing.
func parsePath(s string) attributePath {
	var p attributePath
	head, selector, bracketed := strings.Cut(s, "[")
	if strings.HasPrefix(strings.ToLower(head), "urn:") {
		i := strings.LastIndexByte(head, ':')
		p.urn, head = head[:i], head[i+1:]
	}
	if !bracketed {
		p.name, p.sub, _ = strings.Cut(head, ".")
		return p
	}
	p.name = head
	selector, rest, _ := strings.Cut(selector, "]")
	p.sub = strings.TrimPrefix(rest, ".")
	name, value, _ := strings.Cut(selector, " eq ")
	p.filterName, p.filterValue = name, strings.Trim(value, `"`)
	return p
}

// quoteFilter writes a string operand of a filter (RFC 7644 section 3.4.2.2).
func quoteFilter(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
