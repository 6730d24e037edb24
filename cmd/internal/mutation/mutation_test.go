package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const source = `package door

import "strings"

const most = "a = 1"

type caller struct{ age int }

func open(c caller, names []string, known map[string]bool) (bool, error) {
	count := 0
	for i, name := range names {
		if c.age >= 18 && known[name] {
			count++
		}
		if len(name)-i < 0 || !strings.HasPrefix(name, "x") {
			continue
		}
		if c.age < 0 {
			c.door.log.Warn("nobody is that young")
		}
	}
	switch {
	case count == 0:
		return false, nil
	}
	return true, nil
}

func query() string {
	return "SELECT u.id FROM users u JOIN keys k ON k.id = u.id AND k.held WHERE u.id = ? AND NOT u.parted AND (u.at > 0) AND u.name IN (?)"
}
`

func TestPlant_Mistakes(t *testing.T) {
	t.Parallel()
	all := &field{sources: map[string]string{}}
	if err := all.plant("door/door.go", source, nil); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all.mistakes {
		got = append(got, m.function+": "+oneLine(m.from)+" => "+oneLine(m.to))
	}
	want := []string{
		`open: c.age >= 18 && known[name] => c.age >= 18 || known[name]`,
		`open: c.age >= 18 => c.age > 18`,
		`open: c.age >= 18 => c.age < 18`,
		`open: known[name] => !known[name]`,
		`open: count++ => nothing`,
		`open: len(name)-i < 0 || !strings.HasPrefix(name, "x") => len(name)-i < 0 && !strings.HasPrefix(name, "x")`,
		`open: len(name)-i < 0 => len(name)-i <= 0`,
		`open: len(name)-i < 0 => len(name)-i >= 0`,
		`open: len(name)-i => len(name) + i`,
		`open: !strings.HasPrefix(name, "x") => strings.HasPrefix(name, "x")`,
		`open: continue => nothing`,
		`open: count == 0 => count != 0`,
		`open: false => !false`,
		`open: true => !true`,
		`query: k.held => TRUE`,
		`query: u.id = ? => TRUE`,
		`query: NOT u.parted => TRUE`,
		`query: u.at > 0 => TRUE`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A test that knows what is right notices, one that looks at half of it does not, and the sources stay as they were.
func TestSuite_NoticesMistakes(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"go.mod":      "module house\n\ngo 1.24\n",
		"adult/is.go": "package adult\n\nfunc Is(age int) bool {\n\treturn age >= 18\n}\n",
		"adult/is_test.go": "package adult\n\nimport \"testing\"\n\nfunc TestIs(t *testing.T) {\n\tif Is(3) || !Is(18) {\n\t\tt.Fail()\n\t}\n}\n\n" +
			"func TestIs_Nothing(t *testing.T) {\n}\n",
		"adult/half_test.go": "package adult\n\nimport \"testing\"\n\nfunc TestHalf(t *testing.T) {\n\tif Is(3) || !Is(40) {\n\t\tt.Fail()\n\t}\n}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile("adult/is.go")
	if err != nil {
		t.Fatal(err)
	}
	all := &field{sources: map[string]string{}}
	if err := all.plant("adult/is.go", string(before), []string{"adult"}); err != nil {
		t.Fatal(err)
	}
	suites, err := all.build(t.Context(), t.TempDir(), regexp.MustCompile(""))
	if err != nil || len(suites) != 2 || len(all.mistakes) != 2 {
		t.Fatalf("%d suites, %d mistakes, %v", len(suites), len(all.mistakes), err)
	}
	for _, c := range []struct {
		file   string
		notice []bool // > and <
	}{{"adult/half_test.go", []bool{false, true}}, {"adult/is_test.go", []bool{true, true}}} {
		s := suites[slices.IndexFunc(suites, func(s *suite) bool { return s.file == c.file })]
		if err := s.explore(t.Context()); err != nil || len(s.reached) != 2 {
			t.Fatalf("%s reaches %v: %v", c.file, s.reached, err)
		}
		for i, want := range c.notice {
			if got, err := s.notices(t.Context(), i+1); got != want || err != nil {
				t.Errorf("%s notices %s: %t, %v", c.file, all.mistakes[i], got, err)
			}
		}
	}
	if after, err := os.ReadFile("adult/is.go"); err != nil || string(after) != string(before) {
		t.Errorf("the source is now\n%s%v", after, err)
	}
}

func TestInOrder_ItsOwnTestsFirst(t *testing.T) {
	t.Parallel()
	reaches := map[int]bool{7: true}
	suites := []*suite{
		{pkg: "auth", file: "auth/login_test.go", reached: reaches, lasts: 9}, {pkg: "auth", file: "auth/visit_test.go", reached: reaches, lasts: 99},
		{pkg: "auth", file: "auth/page_test.go", reached: reaches, lasts: 1}, {pkg: "auth", file: "auth/far_test.go", lasts: 1},
		{pkg: "store", file: "store/visit_test.go", reached: reaches, lasts: 1},
	}
	var got []string
	for _, s := range inOrder(&mistake{file: "auth/visit.go", tests: []string{"auth"}}, 7, suites) {
		got = append(got, s.file)
	}
	if want := []string{"auth/visit_test.go", "auth/page_test.go", "auth/login_test.go"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReport_CountsWhatCanBeNoticed(t *testing.T) {
	t.Parallel()
	all := &field{mistakes: []*mistake{
		{file: "a.go", outcome: noticed}, {file: "a.go", outcome: survived}, {file: "a.go", excuse: "it is the same"}, {file: "b.go", outcome: noticed},
		{file: "b.go", outcome: unreached}, {file: "b.go", left: true},
	}}
	var out strings.Builder
	if got := all.report(&out); got != 50 {
		t.Errorf("got %v percent, want 50", got)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 4 || !strings.Contains(lines[0], "1 of    2 mistakes were noticed, and 1 cannot be") {
		t.Errorf("got\n%s", out.String())
	}
}

// What is excused must still be a mistake in the sources, with a reason.
func TestEquivalents_AreMistakes(t *testing.T) {
	t.Chdir("../../..")
	all, err := plant(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := all.excuse(equivalents); err != nil {
		t.Error(err)
	}
	if err := all.excuse("policy/admit.go Nothing: a => b\n\tit is gone\n"); err == nil {
		t.Error("a line that is no mistake is not noticed")
	}
	if len(all.mistakes) < 1000 {
		t.Errorf("%d mistakes, which is fewer than there ever were", len(all.mistakes))
	}
}

func TestRun_WrongUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-workers", "0"}, {"-run", "("}, {"-only", "("}, {"-nothing"}, {"store/nothing.go"}} {
		var stderr strings.Builder
		if code := run(t.Context(), args, &stderr, &stderr); code != 2 || stderr.String() == "" {
			t.Errorf("%q: got %d, %q", args, code, stderr.String())
		}
	}
}
