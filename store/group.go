package store

import (
	"context"
	"time"
)

// GroupRecord is what a directory says of a group, its members aside.
type GroupRecord struct {
	DisplayName string // unique in the directory under Fold
	ExternalID  string
	Document    string // as UserRecord.Document, without "members"
	Keys        string // as UserRecord.Keys
}

// Group is a group of a directory as stored.
type Group struct {
	ID string
	GroupRecord
	Version    int64
	CreatedAt  time.Time
	ModifiedAt time.Time
}

// MemberKind says what a member is.
type MemberKind string

// A member is a user or, in a nested group, a group.
const (
	UserMember  MemberKind = "User"
	GroupMember MemberKind = "Group"
)

// Member is one membership as stored.
type Member struct {
	ID      string
	Kind    MemberKind
	Display string // as sent by the client, or the member's display name
}

// MemberChange is a change of a group's members as a set: empty it first if Clear, then add, then remove.
// Adding a member twice or removing one that is not there changes nothing.
type MemberChange struct {
	Clear  bool
	Add    []NewMember
	Remove []string // member ids

	joined bool // the users among those to add have joined already, as far as they were seen
}

// NewMember names a member to add by the id of a user or group of the same directory. Ids that name neither are
// passed over, because one unknown id must not lose the others (Entra retries the whole request for ever).
type NewMember struct {
	ID      string
	Display string
}

const groupColumns = "g.id, g.display_name, g.external_id, g.document, g.keys, g.version, g.created_at, g.modified_at"

func scanGroup(scan scanner, more ...any) (Group, error) {
	var g Group
	var created, modified int64
	err := scan(append([]any{&g.ID, &g.DisplayName, &g.ExternalID, &g.Document, &g.Keys, &g.Version, &created, &modified}, more...)...)
	g.CreatedAt, g.ModifiedAt = fromMicros(created), fromMicros(modified)
	return g, err
}

// Group returns the group with the id.
func (d *Directory) Group(ctx context.Context, id string) (Group, error) {
	return d.group(ctx, id, "")
}

func (d *Directory) group(ctx context.Context, id, lock string) (g Group, err error) {
	if !d.valid() || !validID(id) {
		return g, ErrNotFound
	}
	found := ErrNotFound
	err = d.rows(ctx, "SELECT "+groupColumns+" FROM groups g WHERE g.directory_id = ? AND g.id = ?"+lock,
		[]any{d.key.DirectoryID, id}, func(scan scanner) error {
			found = nil
			g, err = scanGroup(scan)
			return err
		})
	if err != nil {
		return g, err
	}
	return g, found
}

// Groups lists groups.
func (d *Directory) Groups(ctx context.Context, q Query) (GroupPage, error) {
	groups, extent, err := page(ctx, d, groupTable, groupColumns, q, func(scan scanner) (Group, error) { return scanGroup(scan) })
	return GroupPage{extent, groups}, err
}

// Members lists a group's members in order of id: at most limit of them (0: 1,000), beginning behind the member id
// after ("": the first). An unknown group has none.
func (d *Directory) Members(ctx context.Context, groupID, after string, max int) ([]Member, error) {
	if !d.valid() || !validID(groupID) {
		return nil, nil
	}
	if !validID(after) {
		after = noID
	}
	var list []Member
	err := d.rows(ctx, "SELECT m.member_id, m.kind, "+memberDisplay("display", "display_name")+` FROM members m
		WHERE m.directory_id = ? AND m.group_id = ? AND m.member_id > ?`+d.key.unfrozen("m.kind")+" ORDER BY m.member_id"+limited,
		[]any{d.key.DirectoryID, groupID, after, limit(max, 1000)}, func(scan scanner) error {
			var m Member
			err := scan(&m.ID, &m.Kind, &m.Display)
			if m.Kind == frozenMember {
				m.Kind = UserMember
			}
			list = append(list, m)
			return err
		})
	return list, err
}

// memberDisplay is SQL for the name of a row m of members: the one that was sent in a column of its own, or else that of the
// user or group. Scalar sub-selects are looked up for each row; a join might read all users.
func memberDisplay(sent, own string) string {
	of := func(table string) string {
		return "(SELECT o." + own + " FROM " + table + " o WHERE o.directory_id = m.directory_id AND o.id = m.member_id)"
	}
	return "CASE WHEN m." + sent + " <> '' THEN m." + sent + " WHEN m.kind = 'Group' THEN coalesce(" + of("groups") + ", '') ELSE coalesce(" + of("users") + ", '') END"
}
