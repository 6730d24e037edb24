package scim

import (
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/scim2/filter-parser/v2"
)

// value reads what an attribute is compared with: a JSON literal, or a bare word.
func (p *filterParser) value(operator filter.CompareOperator) (any, error) {
	p.blanks()
	if p.peek() == '"' {
		return p.quoted()
	}
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(" )]", p.text[p.pos]) < 0 {
		p.pos++
	}
	word := p.text[start:p.pos]
	if word == "" {
		return nil, p.errorf("expected a value after %q", operator)
	}
	if i := strings.IndexAny(word, `"([`); i >= 0 {
		p.pos = start
		return nil, p.errorf("put the value %q in double quotes", shorten(word))
	}
	return literal(word), nil
}

func literal(word string) any {
	switch {
	case strings.EqualFold(word, "true"):
		return true
	case strings.EqualFold(word, "false"):
		return false
	case strings.EqualFold(word, "null"):
		return nil
	case isNumber(word):
		return json.Number(word)
	}
	return word
}

// isNumber says whether the word is a number as JSON writes it: 007 is none, and stays a string.
func isNumber(word string) bool {
	return word != "" && (word[0] == '-' || isDigit(word[0])) && jsontext.Value(word).IsValid()
}

// quoted reads a JSON string. Most have no escape and are a part of the text as they stand.
func (p *filterParser) quoted() (any, error) {
	start := p.pos
	escaped := false
	for p.pos++; p.peek() != '"'; p.pos++ {
		if p.peek() == '\\' {
			escaped = true
			p.pos++
		}
		if p.pos >= len(p.text) {
			p.pos = start
			return nil, p.errorf("the double quote is never closed")
		}
	}
	p.pos++
	if !escaped {
		return p.text[start+1 : p.pos-1], nil
	}
	decoded, err := jsontext.AppendUnquote(nil, p.text[start:p.pos])
	if err != nil || strings.IndexByte(string(decoded), 0) >= 0 {
		p.pos = start
		return nil, p.errorf(`the quoted text has an escape that is not allowed; write JSON escapes such as \" and \\`)
	}
	return string(decoded), nil
}
