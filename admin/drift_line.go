package admin

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// DriftLine is one line of an export.
type DriftLine struct {
	Number            int
	ObjectID          string // a GUID in lower case, or ""
	UserPrincipalName string
	DisplayName       string
	Mail              string
	Enabled           DriftAnswer
	Person            bool // not a group, a device or a service principal
	Group             bool
	// Action, Status and Reason are the provisioning log's, the first two in lower case.
	Action, Status, Reason string
	At                     time.Time // zero where the log does not tell
}

// DriftAnswer is an answer that may be missing.
type DriftAnswer int

// The answers.
const (
	DriftUnsaid DriftAnswer = iota
	DriftYes
	DriftNo
)

// field is the value of a column, without the spaces around it; "" where the file has no such column.
func (c *columnPlaces) field(which driftColumn, fields []string) string {
	if c[which] == 0 {
		return ""
	}
	return strings.TrimSpace(fields[c[which]-1])
}

// line reads and judges a line.
func (c *columnPlaces) line(kind DriftFileKind, number int, fields []string) (DriftLine, error) {
	if kind == DriftProvisioning {
		return c.logLine(number, fields)
	}
	l := DriftLine{
		Number: number, Person: true, ObjectID: c.field(columnObjectID, fields), UserPrincipalName: c.field(columnUserPrincipalName, fields),
		DisplayName: c.field(columnDisplayName, fields), Mail: c.field(columnMail, fields),
	}
	if err := l.identify(); err != nil {
		return l, err
	}
	var err error
	if l.Enabled, err = readAnswer(number, "accountEnabled", c.field(columnEnabled, fields)); err != nil {
		return l, err
	}
	if c[columnEnabled] == 0 {
		if l.Enabled, err = readAnswer(number, "Block credential", c.field(columnBlocked, fields)); err != nil {
			return l, err
		}
		l.Enabled = []DriftAnswer{DriftUnsaid, DriftNo, DriftYes}[l.Enabled]
	}
	if kind == DriftMembers {
		return c.memberLine(l, fields)
	}
	return l, nil
}

// memberLine tells people from groups, devices and service principals.
func (c *columnPlaces) memberLine(l DriftLine, fields []string) (DriftLine, error) {
	person, err := readAnswer(l.Number, "isUser", c.field(columnIsUser, fields))
	if err != nil {
		return l, err
	}
	group, err := readAnswer(l.Number, "isGroup", c.field(columnIsGroup, fields))
	if err != nil {
		return l, err
	}
	what := strings.ToLower(c.field(columnMemberType, fields)) // such as "User" and "#microsoft.graph.user"
	l.Person = person == DriftYes || person == DriftUnsaid && (what == "" || strings.HasSuffix(what, "user"))
	l.Group = group == DriftYes || strings.HasSuffix(what, "group")
	return l, nil
}

// identify demands something to recognize a person by.
func (l *DriftLine) identify() error {
	if l.ObjectID == "" && l.UserPrincipalName == "" {
		return lineFault(l.Number, "it has neither an object id nor a user principal name. Each line needs one of them.")
	}
	if l.ObjectID != "" && !guid.MatchString(l.ObjectID) {
		return lineFault(l.Number, "the object id %q is no GUID such as 11111111-2222-4333-8444-555555555555. Send the file as Entra made it.", shortenedField(l.ObjectID))
	}
	l.ObjectID = strings.ToLower(l.ObjectID)
	return nil
}

// readAnswer reads yes or no.
func readAnswer(line int, name, value string) (DriftAnswer, error) {
	switch strings.ToLower(value) {
	case "":
		return DriftUnsaid, nil
	case "true", "yes", "1":
		return DriftYes, nil
	case "false", "no", "0":
		return DriftNo, nil
	}
	return DriftUnsaid, lineFault(line, "%s is %q. It must be True or False.", name, shortenedField(value))
}

// logLine reads a line of the provisioning log.
func (c *columnPlaces) logLine(number int, fields []string) (DriftLine, error) {
	l := DriftLine{
		Number: number, ObjectID: c.field(columnSourceID, fields), DisplayName: c.field(columnSourceName, fields), UserPrincipalName: c.field(columnSourcePrincipal, fields),
		Action: strings.ToLower(c.field(columnAction, fields)), Status: strings.ToLower(c.field(columnStatus, fields)), Reason: c.field(columnReason, fields),
	}
	what := c.field(columnSourceType, fields)
	if object := c.field(columnSource, fields); l.ObjectID == "" && strings.HasPrefix(object, "{") {
		if err := l.readSource(object, &what); err != nil {
			return l, err
		}
	}
	if err := l.identify(); err != nil {
		return l, err
	}
	l.Group = strings.EqualFold(what, "group")
	l.Person = what == "" || strings.EqualFold(what, "user")
	switch l.Status {
	case "success", "failure", "skipped", "warning":
	case "succeeded":
		l.Status = "success"
	case "failed":
		l.Status = "failure"
	default:
		return l, lineFault(number, "the status is %q. It must be Success, Failure, Skipped or Warning.", shortenedField(l.Status))
	}
	return l, l.readTime(c.field(columnAt, fields))
}

// readSource reads the source identity as a log workspace exports it.
func (l *DriftLine) readSource(object string, what *string) error {
	var s struct {
		ID                string `json:"id"`
		Name              string `json:"name"`
		DisplayName       string `json:"displayName"`
		IdentityType      string `json:"identityType"`
		UserPrincipalName string `json:"userPrincipalName"`
	}
	if err := json.Unmarshal([]byte(object), &s); err != nil {
		return lineFault(l.Number, "the source identity is no JSON object. Send the file as Entra made it.")
	}
	l.ObjectID, *what = s.ID, s.IdentityType
	l.DisplayName = cmp.Or(l.DisplayName, s.DisplayName, s.Name)
	l.UserPrincipalName = cmp.Or(l.UserPrincipalName, s.UserPrincipalName)
	return nil
}

// logTimeForms are how logs write times: Entra in ISO 8601, Excel after it has opened the file.
var logTimeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.9999999", time.DateTime, "1/2/2006 3:04:05 PM", "1/2/2006, 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", time.DateOnly}

func (l *DriftLine) readTime(text string) error {
	if text == "" {
		return nil
	}
	for _, form := range logTimeForms {
		if t, err := time.Parse(form, text); err == nil {
			l.At = t.UTC()
			return nil
		}
	}
	return lineFault(l.Number, "the time %q is not understood. It must be like 2026-03-01T08:15:00Z.", shortenedField(text))
}

// shortenedField bounds what a message repeats of a file.
func shortenedField(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}
