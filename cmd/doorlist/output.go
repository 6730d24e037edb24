package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"
)

// addJSON gives a command that prints data the flag --json.
func (p *program) addJSON(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&p.json, "json", false, "print JSON")
	return c
}

// print writes one object: as JSON with --json, else as the sentence.
func (p *program) print(object any, sentence string, args ...any) error {
	if p.json {
		return p.printJSON(object)
	}
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = plain(text)
		}
	}
	_, err := fmt.Fprintf(p.stdout, sentence+"\n", args...)
	return err
}

// plainWriter escapes tricks in all that is printed, line ends and tabs aside. JSON stays the same JSON.
type plainWriter struct{ io.Writer }

func (w plainWriter) Write(b []byte) (int, error) {
	if !slices.ContainsFunc(b, isUnusual) { // nearly every line of the log, of which there is one a request
		return w.Writer.Write(b)
	}
	var out strings.Builder
	for i, line := range strings.Split(string(b), "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		for j, cell := range strings.Split(line, "\t") {
			if j > 0 {
				out.WriteByte('\t')
			}
			out.WriteString(plain(cell))
		}
	}
	if _, err := io.WriteString(w.Writer, out.String()); err != nil {
		return 0, err
	}
	return len(b), nil
}

// isUnusual says that a byte is not printable ASCII, a line end or a tab.
func isUnusual(c byte) bool { return c < ' ' && c != '\n' && c != '\t' || c > '~' }

// plain escapes what a terminal would obey or hide: control characters, and those that turn the direction of text.
// Names come from directories, where more people than administrators choose them.
func plain(s string) string {
	if !strings.ContainsFunc(s, isTrick) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isTrick(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isTrick(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// printJSON writes one JSON value on a line of its own.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printTable writes a heading and one line a row, in columns.
func (p *program) printTable(heading []string, rows [][]string) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(heading, "\t"))
	for _, row := range rows {
		for i := range row {
			row[i] = plain(row[i])
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// list prints what view makes of the items: as one JSON array with --json, else as a table of rows.
func list[T, V any](p *program, items []T, view func(T) V, heading []string, row func(V) []string) error {
	views := make([]V, 0, len(items)) // never nil, which JSON calls null
	rows := make([][]string, 0, len(items))
	for _, item := range items {
		v := view(item)
		views, rows = append(views, v), append(rows, row(v))
	}
	if p.json {
		return p.printJSON(views)
	}
	return p.printTable(heading, rows)
}

// stamp is a time in JSON; nil, and so null, for "never".
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// day is a time in a table.
func day(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateTime)
}
