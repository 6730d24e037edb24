package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Listed is a person of a directory, as far as somebody compares lists.
type Listed struct {
	ID, UserName, ExternalID, DisplayName string
	Active                                bool
	Emails                                []string
	Member                                bool // of the group that was asked about
}

// maxLookUp bounds the people of one look-up and of one page of a roster.
const maxLookUp = 2000

// listedColumns relies on the primary keys of user_emails and members. A count is looked up for each person, while for EXISTS
// PostgreSQL may read all members of the group first.
func (d *dialect) listedColumns(emails, member string) string {
	return "u.id, u.user_name, u.external_id, u.display_name, u.active, " + emails + ", " + member
}

func (d *dialect) emailsOfListed() string {
	return d.jsonRows("e.value", "user_emails e WHERE e.directory_id = u.directory_id AND e.user_id = u.id")
}

const (
	memberOfGroup = "(SELECT count(*) FROM members m WHERE m.directory_id = u.directory_id AND m.group_id = ? AND m.member_id = u.id) > 0"
	noEmails      = "'[]'"
)

func scanListed(scan scanner) (Listed, error) {
	var p Listed
	var emails string
	if err := scan(&p.ID, &p.UserName, &p.ExternalID, &p.DisplayName, &p.Active, &emails, &p.Member); err != nil {
		return p, err
	}
	var rows [][]string
	if err := json.Unmarshal([]byte(emails), &rows); err != nil {
		return p, fmt.Errorf("reading e-mail addresses: %w", err)
	}
	for _, row := range rows {
		p.Emails = append(p.Emails, row...)
	}
	return p, nil
}

// ListedByExternalID finds the people who have one of up to 2,000 external ids; GUIDs in any case. groupID may be "".
func (d *Directory) ListedByExternalID(ctx context.Context, groupID string, externalIDs []string) ([]Listed, error) {
	return d.listedBy(ctx, groupID, "external_key", externalIDs, externalKey)
}

// ListedByUserName finds the people who have one of up to 2,000 user names, in any case.
func (d *Directory) ListedByUserName(ctx context.Context, groupID string, userNames []string) ([]Listed, error) {
	return d.listedBy(ctx, groupID, "user_name_key", userNames, Fold)
}

// listedBy relies on users_external_key and users_user_name.
func (d *Directory) listedBy(ctx context.Context, groupID, column string, values []string, key func(string) string) ([]Listed, error) {
	var keys []string
	for _, v := range values[:min(len(values), maxLookUp)] {
		if k := key(v); k != "" && isStorable(k) {
			keys = append(keys, k)
		}
	}
	if !d.valid() || len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	texts, err := json.Marshal(slices.Compact(keys))
	if err != nil {
		return nil, err
	}
	if !validID(groupID) {
		groupID = noID
	}
	// Each text is looked up by the index: without statistics the planner would rather read the directory.
	return d.listed(ctx, d.d.listedColumns(d.d.emailsOfListed(), memberOfGroup)+" FROM "+d.d.textList+
		d.d.lookUp("users", "u", "u.*", "u.directory_id = ? AND u."+column+" = texts.text"+d.d.collate+d.key.present("u")), groupID, string(texts), d.key.DirectoryID)
}

// Roster lists the people of the directory behind the id after ("": the first), or with a group those who are in it, by id
// and up to 2,000 at a time. Their e-mail addresses are not read.
func (d *Directory) Roster(ctx context.Context, groupID, after string, max int) ([]Listed, error) {
	if !d.valid() {
		return nil, nil
	}
	if !validID(after) {
		after = noID
	}
	max = min(limit(max, maxLookUp), maxLookUp)
	if groupID == "" {
		return d.listed(ctx, d.d.listedColumns(noEmails, "1 = 0")+" FROM users u WHERE u.directory_id = ? AND u.id > ?"+d.key.present("u")+" ORDER BY u.id"+limited,
			d.key.DirectoryID, after, max)
	}
	if !validID(groupID) {
		return nil, nil
	}
	return d.listed(ctx, d.d.listedColumns(noEmails, "1 = 1")+" FROM (SELECT m.member_id FROM members m WHERE m.directory_id = ? AND m.group_id = ?"+
		" AND m.member_id > ? AND m.kind <> 'Group'"+d.key.unfrozen("m.kind")+" ORDER BY m.member_id"+limited+") AS page"+
		d.d.lookUp("users", "u", "u.*", "u.directory_id = ? AND u.id = page.member_id")+" ORDER BY u.id", d.key.DirectoryID, groupID, after, max, d.key.DirectoryID)
}

func (d *Directory) listed(ctx context.Context, query string, args ...any) ([]Listed, error) {
	var list []Listed
	err := d.rows(ctx, "SELECT "+query, args, func(scan scanner) error {
		p, err := scanListed(scan)
		list = append(list, p)
		return err
	})
	return list, err
}
