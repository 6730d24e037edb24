package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// next is the number of the next mistake.
func (w *writer) next() int { return len(w.all.mistakes) + 1 }

// plant adds a mistake at a node and returns its number.
func (w *writer) plant(n ast.Node, from, to string) int {
	w.all.mistakes = append(w.all.mistakes, &mistake{
		file: w.file, line: w.positions.Position(n.Pos()).Line, function: w.function, from: from, to: to, tests: w.tests,
	})
	return len(w.all.mistakes)
}

func (w *writer) offset(p token.Pos) int { return w.positions.Position(p).Offset }

// source is a node as it stands.
func (w *writer) source(n ast.Node) string { return w.text[w.offset(n.Pos()):w.offset(n.End())] }

// below is a node with its mistakes; inside, with those of what is in it alone.
func (w *writer) below(n ast.Node) string {
	return w.apply(w.offset(n.Pos()), w.offset(n.End()), w.edits(n, true))
}

func (w *writer) inside(n ast.Node) string {
	return w.apply(w.offset(n.Pos()), w.offset(n.End()), w.edits(n, false))
}

// apply makes the edits to a stretch of the file.
func (w *writer) apply(from, to int, edits []edit) string {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	for _, e := range edits {
		b.WriteString(w.text[from:e.from])
		b.WriteString(e.text)
		from = e.to
	}
	b.WriteString(w.text[from:to])
	return b.String()
}

// literal writes a text with SQL in it whose conditions may each be left out.
func (w *writer) literal(n *ast.BasicLit) (string, bool) {
	if n.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(n.Value)
	found := conditionsIn(text)
	if err != nil || len(found) == 0 {
		return "", false
	}
	first := w.next()
	var cases strings.Builder
	for i, c := range found {
		condition := text[c.from:c.to]
		w.plant(n, condition, "TRUE")
		fmt.Fprintf(&cases, "case %d: return %q; ", i+1, text[:c.from]+"("+condition+" OR 1 = 1)"+text[c.to:]) // the parameters stay as many
	}
	return fmt.Sprintf("func() string { switch mistaken(%d, %d) { %s}; return %s }()", first, len(found), cases.String(), n.Value), true
}

// stretch is a part of a text.
type stretch struct{ from, to int }

// sqlCondition compares a column with a value, or is one that is true or false. Those that say which rows of two tables belong together are not meant:
// keys decide that, and most of them name the organization beside an id that is unique.
var sqlCondition = regexp.MustCompile(`(^|\(|\s(?:AND|WHERE|ON)\s)((?:NOT )?[a-z_]+(?:\.[a-z_]+)?( (?:=|<>|<=|>=|<|>) (?:'[^']*'|\?|[0-9]+)| IS NULL| IS NOT NULL)?)(?:$|\)|\s)`)

// goesOn is what follows the left side of a longer condition.
var goesOn = regexp.MustCompile(`^\s*([=<>(+|-]|IN\b|NOT\b|LIKE\b|BETWEEN\b|IS\b|COLLATE\b)`)

// conditionsIn finds the conditions in a text that is SQL, or a piece of it.
func conditionsIn(text string) (found []stretch) {
	for from := 0; ; {
		at := sqlCondition.FindStringSubmatchIndex(text[from:])
		if at == nil {
			return found
		}
		c := stretch{from + at[4], from + at[5]}
		compares, follows := at[6] >= 0, strings.TrimSpace(text[from+at[2]:from+at[3]]) != "" && text[from+at[2]] != '('
		if (compares || follows) && !goesOn.MatchString(text[c.to:]) {
			found = append(found, c)
		}
		from = c.to
	}
}
