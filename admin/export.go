package admin

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Format is how a list is exported.
type Format string

// The formats of exports: CSV by RFC 4180, with a heading, and one JSON object a line.
const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// Export writes a list, row by row. It keeps nothing.
type Export struct {
	columns []string
	csv     *csv.Writer
	json    io.Writer
}

// NewExport begins a list of these columns. An *UnknownFormatError for any other format.
func NewExport(w io.Writer, format Format, columns ...string) (*Export, error) {
	switch format {
	case CSV:
		e := &Export{columns: columns, csv: csv.NewWriter(w)}
		return e, e.csv.Write(columns)
	case JSONLines:
		return &Export{columns: columns, json: w}, nil
	}
	return nil, &UnknownFormatError{string(format)}
}

// UnknownFormatError says that a list cannot be had in a format.
type UnknownFormatError struct{ Format string }

func (e *UnknownFormatError) Error() string {
	return fmt.Sprintf("there is no format %q: choose csv or jsonl", e.Format)
}

// Row adds a row of as many cells as there are columns: texts, numbers, truths, times (zero: none), json.RawMessage.
func (e *Export) Row(cells ...any) error {
	if e.csv == nil {
		return e.object(cells)
	}
	record := make([]string, len(cells))
	for i, cell := range cells {
		record[i] = cellText(cell)
	}
	return e.csv.Write(record)
}

// Close ends the list.
func (e *Export) Close() error {
	if e.csv == nil {
		return nil
	}
	e.csv.Flush()
	return e.csv.Error()
}

// object writes a row as an object whose members have the order of the columns.
func (e *Export) object(cells []any) error {
	var b bytes.Buffer
	for i, cell := range cells {
		if at, ok := cell.(time.Time); ok {
			cell = instantText(at)
		}
		value, err := json.Marshal(cell)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s%q:%s", map[bool]string{true: "{", false: ","}[i == 0], e.columns[i], value)
	}
	b.WriteString("}\n")
	_, err := e.json.Write(b.Bytes())
	return err
}

func cellText(cell any) string {
	switch v := cell.(type) {
	case string:
		return inert(v)
	case time.Time:
		return instantText(v)
	case json.RawMessage:
		return inert(string(v))
	default:
		return fmt.Sprint(v)
	}
}

// formulaBegins is what a formula may begin with (OWASP, CSV injection), also in full width, as Japanese spreadsheets take it.
const formulaBegins = "=+-@\t\r\n＝＋－＠"

// inert keeps spreadsheets from taking a text for a formula: names come from elsewhere. Some pass over blanks at the beginning.
func inert(text string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text, isBlank))
	if strings.ContainsRune(formulaBegins, first) {
		return "'" + text
	}
	return text
}

func isBlank(r rune) bool { return unicode.IsSpace(r) && !strings.ContainsRune(formulaBegins, r) }

func instantText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00")
}

// byteOrderMark at the beginning of a CSV tells Excel that it is UTF-8. Without it names with an accent are broken there, and nobody is told.
const byteOrderMark = "\uFEFF"

// markedWriter writes a byte order mark in front of all.
type markedWriter struct {
	io.Writer
	begun bool
}

func (w *markedWriter) Write(b []byte) (int, error) {
	if !w.begun {
		w.begun = true
		if _, err := io.WriteString(w.Writer, byteOrderMark); err != nil {
			return 0, err
		}
	}
	return w.Writer.Write(b)
}

// download sends a list as a file: name without its suffix. What breaks off must not look whole.
func (r *request) download(name string, format Format, columns []string, rows func(*Export) error) error {
	var to io.Writer = r.Response()
	if format == CSV {
		to = &markedWriter{Writer: to}
	}
	e, err := NewExport(to, format, columns...)
	if err != nil {
		return err
	}
	h := r.Response().Header()
	h.Set("Content-Type", map[Format]string{CSV: "text/csv; charset=utf-8", JSONLines: "application/x-ndjson"}[format])
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, name, r.now().UTC().Format("2006-01-02"), format))
	// The server's limit is for pages.
	err = http.NewResponseController(r.Response()).SetWriteDeadline(time.Now().Add(downloadTakes))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if err = rows(e); err == nil {
		return e.Close()
	}
	if r.Response().Committed {
		r.door.BreakOff(r.Context, err)
	}
	h.Del("Content-Disposition")
	return err
}
