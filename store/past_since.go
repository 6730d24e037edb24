package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Holder is somebody of the past with the grant that gave the role.
type Holder struct {
	Person PersonRecord
	Grant  Grant
}

// HeldSince tells since when people have had grants, at the instant of the past: when they last got into the group, were given
// the role or were added, or when that was last mapped to the role if that was later. Zero where the trail does not tell.
func (p *Past) HeldSince(ctx context.Context, holders []Holder) ([]time.Time, error) {
	byOwner, place := map[string][]string{}, map[string]int{}
	for i, h := range holders {
		owner := h.Person.Directory.OrganizationID
		if h.Grant.Source == LocalGrant {
			owner = p.scope.id
		}
		byOwner[owner], place[h.Person.User.ID] = append(byOwner[owner], h.Person.User.ID), i
	}
	since := make([]time.Time, len(holders))
	for i, h := range holders {
		if h.Grant.Source == AppRoleGrant || h.Grant.Source == DefaultGrant {
			since[i] = h.Person.User.CreatedAt
		}
	}
	for owner, ids := range byOwner {
		events, err := p.scope.concerning(ctx, owner, ids, time.Time{})
		if err != nil {
			return nil, err
		}
		for _, e := range slices.Backward(events) {
			if e.At.After(p.At) {
				break
			}
			for _, id := range gainedBy(e, holders, place) {
				since[place[id]] = e.At
			}
		}
	}
	return since, p.mappedSince(ctx, holders, since)
}

// gainedBy are the people to whom an event gave their grant.
func gainedBy(e Event, holders []Holder, place map[string]int) (gained []string) {
	var told toldPerson
	switch e.Action {
	case "group.members_added":
		var ids []string
		if json.Unmarshal([]byte(e.Detail), &told) != nil || json.Unmarshal(told.Members, &ids) != nil {
			return nil
		}
		for _, id := range ids {
			if i, ok := place[id]; ok && holders[i].Grant.GroupID == e.SubjectID {
				gained = append(gained, id)
			}
		}
	case "user.role_assigned":
		i, ok := place[e.SubjectID]
		if ok && json.Unmarshal([]byte(e.Detail), &told) == nil && holders[i].Grant.Source == LocalGrant && holders[i].Grant.Role.ID == told.RoleID {
			gained = []string{e.SubjectID}
		}
	case "user.updated":
		i, ok := place[e.SubjectID]
		if ok && holders[i].Grant.Source == AppRoleGrant && gainsAppRole(e, holders[i].Grant.Name) {
			gained = []string{e.SubjectID}
		}
	}
	return gained
}

func gainsAppRole(e Event, value string) bool {
	var told toldPerson
	var roles struct{ Before, After []string }
	if json.Unmarshal([]byte(e.Detail), &told) != nil || told.AppRoles == nil || json.Unmarshal(told.AppRoles, &roles) != nil {
		return false
	}
	same := func(role string) bool { return Fold(strings.TrimSpace(role)) == Fold(strings.TrimSpace(value)) }
	return slices.ContainsFunc(roles.After, same) && !slices.ContainsFunc(roles.Before, same)
}

// mappedSince moves times on to when the mapping came, or was changed, if that was later.
func (p *Past) mappedSince(ctx context.Context, holders []Holder, since []time.Time) error {
	for i, h := range holders {
		id := h.Grant.MappingID
		if id == "" || since[i].IsZero() {
			continue
		}
		at, known := p.mapped[id]
		if !known {
			events, err := p.scope.Events(ctx, EventQuery{SubjectID: id})
			if err != nil {
				return err
			}
			for _, e := range events {
				if !e.At.After(p.At) {
					at = e.At
				}
			}
			p.mapped[id] = at
		}
		if at.After(since[i]) {
			since[i] = at
		}
	}
	return nil
}
