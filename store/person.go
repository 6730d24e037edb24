package store

import (
	"context"
	"time"
)

// PersonRecord is a user with all that decides about a sign-in.
type PersonRecord struct {
	Organization Organization
	Connection   Connection // no ID for local people
	Attachments  []string   // what is said of the connection, from the organization up to its owner
	Directory    DirectoryKey
	User         User
	Email        string // the primary address, else the first; "" when there is none
	SignIn       SignInState
	WaysIn       WaysIn
	Ambiguous    bool      // another user of the directory has the same object id
	HeldUntil    time.Time // when what the brake holds takes effect by itself; zero for never, and for whom it does not hold
	Grants       []Grant
	Groups       []Group // all groups that the user is a direct member of
}

// fewPeople bounds how many people one name may mean.
const fewPeople = 20

// FindPeople finds the users of the organization whose id, userName, external id or e-mail address is who: directory by
// directory, the local one first, and at most 20.
func (o *OrganizationScope) FindPeople(ctx context.Context, who string) ([]PersonRecord, error) {
	return o.findPeople(ctx, who, false)
}

// FindVisitors is FindPeople with the people of connections of organizations above this one, who may sign in to it where the
// connection is attached.
func (o *OrganizationScope) FindVisitors(ctx context.Context, who string) ([]PersonRecord, error) {
	return o.findPeople(ctx, who, true)
}

func (o *OrganizationScope) findPeople(ctx context.Context, who string, visitors bool) ([]PersonRecord, error) {
	if !o.valid() || who == "" || !isStorable(who) {
		return nil, nil
	}
	places, err := o.places(ctx, visitors)
	if err != nil {
		return nil, err
	}
	id := who
	if !validID(id) {
		id = noID
	}
	var found []PersonRecord
	for _, in := range places {
		ids, err := o.named(ctx, in.Directory.DirectoryID, id, who)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			continue
		}
		list, err := o.findIn(ctx, in, "u.id IN (SELECT id FROM "+o.d.idList+")", o.d.idParam(ids))
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found[:min(len(found), fewPeople)], nil
}

// named finds the ids of a directory's people by any of their names, each by its index. With OR in one condition, or with an
// order of the whole, SQLite would rather go through all people in the order of their ids.
func (o *OrganizationScope) named(ctx context.Context, directoryID, id, who string) (ids []string, err error) {
	err = o.rows(ctx, `SELECT id FROM users WHERE directory_id = ? AND id = ?
		UNION SELECT id FROM users WHERE directory_id = ? AND user_name_key = ?
		UNION SELECT id FROM users WHERE directory_id = ? AND external_key = ?
		UNION SELECT user_id FROM user_emails WHERE directory_id = ? AND value_key = ? LIMIT ?`,
		[]any{directoryID, id, directoryID, Fold(who), directoryID, externalKey(who), directoryID, Fold(who), fewPeople}, func(scan scanner) error {
			var found string
			err := scan(&found)
			ids = append(ids, found)
			return err
		})
	return ids, err
}

// Person reads one user of a directory of the organization.
func (o *OrganizationScope) Person(ctx context.Context, directoryID, userID string) (PersonRecord, error) {
	if !o.valid() || !validID(directoryID) || !validID(userID) {
		return PersonRecord{}, ErrNotFound
	}
	places, err := o.places(ctx, false)
	if err != nil {
		return PersonRecord{}, err
	}
	for _, in := range places {
		if in.Directory.DirectoryID == directoryID {
			return first(o.findIn(ctx, in, "u.id = ?", userID))
		}
	}
	return PersonRecord{}, ErrNotFound
}

// places are records without a person, one for each directory of the organization, the local one first; with visitors, for
// those of the connections of organizations above too.
func (o *OrganizationScope) places(ctx context.Context, visitors bool) ([]PersonRecord, error) {
	org, err := o.findOrganization(ctx, o.id)
	if err != nil {
		return nil, err
	}
	reach, err := o.ReachableConnections(ctx)
	if err != nil {
		return nil, err
	}
	list := []PersonRecord{{Organization: org, Directory: org.LocalDirectory}}
	for _, r := range reach {
		if visitors || r.Connection.OrganizationID == o.id {
			list = append(list, PersonRecord{Organization: org, Connection: r.Connection, Attachments: r.Line, Directory: r.Connection.Directory()})
		}
	}
	return list, nil
}

// findIn finds the people of one directory for whom the condition holds.
func (o *OrganizationScope) findIn(ctx context.Context, in PersonRecord, condition string, args ...any) ([]PersonRecord, error) {
	d := &Directory{conn: o.conn, key: in.Directory}
	var users []User
	err := d.rows(ctx, "SELECT "+userColumns+" FROM users u WHERE u.directory_id = ? AND ("+condition+") ORDER BY u.id LIMIT ?",
		append(append([]any{in.Directory.DirectoryID}, args...), fewPeople), func(scan scanner) error {
			u, err := scanUser(scan)
			users = append(users, u)
			return err
		})
	if err != nil {
		return nil, err
	}
	found := make([]PersonRecord, 0, len(users))
	for _, u := range users {
		p := in
		p.User = u
		if err := o.complete(ctx, d, &p); err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// firstEmail is SQL for the primary address of the user u, or else the first; ” where there is none.
const firstEmail = `coalesce((SELECT e.value FROM user_emails e WHERE e.directory_id = u.directory_id AND e.user_id = u.id
	ORDER BY e.is_primary DESC, e.ordinal LIMIT 1), '')`

// namesakes is SQL for how many users have the object id of the user u, with this one. Those who are parted do not stand in the way of others.
const namesakes = `(SELECT count(*) FROM users o WHERE o.directory_id = u.directory_id AND o.external_key = u.external_key AND o.external_key <> ''
	AND (o.parted = '' OR u.parted <> ''))`

// heldUntil is SQL for when what the brake holds of the user u takes effect; 0 for never.
const heldUntil = `CASE WHEN u.held THEN coalesce((SELECT l.apply_at FROM leavers l WHERE l.directory_id = u.directory_id AND l.user_id = u.id), 0) ELSE 0 END`

func (o *OrganizationScope) complete(ctx context.Context, d *Directory, p *PersonRecord) error {
	var same int
	var until int64
	err := o.row(ctx, "SELECT u.subject, u.subject_client, "+namesakes+", "+firstEmail+", "+heldUntil+" FROM users u WHERE u.directory_id = ? AND u.id = ?",
		[]any{p.Directory.DirectoryID, p.User.ID}, &p.SignIn.Subject, &p.SignIn.ClientID, &same, &p.Email, &until)
	if err != nil {
		return err
	}
	p.Ambiguous, p.HeldUntil = same > 1, fromMicros(until)
	if p.Grants, err = d.grants(ctx, o.id, p.User.ID); err != nil {
		return err
	}
	if p.WaysIn, err = d.waysIn(ctx, o.id, p.User.ID); err != nil {
		return err
	}
	return o.rows(ctx, "SELECT "+groupColumns+` FROM members m JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.group_id
		WHERE m.directory_id = ? AND m.member_id = ? ORDER BY g.display_name_key`, []any{p.Directory.DirectoryID, p.User.ID},
		func(scan scanner) error {
			g, err := scanGroup(scan)
			p.Groups = append(p.Groups, g)
			return err
		})
}
