package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"
)

// The library's parser is the oracle: whatever it accepts, ours reads as the same tree. The differences are deliberate:
//   - limits of length, depth and comparisons; control characters, invalid UTF-8, U+0000 and lone surrogates are refused;
//   - strings are decoded, numbers keep their spelling (1E5);
//   - a known schema URN is never cut at its last colon or dot (knownAlone);
//   - inside brackets, "and" and "or" need a blank after them, as RFC 7644 figure 1 says (glued).
var (
	knownAlone = regexp.MustCompile(`(?i)(` + strings.ReplaceAll(strings.Join(knownSchemas, "|"), ".", `\.`) + `)([^:]|$)`)
	glued      = regexp.MustCompile(`(?i)\[.*((and|or)[$a-z]|([0-9]|true|false|null|pr)(and|or))`)
	unkeepable = regexp.MustCompile(`\\u(0000|D[89A-F])`)
)

func TestParseFilter_ReadsWhatTheLibraryReads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree := drawExpression(t, 3, drawSimpleCondition)
		text := printFilter(tree)
		theirs, err := filter.ParseFilterNumber([]byte(text))
		if err != nil {
			t.Fatalf("%s: the library: %v", text, err)
		}
		if diff := cmp.Diff(tree, decodeStrings(theirs)); diff != "" {
			t.Fatalf("%s: -tree +library:\n%s", text, diff)
		}
		ours, err := parseFilter(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(tree, ours); diff != "" {
			t.Fatalf("%s: -tree +ours:\n%s", text, diff)
		}
	})
}

func TestParseFilter_ReadsWhatItPrints(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree := drawExpression(t, 3, func(t *rapid.T) filter.Expression { return drawExpression(t, 2, nil) })
		ours, err := parseFilter(printFilter(tree))
		if err != nil {
			t.Fatalf("%s: %v", printFilter(tree), err)
		}
		if diff := cmp.Diff(tree, ours); diff != "" {
			t.Fatalf("%s: -want +got:\n%s", printFilter(tree), diff)
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`userName eq "x"`, `id eq "U" and manager eq "M"`, `emails[type eq "work"].value eq "x"`, `externalId eq jyoung`,
		`name.FamilyName eq Employee and (emails.Value co example.com or not (emails.Value co example.org))`,
		enterpriseSchema + `:manager.value eq "1"`, enterpriseSchema + `.manager pr`, `emails[not (type eq "work")]`,
		`meta.created gt 2015-10-10T14:38:21.8617979-07:00`, `a eq "\u00E9\"" or b eq -1.5e+3 and c eq FALSE`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var ours filter.Expression
		var err error
		promptly(t, func() { ours, err = parseFilter(text) })
		if err == nil {
			checkCompiles(t, ours)
			again, err := parseFilter(printFilter(ours))
			if err != nil && !isLimit(err) {
				t.Fatalf("%q is read, but printed as %q it is not: %v", text, printFilter(ours), err)
			}
			if diff := cmp.Diff(ours, again); err == nil && diff != "" {
				t.Fatalf("%q: -once +twice:\n%s", text, diff)
			}
		}
		if !fitsOracle(text) {
			return
		}
		theirs, theirErr := filter.ParseFilterNumber([]byte(text))
		if theirErr != nil || err != nil && isDeliberate(text, err) {
			return
		}
		if err != nil {
			t.Fatalf("%q: the library reads %v, ours says: %v", text, theirs, err)
		}
		if diff := cmp.Diff(decodeStrings(theirs), ours, cmp.Comparer(sameNumber)); diff != "" {
			t.Fatalf("%q: -library +ours:\n%s", text, diff)
		}
	})
}

// checkCompiles demands that a filter becomes a condition or a *FilterError.
func checkCompiles(t *testing.T, e filter.Expression) {
	t.Helper()
	for _, rt := range []*resourceType{userType, groupType} {
		for _, beside := range [][]*resourceType{nil, builtIn.all()} {
			where, err := compileFilter(rt, e, beside...)
			if err != nil && !errors.As(err, new(*FilterError)) || err == nil && where == nil {
				t.Fatalf("%s on %s, beside %d types: %v, %v", printFilter(e), rt.name, len(beside), where, err)
			}
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		`userName`, `name.familyName`, `emails[type eq "work"].value`, `roles[primary eq "True"].value`, `contacts[primary eq true].value`,
		`members[value eq "x" or value eq "y"]`, `members.$ref`, enterpriseSchema + `:manager`, enterpriseSchema + `.manager`, enterpriseSchema,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var ours filter.Path
		var err error
		promptly(t, func() { ours, err = parsePath(text) })
		if !fitsOracle(text) {
			return
		}
		theirs, theirErr := filter.ParsePathNumber([]byte(text))
		if theirErr != nil || err != nil && isDeliberate(text, err) {
			return
		}
		if err != nil {
			t.Fatalf("%q: the library reads %v, ours says: %v", text, theirs, err)
		}
		theirs.ValueExpression = decodeStrings(theirs.ValueExpression)
		if diff := cmp.Diff(theirs, ours, cmp.Comparer(sameNumber)); diff != "" {
			t.Fatalf("%q: -library +ours:\n%s", text, diff)
		}
	})
}

// fitsOracle keeps texts from the library that it reads differently on purpose, or that would take it too long.
func fitsOracle(text string) bool {
	return len(text) <= 200 && strings.Count(text, "(") <= maxFilterDepth && utf8.ValidString(text) && !knownAlone.MatchString(text)
}

func isDeliberate(text string, err error) bool {
	return isLimit(err) || glued.MatchString(text) || unkeepable.MatchString(text)
}

func isLimit(err error) bool {
	for _, limit := range []string{"longer than", "deeper than", "more than"} {
		if strings.Contains(err.Error(), limit) {
			return true
		}
	}
	return false
}

func sameNumber(a, b json.Number) bool { return strings.EqualFold(string(a), string(b)) }

// decodeStrings replaces the strings of the library's tree, which it leaves as written between the quotes.
func decodeStrings(e filter.Expression) filter.Expression {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		e.Left, e.Right = decodeStrings(e.Left), decodeStrings(e.Right)
	case *filter.NotExpression:
		e.Expression = decodeStrings(e.Expression)
	case *filter.ValuePath:
		e.ValueFilter = decodeStrings(e.ValueFilter)
	case *filter.AttributeExpression:
		raw, isString := e.CompareValue.(string)
		var decoded string
		if isString && json.Unmarshal([]byte(`"`+raw+`"`), &decoded) == nil {
			e.CompareValue = decoded
		}
	}
	return e
}

// printFilter writes a tree as a filter with the fewest parentheses.
func printFilter(e filter.Expression) string {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		left, right := printFilter(e.Left), printFilter(e.Right)
		if l, ok := e.Left.(*filter.LogicalExpression); ok && l.Operator == filter.OR && e.Operator == filter.AND {
			left = "(" + left + ")"
		}
		if r, ok := e.Right.(*filter.LogicalExpression); ok && (r.Operator == e.Operator || r.Operator == filter.OR) {
			right = "(" + right + ")"
		}
		return left + " " + string(e.Operator) + " " + right
	case *filter.NotExpression:
		return "not (" + printFilter(e.Expression) + ")"
	case *filter.ValuePath:
		return e.AttributePath.String() + "[" + printFilter(e.ValueFilter) + "]"
	case *filter.AttributeExpression:
		if e.Operator == filter.PR {
			return e.AttributePath.String() + " pr"
		}
		return e.AttributePath.String() + " " + string(e.Operator) + " " + printValue(e.CompareValue)
	}
	panic(fmt.Sprintf("no expression: %T", e))
}

func printValue(value any) string {
	text, isString := value.(string)
	if !isString {
		encoded, _ := json.Marshal(value)
		return string(encoded)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// drawExpression draws a tree; condition draws what stands in brackets, and nil leaves brackets out.
func drawExpression(t *rapid.T, depth int, condition func(*rapid.T) filter.Expression) filter.Expression {
	shapes := []string{"comparison", "and", "or", "not", "brackets"}
	if depth == 0 {
		shapes = shapes[:1]
	}
	switch shape := rapid.SampledFrom(shapes).Draw(t, "shape"); {
	case shape == "and" || shape == "or":
		left, right := drawExpression(t, depth-1, condition), drawExpression(t, depth-1, condition)
		return &filter.LogicalExpression{Left: left, Right: right, Operator: filter.LogicalOperator(shape)}
	case shape == "not":
		return &filter.NotExpression{Expression: drawExpression(t, depth-1, condition)}
	case shape == "brackets" && condition != nil:
		return &filter.ValuePath{AttributePath: drawPath(t), ValueFilter: condition(t)}
	default:
		return drawComparison(t)
	}
}

// drawSimpleCondition draws what the library knows inside brackets: at most two comparisons, or the negation of such.
func drawSimpleCondition(t *rapid.T) filter.Expression {
	var e filter.Expression = drawComparison(t)
	if rapid.Bool().Draw(t, "two") {
		operator := rapid.SampledFrom([]filter.LogicalOperator{filter.AND, filter.OR}).Draw(t, "operator")
		e = &filter.LogicalExpression{Left: e, Right: drawComparison(t), Operator: operator}
	}
	if rapid.Bool().Draw(t, "not") {
		e = &filter.NotExpression{Expression: e}
	}
	return e
}

func drawComparison(t *rapid.T) filter.Expression {
	operators := []filter.CompareOperator{"eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "pr"}
	e := &filter.AttributeExpression{AttributePath: drawPath(t), Operator: rapid.SampledFrom(operators).Draw(t, "operator")}
	if e.Operator != filter.PR {
		e.CompareValue = drawValue(t)
	}
	return e
}

func drawPath(t *rapid.T) filter.AttributePath {
	path := filter.AttributePath{AttributeName: rapid.SampledFrom([]string{"userName", "name", "emails", "not", "or", "x-1_y", "$ref"}).Draw(t, "name")}
	if rapid.Bool().Draw(t, "has sub") {
		path.SubAttribute = new(rapid.SampledFrom([]string{"value", "$ref", "Type"}).Draw(t, "sub"))
	}
	if rapid.Bool().Draw(t, "has URN") {
		path.URIPrefix = new(rapid.SampledFrom([]string{userSchema, enterpriseSchema, "urn:acme:2.0-x", "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"}).Draw(t, "urn"))
	}
	return path
}

func drawValue(t *rapid.T) any {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return rapid.Bool().Draw(t, "bool")
	case 1:
		return nil
	case 2:
		return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,5})?(e[+-]?[0-9]{1,3})?`).Draw(t, "number"))
	}
	return rapid.StringMatching(`[^\x00]{0,12}`).Draw(t, "string")
}
