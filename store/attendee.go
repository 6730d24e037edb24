package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
)

// Attendee is what is known of a person apart from the Rules: what the provider, the person and administrators have said of this one.
type Attendee struct {
	User      User // without documents
	SignIn    SignInState
	Ambiguous bool     // another user of the directory has the same object id
	WaysIn    WaysIn   // as far as it is the person's own
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
	if err != nil || len(list) == 0 {
		return nil, err
	}
	dense, err := o.dense(ctx, d, ids)
	if err != nil {
		return nil, err
	}
	at := make(map[string]*Attendee, len(list))
	for i := range list {
		at[list[i].User.ID] = &list[i]
	}
	for _, b := range besides {
		sql, args := b.query(o, d, ids, dense)
		err := o.rows(ctx, sql, args, func(scan scanner) error {
			var id, key, value string
			err := scan(&id, &key, &value)
			if a := at[id]; a != nil && err == nil {
				b.add(a, key, value)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// beside is a table that has rows b of people. key and value are texts of such a row.
type beside struct {
	table, user, key, value string
	ofOrganization          bool // only the organization's own rows count
	many                    bool // people have many of them
	add                     func(a *Attendee, key, value string)
}

// besides rely on primary keys, members_member and outage_people_user.
var besides = []beside{
	{table: "members", user: "member_id", key: "CAST(b.group_id AS text)", value: "''", many: true,
		add: func(a *Attendee, key, _ string) { a.groups = append(a.groups, key) }},
	{table: "user_app_roles", user: "user_id", key: "b.value_key", value: "b.value",
		add: func(a *Attendee, key, value string) { a.appRoles = append(a.appRoles, heldAppRole{key, value}) }},
	{table: "role_assignments", user: "user_id", key: "CAST(b.role_id AS text)", value: "''", ofOrganization: true,
		add: func(a *Attendee, key, _ string) { a.roles = append(a.roles, key) }},
	{table: "sso_choices", user: "user_id", key: "b.choice", value: "''",
		add: func(a *Attendee, key, _ string) { a.WaysIn.Choice = key }},
	{table: "passwords", user: "user_id", key: "''", value: "''",
		add: func(a *Attendee, _, _ string) { a.WaysIn.HasPassword = true }},
	{table: "outage_people", user: "user_id", value: "''",
		key: "(SELECT CAST(o.ends_at AS text) FROM outages o WHERE o.organization_id = b.organization_id AND o.id = b.outage_id AND o.ended_at = 0)", add: addOutage},
}

func addOutage(a *Attendee, key, _ string) {
	if ends, err := strconv.ParseInt(key, 10, 64); err == nil && ends > micros(a.WaysIn.OutageUntil) { // an outage that was ended has no key
		a.WaysIn.OutageUntil = fromMicros(ends)
	}
}

// query reads the rows of people: those of a dense batch from the first id to the last, because most people have none; else those of each.
func (b beside) query(o *OrganizationScope, d DirectoryKey, ids []string, dense bool) (sql string, args []any) {
	sql = "SELECT CAST(b." + b.user + " AS text), coalesce(" + b.key + ", ''), " + b.value + " FROM "
	own, more := "", []any(nil)
	if b.ofOrganization {
		own, more = " AND b.organization_id = ?", []any{o.id}
	}
	if dense && !b.many {
		return sql + b.table + " b WHERE b.directory_id = ? AND b." + b.user + " >= ? AND b." + b.user + " <= ?" + own, append([]any{d.DirectoryID, ids[0], ids[len(ids)-1]}, more...)
	}
	return sql + o.d.idList + o.d.lookUp(b.table, "b", "*", "b.directory_id = ? AND b."+b.user+" = ids.id"+own), append([]any{o.d.idParam(ids), d.DirectoryID}, more...)
}

// dense says that a full batch of ids in order has between its first and its last hardly anybody who is not in it.
func (o *OrganizationScope) dense(ctx context.Context, d DirectoryKey, ids []string) (bool, error) {
	if len(ids) < attendeeBatch {
		return false, nil
	}
	var people int
	err := o.row(ctx, "SELECT count(*) FROM (SELECT 1 FROM users WHERE directory_id = ? AND id >= ? AND id <= ? ORDER BY id"+limited+") AS among",
		[]any{d.DirectoryID, ids[0], ids[len(ids)-1], 3 * len(ids)}, &people)
	return people < 3*len(ids), err
}

// attendeeFacts reads the users' own rows, by the columns that a sign-in reads.
func (o *OrganizationScope) attendeeFacts(ctx context.Context, d DirectoryKey, ids []string) ([]Attendee, error) {
	list := make([]Attendee, 0, len(ids))
	err := o.rows(ctx, `SELECT u.id, u.user_name, u.external_id, u.display_name, u.active, u.held, u.parted <> '', u.origin, u.quarantined, u.subject, u.subject_client,
		u.external_key <> '' AND EXISTS (SELECT 1 FROM users t WHERE t.directory_id = u.directory_id AND t.external_key = u.external_key AND t.id <> u.id AND (t.parted = '' OR u.parted <> ''))
		FROM `+o.d.idList+o.d.lookUp("users", "u", "*", "u.directory_id = (SELECT d.id FROM directories d WHERE d.id = ? AND d.organization_id = ?) AND u.id = ids.id"),
		[]any{o.d.idParam(ids), d.DirectoryID, d.OrganizationID}, func(scan scanner) error {
			var a Attendee
			var quarantined bool
			u := &a.User
			err := scan(&u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &u.Active, &u.Held, &u.Parted, &u.Origin, &quarantined,
				&a.SignIn.Subject, &a.SignIn.ClientID, &a.Ambiguous)
			u.Link = link(u.ExternalID, quarantined)
			list = append(list, a)
			return err
		})
	slices.SortFunc(list, func(a, b Attendee) int { return cmp.Compare(a.User.ID, b.User.ID) })
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
