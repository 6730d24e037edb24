package scim

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/scim2/filter-parser/v2"
)

// filterParser is a position in the text of a filter or path: the part of the parser that knows characters.
type filterParser struct {
	text      string
	pos       int
	depth     int
	terms     int
	bracketed bool // inside [...], where no further bracket may open
}

func newFilterParser(s string) (filterParser, error) {
	if len(s) > maxFilterBytes {
		return filterParser{}, &FilterError{maxFilterBytes, fmt.Sprintf("the text is longer than %d bytes", maxFilterBytes)}
	}
	if !utf8.ValidString(s) {
		return filterParser{}, &FilterError{-1, "the text is not valid UTF-8"}
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' {
			return filterParser{}, &FilterError{i, "control characters are not allowed; inside quotes write them as JSON escapes"}
		}
	}
	return filterParser{text: s}, nil
}

func (p *filterParser) errorf(format string, arguments ...any) error {
	return &FilterError{p.pos, fmt.Sprintf(format, arguments...)}
}

// end checks that nothing but blanks is left.
func (p *filterParser) end(expected string) error {
	p.blanks()
	if p.pos == len(p.text) {
		return nil
	}
	return p.errorf("expected %s, not %q", expected, shorten(p.text[p.pos:]))
}

func (p *filterParser) blanks() {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
}

// peek is the byte at the position, or 0 at the end.
func (p *filterParser) peek() byte {
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

// next is the first byte that is no blank, or 0; the position stays.
func (p *filterParser) next() byte {
	for i := p.pos; i < len(p.text); i++ {
		if p.text[i] != ' ' {
			return p.text[i]
		}
	}
	return 0
}

func (p *filterParser) atBracket() bool { return p.next() == '[' }

// word reads up to the next blank, quote, parenthesis or bracket.
func (p *filterParser) word() string {
	start := p.pos
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '"', '(', ')', '[', ']':
			return p.text[start:p.pos]
		}
		p.pos++
	}
	return p.text[start:]
}

// keyword steps over blanks and the word, in any case, if the word is what comes next.
func (p *filterParser) keyword(word string) bool {
	before := p.pos
	p.blanks()
	if strings.EqualFold(p.word(), word) {
		return true
	}
	p.pos = before
	return false
}

// attributePath reads [URN:]name[.sub].
func (p *filterParser) attributePath() (filter.AttributePath, error) {
	word := p.word()
	if word == "" {
		return filter.AttributePath{}, p.errorf("expected an attribute name")
	}
	var path filter.AttributePath
	urn, name := splitURN(word)
	if urn != "" {
		path.URIPrefix = new(urn)
	}
	if name == "" && isKnownSchema(urn) {
		return path, nil
	}
	name, sub, dotted := strings.Cut(name, ".")
	if !isName(name) || dotted && !isName(sub) {
		p.pos -= len(word)
		return filter.AttributePath{}, p.errorf("%q is no attribute name", shorten(word))
	}
	path.AttributeName = name
	if dotted {
		path.SubAttribute = new(sub)
	}
	return path, nil
}

// subAttribute reads the ".sub" behind a closing bracket; nil if there is none.
func (p *filterParser) subAttribute() (*string, error) {
	if p.peek() != '.' {
		return nil, nil
	}
	p.pos++
	sub := p.word()
	if !isName(sub) {
		p.pos -= len(sub)
		return nil, p.errorf(`expected a sub-attribute name such as "value" after the dot`)
	}
	return new(sub), nil
}

// splitURN cuts the schema URN off an attribute name. Known URNs go first, because a version such as 2.0 has a dot and
// because some clients put a dot behind the URN (pingidentity/scim2#104, wso2/charon#242, thomaspoignant/scim-patch#697).
func splitURN(word string) (urn, name string) {
	colon := strings.LastIndexByte(word, ':')
	if colon < 0 {
		return "", word
	}
	for _, known := range knownSchemas {
		if len(word) < len(known) || !strings.EqualFold(word[:len(known)], known) {
			continue
		}
		rest := word[len(known):]
		if rest == "" {
			return word, ""
		}
		if rest[0] == '.' || rest[0] == ':' && colon == len(known) {
			return word[:len(known)], rest[1:]
		}
	}
	return word[:colon], word[colon+1:]
}

func isKnownSchema(urn string) bool {
	for _, known := range knownSchemas {
		if strings.EqualFold(urn, known) {
			return true
		}
	}
	return false
}

// isName follows ATTRNAME of RFC 7644 figure 1, with the leading "$" of "$ref".
func isName(s string) bool {
	s = strings.TrimPrefix(s, "$")
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
