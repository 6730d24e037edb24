package drift

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// Line is one line of an export.
type Line struct {
	Number            int
	ObjectID          string // a GUID in lower case, or ""
	UserPrincipalName string
	DisplayName       string
	Mail              string
	Enabled           Choice
	Person            bool // not a group, a device or a service principal
	Group             bool
	// Action, Status and Reason are the provisioning log's, the first two in lower case.
	Action, Status, Reason string
	At                     time.Time // zero where the log does not tell
}

// Choice is an answer that may be missing.
type Choice int

// The answers.
const (
	Unsaid Choice = iota
	Yes
	No
)

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// field is the value of a column, without the spaces around it; "" where the file has no such column.
func (c *columns) field(which column, fields []string) string {
	if c[which] == 0 {
		return ""
	}
	return strings.TrimSpace(fields[c[which]-1])
}

// line reads and judges a line.
func (c *columns) line(kind Kind, number int, fields []string) (Line, error) {
	if kind == Provisioning {
		return c.logLine(number, fields)
	}
	l := Line{
		Number: number, Person: true, ObjectID: c.field(objectID, fields), UserPrincipalName: c.field(userPrincipalName, fields),
		DisplayName: c.field(displayName, fields), Mail: c.field(mail, fields),
	}
	if err := l.identify(); err != nil {
		return l, err
	}
	var err error
	if l.Enabled, err = choice(number, "accountEnabled", c.field(enabled, fields)); err != nil {
		return l, err
	}
	if c[enabled] == 0 {
		if l.Enabled, err = choice(number, "Block credential", c.field(blocked, fields)); err != nil {
			return l, err
		}
		l.Enabled = []Choice{Unsaid, No, Yes}[l.Enabled]
	}
	if kind == Members {
		return c.memberLine(l, fields)
	}
	return l, nil
}

// memberLine tells people from groups, devices and service principals.
func (c *columns) memberLine(l Line, fields []string) (Line, error) {
	person, err := choice(l.Number, "isUser", c.field(isUser, fields))
	if err != nil {
		return l, err
	}
	group, err := choice(l.Number, "isGroup", c.field(isGroup, fields))
	if err != nil {
		return l, err
	}
	what := strings.ToLower(c.field(memberType, fields)) // such as "User" and "#microsoft.graph.user"
	l.Person = person == Yes || person == Unsaid && (what == "" || strings.HasSuffix(what, "user"))
	l.Group = group == Yes || strings.HasSuffix(what, "group")
	return l, nil
}

// identify demands something to recognize a person by.
func (l *Line) identify() error {
	if l.ObjectID == "" && l.UserPrincipalName == "" {
		return fault(l.Number, "it has neither an object id nor a user principal name. Each line needs one of them.")
	}
	if l.ObjectID != "" && !guid.MatchString(l.ObjectID) {
		return fault(l.Number, "the object id %q is no GUID such as 11111111-2222-4333-8444-555555555555. Send the file as Entra made it.", shortened(l.ObjectID))
	}
	l.ObjectID = strings.ToLower(l.ObjectID)
	return nil
}

// choice reads yes or no.
func choice(line int, name, value string) (Choice, error) {
	switch strings.ToLower(value) {
	case "":
		return Unsaid, nil
	case "true", "yes", "1":
		return Yes, nil
	case "false", "no", "0":
		return No, nil
	}
	return Unsaid, fault(line, "%s is %q. It must be True or False.", name, shortened(value))
}

// logLine reads a line of the provisioning log.
func (c *columns) logLine(number int, fields []string) (Line, error) {
	l := Line{
		Number: number, ObjectID: c.field(sourceID, fields), DisplayName: c.field(sourceName, fields), UserPrincipalName: c.field(sourcePrincipal, fields),
		Action: strings.ToLower(c.field(action, fields)), Status: strings.ToLower(c.field(status, fields)), Reason: c.field(reason, fields),
	}
	what := c.field(sourceType, fields)
	if object := c.field(source, fields); l.ObjectID == "" && strings.HasPrefix(object, "{") {
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
		return l, fault(number, "the status is %q. It must be Success, Failure, Skipped or Warning.", shortened(l.Status))
	}
	return l, l.readTime(c.field(at, fields))
}

// readSource reads the source identity as a log workspace exports it.
func (l *Line) readSource(object string, what *string) error {
	var s struct {
		ID                string `json:"id"`
		Name              string `json:"name"`
		DisplayName       string `json:"displayName"`
		IdentityType      string `json:"identityType"`
		UserPrincipalName string `json:"userPrincipalName"`
	}
	if err := json.Unmarshal([]byte(object), &s); err != nil {
		return fault(l.Number, "the source identity is no JSON object. Send the file as Entra made it.")
	}
	l.ObjectID, *what = s.ID, s.IdentityType
	l.DisplayName = firstOf(l.DisplayName, s.DisplayName, s.Name)
	l.UserPrincipalName = firstOf(l.UserPrincipalName, s.UserPrincipalName)
	return nil
}

// timeForms are how logs write times: Entra in ISO 8601, Excel after it has opened the file.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.9999999", time.DateTime, "1/2/2006 3:04:05 PM", "1/2/2006, 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", time.DateOnly}

func (l *Line) readTime(text string) error {
	if text == "" {
		return nil
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			l.At = t.UTC()
			return nil
		}
	}
	return fault(l.Number, "the time %q is not understood. It must be like 2026-03-01T08:15:00Z.", shortened(text))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// shortened bounds what a message repeats of a file.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}
