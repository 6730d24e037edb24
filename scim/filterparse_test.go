package scim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/scim2/filter-parser/v2"
)

func attr(name string) filter.AttributePath {
	name, sub, dotted := strings.Cut(name, ".")
	path := filter.AttributePath{AttributeName: name}
	if dotted {
		path.SubAttribute = new(sub)
	}
	return path
}

func attrIn(urn, name string) filter.AttributePath {
	path := attr(name)
	path.URIPrefix = new(urn)
	return path
}

func compare(name string, operator filter.CompareOperator, value any) *filter.AttributeExpression {
	return &filter.AttributeExpression{AttributePath: attr(name), Operator: operator, CompareValue: value}
}

func compareIn(urn, name string, value any) *filter.AttributeExpression {
	return &filter.AttributeExpression{AttributePath: attrIn(urn, name), Operator: filter.EQ, CompareValue: value}
}

func both(left, right filter.Expression) *filter.LogicalExpression {
	return &filter.LogicalExpression{Left: left, Right: right, Operator: filter.AND}
}

func either(left, right filter.Expression) *filter.LogicalExpression {
	return &filter.LogicalExpression{Left: left, Right: right, Operator: filter.OR}
}

func TestParseFilter_Accepts(t *testing.T) {
	t.Parallel()
	name, work := compare("userName", "eq", "x"), compare("type", "eq", "work")
	tests := map[string]filter.Expression{
		// Microsoft Entra ID's queries, as documented and as captured.
		`userName eq "x"`:                                   name,
		`emails[type eq "work"].value eq "a@b.c"`:           &filter.ValuePath{AttributePath: attr("emails"), ValueFilter: both(work, compare("value", "eq", "a@b.c"))},
		`externalId eq jyoung`:                              compare("externalId", "eq", "jyoung"),
		`id eq 54D382A4-2050 and manager eq 2819c223-7f76`:  both(compare("id", "eq", "54D382A4-2050"), compare("manager", "eq", "2819c223-7f76")),
		`id eq "U" and manager eq "M"`:                      both(compare("id", "eq", "U"), compare("manager", "eq", "M")),
		`members eq "U" and id eq "G"`:                      both(compare("members", "eq", "U"), compare("id", "eq", "G")),
		`displayName eq "LACreateGroup-(1a2b) or [x] | y"`:  compare("displayName", "eq", "LACreateGroup-(1a2b) or [x] | y"),
		`userName eq "alias_dom#EXT#@tenant"`:               compare("userName", "eq", "alias_dom#EXT#@tenant"),
		`meta.Created gt 2015-10-10T14:38:21.8617979-07:00`: compare("meta.Created", "gt", "2015-10-10T14:38:21.8617979-07:00"),
		`userName sw O`:                                     compare("userName", "sw", "O"),
		`roles[primary eq "True"]`:                          &filter.ValuePath{AttributePath: attr("roles"), ValueFilter: compare("primary", "eq", "True")},
		`roles[primary eq True].value eq "x"`:               &filter.ValuePath{AttributePath: attr("roles"), ValueFilter: both(compare("primary", "eq", true), compare("value", "eq", "x"))},
		`name.FamilyName eq Employee and (emails.Value co example.com or emails.Value co example.org)`: both(
			compare("name.FamilyName", "eq", "Employee"), either(compare("emails.Value", "co", "example.com"), compare("emails.Value", "co", "example.org"))),
		`(ActiVe eq true) and meta.lastmodified ge "2021-01-01T00:00:00Z"`: both(compare("ActiVe", "eq", true), compare("meta.lastmodified", "ge", "2021-01-01T00:00:00Z")),
		// Names and URNs.
		enterpriseSchema + `:employeeNumber eq "1"`:                                 compareIn(enterpriseSchema, "employeeNumber", "1"),
		enterpriseSchema + `:manager.value eq "1"`:                                  compareIn(enterpriseSchema, "manager.value", "1"),
		enterpriseSchema + `.manager eq "1"`:                                        compareIn(enterpriseSchema, "manager", "1"),
		enterpriseSchema + `.manager.value eq "1"`:                                  compareIn(enterpriseSchema, "manager.value", "1"),
		strings.ToUpper(enterpriseSchema) + `:Department eq "1"`:                    compareIn(strings.ToUpper(enterpriseSchema), "Department", "1"),
		`urn:ietf:params:scim:schemas:extension:Acme_1:2.0:User:tag eq "1"`:         compareIn("urn:ietf:params:scim:schemas:extension:Acme_1:2.0:User", "tag", "1"),
		`urn:ietf:params:scim:schemas:extension:acme:2.0:User:tag.sub eq 1`:         compareIn("urn:ietf:params:scim:schemas:extension:acme:2.0:User", "tag.sub", json.Number("1")),
		`http://schemas.microsoft.com/2006/11/ADSCIM/2.0/Group:mailEnabled eq true`: compareIn("http://schemas.microsoft.com/2006/11/ADSCIM/2.0/Group", "mailEnabled", true),
		enterpriseSchema + `:x:tag eq "1"`:                                          compareIn(enterpriseSchema+":x", "tag", "1"),
		`members.$ref eq "x"`:                                                       compare("members.$ref", "eq", "x"),
		`not eq "x"`:                                                                compare("not", "eq", "x"),
		`and pr and or pr`:                                                          both(compare("and", "pr", nil), compare("or", "pr", nil)),
		// Values.
		`a eq "True"`:                 compare("a", "eq", "True"),
		`a eq FALSE`:                  compare("a", "eq", false),
		`a eq null`:                   compare("a", "eq", nil),
		`a eq ""`:                     compare("a", "eq", ""),
		`a eq -1.50e+3`:               compare("a", "eq", json.Number("-1.50e+3")),
		`a eq 12345678901234567890`:   compare("a", "eq", json.Number("12345678901234567890")),
		`a eq 007`:                    compare("a", "eq", "007"),
		`a eq -`:                      compare("a", "eq", "-"),
		`a eq 1.`:                     compare("a", "eq", "1."),
		`a eq trueish`:                compare("a", "eq", "trueish"),
		`a eq and`:                    compare("a", "eq", "and"),
		`a eq "\"q\" \\ \/ \u00E9"`:   compare("a", "eq", `"q" \ / é`),
		`a eq "\ud83d\ude00\t\u00e9"`: compare("a", "eq", "😀\té"),
		`a eq "100%_!"`:               compare("a", "eq", "100%_!"),
		// Structure.
		`  a   pr  `:                    compare("a", "pr", nil),
		`A PR AND B EQ "x"`:             both(compare("A", "pr", nil), compare("B", "eq", "x")),
		`a pr or b pr and c pr`:         either(compare("a", "pr", nil), both(compare("b", "pr", nil), compare("c", "pr", nil))),
		`(a pr or b pr) and c pr`:       both(either(compare("a", "pr", nil), compare("b", "pr", nil)), compare("c", "pr", nil)),
		`a pr and b pr and c pr`:        both(both(compare("a", "pr", nil), compare("b", "pr", nil)), compare("c", "pr", nil)),
		`not(a pr)`:                     &filter.NotExpression{Expression: compare("a", "pr", nil)},
		`NOT  ( a pr ) and b pr`:        both(&filter.NotExpression{Expression: compare("a", "pr", nil)}, compare("b", "pr", nil)),
		`emails [ type eq "work" ]`:     &filter.ValuePath{AttributePath: attr("emails"), ValueFilter: work},
		`emails[not (type eq "work")]`:  &filter.ValuePath{AttributePath: attr("emails"), ValueFilter: &filter.NotExpression{Expression: work}},
		`emails[type eq work].value pr`: &filter.ValuePath{AttributePath: attr("emails"), ValueFilter: both(work, compare("value", "pr", nil))},
		`emails[type eq "work" and (value co "a" or value co "b")]`: &filter.ValuePath{AttributePath: attr("emails"), ValueFilter: both(work, either(compare("value", "co", "a"), compare("value", "co", "b")))},
	}
	for text, want := range tests {
		got, err := parseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", text, diff)
		}
	}
}

func TestParseFilter_Refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text     string
		position int
		message  string
	}{
		"nothing":                    {``, 0, "expected an attribute name"},
		"a name alone":               {`userName`, 8, `expected an operator such as "eq" after "userName"`},
		"a name before a bracket":    {`(name.familyName )`, 17, `expected an operator such as "eq" after "name.familyName"`},
		"an unknown operator":        {`userName equals "x"`, 9, `"equals" is no operator; use eq, ne,`},
		"no value":                   {`userName eq `, 12, `expected a value after "eq"`},
		"no value before a bracket":  {`(userName eq)`, 12, `expected a value after "eq"`},
		"an unclosed quote":          {`userName eq "x`, 12, "never closed"},
		"a quote closed by escape":   {`userName eq "x\"`, 12, "never closed"},
		"a backslash at the end":     {`userName eq "\`, 12, "never closed"},
		"an unknown escape":          {`userName eq "\x"`, 12, "escape that is not allowed"},
		"an escaped NUL":             {`userName eq "a\u0000"`, 12, "escape that is not allowed"},
		"a lone surrogate":           {`userName eq "\ud800"`, 12, "escape that is not allowed"},
		"a quote inside a word":      {`userName eq a"b"`, 12, "in double quotes"},
		"a parenthesis in a word":    {`displayName eq Group(1)`, 15, "in double quotes"},
		"two values":                 {`userName eq "x" "y"`, 16, `expected "and", "or" or the end of the filter`},
		"an unquoted blank":          {`displayName eq a b`, 17, `not "b"`},
		"an open parenthesis":        {`(userName pr`, 12, `or the ')' that closes the '('`},
		"a closing one too many":     {`userName pr)`, 11, "end of the filter"},
		"an open bracket":            {`emails[type pr`, 14, `or the ']' that closes the '['`},
		"brackets crossed":           {`(emails[type pr)]`, 15, "closes the '['"},
		"empty parentheses":          {`()`, 1, "expected an attribute name"},
		"empty brackets":             {`emails[]`, 7, "expected an attribute name"},
		"brackets within brackets":   {`emails[type[a pr]]`, 11, "cannot be nested"},
		"and at the end":             {`a pr and`, 8, "expected an attribute name"},
		"and at the start":           {`"x" eq a`, 0, "expected an attribute name"},
		"not without parentheses":    {`not userName pr`, 4, `"userName" is no operator`},
		"a value path alone, dotted": {`emails[type pr].value`, 21, "expected an operator"},
		"a dot without a name":       {`emails[type pr]. eq "x"`, 16, "expected a sub-attribute name"},
		"a name with two dots":       {`a.b.c eq "x"`, 0, "is no attribute name"},
		"a name that is a number":    {`1 eq 1`, 0, "is no attribute name"},
		"a name beyond ASCII":        {`usérName eq "x"`, 0, "is no attribute name"},
		"a colon without a name":     {`urn:acme: eq "x"`, 0, "is no attribute name"},
		"a schema alone":             {userSchema + ` eq "x"`, len(userSchema), "expected an attribute name after"},
		"a tab":                      {"a\tpr", 1, "control characters"},
		"a line feed in quotes":      {"a eq \"\n\"", 6, "control characters"},
		"invalid UTF-8":              {"a eq \"\xff\"", -1, "UTF-8"},
		"2,049 bytes":                {`a eq "` + strings.Repeat("x", 2042) + `"`, 2048, "longer than 2048 bytes"},
		"21 parentheses":             {strings.Repeat("(", 21) + "a pr" + strings.Repeat(")", 21), 20, "deeper than 20 levels"},
		"21 levels of not":           {strings.Repeat("not(", 21) + "a pr" + strings.Repeat(")", 21), 83, "deeper than 20 levels"},
		"20 parentheses, 1 bracket":  {strings.Repeat("(", 20) + "a[b pr]" + strings.Repeat(")", 20), 21, "deeper than 20 levels"},
		"51 comparisons":             {"a pr" + strings.Repeat(" or a pr", 50), 401, "more than 50 comparisons"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseFilter(test.text)
			checkFilterError(t, err, test.position, test.message)
		})
	}
}

func checkFilterError(t *testing.T, err error, position int, message string) {
	t.Helper()
	var wrong *FilterError
	if !errors.As(err, &wrong) {
		t.Fatalf("got %v, want a FilterError", err)
	}
	if wrong.Position != position || !strings.Contains(wrong.Message, message) {
		t.Errorf("got %q at %d, want %q at %d", wrong.Message, wrong.Position, message, position)
	}
}

func TestParseFilter_AtTheLimits(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"2,048 bytes":    `a eq "` + strings.Repeat("x", 2041) + `"`,
		"20 parentheses": strings.Repeat("(", 20) + "a pr" + strings.Repeat(")", 20),
		"20 in a row":    strings.Repeat("(a pr) or ", 20) + "(a pr)",
		"50 comparisons": "a pr" + strings.Repeat(" or a pr", 49),
	} {
		if _, err := parseFilter(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The library's parser dies of such texts: 400 KB of parentheses overflow its stack (the class of CVE-2026-46689).
func TestParseFilter_HostileTextIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"parentheses":       strings.Repeat("(", 400_000),
		"not":               strings.Repeat("not(", 1_000_000),
		"brackets":          strings.Repeat("a[", 400_000),
		"a long string":     `a eq "` + strings.Repeat("x", 1<<20) + `"`,
		"comparisons":       strings.Repeat("a pr or ", 100_000),
		"dense parentheses": strings.Repeat("(", maxFilterBytes),
		"dense colons":      strings.Repeat("urn:", maxFilterBytes/4),
		"dense escapes":     `a eq "` + strings.Repeat(`\u0041`, 300),
	} {
		start := time.Now()
		if _, err := parseFilter(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := parsePath(text); err == nil {
			t.Errorf("%s: accepted as a path", name)
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func BenchmarkParseFilter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseFilter(`userName eq "alice@contoso.com"`); err != nil {
			b.Fatal(err)
		}
	}
}
