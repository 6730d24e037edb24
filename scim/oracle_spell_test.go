package scim

import (
	"regexp"
	"strings"

	"github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"
)

// spell writes a tree as one of the texts that mean it: names, operators and keywords in any case, blanks and
// parentheses that need not be, values without quotes, and emails[type eq "work"].value eq "x" for what it stands for.
func spell(t *rapid.T, e filter.Expression) string {
	s := speller{t, strings.Clone}
	if rapid.Bool().Draw(t, "shout") {
		s.word = strings.ToUpper
	}
	return s.expression(e)
}

type speller struct {
	*rapid.T
	word func(string) string
}

func (s speller) expression(e filter.Expression) string {
	text := ""
	switch e := e.(type) {
	case *filter.LogicalExpression:
		text = s.side(e, e.Left) + s.blank() + s.word(string(e.Operator)) + s.blank() + s.side(e, e.Right)
	case *filter.NotExpression:
		text = s.word("not") + s.maybe(" ") + "(" + s.expression(e.Expression) + s.maybe(" ") + ")"
	case *filter.ValuePath:
		text = s.valuePath(e)
	case *filter.AttributeExpression:
		text = s.word(e.AttributePath.String()) + s.comparison(e)
	}
	if s.maybe("(") != "" {
		return "(" + s.maybe(" ") + text + ")"
	}
	return text
}

// side puts parentheses where the precedence of RFC 7644 section 3.4.2.2 needs them.
func (s speller) side(e *filter.LogicalExpression, side filter.Expression) string {
	if inner, isLogical := side.(*filter.LogicalExpression); isLogical && inner.Operator == filter.OR && e.Operator == filter.AND {
		return "(" + s.expression(side) + ")"
	}
	return s.expression(side)
}

func (s speller) valuePath(e *filter.ValuePath) string {
	name := s.word(e.AttributePath.String())
	if and, isLogical := e.ValueFilter.(*filter.LogicalExpression); isLogical && and.Operator == filter.AND {
		if last, isComparison := and.Right.(*filter.AttributeExpression); isComparison && s.maybe(".") != "" {
			return name + "[" + s.expression(and.Left) + "]." + s.word(last.AttributePath.String()) + s.comparison(last)
		}
	}
	return name + s.maybe(" ") + "[" + s.maybe(" ") + s.expression(e.ValueFilter) + "]"
}

// comparison is what stands behind the name.
func (s speller) comparison(e *filter.AttributeExpression) string {
	text := s.blank() + s.word(string(e.Operator))
	if e.Operator == filter.PR {
		return text
	}
	return text + s.blank() + s.value(e.CompareValue)
}

// bare is text that needs no quotes, unless it is a literal.
var bare = regexp.MustCompile(`^[a-z@.]+$`)

func (s speller) value(value any) string {
	text, isText := value.(string)
	switch {
	case !isText:
		return s.word(printValue(value))
	case bare.MatchString(text) && literal(text) == value && s.maybe("'") != "":
		return text
	}
	return printValue(value)
}

func (s speller) blank() string { return " " + s.maybe(" ") }

func (s speller) maybe(text string) string {
	if rapid.IntRange(0, 4).Draw(s.T, "spelling") == 0 {
		return text
	}
	return ""
}
