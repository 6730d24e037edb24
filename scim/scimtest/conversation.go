// Package scimtest replays the conversations of testdata/scim with a SCIM server, wherever it runs. It decides whether the
// answers are those in the file; it knows nothing of how they are made.
//
// A file is a list of requests and answers:
//
//	-- GET /Users?count=1 --      method and path below /scim/v2; then header lines, an empty line and the body
//	-- 200 --                     status; then header lines, an empty line and the body
//	-- audit $alice --            the actions recorded about a subject, one a line
//	-- schema User --             declares the schema for a resource type, as `doorlist schema add` does
//	-- unschema urn:... --        removes it
//	-- passwords on --            lets SCIM set passwords, as `doorlist org set` does
//
// In an answer, "$name" as a whole value takes down what stands there, or must equal what was taken down before, and "*"
// stands for any value. In a request, $name is replaced by what was taken down. Answers must agree in full.
package scimtest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// Conversation is one file.
type Conversation struct {
	Name  string // of the file, without its ending
	steps []txtar.File
}

// Read reads the conversations in a folder.
func Read(t testing.TB, folder string) []Conversation {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations in %s: %v", folder, err)
	}
	var all []Conversation
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Conversation{strings.TrimSuffix(filepath.Base(file), ".txtar"), archive.Files})
	}
	return all
}

// Replay sends the requests to a server whose directory is empty, and compares the answers.
func (c Conversation) Replay(t testing.TB, s Server) {
	t.Helper()
	p := &player{TB: t, server: s, known: map[string]string{}}
	for i, step := range c.steps {
		words := strings.Fields(step.Name)
		status, err := strconv.Atoi(words[0])
		switch {
		case err == nil:
			p.check(status, step.Data)
		case words[0] == "schema":
			s.Declare(words[1], string(step.Data))
		case words[0] == "unschema":
			s.Undeclare(words[1])
		case words[0] == "passwords":
			s.LetPasswords(words[1] == "on")
		case words[0] == "audit":
			p.audit(p.expand(words[1]), step.Data)
		default:
			p.step = fmt.Sprintf("step %d, %s", i+1, step.Name)
			p.request(words[0], words[1], step.Data)
		}
	}
}

// player is in the middle of a conversation.
type player struct {
	testing.TB
	server Server
	known  map[string]string
	last   answer
	step   string
}

func (p *player) request(method, path string, data []byte) {
	p.Helper()
	header, body := parts(data)
	for i, line := range header {
		header[i] = p.expand(line)
	}
	p.last = p.server.send(p, method, p.expand(path), p.expand(body), header)
}

func (p *player) check(status int, data []byte) {
	p.Helper()
	if p.last.status != status {
		p.Fatalf("%s: status %d, want %d: %s", p.step, p.last.status, status, p.last.text)
	}
	header, body := parts(data)
	if strings.TrimSpace(body) != "" {
		p.compare(body)
	} else if p.last.text != "" {
		p.Errorf("%s: body %s, want none", p.step, p.last.text)
	}
	for _, line := range header {
		name, want, _ := strings.Cut(line, ": ")
		if got := p.last.header.Get(name); got != p.expand(want) {
			p.Errorf("%s: header %s is %q, want %q", p.step, name, got, p.expand(want))
		}
	}
}

func (p *player) audit(subject string, data []byte) {
	p.Helper()
	if diff := cmp.Diff(strings.Fields(string(data)), p.server.Events(subject)); diff != "" {
		p.Fatalf("after %s: audit differs (-want +got):\n%s", p.step, diff)
	}
}

func (p *player) expand(s string) string {
	for name, value := range p.known {
		s = strings.ReplaceAll(s, "$"+name, value)
	}
	return s
}

// parts cuts a section into header lines and body. Without header lines the body begins at once.
func parts(data []byte) (header []string, body string) {
	body = string(data)
	for {
		line, rest, _ := strings.Cut(body, "\n")
		if strings.HasPrefix(line, "{") || line == "" {
			return header, body
		}
		header, body = append(header, line), rest
	}
}
