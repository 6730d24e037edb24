package admin

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// What an export may hold. A line that names a person has about a hundred bytes, and Entra's own exports end after an hour's work.
const (
	MaxDriftBytes = 50 << 20
	MaxDriftLines = 1_000_000 // without the heading
	maxDriftField = 64 << 10  // bytes
)

// driftTooLarge says what to do about a file of more than MaxDriftBytes.
const driftTooLarge = "The file is larger than 50 MB. Filter the export at Entra, by department or by the first letter of the name, and compare the parts."

// DriftFileKind says which of Entra's exports a file is.
type DriftFileKind string

// The exports that can be compared.
const (
	DriftUsers        DriftFileKind = "users"            // Users > Download users
	DriftMembers      DriftFileKind = "group members"    // Groups > a group > Members > Download members
	DriftProvisioning DriftFileKind = "provisioning log" // Provisioning logs > Download > CSV
)

// DriftFileError says which line of an export is wrong, and what is expected.
type DriftFileError struct {
	Line    int // counted from 1, the heading included; 0 for the file as a whole
	Message string
}

func (e *DriftFileError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

func lineFault(line int, format string, args ...any) error {
	return &DriftFileError{line, fmt.Sprintf(format, args...)}
}

// DriftFile is an export that was recognized.
type DriftFile struct {
	Kind    DriftFileKind
	Lines   int // set by Check
	text    []byte
	comma   rune
	columns columnPlaces
	width   int // of the heading
}

// OpenDriftFile recognizes an export by its heading. A *DriftFileError says why it is none.
func OpenDriftFile(content []byte) (*DriftFile, error) {
	text, err := decodeDriftFile(content)
	if err != nil {
		return nil, err
	}
	e := &DriftFile{text: text, comma: driftSeparator(text)}
	heading, line, err := e.heading(e.reader())
	if err != nil {
		return nil, err
	}
	e.width = len(heading)
	e.Kind, e.columns, err = readDriftHeading(heading, line)
	return e, err
}

// decodeDriftFile makes UTF-8 of an export: Entra writes UTF-8, mostly with a mark at its beginning, and Excel saves "Unicode text" as UTF-16.
func decodeDriftFile(content []byte) ([]byte, error) {
	if len(content) > MaxDriftBytes {
		return nil, lineFault(0, driftTooLarge)
	}
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) || bytes.HasPrefix(content, []byte{0xfe, 0xff}) {
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(content)
		if err != nil {
			return nil, lineFault(0, "The file begins like UTF-16 and is none. Send the file as Entra made it.")
		}
		content = text
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, lineFault(0, "The file is empty. Send a CSV file that Entra exported.")
	}
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return nil, lineFault(0, "This is a ZIP archive or an Excel workbook. Unpack it, or save it as CSV, and send the CSV file.")
	}
	return content, nil
}

// driftSeparator is what divides the fields: a comma, or what Excel writes where a comma divides decimals.
func driftSeparator(text []byte) rune {
	heading, best, most := firstLine(text), ',', 0
	if said, found := strings.CutPrefix(heading, "sep="); found && len(said) == 1 && strings.Contains(",;\t|", said) {
		return rune(said[0])
	}
	for _, r := range ",;\t" {
		if n := strings.Count(heading, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimRight(string(line[:min(len(line), maxDriftField)]), "\r")
}

func (e *DriftFile) reader() *csv.Reader {
	r := csv.NewReader(bytes.NewReader(e.text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = e.comma, -1, true
	return r
}

// heading reads up to the names of the columns, passing over what Excel and Entra's templates put before them.
func (e *DriftFile) heading(r *csv.Reader) (heading []string, line int, err error) {
	for {
		heading, line, err = e.record(r)
		if errors.Is(err, io.EOF) {
			return nil, 0, lineFault(0, "The file has no heading. Send a CSV file that Entra exported.")
		}
		first := ""
		if len(heading) > 0 {
			first = strings.ToLower(heading[0])
		}
		if err != nil || !strings.HasPrefix(first, "version:") && !strings.HasPrefix(first, "sep=") {
			return heading, line, err
		}
	}
}

// record reads a line of the file, which quoted fields can make several of.
func (e *DriftFile) record(r *csv.Reader) (fields []string, line int, err error) {
	fields, err = r.Read()
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		if errors.Is(broken.Err, csv.ErrQuote) && broken.StartLine != broken.Line {
			return nil, 0, lineFault(broken.StartLine, "a quotation mark is opened and never closed. Is the end of the file missing?")
		}
		return nil, 0, lineFault(broken.Line, `a quotation mark stands where none may be. Fields with quotation marks are written "like ""this""".`)
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ = r.FieldPos(0)
	for i, f := range fields {
		if len(f) > maxDriftField {
			return nil, 0, lineFault(line, "field %d has more than %d bytes. Is a quotation mark missing?", i+1, maxDriftField)
		}
		if !utf8.ValidString(f) {
			return nil, 0, lineFault(line, "field %d is no UTF-8. Save the file as \"CSV UTF-8\", or send it as Entra made it.", i+1)
		}
	}
	return fields, line, nil
}

// Check goes through the whole file, so that a comparison does not stop halfway.
func (e *DriftFile) Check() error {
	n := 0
	for _, err := range e.All() {
		if err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return lineFault(0, "The file has a heading and no lines. Is the filter at Entra right?")
	}
	e.Lines = n
	return nil
}

// All goes through the lines behind the heading, up to the first that is wrong.
func (e *DriftFile) All() iter.Seq2[DriftLine, error] {
	return func(yield func(DriftLine, error) bool) {
		r := e.reader()
		if _, _, err := e.heading(r); err != nil {
			yield(DriftLine{}, err)
			return
		}
		for n := 1; ; n++ {
			fields, at, err := e.record(r)
			if errors.Is(err, io.EOF) {
				return
			}
			var l DriftLine
			switch {
			case err != nil:
			case n > MaxDriftLines:
				err = lineFault(at, "the file has more than %d lines. Filter the export at Entra, and compare the parts.", MaxDriftLines)
			case len(fields) != e.width:
				err = lineFault(at, "it has %d fields, and the heading has %d. Is a field with a separator in it not in quotation marks?", len(fields), e.width)
			default:
				l, err = e.columns.line(e.Kind, at, fields)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}
