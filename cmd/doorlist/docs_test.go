package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9_]*)`")
	definedTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z][A-Za-z0-9_]*)\(`)
)

// What a page promises is shown by a test that it names. A test that was renamed or removed shows nothing.
func TestDocs_NameTestsThatExist(t *testing.T) {
	t.Parallel()
	defined := map[string]bool{}
	eachFile(t, "_test.go", func(_, text string) {
		for _, found := range definedTest.FindAllStringSubmatch(text, -1) {
			defined[found[1]] = true
		}
	})
	named := 0
	eachFile(t, ".md", func(path, text string) {
		for _, found := range namedTest.FindAllStringSubmatch(text, -1) {
			named++
			if !defined[found[1]] {
				t.Errorf("%s names %s, which is no test", path, found[1])
			}
		}
	})
	if named == 0 {
		t.Error("no page names a test")
	}
}

// eachFile reads the files of the repository whose names end in suffix.
func eachFile(t *testing.T, suffix string, see func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, suffix):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			see(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
