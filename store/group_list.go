package store

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// GroupListQuery selects groups of an organization's own connections; an empty field does not restrict.
type GroupListQuery struct {
	ConnectionID string
	Search       string // somewhere in the name, or the beginning of an id or external id
	Mapped       string // "yes" or "no": whether a mapping of the organization names the group
	Newest       bool   // the newest first; otherwise by name
	After        GroupPlace
	Limit        int
}

// GroupPlace is where a list of groups goes on: behind this group. The zero value is the beginning.
type GroupPlace struct{ NameKey, DirectoryID, ID string }

// ListedGroup is a group in a list.
type ListedGroup struct {
	Place            GroupPlace
	ConnectionID     string
	Name, ExternalID string
	Members          int    // as far as ManyMembers
	Grants           []Role // what mappings of the organization give for it, under the connection's ceiling or not
}

// ManyMembers is where counting the members of groups in a list ends.
const ManyMembers = 1000

// errPageFull ends reading.
var errPageFull = errors.New("store: the page is full")

// ListGroups lists groups, and one more than the limit if there are more. It reads each directory by an index and passes over what is
// not asked for, 10,000 groups in some ten milliseconds.
func (o *OrganizationScope) ListGroups(ctx context.Context, q GroupListQuery) ([]ListedGroup, error) {
	if !o.valid() || !isStorable(q.Search) {
		return nil, nil
	}
	rules, err := o.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var list []ListedGroup
	for _, r := range rules {
		for i := range r.Ways {
			w := &r.Ways[i]
			if r.Organization.ID != o.id || w.Connection.OrganizationID != o.id || q.ConnectionID != "" && q.ConnectionID != w.Connection.ID {
				continue
			}
			found, err := o.groupsOfWay(ctx, w, q)
			if err != nil {
				return nil, err
			}
			list = append(list, found...)
		}
	}
	slices.SortFunc(list, func(a, b ListedGroup) int { return q.compare(a.Place, b.Place) })
	list = list[:min(len(list), q.Limit+1)]
	for i, g := range list {
		err := o.row(ctx, "SELECT count(*) FROM (SELECT 1 AS one FROM members WHERE directory_id = ? AND group_id = ? ORDER BY member_id"+limited+") m",
			[]any{g.Place.DirectoryID, g.Place.ID, ManyMembers}, &list[i].Members)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (q GroupListQuery) compare(a, b GroupPlace) int {
	if q.Newest {
		return strings.Compare(b.ID, a.ID)
	}
	if c := strings.Compare(a.NameKey, b.NameKey); c != 0 {
		return c
	}
	return strings.Compare(a.DirectoryID, b.DirectoryID)
}

// groupsOfWay reads the groups of one connection, up to one more than the limit.
func (o *OrganizationScope) groupsOfWay(ctx context.Context, w *Way, q GroupListQuery) ([]ListedGroup, error) {
	sql, args := "SELECT id, display_name, display_name_key, external_id, external_key FROM groups WHERE directory_id = ?", []any{w.Directory.DirectoryID}
	order := " ORDER BY display_name_key"
	switch {
	case q.Newest:
		order = " ORDER BY id DESC"
		if validID(q.After.ID) {
			sql, args = sql+" AND id < ?", append(args, q.After.ID)
		}
	case q.After != (GroupPlace{}):
		compare := " AND display_name_key > ?"
		if w.Directory.DirectoryID > q.After.DirectoryID {
			compare = " AND display_name_key >= ?"
		}
		sql, args = sql+compare, append(args, q.After.NameKey)
	}
	var list []ListedGroup
	text := Fold(q.Search)
	err := o.rows(ctx, sql+order, args, func(scan scanner) error {
		g := ListedGroup{ConnectionID: w.Connection.ID, Place: GroupPlace{DirectoryID: w.Directory.DirectoryID}}
		var key string
		if err := scan(&g.Place.ID, &g.Name, &g.Place.NameKey, &g.ExternalID, &key); err != nil {
			return err
		}
		for _, m := range w.mappings {
			if m.maps(mappedGroup{g.Place.ID, key, g.Name}) {
				g.Grants = append(g.Grants, m.role)
			}
		}
		if text != "" && !strings.Contains(g.Place.NameKey, text) && !strings.HasPrefix(g.Place.ID, text) && !strings.HasPrefix(Fold(g.ExternalID), text) {
			return nil
		}
		if q.Mapped != "" && (q.Mapped == "yes") != (len(g.Grants) > 0) {
			return nil
		}
		if list = append(list, g); len(list) > q.Limit {
			return errPageFull
		}
		return nil
	})
	if errors.Is(err, errPageFull) {
		err = nil
	}
	return list, err
}

// FindMembers lists users among a group's direct members whose user name or display name begins with a text, in order of id, behind
// the one with the id after.
func (d *Directory) FindMembers(ctx context.Context, groupID, text, after string, max int) ([]Member, error) {
	if !d.valid() || !validID(groupID) || !isStorable(text) {
		return nil, nil
	}
	if !validID(after) {
		after = noID
	}
	first := Fold(text)
	last := first + "\U0010FFFF" // no name goes on with it
	var list []Member
	err := d.rows(ctx, `SELECT u.id, u.user_name FROM (
			SELECT id FROM users WHERE directory_id = ? AND user_name_key >= ? AND user_name_key < ?
			UNION SELECT id FROM users WHERE directory_id = ? AND display_name_key >= ? AND display_name_key < ?) named
		JOIN members m ON m.directory_id = ? AND m.group_id = ? AND m.member_id = named.id
		JOIN users u ON u.directory_id = m.directory_id AND u.id = m.member_id
		WHERE named.id > ?`+d.key.present("u")+" ORDER BY named.id"+limited,
		[]any{d.key.DirectoryID, first, last, d.key.DirectoryID, first, last, d.key.DirectoryID, groupID, after, limit(max, 1000)},
		func(scan scanner) error {
			m := Member{Kind: UserMember}
			err := scan(&m.ID, &m.Display)
			list = append(list, m)
			return err
		})
	return list, err
}

// CountedMembers is how many members of a group are counted: a count reads each of them, and a page shows it.
const CountedMembers = 20_000

// CountMembers counts a group's direct members by kind: more than CountedMembers are told as one more. An unknown group has none. It relies on
// the primary key and members_nested_in.
func (d *Directory) CountMembers(ctx context.Context, groupID string) (users, groups int, err error) {
	if !d.valid() || !validID(groupID) {
		return 0, 0, nil
	}
	var all int
	err = d.row(ctx, "SELECT (SELECT count(*) FROM (SELECT 1 FROM members WHERE directory_id = ? AND group_id = ?"+d.key.unfrozen("kind")+" ORDER BY member_id"+limited+`) AS counted),
		(SELECT count(*) FROM members WHERE directory_id = ? AND group_id = ? AND kind = 'Group')`,
		[]any{d.key.DirectoryID, groupID, CountedMembers + 1, d.key.DirectoryID, groupID}, &all, &groups)
	if all > CountedMembers {
		return all, groups, err
	}
	return all - groups, groups, err
}

// NestedGroups lists groups that are direct members of a group, up to a number.
func (d *Directory) NestedGroups(ctx context.Context, groupID string, max int) ([]Group, error) {
	if !d.valid() || !validID(groupID) {
		return nil, nil
	}
	var list []Group
	err := d.rows(ctx, "SELECT "+groupColumns+` FROM members m JOIN groups g ON g.directory_id = m.directory_id AND g.id = m.member_id
		WHERE m.directory_id = ? AND m.group_id = ? AND m.kind = 'Group' ORDER BY m.member_id`+limited,
		[]any{d.key.DirectoryID, groupID, limit(max, 1000)}, func(scan scanner) error {
			g, err := scanGroup(scan)
			list = append(list, g)
			return err
		})
	return list, err
}
