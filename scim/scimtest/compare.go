package scimtest

import (
	"encoding/json"
	"strings"

	"github.com/google/go-cmp/cmp"
)

func (p *player) compare(body string) {
	p.Helper()
	var want, got any
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		p.Fatalf("%s: the expected answer is no JSON: %v", p.step, err)
	}
	if err := json.Unmarshal([]byte(p.last.text), &got); err != nil {
		p.Fatalf("%s: the answer is no JSON: %v in %s", p.step, err, p.last.text)
	}
	if diff := cmp.Diff(p.fill(want, got), got); diff != "" {
		p.Fatalf("%s: answer differs (-want +got):\n%s", p.step, diff)
	}
}

// fill puts what is known, or what is taken down now, into the expected answer.
func (p *player) fill(want, got any) any {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		if id, ok := want["id"].(string); ok { // before the location, which names it
			p.takeDown(id, object["id"])
		}
		for name, v := range want {
			want[name] = p.fill(v, object[name])
		}
	case []any:
		list, _ := got.([]any)
		for i := range min(len(want), len(list)) {
			want[i] = p.fill(want[i], list[i])
		}
	case string:
		if want == "*" && got != nil {
			return got
		}
		p.takeDown(want, got)
		return p.expand(want)
	}
	return want
}

func (p *player) takeDown(want string, got any) {
	name, isName := strings.CutPrefix(want, "$")
	text, isText := got.(string)
	if isName && isText && p.known[name] == "" && !strings.ContainsAny(name, "/ ") {
		p.known[name] = text
	}
}
