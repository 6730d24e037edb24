package scimtest

import (
	"io"
	"net/http"
	"strings"
)

// BaseURL is the public address that the conversations expect in answers.
const BaseURL = "https://door.example"

// Server is a SCIM server to talk to, and one connection of it.
type Server struct {
	URL   string // where it listens, without a path
	Token string
	// Events lists the actions on record about a subject, the oldest first.
	Events func(subject string) []string
	// Declare declares a schema of the organization for a resource type; Undeclare removes it.
	Declare   func(resourceType, schema string)
	Undeclare func(urn string)
	// LetPasswords lets SCIM set passwords, or not.
	LetPasswords func(on bool)
}

type answer struct {
	status int
	header http.Header
	text   string
}

func (s Server) send(p *player, method, path, body string, header []string) answer {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), method, s.URL+"/scim/v2"+path, strings.NewReader(body))
	if err != nil {
		p.Fatalf("%s: %v", p.step, err)
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json; charset=utf-8") // as Entra sends it
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.Fatalf("%s: %v", p.step, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatalf("%s: %v", p.step, err)
	}
	if got := response.Header.Get("Content-Type"); len(text) > 0 && got != "application/scim+json" {
		p.Errorf("%s: content type %q", p.step, got)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}
