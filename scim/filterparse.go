package scim

import (
	"fmt"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// Limits of a filter or path. The stack and the work of the parser are bounded by them, whatever a client sends.
const (
	maxFilterBytes = 2048
	maxFilterDepth = 20 // nested parentheses and brackets
	maxFilterTerms = 50 // comparisons
)

// FilterError refuses a filter or a PATCH path.
type FilterError struct {
	// Position is the byte at which the text stops making sense, or -1 when the text is well-formed but cannot be
	// answered, for instance because it names an attribute that does not exist.
	Position int
	Message  string // says what was expected there
}

func (e *FilterError) Error() string {
	if e.Position < 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (at byte %d)", e.Message, e.Position)
}

// parseFilter reads a filter of RFC 7644 section 3.4.2.2 into the library's syntax tree. It accepts a superset of the
// grammar:
//   - values without quotes (userName eq alice), read as strings unless they are a JSON number, true, false or null;
//   - emails[type eq "work"].value eq "x", which Entra sends, read as emails[type eq "work" and value eq "x"];
//   - parentheses and more than two comparisons inside brackets;
//   - an attribute behind the dot of a known schema URN (URN.manager) as well as behind the colon.
//
// Strings are decoded; numbers are json.Number, as written. Its errors are of type *FilterError.
func parseFilter(s string) (filter.Expression, error) {
	p, err := newFilterParser(s)
	if err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	return e, p.end(`"and", "or" or the end of the filter`)
}

// parsePath reads the path of a PATCH operation (RFC 7644 section 3.5.2), or a key of a value object in that form.
// The URN of a known schema alone yields that URN and an empty attribute name. Its errors are of type *FilterError.
func parsePath(s string) (filter.Path, error) {
	p, err := newFilterParser(s)
	if err != nil {
		return filter.Path{}, err
	}
	var path filter.Path
	p.blanks()
	if path.AttributePath, err = p.attributePath(); err != nil {
		return filter.Path{}, err
	}
	if p.atBracket() {
		if path.ValueExpression, err = p.brackets(); err != nil {
			return filter.Path{}, err
		}
		if path.SubAttribute, err = p.subAttribute(); err != nil {
			return filter.Path{}, err
		}
	}
	return path, p.end("the end of the path")
}

func (p *filterParser) or() (filter.Expression, error) {
	left, err := p.and()
	for err == nil && p.keyword("or") {
		var right filter.Expression
		if right, err = p.and(); err == nil {
			left = &filter.LogicalExpression{Left: left, Right: right, Operator: filter.OR}
		}
	}
	return left, err
}

func (p *filterParser) and() (filter.Expression, error) {
	left, err := p.term()
	for err == nil && p.keyword("and") {
		var right filter.Expression
		if right, err = p.term(); err == nil {
			left = &filter.LogicalExpression{Left: left, Right: right, Operator: filter.AND}
		}
	}
	return left, err
}

func (p *filterParser) term() (filter.Expression, error) {
	p.blanks()
	if p.peek() == '(' {
		return p.enclosed('(', ')')
	}
	start := p.pos
	path, err := p.attributePath()
	if err != nil {
		return nil, err
	}
	if p.next() == '(' && strings.EqualFold(p.text[start:p.pos], "not") {
		return p.not()
	}
	if p.atBracket() {
		return p.valuePath(path)
	}
	if path.AttributeName == "" {
		return nil, p.errorf("expected an attribute name after %q", shorten(path.URI()))
	}
	return p.comparison(path)
}

func (p *filterParser) not() (filter.Expression, error) {
	p.blanks()
	e, err := p.enclosed('(', ')')
	if err != nil {
		return nil, err
	}
	return &filter.NotExpression{Expression: e}, nil
}

func (p *filterParser) valuePath(path filter.AttributePath) (filter.Expression, error) {
	condition, err := p.brackets()
	if err != nil {
		return nil, err
	}
	sub, err := p.subAttribute()
	if err != nil {
		return nil, err
	}
	if sub != nil {
		compared, err := p.comparison(filter.AttributePath{AttributeName: *sub})
		if err != nil {
			return nil, err
		}
		condition = &filter.LogicalExpression{Left: condition, Right: compared, Operator: filter.AND}
	}
	return &filter.ValuePath{AttributePath: path, ValueFilter: condition}, nil
}

func (p *filterParser) brackets() (filter.Expression, error) {
	if p.bracketed {
		return nil, p.errorf("brackets cannot be nested")
	}
	p.blanks()
	p.bracketed = true
	e, err := p.enclosed('[', ']')
	p.bracketed = false
	return e, err
}

func (p *filterParser) enclosed(open, shut byte) (filter.Expression, error) {
	if p.depth == maxFilterDepth {
		return nil, p.errorf("the filter is nested deeper than %d levels", maxFilterDepth)
	}
	p.depth++
	p.pos++
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.next() != shut {
		p.blanks()
		return nil, p.errorf(`expected "and", "or" or the %q that closes the %q`, shut, open)
	}
	p.blanks()
	p.pos++
	p.depth--
	return e, nil
}

func (p *filterParser) comparison(path filter.AttributePath) (filter.Expression, error) {
	if p.terms == maxFilterTerms {
		return nil, p.errorf("the filter has more than %d comparisons", maxFilterTerms)
	}
	p.terms++
	operator, err := p.operator(path)
	if err != nil {
		return nil, err
	}
	e := &filter.AttributeExpression{AttributePath: path, Operator: operator}
	if operator != filter.PR {
		e.CompareValue, err = p.value(operator)
	}
	return e, err
}

func (p *filterParser) operator(path filter.AttributePath) (filter.CompareOperator, error) {
	p.blanks()
	word := p.word()
	if word == "" {
		return "", p.errorf(`expected an operator such as "eq" after %q`, shorten(path.String()))
	}
	for _, operator := range [...]filter.CompareOperator{
		filter.EQ, filter.NE, filter.CO, filter.SW, filter.EW, filter.GT, filter.GE, filter.LT, filter.LE, filter.PR,
	} {
		if strings.EqualFold(word, string(operator)) {
			return operator, nil
		}
	}
	p.pos -= len(word)
	return "", p.errorf("%q is no operator; use eq, ne, co, sw, ew, gt, ge, lt, le or pr", shorten(word))
}
