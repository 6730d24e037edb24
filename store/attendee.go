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

// crowd is people of a directory who are read together, in order of id.
type crowd struct {
	key    DirectoryKey
	people []Attendee
	dense  bool     // hardly anybody is between the first and the last who is not in it
	groups []string // the ids of the groups that matter
}

// attendees reads the people of a way by their ids, in order of id, with their memberships of some groups. Ids of nobody are passed over.
func (o *OrganizationScope) attendees(ctx context.Context, d DirectoryKey, ids, groups []string) ([]Attendee, error) {
	if ids = knownIDs(ids); len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	people, err := o.attendeeFacts(ctx, o.d.idList+o.d.lookUp("users", "u", "*", ofDirectory+" AND u.id = ids.id"), o.d.idParam(ids), d.DirectoryID, d.OrganizationID)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	slices.SortFunc(people, func(a, b Attendee) int { return cmp.Compare(a.User.ID, b.User.ID) })
	c := crowd{key: d, people: people, groups: groups}
	if c.dense, err = o.dense(ctx, c); err != nil {
		return nil, err
	}
	return people, o.readBesides(ctx, c)
}

// attendeesBehind reads the next people of a directory in order of id, as many as one statement reads.
func (o *OrganizationScope) attendeesBehind(ctx context.Context, d DirectoryKey, last string, groups []string) ([]Attendee, error) {
	people, err := o.attendeeFacts(ctx, "users u WHERE "+ofDirectory+" AND u.id > ? ORDER BY u.id"+limited, d.DirectoryID, d.OrganizationID, last, attendeeBatch)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	return people, o.readBesides(ctx, crowd{d, people, true, groups})
}

// readBesides reads what is known of people beside their own rows.
func (o *OrganizationScope) readBesides(ctx context.Context, c crowd) error {
	at := make(map[string]*Attendee, len(c.people))
	for i := range c.people {
		at[c.people[i].User.ID] = &c.people[i]
	}
	for _, b := range besides {
		if b.ofGroups && len(c.groups) == 0 {
			continue
		}
		sql, args := b.query(o, c)
		err := o.rows(ctx, sql, args, func(scan scanner) error {
			var id, key, value string
			err := scan(&id, &key, &value)
			if a := at[id]; a != nil && err == nil {
				b.add(a, key, value)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// beside is a table that has rows b of people. key and value are texts of such a row.
type beside struct {
	table, user, key, value string
	ofOrganization          bool // only the organization's own rows count
	ofGroups                bool // only those of the groups that matter count, and people have many others
	add                     func(a *Attendee, key, value string)
}

// besides rely on primary keys, members_member and outage_people_user.
var besides = []beside{
	{table: "members", user: "member_id", key: "CAST(b.group_id AS text)", value: "''", ofGroups: true,
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

// query reads the rows of people: those of a dense crowd from the first id to the last, because most people have none; else those of each.
func (b beside) query(o *OrganizationScope, c crowd) (sql string, args []any) {
	sql = "SELECT CAST(b." + b.user + " AS text), coalesce(" + b.key + ", ''), " + b.value + " FROM "
	own, more := "", []any(nil)
	if b.ofOrganization {
		own, more = " AND b.organization_id = ?", []any{o.id}
	}
	within := "b.directory_id = ? AND b." + b.user + " >= ? AND b." + b.user + " <= ?" + own
	between := append([]any{c.key.DirectoryID, c.people[0].User.ID, c.people[len(c.people)-1].User.ID}, more...)
	switch {
	case c.dense && b.ofGroups:
		return sql + o.d.idList + o.d.lookUp(b.table, "b", "*", "b.group_id = ids.id AND "+within), append([]any{o.d.idParam(c.groups)}, between...)
	case c.dense:
		return sql + b.table + " b WHERE " + within, between
	}
	return sql + o.d.idList + o.d.lookUp(b.table, "b", "*", "b.directory_id = ? AND b."+b.user+" = ids.id"+own), append([]any{o.d.idParam(c.ids()), c.key.DirectoryID}, more...)
}

func (c crowd) ids() []string {
	ids := make([]string, len(c.people))
	for i := range c.people {
		ids[i] = c.people[i].User.ID
	}
	return ids
}

// dense says that a large crowd has between its first and its last hardly anybody who is not in it.
func (o *OrganizationScope) dense(ctx context.Context, c crowd) (bool, error) {
	n := len(c.people)
	if n < attendeeBatch/2 {
		return false, nil
	}
	var people int
	err := o.row(ctx, "SELECT count(*) FROM (SELECT 1 FROM users WHERE directory_id = ? AND id >= ? AND id <= ? ORDER BY id"+limited+") AS among",
		[]any{c.key.DirectoryID, c.people[0].User.ID, c.people[n-1].User.ID, 3 * n}, &people)
	return people < 3*n, err
}

// ofDirectory is a condition: the user u is of a directory of an organization.
const ofDirectory = "u.directory_id = (SELECT d.id FROM directories d WHERE d.id = ? AND d.organization_id = ?)"

// attendeeFacts reads the users' own rows, by the columns that a sign-in reads.
func (o *OrganizationScope) attendeeFacts(ctx context.Context, from string, args ...any) ([]Attendee, error) {
	list := make([]Attendee, 0, attendeeBatch)
	err := o.rows(ctx, `SELECT u.id, u.user_name, u.external_id, u.display_name, u.active, u.held, u.parted <> '', u.origin, u.quarantined, u.subject, u.subject_client,
		u.external_key <> '' AND EXISTS (SELECT 1 FROM users t WHERE t.directory_id = u.directory_id AND t.external_key = u.external_key AND t.id <> u.id AND (t.parted = '' OR u.parted <> ''))
		FROM `+from, args, func(scan scanner) error {
		var a Attendee
		var quarantined bool
		u := &a.User
		err := scan(&u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &u.Active, &u.Held, &u.Parted, &u.Origin, &quarantined,
			&a.SignIn.Subject, &a.SignIn.ClientID, &a.Ambiguous)
		u.Link = link(u.ExternalID, quarantined)
		list = append(list, a)
		return err
	})
	return list, err
}

// AppendFacts appends all that the rules ask about a person beside the way by which the person comes: whoever comes by the same way with the same
// facts is treated alike.
func (a Attendee) AppendFacts(b []byte) []byte {
	u, w := a.User, a.WaysIn
	for _, fact := range []bool{u.Active, u.Held, u.Parted, a.Ambiguous, a.SignIn.Subject == "", w.HasPassword} {
		b = strconv.AppendBool(b, fact)
	}
	b = strconv.AppendInt(b, micros(w.OutageUntil), 10)
	text := func(s string) { b = append(strconv.AppendInt(append(b, ' '), int64(len(s)), 10), s...) }
	text(string(u.Origin))
	text(string(u.Link))
	text(w.Choice)
	for _, id := range a.groups {
		text(id)
	}
	text("")
	for _, held := range a.appRoles {
		text(held.key)
	}
	text("")
	for _, id := range a.roles {
		text(id)
	}
	return b
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
