package scim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestExchanges replays the conversations of testdata/scim. A file is a list of requests and answers:
//
//	-- GET /Users?count=1 --      method and path below /scim/v2; then header lines, an empty line and the body
//	-- 200 --                     status; then header lines, an empty line and the body
//	-- audit $alice --            the actions recorded about a subject, one a line
//	-- schema User --             declares the schema for a resource type, as `doorlist schema add` does
//	-- unschema urn:... --        removes it
//
// In an answer, "$name" as a whole value takes down what stands there, or must equal what was taken down before, and "*"
// stands for any value. In a request, $name is replaced by what was taken down. Answers must agree in full.
func TestExchanges(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/scim/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				replay(t, newDoor(t, s), archive.Files)
			})
		})
	}
}

type conversation struct {
	*testing.T
	door  *door
	known map[string]string
	last  reply
	step  string
}

func replay(t *testing.T, d *door, steps []txtar.File) {
	c := &conversation{T: t, door: d, known: map[string]string{}}
	for i, step := range steps {
		words := strings.Fields(step.Name)
		status, err := strconv.Atoi(words[0])
		switch {
		case err == nil:
			c.check(status, step.Data)
		case words[0] == "schema":
			d.declare(words[1], string(step.Data))
		case words[0] == "unschema":
			d.undeclare(words[1])
		case words[0] == "audit":
			c.audit(c.expand(words[1]), step.Data)
		default:
			c.step = fmt.Sprintf("step %d, %s", i+1, step.Name)
			c.request(words[0], words[1], step.Data)
		}
	}
}

func (c *conversation) request(method, path string, data []byte) {
	header, body := parts(data)
	var pairs []string
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		pairs = append(pairs, name, c.expand(value))
	}
	c.last = c.door.do(method, c.expand(path), c.expand(string(body)), pairs...)
}

func (c *conversation) check(status int, data []byte) {
	c.Helper()
	if c.last.status != status {
		c.Fatalf("%s: status %d, want %d: %s", c.step, c.last.status, status, c.last.text)
	}
	header, body := parts(data)
	if len(bytes.TrimSpace(body)) == 0 {
		if c.last.text != "" {
			c.Errorf("%s: body %s, want none", c.step, c.last.text)
		}
	} else {
		c.compare(body)
	}
	for _, line := range header {
		name, want, _ := strings.Cut(line, ": ")
		if got := c.last.header.Get(name); got != c.expand(want) {
			c.Errorf("%s: header %s is %q, want %q", c.step, name, got, c.expand(want))
		}
	}
}

func (c *conversation) compare(body []byte) {
	c.Helper()
	var want any
	if err := json.Unmarshal(body, &want); err != nil {
		c.Fatalf("%s: the expected answer is no JSON: %v", c.step, err)
	}
	want = c.fill(want, any(c.last.json))
	if diff := cmp.Diff(want, any(c.last.json)); diff != "" {
		c.Fatalf("%s: answer differs (-want +got):\n%s", c.step, diff)
	}
}

// fill puts what is known, or what is taken down now, into the expected answer.
func (c *conversation) fill(want, got any) any {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		if id, ok := want["id"].(string); ok { // before the location, which names it
			c.takeDown(id, object["id"])
		}
		for name, v := range want {
			want[name] = c.fill(v, object[name])
		}
	case []any:
		list, _ := got.([]any)
		for i := range min(len(want), len(list)) {
			want[i] = c.fill(want[i], list[i])
		}
	case string:
		if want == "*" && got != nil {
			return got
		}
		c.takeDown(want, got)
		return c.expand(want)
	}
	return want
}

func (c *conversation) takeDown(want string, got any) {
	name, isName := strings.CutPrefix(want, "$")
	text, isText := got.(string)
	if isName && isText && c.known[name] == "" && !strings.ContainsAny(name, "/ ") {
		c.known[name] = text
	}
}

func (c *conversation) audit(subject string, data []byte) {
	c.Helper()
	if diff := cmp.Diff(strings.Fields(string(data)), c.door.events(subject)); diff != "" {
		c.Fatalf("after %s: audit differs (-want +got):\n%s", c.step, diff)
	}
}

func (c *conversation) expand(s string) string {
	for name, value := range c.known {
		s = strings.ReplaceAll(s, "$"+name, value)
	}
	return s
}

// parts cuts a section into header lines and body. Without header lines the body begins at once.
func parts(data []byte) (header []string, body []byte) {
	text := string(data)
	for {
		line, rest, _ := strings.Cut(text, "\n")
		if strings.HasPrefix(line, "{") || line == "" {
			return header, []byte(text)
		}
		header, text = append(header, line), rest
	}
}
