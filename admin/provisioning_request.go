package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doorlist/store"
)

var requestTemplate = parsePage("request")

// requestContent is a request with everything that is known of it.
type requestContent struct {
	store.SCIMRequest
	Connection, ConnectionAddress string
	Credential                    string // its label; "" if it is gone
	SubjectAddress                string // "" where there is no page
	Lasted, Entra                 string
	Sent, Received                string // the bodies, laid out to be read
	Cut                           bool   // Sent is the beginning of more
	Missing                       bool   // a body was sent and not kept
	HeaderLines                   []Value
	Events                        []eventLine
	Curl                          string
	Now                           *wouldBe // after it was tried
	Fault                         string   // why it could not be tried
}

// eventLine is an audit event of a request.
type eventLine struct {
	Said    phrase
	Address string // "" where there is no page
	Changes []change
}

// wouldBe is what the request would do now.
type wouldBe struct {
	Status          int
	Summary, Answer string
	Events          []eventLine
	Same            bool // as it was answered then
}

// showRequest shows a request of a provider.
func showRequest(r *request) error {
	content, err := r.loggedRequest()
	if err != nil {
		return err
	}
	return r.ok(requestTemplate, content.Operation, content)
}

// replayRequest shows a request with what it would do now.
func replayRequest(r *request) error {
	content, err := r.loggedRequest()
	if err != nil {
		return err
	}
	now, err := r.Replay(r.Request().Context(), content.SCIMRequest)
	var impossible *ReplayError
	status := http.StatusOK
	switch {
	case errors.As(err, &impossible):
		content.Fault = impossible.Message
	case errors.Is(err, store.ErrNotFound):
		content.Fault = "The connection is switched off, so every request of its provider is refused now."
	case errors.Is(err, store.ErrUnavailable):
		content.Fault, status = "It takes too long to try this out, so it was broken off. Nothing was changed.", http.StatusServiceUnavailable
	case err != nil:
		return err
	default:
		lines, err := r.eventLines(now.Events, false)
		if err != nil {
			return err
		}
		content.Now = &wouldBe{Status: now.Status, Summary: summary(now.Tally), Answer: laidOut(now.Answer), Events: lines, Same: now.Status == content.Status}
	}
	return r.show(status, requestTemplate, content.Operation, content)
}

// loggedRequest finds the request that the address names, with what belongs to it.
func (r *request) loggedRequest() (content requestContent, err error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	if content.SCIMRequest, err = scope.Request(ctx, r.Param("request")); err != nil {
		return content, err
	}
	connection, err := r.Store.FindConnection(ctx, content.ConnectionID)
	if err != nil {
		return content, err
	}
	events, err := scope.EventsOf(ctx, content.SCIMRequest)
	if err != nil {
		return content, err
	}
	content.Connection, content.ConnectionAddress = connection.Name, to("connections", connection.Slug)
	if content.Credential, err = r.credentialLabel(connection, content.CredentialID); err != nil {
		return content, err
	}
	content.Lasted = lasted(content.Took)
	content.Entra = entraShows(exchange{Method: content.Method, Target: withoutNames(content.Target), Status: content.Status})
	content.Sent, content.Received = laidOut(content.Body), laidOut(content.Answer)
	content.Missing = content.BodyBytes > 0 && content.Body == ""
	content.Cut = !content.Missing && content.BodyBytes > store.MaxRequestText
	for line := range strings.Lines(content.Headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		content.HeaderLines = append(content.HeaderLines, Value{Label: name, Value: value})
	}
	if content.Events, err = r.eventLines(events, true); err != nil {
		return content, err
	}
	content.SubjectAddress = r.subjectAddress(content.SCIMRequest)
	if !content.Cut && !content.Missing {
		content.Curl = curl(r.door.To("/scim/v2"), content.SCIMRequest)
	}
	return content, nil
}

// noLabel stands for the label of a credential that has none.
const noLabel = "(no label)"

// credentialLabel is what a connection's credential is called; "" for one that is not there any more.
func (r *request) credentialLabel(c store.Connection, id string) (string, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	if id == c.ID {
		return "a token that the provider signed", nil
	}
	tokens, err := scope.Tokens(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range tokens {
		if t.ID == id {
			return orElse(t.Label, noLabel), nil
		}
	}
	clients, err := scope.Clients(ctx)
	if err != nil {
		return "", err
	}
	for _, client := range clients {
		if client.ID == id {
			return orElse(client.Label, noLabel), nil
		}
	}
	return "", nil
}

func (r *request) subjectAddress(logged store.SCIMRequest) string {
	folder := logged.SubjectKind + "s"
	if logged.SubjectID == "" || logged.SubjectName == "" || !r.hasSection(folder) {
		return ""
	}
	return r.orgPath(folder, logged.SubjectID)
}

// hasSection says that there are pages in a folder of the organization.
func (r *request) hasSection(folder string) bool {
	return slices.ContainsFunc(r.sections, func(s section) bool { return s.folder == folder })
}

// eventLines show events; kept says that they are in the audit, so that there is a page of each.
func (r *request) eventLines(events []store.Event, kept bool) ([]eventLine, error) {
	lines := make([]eventLine, len(events))
	for i, e := range events {
		told := readTold(e.Detail)
		names, err := r.namesOf(e, told)
		if err != nil {
			return nil, err
		}
		lines[i] = eventLine{Said: saidOf(e, told, names), Changes: changes(told)}
		if kept {
			lines[i].Address = r.eventAddress(e)
		}
	}
	return lines, nil
}

// laidOut is a JSON document with a line for each value; any other text as it is.
func laidOut(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}

// curl is a request as a command, with the token left to whoever runs it.
func curl(root string, logged store.SCIMRequest) string {
	path, query, _ := strings.Cut(logged.Target, "?")
	lines := []string{"curl -X " + logged.Method + " " + quoted(root+escapedPath(path)+escapedQuery(query)), `-H "Authorization: Bearer $SCIM_TOKEN"`}
	for line := range strings.Lines(logged.Headers) {
		if strings.HasPrefix(line, "Content-Type: ") || strings.HasPrefix(line, "If-") {
			lines = append(lines, "-H "+quoted(strings.TrimSpace(line)))
		}
	}
	if logged.Body != "" {
		lines = append(lines, "--data-binary "+quoted(logged.Body))
	}
	return strings.Join(lines, " \\\n  ")
}

// quoted is a text for a POSIX shell, which reads nothing in it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func escapedPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(unescaped(segment))
	}
	return strings.Join(segments, "/")
}

func escapedQuery(query string) string {
	if query == "" {
		return ""
	}
	parameters := strings.Split(query, "&")
	for i, parameter := range parameters {
		name, value, given := strings.Cut(parameter, "=")
		parameters[i] = url.QueryEscape(unescaped(name))
		if given {
			parameters[i] += "=" + url.QueryEscape(unescaped(value))
		}
	}
	return "?" + strings.Join(parameters, "&")
}

// unescaped is a part of a logged target as the provider meant it.
func unescaped(text string) string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}
