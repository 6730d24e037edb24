package admin

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// form is a page that asks for something and does it.
type form struct {
	Heading, Lead string
	Values        []Value // to enter elsewhere first
	Lists         []namedList
	Warning       string // what cannot be undone, or what else should be known
	Fields        []field
	Fault         string // of the form as a whole
	Submit, Back  string // label of the button, "" where it could do nothing; address of the way out
	Proposes      bool   // another owner has to approve it
	Idle          bool   // it changes nothing, so that nobody has to approve it
}

// namedList is what a form is about, by name.
type namedList struct {
	Title string
	Items []string
	More  int // how many are not shown
}

// field is one question of a form.
type field struct {
	Name, Label, Hint string
	Type              string // of an input: text where empty; "date", "search", "choice" for Options, "flag" for a box to tick, "list" for lines,
	// "document" for a file or its text
	Options      []option
	Optional     bool
	Value, Fault string
	Rare         bool   // of a filter: folded away with the others of its kind
	Unset        string // of a choice above a list: what no answer means; "any" where empty
}

type option struct{ Value, Label string }

// Words are the answer as people read it.
func (f field) Words() string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	switch {
	case f.Type == "flag" && f.Checked():
		return "yes"
	case f.Type == "flag":
		return "no"
	}
	return f.Value
}

// Checked says that a box is ticked.
func (f field) Checked() bool { return f.Value == flagOn }

const flagOn = "on"

// Secret says that what was typed is not sent back.
func (f field) Secret() bool { return f.Type == "password" }

// values are the answers, by field.
type values map[string]string

// maxValue, maxList and maxDocument bound one answer, in bytes. A page that asks for a document says how much it reads.
const (
	maxValue    = 2000
	maxList     = 10_000
	maxDocument = 1 << 20
)

// ask shows a form or, once it was filled in, has apply do what it asks for; apply returns where to go next, "" if it answered
// itself. A form with faults is shown again as it was filled in.
func (r *request) ask(f form, apply func(values) (next string, err error)) error {
	f.Proposes = r.ruled && !f.Idle
	if r.Request().Method != http.MethodPost {
		return r.ok(formTemplate, f.Heading, f)
	}
	if r.approval != nil {
		r.approval.now = slices.Clone(f.Fields)
	}
	next, err := "", r.fill(&f)
	switch {
	case r.approval != nil:
		return r.consider(f, err, apply)
	case err == nil && r.ruled:
		next, err = r.propose(f, apply)
	case err == nil:
		next, err = apply(f.values())
	}
	if err == nil && next == "" {
		return nil
	}
	if err == nil {
		return r.Redirect(http.StatusSeeOther, next)
	}
	return r.askAgain(f, err)
}

// askAgain shows a form as it was filled in, with what is wrong.
func (r *request) askAgain(f form, err error) error {
	faults, ok := translate(err)
	if !ok {
		return err
	}
	f.accuse(faults)
	status := http.StatusUnprocessableEntity
	if r.Request().Method != http.MethodPost { // nothing was sent that could be wrong: the page says what stands in the way
		status = http.StatusOK
		f.Submit = ""
	}
	return r.show(status, formTemplate, f.Heading, f)
}

var formTemplate = parsePage("form")

// fill reads the answers into the form and refuses what no field can mean.
func (r *request) fill(f *form) error {
	if err := r.parse(); err != nil {
		return faultIn("", "The form could not be read. Please send it once more, with less in it.")
	}
	faults := map[string]string{}
	for i := range f.Fields {
		q := &f.Fields[i]
		q.Value = strings.TrimSpace(r.Request().PostForm.Get(q.Name))
		switch q.Type {
		case "list":
			q.Value = strings.ReplaceAll(q.Value, "\r\n", "\n")
		case "document":
			if file := r.sentFile(q.Name); file != "" {
				q.Value = file
			}
		}
		if sentence := q.judge(); sentence != "" {
			q.Value, faults[q.Name] = plain(q.Value), sentence
		}
	}
	if len(faults) > 0 {
		return refill{faults}
	}
	return nil
}

// judge says what is wrong with the shape of an answer; "" for nothing.
func (f *field) judge() string {
	switch {
	case f.Value == "" && !f.Optional && f.Type != "flag":
		return "This is needed."
	case f.Type == "document" && (len(f.Value) > maxDocument || !utf8.ValidString(f.Value)):
		return "This must be a text in UTF-8 of at most 1 MB."
	case f.Type == "document":
		return ""
	case len(f.Value) > maxList || len(f.Value) > maxValue && f.Type != "list":
		return "This is too long."
	case f.Type == "list" && (!utf8.ValidString(f.Value) || strings.ContainsFunc(strings.ReplaceAll(f.Value, "\n", ""), unicode.IsControl)):
		return "This must be lines of plain text."
	case f.Type != "list" && (!utf8.ValidString(f.Value) || strings.ContainsFunc(f.Value, unicode.IsControl)):
		return "This must be one line of plain text."
	case f.Type == "choice" && !f.offers(f.Value) && !(f.Optional && f.Value == ""):
		return "Choose one of those that are offered."
	case f.Type == "date" && f.Value != "" && !isDay(f.Value):
		return "Write a day as year, month and day, such as 2026-03-31."
	}
	return ""
}

// A page that takes a document may wait for another server that has it, and reads one of the largest size with other answers beside it.
const (
	documentTakes = 20 * time.Second
	documentReads = maxDocument + maxList + 64<<10
)

func (f *field) offers(value string) bool {
	for _, o := range f.Options {
		if o.Value == value {
			return true
		}
	}
	return false
}

// isDay says that a text is a day, as inputs of type date send it.
func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// Sends says that the form sends a file.
func (f form) Sends() bool {
	return slices.ContainsFunc(f.Fields, func(q field) bool { return q.Type == "document" })
}

// parse reads what was sent, a file among it perhaps.
func (r *request) parse() error {
	if kind, _, _ := mime.ParseMediaType(r.Request().Header.Get("Content-Type")); kind == "multipart/form-data" {
		return r.Request().ParseMultipartForm(maxDocument)
	}
	return r.Request().ParseForm()
}

// sentFile is the file that was chosen for a field; "" for none.
func (r *request) sentFile(name string) string {
	if r.Request().MultipartForm == nil {
		return ""
	}
	file, _, err := r.Request().FormFile(name + fileSuffix)
	if err != nil {
		return ""
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxDocument+1))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

// fileSuffix tells the input of a file from that of its text.
const fileSuffix = "-file"

func dropControl(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}

func (f *form) values() values {
	v := values{}
	for _, q := range f.Fields {
		v[q.Name] = q.Value
	}
	return v
}

// accuse puts faults beside their fields; what has none stands above all.
func (f *form) accuse(faults map[string]string) {
	var rest []string
	for name, sentence := range faults {
		if !f.accuseField(name, sentence) {
			rest = append(rest, sentence)
		}
	}
	for i := range f.Fields {
		if q := &f.Fields[i]; q.Secret() && q.Fault == "" {
			q.Fault = "Enter it once more: it is not sent back."
		}
	}
	f.Fault = strings.Join(rest, " ")
	if f.Fault == "" {
		f.Fault = "Nothing was saved yet: something below is not right."
	}
}

func (f *form) accuseField(name, sentence string) bool {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Fault = sentence
			return true
		}
	}
	return false
}
