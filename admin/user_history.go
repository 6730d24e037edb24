package admin

import (
	"time"

	"doorlist/store"
)

// pastEvent is an event about somebody or something, in words.
type pastEvent struct {
	ID      string
	At      time.Time
	By      string
	Said    phrase
	Changes []change
}

// eventsOf are the latest events about a person or a group, the newest first. name is what it is called today.
func (r *request) eventsOf(subjectID, name string) ([]pastEvent, error) {
	page, err := r.Store.Organization(r.org.ID).SearchEvents(r.Request().Context(), store.EventFilter{SubjectID: subjectID}, "", recentEvents)
	if err != nil {
		return nil, err
	}
	list := make([]pastEvent, len(page.Events))
	for i, e := range page.Events {
		member, err := r.memberName(e)
		if err != nil {
			return nil, err
		}
		list[i] = pastEvent{e.ID, e.At, orElse(e.Actor.Name, string(e.Actor.Kind)), saidOf(e, eventNames{name, member}), changes(e)}
	}
	return list, nil
}
