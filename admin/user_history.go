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
	events, err := r.Store.Organization(r.org.ID).Events(r.Request().Context(), store.EventQuery{SubjectID: p.User.ID, Newest: true, Limit: recentEvents})
	if err != nil {
		return nil, err
	}
	list := make([]personEvent, len(events))
	for i, e := range events {
		list[i] = personEvent{e.ID, e.At, orElse(e.Actor.Name, string(e.Actor.Kind)), said(e, called(p)), changes(e)}
	}
	return list, nil
}
