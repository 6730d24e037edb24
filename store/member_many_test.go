package store_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

// many is the size of a group that nothing may depend on.
const many = 100_000

// crowd is a world whose group everybody has very many members, and whose database has no statistics of them.
type crowd struct {
	*world
	people    []string // some who are users, members of nothing
	everybody store.Group
	statement func() []store.Statement
}

// TestMembers_OfAVeryLargeGroup makes a group of very many, and sees how it is changed and read.
func TestMembers_OfAVeryLargeGroup(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		c := &crowd{world: w, people: w.addUsers(10), everybody: w.addGroup(w.entra, groupRecord("Everybody", ""))}
		w.must(func(tx *store.Tx) error {
			if _, err := tx.Organization(w.contoso.ID).Update("", "Contoso at large"); err != nil { // the event of the change
				return err
			}
			return c.fill(tx)
		})
		var err error
		if c.statement, err = store.Trace(w.Store); err != nil {
			t.Fatal(err)
		}
		c.costsWhatChanges()
		c.isReadByLookUps()
	})
}

// fill adds the members. They are no users, which nothing here looks at.
func (w *crowd) fill(tx *store.Tx) error {
	return store.Execute(tx, `INSERT INTO members (directory_id, group_id, member_id, kind, display)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT g.directory_id, g.id, `+numberedID(w.world)+`, 'User', '' FROM n CROSS JOIN groups g WHERE g.directory_id = ? AND g.id = ?`,
		many, w.entra.DirectoryID, w.everybody.ID)
}

// Steps of a plan that read the members of a directory or a group rather than those asked for.
var (
	wholeTable = regexp.MustCompile(`SCAN (members|[mn])\b|(Seq|Bitmap Heap) Scan on members`)
	tooWide    = regexp.MustCompile(`SEARCH (members|[mn]) .*\(directory_id=\?\)$|Index Cond: \(directory_id = [^)]*\)$`)
	aboutThem  = regexp.MustCompile(`\bmembers\b`)
)

// check explains the statements that were run and returns how many were about members.
func (w *crowd) check(what string) (count int) {
	w.t.Helper()
	for _, s := range w.statement() {
		if !aboutThem.MatchString(s.SQL) {
			continue
		}
		count++
		steps, err := store.Plan(w.t.Context(), w.Store, s)
		if err != nil {
			w.t.Fatalf("%s: %v: %s", what, err, s.SQL)
		}
		for i, step := range steps {
			ofMembers := strings.Contains(step, "SEARCH") || i > 0 && strings.Contains(steps[i-1], "on members")
			if wholeTable.MatchString(step) || ofMembers && tooWide.MatchString(strings.TrimSpace(step)) {
				w.t.Errorf("%s reads all members: %s\n%s", what, s.SQL, strings.Join(steps, "\n"))
				break
			}
		}
	}
	return count
}

// costsWhatChanges adds and removes the same members in a group of nobody and in one of very many: by the same
// statements, none of which goes through the members that stay. Two users and the group of nobody are deleted.
func (w *crowd) costsWhatChanges() {
	w.t.Helper()
	empty := w.addGroup(w.entra, groupRecord("Empty", ""))
	w.statement()
	var counts [2]int
	for i, g := range []store.Group{empty, w.everybody} {
		w.changeGroup(g, nil, adding(slices.Concat(w.people[:8], w.people[8+i:9+i])...))
		w.changeGroup(g, nil, store.MemberChange{Remove: w.people[:5]})
		w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteUser(w.people[8+i], 0) })
		counts[i] = w.check("a change of " + g.DisplayName)
	}
	if counts[0] != counts[1] || counts[0] == 0 {
		w.t.Errorf("%d statements for an empty group and %d for a large one", counts[0], counts[1])
	}
	w.must(func(tx *store.Tx) error { return tx.Directory(w.entra.Directory()).DeleteGroup(empty.ID, 0) })
	w.check("the end of a group")
}

// isReadByLookUps reads what can be asked of groups and users beside a group of very many.
func (w *crowd) isReadByLookUps() {
	w.t.Helper()
	inner := w.addGroup(w.entra, groupRecord("Inner", ""), w.people...)
	w.changeGroup(w.everybody, nil, adding(inner.ID))
	w.changeGroup(w.everybody, nil, store.MemberChange{Remove: w.people})
	ctx, directory, is := w.t.Context(), w.Directory(w.entra.Directory()), compare(store.Equal, w.people[0], "value")
	groups := func(where store.Where) func() error {
		return func() error {
			page, err := directory.Groups(ctx, store.Query{Where: where, Limit: 10})
			if err == nil && page.Total != 1 {
				err = fmt.Errorf("%d groups", page.Total)
			}
			return err
		}
	}
	w.statement()
	for _, c := range []struct {
		what  string
		read  func() error
		count int // statements about members
	}{
		{"a group", func() error { _, err := directory.Group(ctx, w.everybody.ID); return err }, 0},
		{"a list of groups", func() error { _, err := directory.Groups(ctx, store.Query{Limit: 10}); return err }, 0},
		{"members.value eq", groups(some("members", is)), 1},
		{"id eq and members eq", groups(store.And{compare(store.Equal, inner.ID, "id"), some("members", is)}), 1},
		{"members by id and type", groups(some("members", store.And{is, compare(store.Equal, "user", "type")})), 1},
		{"members by id and name", groups(some("members", store.And{is, present("display")})), 1},
		{"a page of members", func() error { _, err := directory.Members(ctx, w.everybody.ID, w.people[0], 10); return err }, 1},
		{"a user", func() error { _, err := directory.UserWithGroups(ctx, w.people[0]); return err }, 1},
		{"the groups of a page", func() error { _, _, err := directory.GroupsOf(ctx, w.people); return err }, 2},
	} {
		if err := c.read(); err != nil {
			w.t.Errorf("%s: %v", c.what, err)
		}
		if got := w.check(c.what); got != c.count {
			w.t.Errorf("%s: %d statements about members, want %d", c.what, got, c.count)
		}
	}
}
