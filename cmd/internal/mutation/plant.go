package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mistake is one change to the sources. Its number is its place in the list, from 1.
type mistake struct {
	file     string
	line     int
	function string // "" outside of functions
	from, to string // the text before and after
	tests    []string
	outcome  outcome
	excuse   string // why no test can notice it
	left     bool   // not to be tried
}

// key names a mistake whatever else changes in its file.
func (m *mistake) key() string {
	return strings.Join(strings.Fields(m.file+" "+m.function+": "+m.from+" => "+m.to), " ")
}

func (m *mistake) String() string {
	return fmt.Sprintf("%s:%d %s: %s => %s", m.file, m.line, m.function, oneLine(m.from), oneLine(m.to))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// field is all mistakes, and the sources that have them.
type field struct {
	mistakes []*mistake
	sources  map[string]string // by file
}

// choose leaves all mistakes aside that an expression does not match.
func (all *field) choose(only *regexp.Regexp) {
	for _, m := range all.mistakes {
		m.left = !only.MatchString(m.String())
	}
}

// plant puts mistakes into the named files of the scope, all of it for none.
func plant(named []string) (*field, error) {
	parts, err := chosen(named)
	if err != nil {
		return nil, err
	}
	all := &field{sources: map[string]string{}}
	for _, p := range parts {
		for _, file := range p.files {
			text, err := os.ReadFile(file)
			if err == nil {
				err = all.plant(file, string(text), p.tests)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (all *field) plant(file, text string, tests []string) error {
	positions := token.NewFileSet()
	tree, err := parser.ParseFile(positions, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	w := &writer{all: all, file: file, text: text, positions: positions, conditions: map[ast.Expr]bool{}, tests: tests}
	all.sources[file] = w.rewrite(tree)
	all.sources[path.Join(path.Dir(file), switchFile)] = strings.Replace(switchText, "PACKAGE", tree.Name.Name, 1)
	return nil
}

// switchFile is added to each package with mistakes.
const switchFile = "mutation_switch.go"

// switchText turns one mistake on, and says which ones the tests came by, each once.
const switchText = `package PACKAGE

import (
	"os"
	"strconv"
	"sync"
)

var (
	mistakeOn, _   = strconv.Atoi(os.Getenv("` + envMistake + `"))
	mistakeLog, _  = os.OpenFile(os.Getenv("` + envReached + `"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	mistakeSeen sync.Map
)

// mistaken tells which of some alternatives is on, counted from 1; 0 for none.
func mistaken(first, alternatives int) int {
	if mistakeLog != nil {
		if _, known := mistakeSeen.LoadOrStore(first, true); !known {
			for i := range alternatives {
				mistakeLog.WriteString(strconv.Itoa(first+i) + "\n")
			}
		}
	}
	if mistakeOn < first || mistakeOn >= first+alternatives {
		return 0
	}
	return mistakeOn - first + 1
}

func mistakenly(n int) bool { return mistaken(n, 1) == 1 }

func mistakenFor[T any](n int, right, wrong T) T {
	if mistakenly(n) {
		return wrong
	}
	return right
}
`

// The environment of a test that is to run with a mistake, or to write down which mistakes it reaches.
const (
	envMistake = "DOORLIST_MUTATION"
	envReached = "DOORLIST_MUTATION_REACHED"
)

// overlay writes the sources to a folder, and the file that tells go build to take these; the module's own stay as they are.
func (all *field) overlay(dir string) (file string, err error) {
	replace := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(all.sources)) {
		source, err := filepath.Abs(name)
		if err != nil {
			return "", err
		}
		replace[source] = filepath.Join(dir, fmt.Sprintf("%d.go", i))
		if err := os.WriteFile(replace[source], []byte(all.sources[name]), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}
