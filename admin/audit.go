package admin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

var auditTemplate = parsePage("audit")

// auditPage is how many events a page shows.
const auditPage = 50

type auditContent struct {
	Path    string // of the trail
	Filters filters
	Events  []shownEvent
	Pager   pager
	Trail   trailState
}

// shownEvent is an event in words.
type shownEvent struct {
	store.Event
	Said phrase
	Path string
	By   string // who did it
}

// showAudit lists what has happened, the newest first.
func showAudit(r *request) error {
	f, filter, err := r.auditFilters()
	if err != nil {
		return err
	}
	content := auditContent{Path: r.orgPath("audit"), Filters: f}
	if content.Trail, err = r.trailState(); err != nil {
		return err
	}
	if f.Fault != "" {
		content.Filters.Results = ""
		return r.show(422, auditTemplate, "Audit", content)
	}
	before := ""
	if key := r.pageKey(); len(key) == 1 {
		before = key[0]
	}
	page, err := r.Store.Organization(r.org.ID).SearchEvents(r.Request().Context(), filter, before, auditPage)
	if err != nil {
		return err
	}
	if content.Events, err = r.shownEvents(page.Events); err != nil {
		return err
	}
	var next []string
	if page.Older != "" {
		next = []string{page.Older}
	}
	content.Pager = r.pagerOf(f, next)
	if !page.Back.IsZero() {
		content.Pager.Note = "Looked back to " + page.Back.UTC().Format("2 Jan 2006, 15:04") + " UTC. Go on to look further."
	}
	return r.ok(auditTemplate, "Audit", content)
}

// auditFilters reads what the trail is narrowed to. The filters have a fault where that cannot be meant.
func (r *request) auditFilters() (filters, store.EventFilter, error) {
	connections, err := r.Store.Organization(r.org.ID).Connections(r.Request().Context())
	if err != nil {
		return filters{}, store.EventFilter{}, err
	}
	of := make([]option, len(connections))
	for i, c := range connections {
		of[i] = option{c.Slug, c.Name}
	}
	f := filters{Results: "events", Fields: []field{
		{Name: "q", Label: "Search", Type: "search", Hint: "A name or an id, as the event tells it."},
		{Name: "action", Label: "What", Type: "choice", Options: actionOptions},
		{Name: "actor", Label: "Who", Rare: true, Hint: "The exact name or id of whoever did it."},
		{Name: "subject", Label: "To what", Rare: true, Hint: "The id of a person, a group or something else."},
		{Name: "connection", Label: "Connection", Type: "choice", Options: of, Rare: true},
		{Name: "since", Label: "From day (UTC)", Type: "date"},
		{Name: "until", Label: "To day (UTC)", Type: "date"},
	}}
	answers, good := r.filtered(&f)
	if !good {
		return f, store.EventFilter{}, nil
	}
	filter := store.EventFilter{Action: answers["action"], Actor: answers["actor"], SubjectID: answers["subject"], Text: answers["q"]}
	filter.Since, _ = time.Parse(time.DateOnly, answers["since"]) // judged by their fields
	if until, err := time.Parse(time.DateOnly, answers["until"]); err == nil {
		filter.Until = until.AddDate(0, 0, 1)
	}
	if !filter.Until.IsZero() && !filter.Since.Before(filter.Until) {
		f.accuse("until", "This is before the first day: nothing can be in between.")
	}
	for _, c := range connections {
		if c.Slug == answers["connection"] {
			filter.DirectoryID = c.DirectoryID
		}
	}
	return f, filter, nil
}

// actionOptions are the kinds of events, each with its single actions.
var actionOptions = func() []option {
	var list []option
	kind := ""
	for _, action := range slices.Sorted(maps.Keys(sentences)) {
		k, what, _ := strings.Cut(action, ".")
		if k != kind {
			kind = k
			list = append(list, option{k, subjectWord(k) + ": all"})
		}
		list = append(list, option{action, subjectWord(k) + ": " + strings.ReplaceAll(what, "_", " ")})
	}
	return list
}()

// subjectWord is what a list of choices calls what an action is about.
func subjectWord(kind string) string {
	switch kind {
	case "sso":
		return "Single sign-on"
	case "breakglass":
		return "Break-glass"
	}
	return capital(strings.ReplaceAll(kind, "_", " "))
}

// shownEvents puts events into words.
func (r *request) shownEvents(events []store.Event) ([]shownEvent, error) {
	list := make([]shownEvent, len(events))
	for i, e := range events {
		told := readTold(e.Detail)
		names, err := r.namesOf(e, told)
		if err != nil {
			return nil, err
		}
		list[i] = shownEvent{e, saidOf(e, told, names), r.orgPath("audit", e.ID), actorName(e.Actor)}
	}
	return list, nil
}

// actorName is who did something, in words.
func actorName(a store.Actor) string {
	switch a.Kind {
	case store.Provisioner:
		return cmp.Or(a.Name, "Provisioning")
	case store.System:
		return cmp.Or("Doorlist ("+a.Name+")", "Doorlist")
	case store.Administrator:
		return fmt.Sprintf("%s, at the terminal", cmp.Or(a.Name, a.ID))
	}
	return cmp.Or(a.Name, a.ID, "Somebody who was signing in")
}

// exportAudit sends what the filters leave as a file.
func exportAudit(r *request) error {
	f, filter, err := r.auditFilters()
	if err != nil {
		return err
	}
	if f.Fault != "" {
		return showAudit(r)
	}
	return r.download(r.org.Slug+"-audit", Format(cmp.Or(r.QueryParam("format"), string(CSV))), EventColumns, func(e *Export) error {
		return r.Store.Organization(r.org.ID).ExportEvents(r.Request().Context(), filter, func(event store.Event, proof []byte) error {
			return e.Row(EventRow(event, proof)...)
		})
	})
}
