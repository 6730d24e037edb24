package store

import (
	"context"
	"strings"
	"time"
)

// Headcount is how many people a connection's directory had at a time, and how many of them could not sign in. Whoever lacks
// several things is counted for the first one.
type Headcount struct {
	ConnectionID  string
	At            time.Time
	People        int
	SwitchedOff   int
	InReview      int // held back by a rebind
	Unlinked      int // without the object id by which a sign-in is matched
	WithoutRole   int
	WithoutMethod int // without the password that they would need, because single sign-on does not apply to them
}

// CanSignIn is how many lack nothing.
func (h Headcount) CanSignIn() int {
	return h.People - h.SwitchedOff - h.InReview - h.Unlinked - h.WithoutRole - h.WithoutMethod
}

// countEvery is how long a count is good at least, and countShare which part of the time may be spent on counting.
const (
	countEvery = 50 * time.Second
	countShare = 50
)

// CountPeople counts the people of the directories that are due. A large directory is counted more rarely. Several servers may
// do it at once; most do nothing.
func (s *Store) CountPeople(ctx context.Context) error {
	var due []census
	err := s.read.rows(ctx, `SELECT d.organization_id, d.id, c.kind, c.tenant_id, c.matching, c.roles, o.sso_mode, `+defaultRoleID+` FROM directories d
		JOIN organizations o ON o.id = d.organization_id JOIN connections c ON c.organization_id = d.organization_id AND c.id = d.connection_id
		LEFT JOIN headcounts h ON h.directory_id = d.id
		WHERE coalesce(h.counted_at, 0) <= ? AND coalesce(h.counted_at + ? * h.took_micros, 0) <= ?`,
		[]any{micros(s.Now().Add(-countEvery)), countShare, micros(s.Now())}, func(scan scanner) error {
			var n census
			c := &n.connection
			err := scan(&c.OrganizationID, &c.DirectoryID, &c.Kind, &c.TenantID, &c.Match, &c.Roles, &n.mode, &n.defaultRole)
			due = append(due, n)
			return err
		})
	for _, n := range due {
		if err == nil {
			err = s.countPeople(ctx, n)
		}
	}
	return err
}

// census is a directory to count, with what decides about all of its people.
type census struct {
	connection  Connection
	mode        SSOMode
	defaultRole string
}

// missing is SQL that tells of a user what is missing first, and 0 for nothing. g are those to whom something gives a role.
func (n census) missing() string {
	sql := "CASE WHEN NOT (u.active OR u.held) THEN 1 WHEN u.quarantined THEN 2"
	if n.connection.OfEntra() && n.connection.Match != MatchUserName {
		sql += " WHEN u.external_key NOT LIKE '________-____-____-____-____________' THEN 3"
	}
	if n.defaultRole == "" {
		sql += " WHEN g.user_id IS NULL THEN 4"
	}
	needsPassword := map[SSOMode]string{"off": "", "per_user": "coalesce(s.choice, '') <> 'on' AND ", "all": "s.choice = 'off' AND "}
	return sql + " WHEN " + needsPassword[n.mode] + "p.user_id IS NULL THEN 5 ELSE 0 END"
}

// given is SQL for the ids of those to whom something gives a role. It goes through the members of the groups that do once:
// cheaper than asking for the role of each.
func (n census) given() (string, []any) {
	org, dir := n.connection.OrganizationID, n.connection.DirectoryID
	const assigned = "SELECT user_id FROM role_assignments WHERE organization_id = ? AND directory_id = ?"
	const mapped = `SELECT m.member_id AS user_id FROM mappings mp JOIN groups g ON g.directory_id = mp.directory_id AND g.external_key = mp.external_key
			AND (mp.group_id IS NULL OR mp.group_id = g.id) JOIN members m ON m.directory_id = g.directory_id AND m.group_id = g.id
		WHERE mp.organization_id = ? AND mp.directory_id = ? AND mp.app_role_key = ''
		UNION SELECT a.user_id FROM mappings mp JOIN user_app_roles a ON a.directory_id = mp.directory_id AND a.value_key = mp.app_role_key
		WHERE mp.organization_id = ? AND mp.directory_id = ? AND mp.app_role_key <> ''`
	switch n.connection.Roles {
	case "local":
		return assigned, []any{org, dir}
	case "hybrid":
		return mapped + " UNION " + assigned, []any{org, dir, org, dir, org, dir}
	}
	return mapped, []any{org, dir, org, dir}
}

func (s *Store) countPeople(ctx context.Context, n census) error {
	begin := time.Now()
	given, args := n.given()
	var count [6]int // by what is missing
	err := s.read.rows(ctx, "SELECT missing, count(*) FROM (SELECT "+n.missing()+` AS missing FROM users u LEFT JOIN (`+given+`) AS g ON g.user_id = u.id
		LEFT JOIN sso_choices s ON s.directory_id = u.directory_id AND s.user_id = u.id
		LEFT JOIN passwords p ON p.directory_id = u.directory_id AND p.user_id = u.id WHERE u.directory_id = ?) AS people GROUP BY missing`,
		append(args, n.connection.DirectoryID), func(scan scanner) error {
			var missing, people int
			err := scan(&missing, &people)
			count[missing] = people
			return err
		})
	if err != nil {
		return err
	}
	all := 0
	for _, people := range count {
		all += people
	}
	// A directory that is gone meanwhile gets no count.
	_, err = s.bookkeep(ctx, `INSERT INTO headcounts (directory_id, counted_at, took_micros, people, switched_off, in_review, unlinked, without_role, without_method)
		SELECT id`+strings.Repeat(", CAST(? AS bigint)", 8)+` FROM directories WHERE organization_id = ? AND id = ?
		ON CONFLICT (directory_id) DO UPDATE SET counted_at = excluded.counted_at, took_micros = excluded.took_micros, people = excluded.people,
		switched_off = excluded.switched_off, in_review = excluded.in_review, unlinked = excluded.unlinked, without_role = excluded.without_role,
		without_method = excluded.without_method`, micros(s.Now()), time.Since(begin).Microseconds(), all, count[1], count[2], count[3], count[4], count[5],
		n.connection.OrganizationID, n.connection.DirectoryID)
	return err
}

// Headcounts tells of each of the organization's connections how many of its people can sign in, as they were counted last.
func (o *OrganizationScope) Headcounts(ctx context.Context) ([]Headcount, error) {
	if !o.valid() {
		return nil, nil
	}
	var list []Headcount
	err := o.rows(ctx, `SELECT d.connection_id, h.counted_at, h.people, h.switched_off, h.in_review, h.unlinked, h.without_role, h.without_method
		FROM directories d JOIN headcounts h ON h.directory_id = d.id WHERE d.organization_id = ? AND d.connection_id IS NOT NULL`, []any{o.id},
		func(scan scanner) error {
			var h Headcount
			var at int64
			err := scan(&h.ConnectionID, &at, &h.People, &h.SwitchedOff, &h.InReview, &h.Unlinked, &h.WithoutRole, &h.WithoutMethod)
			h.At = fromMicros(at)
			list = append(list, h)
			return err
		})
	return list, err
}
