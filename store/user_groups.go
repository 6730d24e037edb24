package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// UserGroup is a group that a user, or another group, belongs to.
type UserGroup struct {
	ID          string
	DisplayName string
	Direct      bool // a member itself, perhaps through another group too
}

// groupsAtOnce bounds how many groups of several users are read at a time, fewGroups how many are read with a user.
const (
	groupsAtOnce = 10_000
	fewGroups    = 50
)

// groupName and groupNested are SQL for a row of memberships: the name of its group, and 1 if the group is in a group itself
// (by members_nested). Scalar sub-selects are looked up for each row; PostgreSQL might read a whole table for a join or an
// EXISTS.
func groupName(row string) string {
	return "coalesce((SELECT g.display_name FROM groups g WHERE g.directory_id = " + row + ".directory_id AND g.id = " + row + ".group_id), '')"
}

func groupNested(row string) string {
	return "coalesce((SELECT 1 FROM members n WHERE n.directory_id = " + row + ".directory_id AND n.member_id = " + row + ".group_id AND n.kind = 'Group' LIMIT 1), 0)"
}

// fewGroupsOf is a sub-select that gathers the first groups of the user u as JSON, and one more than few if there are
// more. It relies on members_member.
func (d *dialect) fewGroupsOf() string {
	return d.jsonRows("few.group_id, "+groupName("few")+", "+groupNested("few"), `(SELECT m.directory_id, m.group_id FROM members m
		WHERE m.directory_id = u.directory_id AND m.member_id = u.id LIMIT `+strconv.Itoa(fewGroups+1)+") few")
}

// parseFewGroups reads what fewGroupsOf gathered; nil where that is not all.
func parseFewGroups(text string) ([]UserGroup, error) {
	if text == "[]" {
		return []UserGroup{}, nil
	}
	var rows [][3]any
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("reading groups: %w", err)
	}
	if len(rows) > fewGroups {
		return nil, nil
	}
	groups := make([]UserGroup, 0, len(rows))
	for _, r := range rows {
		if nested, _ := r[2].(float64); nested != 0 {
			return nil, nil
		}
		groups = append(groups, UserGroup{ID: str(r[0]), DisplayName: str(r[1]), Direct: true})
	}
	sortGroups(groups)
	return groups, nil
}

// directGroupsQuery reads the memberships of some ids by members_member.
var directGroupsQuery = perDialect(func(d *dialect) string {
	return "SELECT m.member_id, m.group_id, " + groupName("m") + ", " + groupNested("m") + " FROM " + d.idList +
		d.lookUp("members", "m", "m.directory_id, m.member_id, m.group_id", "m.directory_id = ? AND m.member_id = ids.id") + limited
})

// outerGroupsQuery reads every membership of a group in a group above some groups, each once: UNION drops what it has
// found before, so that cycles end. It relies on members_nested.
func (d *dialect) outerGroupsQuery() string {
	const columns = "m.directory_id, m.member_id, m.group_id"
	outer := func(id string) string {
		return d.lookUp("members", "m", columns, "m.directory_id = ? AND m.member_id = "+id+" AND m.kind = 'Group'")
	}
	return "WITH RECURSIVE above (directory_id, member_id, group_id) AS (SELECT " + columns + " FROM " + d.idList + outer("ids.id") +
		" UNION SELECT " + columns + " FROM above a" + outer("a.group_id") + ") SELECT a.member_id, a.group_id, " + groupName("a") + " FROM above a"
}

// membershipGraph is what was read of memberships: the names of groups, and who is a direct member of which of them.
type membershipGraph struct {
	names   map[string]string
	parents map[string][]string
	nested  []string // groups that are in groups
}

// GroupsOf lists the groups of users by user id, each list in order of group id. Whoever belongs to a group belongs to
// the groups that have it as a member, and so on. Ids that name nobody have no groups; those of groups have theirs. Of
// users who are in very many groups it takes the first few, at least one, and tells how many.
func (d *Directory) GroupsOf(ctx context.Context, userIDs []string) (groups map[string][]UserGroup, taken int, err error) {
	if !d.valid() {
		return nil, len(userIDs), nil
	}
	graph, taken, err := d.memberships(ctx, userIDs)
	if err != nil {
		return nil, 0, err
	}
	groups = make(map[string][]UserGroup, taken)
	for i, listed := 0, 0; i < taken; i++ {
		if listed > groupsAtOnce {
			return groups, i, nil
		}
		if id := userIDs[i]; len(graph.parents[id]) > 0 && groups[id] == nil {
			groups[id] = graph.climb(id)
			listed += len(groups[id])
		}
	}
	return groups, taken, nil
}

// memberships reads what is needed for the first of the users: by one statement, and one more if groups of theirs are in
// groups.
func (d *Directory) memberships(ctx context.Context, userIDs []string) (*membershipGraph, int, error) {
	for taken := len(userIDs); ; taken = (taken + 7) / 8 {
		most := groupsAtOnce
		if taken <= 1 {
			most = math.MaxInt32 // one user is read as a whole
		}
		g, err := d.directGroups(ctx, knownIDs(userIDs[:taken]), most)
		if err != nil {
			return nil, 0, err
		}
		if g != nil {
			return g, taken, d.outerGroups(ctx, g)
		}
	}
}

// directGroups reads the groups that have the ids as members; nil if they are more than most.
func (d *Directory) directGroups(ctx context.Context, ids []string, most int) (*membershipGraph, error) {
	g := &membershipGraph{names: make(map[string]string), parents: make(map[string][]string)}
	if len(ids) == 0 {
		return g, nil
	}
	found := 0
	err := d.rows(ctx, directGroupsQuery(d.d), []any{d.d.idParam(ids), d.key.DirectoryID, most + 1}, func(scan scanner) error {
		var nested bool
		groupID, err := g.scan(scan, &nested)
		if nested {
			g.nested = append(g.nested, groupID)
		}
		found++
		return err
	})
	if err != nil || found > most {
		return nil, err
	}
	return g, nil
}

// outerGroups reads the groups around the nested ones.
func (d *Directory) outerGroups(ctx context.Context, g *membershipGraph) error {
	nested := knownIDs(g.nested)
	if len(nested) == 0 {
		return nil
	}
	for _, id := range nested {
		delete(g.parents, id) // where a group was asked for itself, its memberships are among those to come
	}
	id := d.key.DirectoryID
	return d.rows(ctx, d.d.outerGroupsQuery(), []any{d.d.idParam(nested), id, id}, func(scan scanner) error {
		_, err := g.scan(scan)
		return err
	})
}

// scan takes up a membership.
func (g *membershipGraph) scan(scan scanner, more ...any) (groupID string, err error) {
	var memberID, name string
	err = scan(append([]any{&memberID, &groupID, &name}, more...)...)
	g.names[groupID] = name
	g.parents[memberID] = append(g.parents[memberID], groupID)
	return groupID, err
}

// climb finds the groups of one user, nearest first, and puts them in order.
func (g *membershipGraph) climb(userID string) []UserGroup {
	var list []UserGroup
	seen := make(map[string]bool)
	next := g.parents[userID]
	for direct := true; len(next) > 0; direct = false {
		var further []string
		for _, id := range next {
			if !seen[id] {
				seen[id] = true
				list = append(list, UserGroup{ID: id, DisplayName: g.names[id], Direct: direct})
				further = append(further, g.parents[id]...)
			}
		}
		next = further
	}
	sortGroups(list)
	return list
}

func sortGroups(list []UserGroup) {
	slices.SortFunc(list, func(a, b UserGroup) int { return strings.Compare(a.ID, b.ID) })
}
