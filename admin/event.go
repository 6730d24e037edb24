package admin

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"time"

	"doorlist/store"
)

// part is a piece of a sentence. What somebody else has named is kept apart, because it may be written from right to left.
type part struct {
	Text string
	Name bool
}

// phrase is a sentence for people; the template "phrase" shows it.
type phrase []part

// String is the sentence as plain text.
func (p phrase) String() string {
	var b strings.Builder
	for _, piece := range p {
		b.WriteString(piece.Text)
	}
	return b.String()
}

// saidOf says what an event with a detail tells. A name that the caller does not know is the one that the event has kept, if any.
func saidOf(e store.Event, told told, names eventNames) phrase {
	pattern, known := sentences[e.Action]
	if e.Action == "user.updated" && shown(told["changed"]) == "active" {
		pattern = map[any]string{true: "{subject} was switched on", false: "{subject} was switched off"}[told.at("after.active")]
		pattern = cmp.Or(pattern, sentences[e.Action])
	}
	if names.member != "" {
		pattern = ofOneMember[e.Action]
		told = maps.Clone(told)
		told["member"] = names.member
	}
	if !known {
		return phrase{{Text: e.Action}} // of a newer version, during an upgrade
	}
	name := cmp.Or(names.subject, told.name())
	if name == "" { // "The role was changed", not "The role the role was changed"
		pattern = strings.Replace(pattern, e.SubjectKind+" {subject}", e.SubjectKind, 1)
	}
	unnamed := "the " + kindWord(e.SubjectKind)
	if strings.HasPrefix(pattern, "{subject}") {
		unnamed = "T" + unnamed[1:]
	}
	return told.fill(pattern, cmp.Or(name, unnamed))
}

// kindWord is what people call a kind of subject.
func kindWord(kind string) string {
	if kind == "sso" || kind == "sign_in" {
		return "person" // whose way to sign in was chosen, or who came
	}
	return codeWords(kind)
}

// Summary says what an event tells, in one sentence.
func Summary(e store.Event) string { return saidOf(e, readTold(e.Detail), eventNames{}).String() }

// told is the detail of an event.
type told map[string]any

// readTold reads a detail, which names hundreds of members where so many were added at once. Numbers stay as they are written.
func readTold(detail string) told {
	d := json.NewDecoder(strings.NewReader(detail))
	d.UseNumber()
	var t told
	if d.Decode(&t) != nil {
		return told{} // not ours; the page shows the text itself
	}
	return t
}

// name is what the detail calls its subject.
func (t told) name() string {
	for _, path := range []string{"user_name", "display_name", "after.name", "before.name", "name", "after.slug", "before.slug", "slug", "label", "email", "subject"} {
		if text, ok := t.at(path).(string); ok && text != "" {
			return text
		}
	}
	return t.mapped()
}

// mapped is what a mapping gives a role to: a group by its name, if it was there; "" for no mapping.
func (t told) mapped() string {
	if name, ok := t["group"].(string); ok && name != "" && t["directory"] != nil {
		return "the group " + name
	}
	for _, side := range []string{"after", "before"} {
		for _, path := range []struct{ key, kind string }{{"app_role", "app role"}, {"group_external_id", "group"}, {"group_id", "group"}} {
			if text, ok := t.at(side + "." + path.key).(string); ok && text != "" {
				return "the " + path.kind + " " + text
			}
		}
	}
	return ""
}

// at finds a value by its names, with dots between them; nil if there is none.
func (t told) at(path string) any {
	first, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return t[first]
	}
	inner, _ := t[first].(map[string]any)
	return told(inner).at(rest)
}

// placeholder is {name}, {name|one|many} for a number of things, and [a part that goes without an empty name in it].
var placeholder = regexp.MustCompile(`\[([^\]]*)\]|\{([^}]*)\}`)

// fill fills a pattern. What it fills in is never read as a pattern.
func (t told) fill(pattern, subject string) phrase {
	var out phrase
	from := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(pattern, -1) {
		out = append(out, part{Text: pattern[from:at[0]]})
		from = at[1]
		if at[2] >= 0 {
			out = append(out, t.optional(pattern[at[2]:at[3]], subject)...)
			continue
		}
		out = append(out, t.part(pattern[at[4]:at[5]], subject))
	}
	return append(out, part{Text: pattern[from:]})
}

// enterpriseUser is the extension of RFC 7643 section 4.3.
const enterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// codeWords are the words of a code of ours.
func codeWords(code string) string { return strings.ReplaceAll(code, "_", " ") }

func (t told) optional(pattern, subject string) phrase {
	inner := t.fill(pattern, subject)
	for _, p := range inner {
		if p.Name && p.Text == "" {
			return nil
		}
	}
	return inner
}

// part is what stands for a placeholder.
func (t told) part(name, subject string) part {
	if name == "subject" {
		return part{subject, true}
	}
	path, nouns, counted := strings.Cut(name, "|")
	text := shown(t.at(path))
	if !counted {
		switch name {
		case "reason", "setting":
			text = codeWords(text)
		case "action":
			subject, what, _ := strings.Cut(text, ".")
			text = codeWords(subject + ": " + what)
		case "changed":
			text = strings.ReplaceAll(text, enterpriseUser, "enterprise attributes")
		}
		return part{text, true}
	}
	one, many, _ := strings.Cut(nouns, "|")
	if text == "1" {
		return part{"1 " + one, true}
	}
	return part{cmp.Or(text, "0") + " " + many, true}
}

// shown writes a value of a detail for people; "" for none.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case json.Number:
		return v.String()
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.UTC().Format("2 Jan 2006, 15:04") + " UTC"
		}
		if d, err := time.ParseDuration(v); err == nil && d.String() == v && (d == 0 || d >= time.Hour) {
			return store.Span(d)
		}
		return v
	case []any:
		return shownList(v)
	case map[string]any:
		return shownEntry(v)
	}
	return ""
}

func shownList(list []any) string {
	texts := make([]string, 0, len(list))
	for _, v := range list {
		if text := shown(v); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, ", ")
}

// shownEntry writes an entry of a list: by its value and type, such as an e-mail address, or by what it has, such as an address.
func shownEntry(entry map[string]any) string {
	if value := shown(entry["value"]); value != "" {
		if kind := shown(entry["type"]); kind != "" {
			return value + " (" + kind + ")"
		}
		return value
	}
	e := entryOf(entry)
	var texts []string
	for _, p := range e.Parts {
		texts = append(texts, p.Label+": "+p.Value)
	}
	text := strings.Join(texts, "; ")
	if len(e.Tags) > 0 {
		text += " (" + strings.Join(e.Tags, ", ") + ")"
	}
	return text
}
