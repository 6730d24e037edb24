package admin

import (
	"time"

	"doorlist/store"
)

// personEvent is an event about a person, in words.
type personEvent struct {
	ID      string
	At      time.Time
	By      string
	Said    phrase
	Changes []change
}

// eventsOf are the latest events about a person, the newest first.
func (r *request) eventsOf(p store.PersonRecord) ([]personEvent, error) {
	page, err := r.Store.Organization(r.org.ID).SearchEvents(r.Request().Context(), store.EventFilter{SubjectID: p.User.ID}, "", recentEvents)
	if err != nil {
		return nil, err
	}
	list := make([]personEvent, len(page.Events))
	for i, e := range page.Events {
		list[i] = personEvent{e.ID, e.At, orElse(e.Actor.Name, string(e.Actor.Kind)), said(e, called(p)), changes(e)}
	}
	return list, nil
}
