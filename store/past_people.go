package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// pastPerson is a person on the way back to an instant.
type pastPerson struct {
	on               bool // the list
	user             User
	quarantined      bool
	appRoles         []string
	groups, assigned map[string]bool
}

// candidates are ids of people of a directory who may have been on the list, in order, behind one.
func (p *Past) candidates(ctx context.Context, d pastDirectory, after string, max int) ([]string, error) {
	if !validID(after) {
		after = noID
	}
	var ids []string
	at := micros(p.At)
	err := p.scope.rows(ctx, `SELECT w.id FROM (SELECT a.id FROM (SELECT u.id FROM users u WHERE u.directory_id = ? AND u.id > ? AND u.created_at <= ?
			ORDER BY u.id LIMIT CAST(? AS bigint)) a
		UNION SELECT b.id FROM (SELECT t.id FROM tombstones t WHERE t.directory_id = ? AND t.id > ? AND t.deleted_at > ? ORDER BY t.id LIMIT CAST(? AS bigint)) b) w
		ORDER BY w.id`+limited, []any{d.key.DirectoryID, after, at, max, d.key.DirectoryID, after, at, max, max}, func(scan scanner) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// peopleOf finds which of the people of a directory were on the list, and how they were.
func (p *Past) peopleOf(ctx context.Context, d pastDirectory, ids []string) ([]PersonRecord, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	people, err := p.readPeople(ctx, d, ids)
	if err != nil {
		return nil, err
	}
	changes, err := p.scope.concerning(ctx, d.key.OrganizationID, ids, p.At)
	if err == nil && d.key.OrganizationID != p.scope.id {
		var given []Event // roles by hand, to people of an organization above
		given, err = p.scope.concerning(ctx, p.scope.id, ids, p.At)
		changes = append(changes, given...)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(changes, func(a, b Event) int { return strings.Compare(b.ID, a.ID) })
	for _, e := range changes {
		var told toldPerson
		if err := json.Unmarshal([]byte(e.Detail), &told); err != nil {
			return nil, err
		}
		p.undo(people, e, told)
	}
	if err := p.knowGroups(ctx, d, people); err != nil {
		return nil, err
	}
	var list []PersonRecord
	for _, id := range ids {
		if s := people[id]; s.on {
			list = append(list, p.record(d, s))
		}
	}
	return list, nil
}

// readPeople reads how people are now. Whoever is not on the list stands for nobody.
func (p *Past) readPeople(ctx context.Context, d pastDirectory, ids []string) (map[string]*pastPerson, error) {
	people := make(map[string]*pastPerson, len(ids))
	for _, id := range ids {
		people[id] = &pastPerson{user: User{ID: id}, groups: map[string]bool{}, assigned: map[string]bool{}}
	}
	o, param := p.scope, p.scope.d.idParam(ids)
	find := func(table, columns, condition string) string {
		return "SELECT " + columns + " FROM " + o.d.idList + o.d.lookUp(table, "x", "x.*", condition)
	}
	err := o.rows(ctx, "SELECT "+userColumns+" FROM "+o.d.idList+o.d.lookUp("users", "u", "u.*", "u.directory_id = ? AND u.id = ids.id"),
		[]any{param, d.key.DirectoryID}, func(scan scanner) error {
			u, err := scanUser(scan)
			s := people[u.ID]
			s.on, s.user, s.quarantined = true, u, u.Link == Quarantined
			return err
		})
	pair := func(sql string, keep func(s *pastPerson, value string), args ...any) {
		if err != nil {
			return
		}
		err = o.rows(ctx, sql, append([]any{param}, args...), func(scan scanner) error {
			var id, value string
			err := scan(&id, &value)
			keep(people[id], value)
			return err
		})
	}
	pair(find("user_app_roles", "x.user_id, x.value", "x.directory_id = ? AND x.user_id = ids.id"),
		func(s *pastPerson, value string) { s.appRoles = append(s.appRoles, value) }, d.key.DirectoryID)
	pair(find("members", "x.member_id, x.group_id", "x.directory_id = ? AND x.member_id = ids.id"),
		func(s *pastPerson, group string) { s.groups[group] = true }, d.key.DirectoryID)
	pair(find("role_assignments", "x.user_id, x.role_id", "x.organization_id = ? AND x.directory_id = ? AND x.user_id = ids.id"),
		func(s *pastPerson, role string) { s.assigned[role] = true }, o.id, d.key.DirectoryID)
	return people, err
}

// concerning lists an organization's events after an instant about users of some ids, and those that concern one of the ids,
// the latest first.
func (o *OrganizationScope) concerning(ctx context.Context, organizationID string, ids []string, after time.Time) ([]Event, error) {
	param, at := o.d.idParam(ids), micros(after)
	return o.eventRows(ctx, "SELECT "+eventColumnsOf("e")+" FROM (SELECT x.id FROM "+o.d.idList+
		o.d.lookUp("events", "x", "x.id", "x.organization_id = ? AND x.subject_id = CAST(ids.id AS text) AND x.subject_kind = 'user' AND x.at > ?")+
		" UNION SELECT y.event_id FROM "+o.d.idList+
		o.d.lookUp("event_concerns", "y", "y.event_id", "y.organization_id = ? AND y.concern_id = ids.id")+") w"+
		o.d.lookUp("events", "e", eventColumnsOf("e"), "e.organization_id = ? AND e.id = w.id AND e.at > ?")+" ORDER BY e.id DESC",
		param, organizationID, at, param, organizationID, organizationID, at)
}

// toldPerson is what an event tells of a person or a group.
type toldPerson struct {
	Was            json.RawMessage `json:"was"`
	WasHeld        bool            `json:"was_held"`
	WasQuarantined bool            `json:"was_quarantined"`
	HeldSince      *time.Time      `json:"held_since"` // of somebody whom the brake held
	AppRoles       json.RawMessage `json:"app_roles"`
	RoleID         string          `json:"role_id"`
	Members        json.RawMessage `json:"members"`
	Groups         []string        `json:"groups"`
}

func (p *Past) undo(people map[string]*pastPerson, e Event, told toldPerson) {
	kind, verb, _ := strings.Cut(e.Action, ".")
	if kind == "group" {
		undoMembers(people, verb, e.SubjectID, told)
		return
	}
	s := people[e.SubjectID]
	if kind != "user" || s == nil {
		return
	}
	switch verb {
	case "role_assigned", "role_unassigned":
		if e.OrganizationID == p.scope.id {
			put(s.assigned, told.RoleID, verb == "role_unassigned")
		}
	case "groups_left":
		for _, group := range told.Groups {
			s.groups[group] = true
		}
	default:
		s.undo(verb, told)
	}
}

// undoMembers undoes a change of a group's members.
func undoMembers(people map[string]*pastPerson, verb, groupID string, told toldPerson) {
	if !oneOf(verb, "members_added members_removed members_cleared") {
		return
	}
	var ids []string
	_ = json.Unmarshal(told.Members, &ids) // it is a list of them
	for _, id := range ids {
		if s := people[id]; s != nil {
			put(s.groups, groupID, verb != "members_added")
		}
	}
}

func put(set map[string]bool, key string, in bool) {
	if in {
		set[key] = true
		return
	}
	delete(set, key)
}

// undo undoes a change of the person's own record.
func (s *pastPerson) undo(verb string, told toldPerson) {
	u := &s.user
	switch verb {
	case "created":
		s.on = false
	case "deleted":
		s.undelete(told)
	case "updated":
		u.UserRecord = u.UserRecord.with(told.Was)
		var roles struct{ Before []string }
		if told.AppRoles != nil && json.Unmarshal(told.AppRoles, &roles) == nil {
			s.appRoles = roles.Before
		}
	case "held":
		u.Active, u.Held = true, false
	case "deactivated":
		u.Active, u.Held = told.HeldSince == nil, told.HeldSince != nil
	case "reactivated":
		u.Active, u.Held = false, told.WasHeld
	case "deletion_held":
		u.Held, u.Parted = told.WasHeld, false
	case "deletion_released", "revived":
		u.Held, u.Parted = true, true
	case "quarantined":
		s.quarantined = told.WasQuarantined
	case "released":
		s.quarantined = true
	case "adopted":
		u.Origin = FromSignIn
	}
}

func (s *pastPerson) undelete(told toldPerson) {
	var was struct {
		Active, Held, Parted, Quarantined bool
		Origin                            Origin
		AppRoles                          []string  `json:"app_roles"`
		CreatedAt                         time.Time `json:"created_at"`
		LastSignInAt                      time.Time `json:"last_sign_in_at"`
	}
	if json.Unmarshal(told.Was, &was) != nil {
		return
	}
	u := &s.user
	s.on, s.quarantined, s.appRoles = true, was.Quarantined, was.AppRoles
	u.UserRecord = u.UserRecord.with(told.Was)
	u.Active, u.Held, u.Parted, u.Origin, u.CreatedAt, u.LastSignInAt = was.Active, was.Held, was.Parted, was.Origin, was.CreatedAt, was.LastSignInAt
}

// with gives a record the columns that an event tells: see facts.
func (r UserRecord) with(was json.RawMessage) UserRecord {
	told := toldFacts{&r.UserName, &r.ExternalID, &r.DisplayName}
	_ = json.Unmarshal(was, &told) // what is not told stays
	return r
}

func (r GroupRecord) with(was json.RawMessage) GroupRecord {
	told := toldFacts{nil, &r.ExternalID, &r.DisplayName}
	_ = json.Unmarshal(was, &told)
	return r
}

type toldFacts struct {
	UserName    *string `json:"user_name"`
	ExternalID  *string `json:"external_id"`
	DisplayName *string `json:"display_name"`
}
