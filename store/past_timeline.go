package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// PastRecord is how somebody was from an instant on, until the record after it; the one before all others has the zero From.
type PastRecord struct {
	From   time.Time
	Event  Event // that made it so; none for the first
	On     bool  // the list
	Person PersonRecord
}

// longestTimeline bounds the changes that a timeline goes back through.
const longestTimeline = 2000

// Timeline goes back through everything that could have changed a person's role, the latest first. more says that there is
// more than it goes back through.
func (o *OrganizationScope) Timeline(ctx context.Context, directoryID, userID string) (list []PastRecord, more bool, err error) {
	p := newPast(o, time.Time{})
	if !o.valid() || !validID(userID) {
		return nil, false, ErrNotFound
	}
	if err := p.readRules(ctx); err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(p.directories(), func(d pastDirectory) bool { return d.key.DirectoryID == directoryID })
	if i < 0 {
		return nil, false, ErrNotFound
	}
	d := p.directories()[i]
	people, err := p.readPeople(ctx, d, []string{userID})
	if err != nil {
		return nil, false, err
	}
	changes, err := p.changesOf(ctx, d, people, userID)
	if err != nil {
		return nil, false, err
	}
	more = len(changes) > longestTimeline
	for _, e := range changes[:min(len(changes), longestTimeline)] {
		list = append(list, p.at(d, people[userID], e))
		if err := p.undoAny(people, e); err != nil {
			return nil, false, err
		}
	}
	return append(list, p.at(d, people[userID], Event{})), more, nil
}

// at is how somebody is on the way back, from an event on.
func (p *Past) at(d pastDirectory, s *pastPerson, e Event) PastRecord {
	for _, known := range p.directories() {
		if known.key == d.key {
			return PastRecord{From: e.At, Event: e, On: s.on, Person: p.record(known, s)}
		}
	}
	return PastRecord{From: e.At, Event: e}
}

// changesOf reads all events that could have changed somebody's role, the latest first, and how the groups are now that the
// person was ever in.
func (p *Past) changesOf(ctx context.Context, d pastDirectory, people map[string]*pastPerson, userID string) ([]Event, error) {
	var changes []Event
	for _, id := range p.line {
		about := []string{id}
		if id == d.key.OrganizationID || id == p.scope.id {
			about = append(about, userID)
		}
		list, err := p.scope.concerning(ctx, id, about, time.Time{})
		if err != nil {
			return nil, err
		}
		changes = append(changes, list...)
	}
	groups := maps.Clone(people[userID].groups)
	for _, e := range changes {
		var told toldPerson
		if json.Unmarshal([]byte(e.Detail), &told) != nil {
			continue
		}
		if strings.HasPrefix(e.Action, "group.members_") {
			groups[e.SubjectID] = true
		}
		for _, id := range told.Groups {
			groups[id] = true
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(groups)), noted) {
		if err := p.readGroupsNow(ctx, d, ids); err != nil {
			return nil, err
		}
		list, err := p.scope.concerning(ctx, d.key.OrganizationID, ids, time.Time{})
		if err != nil {
			return nil, err
		}
		changes = append(changes, list...)
	}
	slices.SortFunc(changes, func(a, b Event) int { return strings.Compare(b.ID, a.ID) })
	return slices.CompactFunc(changes, func(a, b Event) bool { return a.ID == b.ID }), nil
}

// undoAny undoes an event of whatever kind.
func (p *Past) undoAny(people map[string]*pastPerson, e Event) error {
	var rule toldRule
	var person toldPerson
	if ruleActions[e.Action] || e.SubjectKind == "role" || e.SubjectKind == "mapping" {
		err := json.Unmarshal([]byte(e.Detail), &rule)
		p.undoRule(e, rule)
		return err
	}
	if err := json.Unmarshal([]byte(e.Detail), &person); err != nil {
		return err
	}
	p.undoGroup(e, person)
	p.undo(people, e, person)
	return nil
}
