package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../../"

func listed(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile(root + list)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readRows(string(text))
	if err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	return rows
}

// source is what the tests of a package say: the names of functions, and in files about past vulnerabilities the ids that
// texts begin with.
type source struct {
	functions map[string]bool
	ids       map[string]bool
}

var publicID = regexp.MustCompile(`^(CVE-\d{4}-\d+|GHSA(-\w{4}){3}|VAULT-\d+|Okta [\d-]+|[\w.-]+/[\w.-]+#\d+)(?: |$)`)

func sourceOf(t *testing.T, pkg string) source {
	t.Helper()
	files, err := filepath.Glob(root + pkg + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	s := source{map[string]bool{}, map[string]bool{}}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		checks := strings.HasPrefix(filepath.Base(file), "cve_")
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				s.functions[n.Name.Name] = s.functions[n.Name.Name] || n.Recv == nil
			case *ast.BasicLit:
				if id := publicID.FindStringSubmatch(strings.Trim(n.Value, "`\"")); checks && n.Kind == token.STRING && id != nil {
					s.ids[id[1]] = true
				}
			}
			return true
		})
	}
	return s
}

// Without running anything: a test that is renamed is missed at once, and so is a check that the list does not name.
func TestList_EachNamedTestIsThere(t *testing.T) {
	t.Parallel()
	known, named := map[string]source{}, map[string]bool{}
	for _, r := range listed(t) {
		for _, ref := range r.tests {
			if _, ok := known[ref.pkg]; !ok {
				known[ref.pkg] = sourceOf(t, ref.pkg)
			}
			if !known[ref.pkg].functions[ref.test] {
				t.Errorf("line %d: there is no %s in %s", r.line, ref.test, ref.pkg)
			}
			if ref.sub != "" {
				named[ref.pkg+" "+ref.sub] = true
				if !known[ref.pkg].ids[ref.sub] {
					t.Errorf("line %d: no check of %s is called %s", r.line, ref.pkg, ref.sub)
				}
			}
		}
	}
	for pkg, s := range known {
		for id := range s.ids {
			if !named[pkg+" "+id] {
				t.Errorf("%s checks %s, which the list does not say", pkg, id)
			}
		}
	}
}

func TestReadRows_Refuses(t *testing.T) {
	t.Parallel()
	const tested, untested = "| id | product | what | tested by |\n|---|---|---|---|\n", "| id | product | what | why it cannot happen here |\n|---|---|---|---|\n"
	for want, text := range map[string]string{
		"name its test":        tested + "| CVE-1 | X | y | by hand |",
		"no package with":      tested + "| CVE-1 | X | y | `TestX` |",
		"is in line 3 already": tested + "| CVE-1 | X | y | `auth TestX` |\n| CVE-2, CVE-1 | X | y | `auth TestX` |",
		"give the reason":      untested + "| CVE-1 | X | y | no |",
		"four columns":         tested + "| CVE-1 | X | `auth TestX` |",
		"there is no table":    "# Past vulnerabilities",
	} {
		if rows, err := readRows(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", text, rows, err, want)
		}
	}
}

// events are lines of go test for a package.
func events(pkg string, outcomes ...string) string {
	var b strings.Builder
	for i := 0; i < len(outcomes); i += 2 {
		b.WriteString(`{"Action":"` + outcomes[i] + `","Package":"doorlist/` + pkg + `","Test":"` + outcomes[i+1] + `"}` + "\n")
	}
	return b.String()
}

func TestVerdict_EachNamedTestMustHaveRunAndPassed(t *testing.T) {
	t.Parallel()
	rows := []row{{ids: "CVE-1", tests: []reference{{"auth", "TestX", ""}, {"auth", "TestCVE", "CVE-1"}}}}
	for what, tc := range map[string]struct{ printed, want string }{
		"both":                     {events("auth", "pass", "TestX", "pass", "TestCVE/sqlite/CVE-1_holds", "pass", "TestCVE/postgres/CVE-1_holds"), passed},
		"databases below":          {events("auth", "pass", "TestX", "pass", "TestCVE/CVE-1_holds/sqlite", "pass", "TestCVE/CVE-1_holds/postgres"), passed},
		"neither":                  {"", missing},
		"of another package":       {events("scim", "pass", "TestX", "pass", "TestCVE/CVE-1"), missing},
		"one of two":               {events("auth", "pass", "TestX"), missing},
		"another row's":            {events("auth", "pass", "TestX", "pass", "TestCVE/CVE-12_holds"), missing},
		"on one database":          {events("auth", "pass", "TestX", "pass", "TestCVE/sqlite/CVE-1"), missing},
		"on one database below":    {events("auth", "pass", "TestX", "pass", "TestCVE/CVE-1/sqlite"), missing},
		"a sub-test fails":         {events("auth", "fail", "TestX/a_case", "fail", "TestX", "pass", "TestCVE/CVE-1"), failed},
		"skipped":                  {events("auth", "skip", "TestX", "pass", "TestCVE/CVE-1"), missing},
		"a row beside fails":       {events("auth", "pass", "TestX", "pass", "TestCVE/CVE-1", "fail", "TestCVE/CVE-2", "fail", "TestCVE"), passed},
		"on one database it fails": {events("auth", "pass", "TestX", "pass", "TestCVE/sqlite/CVE-1", "fail", "TestCVE/postgres/CVE-1"), failed},
	} {
		var out, said bytes.Buffer
		ran, err := readEvents(strings.NewReader(tc.printed), &said)
		if err != nil {
			t.Fatal(err)
		}
		code := report(&out, rows, ran)
		if !strings.HasPrefix(out.String(), tc.want) || (code == 0) != (tc.want == passed) {
			t.Errorf("%s: exit code %d, want %s:\n%s", what, code, tc.want, &out)
		}
	}
}
