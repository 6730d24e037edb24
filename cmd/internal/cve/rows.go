package main

import (
	"fmt"
	"regexp"
	"strings"
)

// row is a past vulnerability, or several that were one mistake.
type row struct {
	line    int
	ids     string // as they are written, e.g. "CVE-2020-1, CVE-2020-2"
	product string
	tests   []reference
	reason  string // why it cannot happen here; "" where there are tests
}

// reference names a test, and a sub-test by the beginning of its name: "auth TestCVE/CVE-2020-1".
type reference struct{ pkg, test, sub string }

func (r reference) String() string {
	name := r.pkg + " " + r.test
	if r.sub != "" {
		name += "/" + r.sub
	}
	return name
}

var quotedText = regexp.MustCompile("`([^`]+)`")

// readRows reads the tables of the list. The head of each says what its last column is: tests, or the reason for none.
func readRows(text string) (rows []row, err error) {
	column, seen := "", map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		cells := cellsOf(line)
		switch {
		case cells == nil:
			column = ""
			continue
		case len(cells) != 4:
			return nil, fmt.Errorf("line %d: a table has four columns: id, product, what happened there, and tests or the reason for none", i+1)
		case column == "":
			column = cells[len(cells)-1]
			continue
		case strings.Trim(cells[0], "-: ") == "":
			continue
		}
		r := row{line: i + 1, ids: cells[0], product: cells[1]}
		for id := range strings.SplitSeq(r.ids, ", ") {
			if before, twice := seen[id]; twice {
				return nil, fmt.Errorf("line %d: %s is in line %d already", i+1, id, before)
			}
			seen[id] = i + 1
		}
		if err := r.readLast(column, cells[len(cells)-1]); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", i+1, r.ids, err)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("there is no table of vulnerabilities")
	}
	return rows, nil
}

// cellsOf splits a line of a table; nil where it is none.
func cellsOf(line string) []string {
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "| "), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func (r *row) readLast(column, text string) error {
	if column == "why it cannot happen here" {
		if len(text) < 20 {
			return fmt.Errorf("give the reason why it cannot happen here")
		}
		r.reason = text
		return nil
	}
	for _, found := range quotedText.FindAllStringSubmatch(text, -1) {
		pkg, name, ok := strings.Cut(found[1], " ")
		if !ok {
			return fmt.Errorf("%q is no package with a test, such as `auth TestX`", found[1])
		}
		test, sub, _ := strings.Cut(name, "/")
		r.tests = append(r.tests, reference{pkg, test, sub})
	}
	if len(r.tests) == 0 {
		return fmt.Errorf("name its test, or move it to the table of those that cannot happen here")
	}
	return nil
}
