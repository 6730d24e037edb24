package admin

import (
	"time"

	"doorlist/store"
)

var wholeHistoryTemplate = parsePage("whole_history")

// pastEvent is an event about somebody or something, in words.
type pastEvent struct {
	Address string // of the event's page; "" where there is none
	At      time.Time
	By      string
	Said    phrase
	Changes []change
}

// eventsOf are the events about a person or a group, as their subject or beside it, the newest first, from before an event on
// ("": the newest). name is what it is called today. next is the key of what follows; nil for the end.
func (r *request) eventsOf(id, name, before string) (list []pastEvent, next []string, err error) {
	events, err := r.Store.Organization(r.org.ID).EventsAbout(r.Request().Context(), id, before, recentEvents+1)
	if err != nil {
		return nil, nil, err
	}
	if len(events) > recentEvents {
		events = events[:recentEvents]
		next = []string{events[recentEvents-1].ID}
	}
	for _, e := range events {
		told := readTold(e.Detail)
		said, err := r.saidAbout(e, told, id, name)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, pastEvent{r.eventAddress(e), e.At, actorName(e.Actor), said, changes(told)})
	}
	return list, next, nil
}

// memberSentences say what an event about a group means for one of the members that it names.
var memberSentences = map[string]string{
	"group.members_added":   "{subject} was added to {display_name}",
	"group.members_removed": "{subject} was taken out of {display_name}",
	"group.members_cleared": "{subject} was taken out of {display_name}, which was emptied",
}

// saidAbout says what an event tells about somebody or something, called name today, that need not be its subject.
func (r *request) saidAbout(e store.Event, t told, id, name string) (phrase, error) {
	if pattern, member := memberSentences[e.Action]; member && e.SubjectID != id {
		return t.fill(pattern, name), nil
	}
	names, err := r.namesOf(e, t)
	if e.SubjectID == id {
		names.subject = name
	}
	return saidOf(e, t, names), err
}

// wholeHistory is a page of all that happened to a person or a group.
type wholeHistory struct {
	Kind, Today string // what it is, and the address of its page
	Events      []pastEvent
	Pager       pager
}

// showPersonHistory lists all that happened to a person, a page at a time.
func showPersonHistory(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	return r.showWholeHistory("person", p.User.ID, called(p), r.personPath(p))
}

// showWholeHistory lists the events about a person or a group of a name, a page at a time.
func (r *request) showWholeHistory(kind, id, name, today string) error {
	before := ""
	if key := r.pageKey(); len(key) == 1 {
		before = key[0]
	}
	events, next, err := r.eventsOf(id, name, before)
	if err != nil {
		return err
	}
	return r.ok(wholeHistoryTemplate, "History of "+name, wholeHistory{kind, today, events, r.pagerOf(filters{}, next)})
}
