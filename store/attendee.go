package store

import (
	"context"
	"slices"
)

// Attendee is what is known of a person apart from the Rules: what the provider, the person and administrators have said of this one.
type Attendee struct {
	User      User // without documents
	SignIn    SignInState
	Ambiguous bool // another user of the directory has the same object id
	WaysIn    WaysIn
	groups    []string // ids of those that the person is a direct member of
	appRoles  []heldAppRole
	roles     []string // ids of those given by hand
}

type heldAppRole struct{ key, value string }

// attendeeBatch is how many people one statement reads.
const attendeeBatch = 1000

// attendees reads the people of a way by their ids, in order of id. Ids of nobody are passed over.
func (o *OrganizationScope) attendees(ctx context.Context, d DirectoryKey, ids []string) ([]Attendee, error) {
	if ids = knownIDs(ids); len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	list, err := o.attendeeFacts(ctx, d, ids)
	at := make(map[string]*Attendee, len(list))
	for i := range list {
		at[list[i].User.ID] = &list[i]
	}
	reads := []struct {
		sql string
		add func(a *Attendee, key, value string)
	}{
		{"SELECT m.member_id, m.group_id, '' FROM " + o.d.idList + o.d.lookUp("members", "m", "m.member_id, m.group_id", "m.directory_id = ? AND m.member_id = ids.id"),
			func(a *Attendee, key, _ string) { a.groups = append(a.groups, key) }},
		{"SELECT r.user_id, r.value_key, r.value FROM " + o.d.idList + o.d.lookUp("user_app_roles", "r", "*", "r.directory_id = ? AND r.user_id = ids.id"),
			func(a *Attendee, key, value string) { a.appRoles = append(a.appRoles, heldAppRole{key, value}) }},
		{"SELECT r.user_id, r.role_id, '' FROM " + o.d.idList + o.d.lookUp("role_assignments", "r", "*", "r.directory_id = ? AND r.user_id = ids.id AND r.organization_id = ?"),
			func(a *Attendee, key, _ string) { a.roles = append(a.roles, key) }},
	}
	for i, read := range reads {
		args := []any{o.d.idParam(ids), d.DirectoryID}
		if i == len(reads)-1 {
			args = append(args, o.id)
		}
		if err != nil {
			return nil, err
		}
		err = o.rows(ctx, read.sql, args, func(scan scanner) error {
			var id, key, value string
			err := scan(&id, &key, &value)
			if a := at[id]; a != nil && err == nil {
				read.add(a, key, value)
			}
			return err
		})
	}
	return list, err
}

// attendeeFacts reads what stands beside the user's own row, by the columns that a sign-in reads.
func (o *OrganizationScope) attendeeFacts(ctx context.Context, d DirectoryKey, ids []string) ([]Attendee, error) {
	list := make([]Attendee, 0, len(ids))
	err := o.rows(ctx, `SELECT u.id, u.user_name, u.external_id, u.display_name, u.active, u.held, u.origin, u.quarantined, u.subject, u.subject_client,
		u.external_key <> '' AND EXISTS (SELECT 1 FROM users t WHERE t.directory_id = u.directory_id AND t.external_key = u.external_key AND t.id <> u.id), `+
		waysInColumns+" FROM "+o.d.idList+o.d.lookUp("users", "u", "*", "u.directory_id = ? AND u.id = ids.id")+`
		JOIN directories d ON d.id = u.directory_id JOIN organizations g ON g.id = ? WHERE d.organization_id = ? ORDER BY u.id`,
		[]any{o.d.idParam(ids), d.DirectoryID, o.id, d.OrganizationID}, func(scan scanner) error {
			var a Attendee
			var quarantined bool
			var row waysInRow
			u := &a.User
			err := scan(append([]any{&u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &u.Active, &u.Held, &u.Origin, &quarantined,
				&a.SignIn.Subject, &a.SignIn.ClientID, &a.Ambiguous}, row.fields()...)...)
			u.Link, a.WaysIn = link(u.ExternalID, quarantined), row.waysIn()
			list = append(list, a)
			return err
		})
	return list, err
}

// Touched names who the change so far was about, apart from the rules that it changed: whatever has an event of its own in a directory.
func (tx *Tx) Touched() map[string][]string {
	touched := map[string][]string{}
	for _, e := range tx.events {
		if e.DirectoryID != "" {
			touched[e.DirectoryID] = append(touched[e.DirectoryID], e.SubjectID)
		}
	}
	return touched
}
