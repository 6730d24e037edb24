package admin

import (
	"encoding/hex"
	"errors"

	"doorlist/store"
)

var eventTemplate = parsePage("event")

type eventContent struct {
	shownEvent
	Trail   string // address of the trail
	Kind    string // of what it is about, as people call it
	Page    string // address of a person or a group that is still here
	About   string // address of the other events about the same
	Undo    string // address of what undoes it; "" where that cannot be
	Request string // address of the provider's request that it comes from; "" where none is kept
	Changes []change
	Facts   []Value
	Block   int64 // 0 while the event is in none
	Hash    string
}

// showEvent shows all that is kept of an event.
func showEvent(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	e, err := scope.Event(ctx, r.Param("event"))
	if err != nil {
		return err
	}
	shown, err := r.shownEvents([]store.Event{e})
	if err != nil {
		return err
	}
	told := readTold(e.Detail)
	content := eventContent{shownEvent: shown[0], Trail: r.orgPath("audit"), Changes: changes(told), Facts: facts(told), Kind: kindWord(e.SubjectKind)}
	if store.Undoable(e.Action) {
		content.Undo = r.orgPath("undo", e.ID)
	}
	if e.SubjectID != "" {
		content.About = content.Trail + filters{Fields: []field{{Name: "subject", Value: e.SubjectID}}}.Answers()
	}
	if content.Page, err = r.subjectPage(e); err != nil {
		return err
	}
	behind, err := scope.RequestBehind(ctx, e)
	if err == nil {
		content.Request = r.orgPath("provisioning", behind.ID)
	}
	if unlessGone(err) != nil {
		return err
	}
	switch place, err := scope.BlockOf(ctx, e.ID); {
	case err == nil:
		content.Block, content.Hash = place.Seq, hex.EncodeToString(place.Hash[:])
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return r.ok(eventTemplate, "Event", content)
}

// eventAddress is the address of an event's page; "" where there is none, as for those of other organizations.
func (r *request) eventAddress(e store.Event) string {
	if e.OrganizationID != r.org.ID || !r.hasSection("audit") {
		return ""
	}
	return r.orgPath("audit", e.ID)
}

// unlessGone passes on errors other than that something is not there any more.
func unlessGone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
