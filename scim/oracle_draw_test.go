package scim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"
)

// subject is what a comparison can be about, with the values that the crowd has there.
type subject struct {
	path   filter.AttributePath
	d      definition
	values []any
	parts  []subject // of what may stand before brackets, which takes no comparison itself
}

// unanswerable are made for each answer and kept nowhere, so a filter on them is refused
// (docs/divergences.md).
var unanswerable = []string{"members.$ref", "groups.$ref"}

// subjects are all attributes of a type, alone, with each sub-attribute and before brackets.
func (o oracle) subjects(resources []any) (all []subject) {
	for _, d := range slices.Concat(o.attributes, crowdDefinitions()) {
		s := subject{path: filter.AttributePath{AttributeName: d.Name}, d: d}
		if d.urn != "" {
			s.path.URIPrefix = new(d.urn)
		}
		for _, resource := range resources {
			s.values = append(s.values, d.in(resource))
		}
		all = append(all, s)
		list := s
		for _, sub := range d.SubAttributes {
			if slices.Contains(unanswerable, d.Name+"."+sub.Name) {
				continue
			}
			part := s.part(sub.Name)
			list.parts = append(list.parts, subject{path: filter.AttributePath{AttributeName: sub.Name}, d: part.d, values: part.values})
			if d.Name != "keys" {
				all = append(all, part)
			}
		}
		if d.Name == "schemas" {
			list.parts = []subject{{path: filter.AttributePath{AttributeName: "value"}, d: d, values: s.values}}
		}
		if list.parts != nil && d.Name != "badge" {
			all = append(all, list)
		}
	}
	return all
}

// crowdDefinitions name what is in the extension that no schema describes.
func crowdDefinitions() (all []definition) {
	for _, name := range []string{"tag", "flag", "level", "any", "none"} {
		all = append(all, definition{Name: name, urn: crowdExtension})
	}
	return append(all, definition{Name: "badge", urn: crowdExtension, SubAttributes: []definition{{Name: "color"}, {Name: "worn"}}},
		definition{Name: "keys", urn: crowdExtension, SubAttributes: []definition{{Name: "value"}, {Name: "door"}}})
}

func (s subject) part(name string) subject {
	p := subject{path: s.path}
	p.path.SubAttribute = new(name)
	for _, value := range s.values {
		for _, element := range valuesOf(value) {
			var inner any
			p.d, inner = s.d.part(name, element)
			p.values = append(p.values, inner)
		}
	}
	return p
}

// drawFilter draws a tree over the subjects.
func drawFilter(t *rapid.T, subjects []subject, depth int) filter.Expression {
	shapes := []string{"comparison", "comparison", "and", "or", "not"}
	if depth == 0 {
		shapes = shapes[:1]
	}
	switch shape := rapid.SampledFrom(shapes).Draw(t, "shape"); shape {
	case "and", "or":
		return &filter.LogicalExpression{
			Left: drawFilter(t, subjects, depth-1), Right: drawFilter(t, subjects, depth-1), Operator: filter.LogicalOperator(shape),
		}
	case "not":
		return &filter.NotExpression{Expression: drawFilter(t, subjects, depth-1)}
	}
	s := rapid.SampledFrom(subjects).Draw(t, "subject")
	if s.parts != nil {
		return &filter.ValuePath{AttributePath: s.path, ValueFilter: drawFilter(t, s.parts, 2)}
	}
	return s.drawComparison(t)
}

func (s subject) drawComparison(t *rapid.T) filter.Expression {
	values := slices.DeleteFunc(slices.Clone(s.values), isUnassigned)
	e := &filter.AttributeExpression{AttributePath: s.path, Operator: rapid.SampledFrom(s.operators()).Draw(t, "operator")}
	if e.Operator == filter.PR {
		return e
	}
	if (e.Operator == filter.EQ || e.Operator == filter.NE) && rapid.IntRange(0, 19).Draw(t, "nothing") == 0 {
		e.CompareValue = rapid.SampledFrom([]any{nil, ""}).Draw(t, "no value")
		return e
	}
	var value any = rapid.SampledFrom(oddTexts).Draw(t, "odd")
	if len(values) > 0 && rapid.IntRange(0, 4).Draw(t, "held") > 0 {
		value = rapid.SampledFrom(values).Draw(t, "value")
	}
	if list := valuesOf(value); len(list) > 0 {
		value = list[0]
	}
	if whole, isObject := value.(map[string]any); isObject {
		value = whole["value"]
	}
	e.CompareValue = s.drawOperand(t, e.Operator, value)
	return e
}

// operators are those that are not refused for the type.
func (s subject) operators() []filter.CompareOperator {
	equal := []filter.CompareOperator{filter.EQ, filter.NE, filter.PR}
	ordered := append(slices.Clone(equal), filter.GT, filter.GE, filter.LT, filter.LE)
	switch d := s.d; {
	case d.Type == "complex" && !d.has("value"):
		return []filter.CompareOperator{filter.PR}
	case d.Type == "boolean":
		return equal
	case d.Type == "dateTime":
		return ordered
	case d.Type == "binary" || d.Name == "x509Certificates":
		return append(equal, filter.CO, filter.SW, filter.EW)
	}
	return append(ordered, filter.CO, filter.SW, filter.EW)
}

// drawOperand draws something like a value, in one of the forms in which a filter can have it.
func (s subject) drawOperand(t *rapid.T, operator filter.CompareOperator, value any) any {
	switch s.d.Type {
	case "boolean":
		return rapid.SampledFrom([]any{true, false, "True", "fALSE"}).Draw(t, "boolean")
	case "dateTime":
		return drawTime(t, value)
	}
	switch value := value.(type) {
	case bool:
		return rapid.SampledFrom([]any{value, strconv.FormatBool(value), !value}).Draw(t, "boolean")
	case float64:
		number := value + rapid.SampledFrom([]float64{0, 0, 0.5, -1}).Draw(t, "more")
		return rapid.SampledFrom([]any{
			json.Number(strconv.FormatFloat(number, 'f', -1, 64)), json.Number(strconv.FormatFloat(number, 'e', 3, 64)), strconv.FormatFloat(number, 'f', 2, 64),
		}).Draw(t, "number")
	case string:
		return drawText(t, operator, value)
	}
	return rapid.SampledFrom([]any{true, json.Number("1"), json.Number("-1.5e1"), "a"}).Draw(t, "anything")
}

// drawText draws the text, itself or in one case or just before it, or a piece of that.
func drawText(t *rapid.T, operator filter.CompareOperator, text string) string {
	text = rapid.SampledFrom([]func(string) string{strings.Clone, strings.ToUpper, strings.ToLower, before}).Draw(t, "change")(text)
	runes := []rune(text)
	from, to := 0, len(runes)
	if operator == filter.CO || operator == filter.EW {
		from = rapid.IntRange(0, len(runes)).Draw(t, "from")
	}
	if operator != filter.EQ && operator != filter.NE && operator != filter.EW {
		to = rapid.IntRange(from, len(runes)).Draw(t, "to")
	}
	return string(runes[from:to])
}

// before is a text whose successor, where a prefix ends, is the text.
func before(text string) string {
	runes := []rune(text)
	if last := len(runes) - 1; last >= 0 && runes[last] > '!' {
		runes[last]--
	}
	return string(runes)
}

// drawTime draws an instant beside the value, in any zone and with any number of decimals.
func drawTime(t *rapid.T, value any) string {
	text, _ := value.(string)
	at, isTime := instant(text)
	if !isTime {
		at = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	}
	at = at.Add(rapid.SampledFrom([]time.Duration{0, 0, time.Microsecond, -time.Microsecond, 7 * time.Nanosecond, time.Hour}).Draw(t, "beside"))
	zone := rapid.SampledFrom([]int{0, 0, 3600, -7 * 3600, 5*3600 + 45*60}).Draw(t, "zone")
	layout := rapid.SampledFrom([]string{time.RFC3339Nano, "2006-01-02T15:04:05.0000000Z07:00", "2006-01-02t15:04:05.000000000Z07:00"}).Draw(t, "layout")
	return at.In(time.FixedZone("", zone)).Format(layout)
}
