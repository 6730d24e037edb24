package admin

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"doorlist/store"
)

var guideTemplate = parsePage("guide")

// shownStep is a step of the guide with what it uses.
type shownStep struct {
	Step
	Page      string // of the console, that does what is to do here
	Barred    bool   // there is such a page, for a higher role
	Values    []Value
	Documents []Document
}

// showGuide shows how the provider of a connection is set up.
func showGuide(r *request) error {
	ladder, err := r.Store.Organization(r.org.ID).Roles(r.Request().Context())
	if err != nil {
		return err
	}
	g := NewGuide(r.door.To(""), r.org, r.connection, ladder, r.Shared.Serves(r.connection))
	steps := make([]shownStep, len(g.Steps))
	for i, s := range g.Steps {
		steps[i] = shownStep{Step: s}
		if steps[i].Barred = s.page != "" && !r.mayOpen(s.page); !steps[i].Barred {
			steps[i].Page = s.page
		}
		for _, v := range g.Values {
			if slices.Contains(s.Uses, v.Name) && v.Value != "" {
				steps[i].Values = append(steps[i].Values, v)
			}
		}
		for _, d := range g.Documents {
			if slices.Contains(s.Uses, d.Name) {
				steps[i].Documents = append(steps[i].Documents, d)
			}
		}
	}
	return r.ok(guideTemplate, "Setting up "+r.connection.Name, steps)
}

// mayOpen says whether the caller's right suffices for a page of the connection. What is no page of the console is its test, which
// the door keeps for those who manage.
func (r *request) mayOpen(page string) bool {
	needs := store.ConsoleManage
	for _, known := range r.routes() {
		if strings.Replace(known.path, ":connection", r.connection.Slug, 1) == page {
			needs = known.needs
		}
	}
	return r.who.May(needs)
}

// Text is the document as it is pasted.
func (d Document) Text() (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(d.JSON)
	return b.String(), err
}
