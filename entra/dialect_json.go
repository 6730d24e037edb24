package entra

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is a JSON object that keeps the order of its members: a server that
// streams its input meets them in the order in which Entra writes them.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := encode(m.name)
		if err != nil {
			return nil, err
		}
		value, err := encode(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
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
