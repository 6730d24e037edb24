package store

import (
	"context"
	"encoding/json"
	"strings"
)

// concern says that an event is about somebody or something beside its subject.
type concern struct{ organizationID, id, eventID string }

// ruleActions are the actions that change what decides about everybody's role. Those of roles and mappings all do.
var ruleActions = map[string]bool{
	"connection.created": true, "connection.updated": true, "connection.removed": true, "connection.ceiling_changed": true,
	"connection.attachment_changed": true, "organization.created": true, "organization.moved": true,
	"organization.default_role_changed": true, "organization.ambiguous_roles_changed": true, "organization.setting_inherited": true,
}

// concerns are the ids by which an event must be found though it has another subject, or among very many of its subject's.
func (e Event) concerns(d detail) []string {
	kind, verb, _ := strings.Cut(e.Action, ".")
	switch {
	case ruleActions[e.Action], kind == "role", kind == "mapping":
		return []string{e.OrganizationID}
	case verb == "groups_left":
		return stringsIn(d, "groups")
	case kind != "group", verb == "members_unknown":
		return nil
	case strings.HasPrefix(verb, "members_"):
		return stringsIn(d, "members")
	}
	return []string{e.SubjectID}
}

func stringsIn(d detail, name string) []string { list, _ := d[name].([]string); return list }

// insertConcerns writes what the events of the change concern. It costs one statement, and none where there is nothing.
func (tx *Tx) insertConcerns() error {
	for rest := tx.concerns; len(rest) > 0; {
		batch := rest[:min(tx.d.rowsAtOnce, len(rest))]
		rest = rest[len(batch):]
		args := make([]any, 0, 3*len(batch))
		for _, c := range batch {
			args = append(args, c.organizationID, c.id, c.eventID)
		}
		if err := tx.later("INSERT INTO event_concerns (organization_id, concern_id, event_id) VALUES "+valueRows(len(batch), 3), args...); err != nil {
			return err
		}
	}
	return nil
}

// dropConcerns forgets what events concern that are about to be removed.
func (tx *Tx) dropConcerns(organizationID string, ids []string) error {
	byEvent := map[string][]string{}
	err := tx.rows(tx.ctx, "SELECT e.id, e.action, e.subject_id, e.detail FROM events e WHERE e.organization_id = ? AND e.id IN (SELECT ids.id FROM "+tx.d.idList+")",
		[]any{organizationID, tx.d.idParam(ids)}, func(scan scanner) error {
			e := Event{OrganizationID: organizationID}
			if err := scan(&e.ID, &e.Action, &e.SubjectID, &e.Detail); err != nil {
				return err
			}
			if about := e.concerns(e.lists()); len(about) > 0 {
				byEvent[e.ID] = knownIDs(about)
			}
			return nil
		})
	for event, about := range byEvent {
		if err == nil {
			_, err = tx.do("DELETE FROM event_concerns WHERE organization_id = ? AND event_id = ? AND concern_id IN (SELECT ids.id FROM "+tx.d.idList+")",
				organizationID, event, tx.d.idParam(about))
		}
	}
	return err
}

// lists are the lists of ids that the event tells.
func (e Event) lists() detail {
	var told struct{ Members, Groups json.RawMessage }
	d := detail{}
	if json.Unmarshal([]byte(e.Detail), &told) != nil {
		return d
	}
	for name, text := range map[string]json.RawMessage{"members": told.Members, "groups": told.Groups} {
		var ids []string
		if text != nil && json.Unmarshal(text, &ids) == nil {
			d[name] = ids
		}
	}
	return d
}

// lastID is an id that is greater than every other.
const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// EventsAbout lists the organization's events that are about somebody or something, as their subject or beside it: a person's
// own, and those of groups that took the person in. They come newest first, at most limit of them (0: 100), beginning behind
// the event before ("": the newest). It relies on events_subject and primary keys.
func (o *OrganizationScope) EventsAbout(ctx context.Context, id, before string, max int) ([]Event, error) {
	if !o.valid() || !validID(id) {
		return nil, nil
	}
	if !validID(before) {
		before = lastID
	}
	n := limit(max, 100)
	return o.eventRows(ctx, "SELECT "+eventColumnsOf("e")+` FROM (
		SELECT s.id FROM (SELECT x.id FROM events x WHERE x.organization_id = ? AND x.subject_id = ? AND x.id < ? ORDER BY x.id DESC LIMIT CAST(? AS bigint)) s
		UNION SELECT c.id FROM (SELECT y.event_id AS id FROM event_concerns y WHERE y.organization_id = ? AND y.concern_id = ? AND y.event_id < ?
			ORDER BY y.event_id DESC LIMIT CAST(? AS bigint)) c) w`+
		o.d.lookUp("events", "e", eventColumnsOf("e"), "e.organization_id = ? AND e.id = w.id")+" ORDER BY e.id DESC"+limited,
		o.id, id, before, n, o.id, id, before, n, o.id, n)
}

// eventColumnsOf names the columns of a table of events.
func eventColumnsOf(alias string) string {
	return alias + "." + strings.ReplaceAll(eventColumns, ", ", ", "+alias+".")
}
