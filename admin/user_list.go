package admin

import (
	"encoding/base64"
	"fmt"
	"net/http"

	"doorlist/auth"
	"doorlist/store"
)

var usersTemplate = parsePage("users")

// shownPeople is how many people a page shows.
const shownPeople = 50

// usersContent is a page of people.
type usersContent struct {
	Filters filters
	Path    string // of the list
	People  []shownPerson
	Pager   pager
	Cut     bool // the search finds more than are looked at
	Looked  int  // how many were looked at, where that is not all
	CSV     string
	Lines   string // address of the export in JSON lines
}

// shownPerson is a person as the list shows them.
type shownPerson struct {
	auth.Person
	State string // in a few words
}

// listPeople shows the people of an organization.
func listPeople(r *request) error {
	f, q, err := r.peopleFilter()
	if err != nil {
		return err
	}
	content := usersContent{Filters: f, Path: r.orgPath("users")}
	if f.Fault != "" {
		return r.show(http.StatusUnprocessableEntity, usersTemplate, "Users", content)
	}
	q.Limit, q.After = shownPeople, placeOf(r.pageKey())
	page, err := auth.People(r.Request().Context(), r.Store, r.org, q)
	if err != nil {
		return err
	}
	for _, p := range page.People {
		content.People = append(content.People, shownPerson{p, stateOf(p)})
	}
	var next []string
	if page.More {
		next = keyOf(page.Last)
	}
	content.Pager, content.Cut, content.Looked = r.pagerOf(f, next), page.Cut, page.Looked
	if content.Looked > 0 {
		content.Pager.Note = fmt.Sprintf("Looked at %d people so far.", content.Looked)
	}
	content.CSV, content.Lines = content.Path+"/export"+f.Answers("format", string(CSV)), content.Path+"/export"+f.Answers("format", string(JSONLines))
	return r.ok(usersTemplate, "Users", content)
}

// keyOf and placeOf write a place as the key of a page and read it. Names can hold what no address should.
func keyOf(p store.Place) []string {
	return []string{base64.RawURLEncoding.EncodeToString([]byte(p.Key)), p.ID}
}

func placeOf(key []string) *store.Place {
	if len(key) != 2 {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(key[0])
	if err != nil {
		return nil
	}
	return &store.Place{Key: string(text), ID: key[1]}
}
