package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// grows are the tables that grow with a directory: what is asked for all day must not read one of them as a whole, nor all of it that belongs to one
// directory.
const grows = "users|user_emails|user_app_roles|members|groups|tombstones|leavers|role_losses|sessions|events|decisions"

var (
	aliased      = regexp.MustCompile(`\b(` + grows + `)(?: AS)? ([a-z]\w*)\b`)
	wholeOne     = regexp.MustCompile(`Seq Scan on (?:` + grows + `)\b|^SCAN (\w+)`)
	directoryOne = regexp.MustCompile(`^\s*Index Cond: \((?:directory|organization)_id = [^ ]*\)$|^SEARCH (\w+) .*\((?:directory|organization)_id=\?\)$`)
	scanOf       = regexp.MustCompile(`Scan.* on (\w+)`)
)

// readsWhole finds the step of a plan that reads all of a growing table, or all that a directory has in it; "" if none does.
func readsWhole(s store.Statement, steps []string) string {
	watched := strings.Split(grows, "|")
	for _, m := range aliased.FindAllStringSubmatch(s.SQL, -1) {
		watched = append(watched, m[2])
	}
	read := ""
	for _, step := range steps {
		if m := scanOf.FindStringSubmatch(step); m != nil {
			read = m[1] // the line behind it says by which condition
		}
		for _, m := range [][]string{wholeOne.FindStringSubmatch(step), directoryOne.FindStringSubmatch(step)} {
			if m != nil && slices.ContainsFunc(watched, func(name string) bool { return cmp.Or(m[1], read) == name || strings.HasPrefix(read, name+"_") }) {
				return step // an index has its table's name before its own
			}
		}
	}
	return ""
}

// indexed are the filters for which there is an index, with its name. Those that ask for somebody in particular are answered by it from the first
// day: before PostgreSQL has statistics, each look-up of a first synchronization would else go through all who are there already. The people of the crowd are called u000001 to u020000, and are alike in what
// is not their name; the groups are called g00001 to g05000.
var indexed = map[string][]struct {
	what     string
	where    store.Where
	index    string
	firstDay bool
}{
	"users": {
		{"id eq", compare(store.Equal, "00000000-0000-7000-8000-000000000309", "id"), "users_pkey|autoindex_users_1", true},
		{"userName eq", compare(store.Equal, "u000777", "username"), "users_user_name", true},
		{"userName sw", compare(store.StartsWith, "u00077", "username"), "users_user_name", false},
		{"externalId eq", compare(store.Equal, "u000777", "externalid"), "users_external_id", true},
		{"externalId sw", compare(store.StartsWith, "u00077", "externalid"), "users_external_id", false},
		{"displayName eq", compare(store.Equal, "somebody else", "displayname"), "users_display_name", false},
		{"displayName sw", compare(store.StartsWith, "somebody", "displayname"), "users_display_name", false},
		{"emails.value eq", some("emails", compare(store.Equal, "u000777", "value")), "user_emails_value", true},
		{"emails.value sw", some("emails", compare(store.StartsWith, "u00077", "value")), "user_emails_value", false},
		{"emails[type eq and value eq]", some("emails", store.And{compare(store.Equal, "work", "type"), compare(store.Equal, "u000777", "value")}), "user_emails_value", true},
		{"meta.lastModified ge", compare(store.GreaterEqual, storetest.Start.AddDate(1, 0, 0), "meta", "lastmodified"), "users_modified", false},
		{"an indexed one and another", store.And{compare(store.Equal, "u000777", "username"), compare(store.Equal, true, "active")}, "users_user_name", true},
		{"an indexed one and not another", store.And{compare(store.Equal, "u000777", "externalid"), not(compare(store.Equal, "x", "title"))}, "users_external_id", true},
		{"one indexed or the other", store.Or{compare(store.Equal, "u000777", "username"), compare(store.Equal, "u000778", "externalid")}, "users_external_id", true},
		{"groups.value eq", some("groups", compare(store.Equal, "00000000-0000-7000-8000-000000000309", "value")), "members_pkey|SEARCH m USING PRIMARY KEY", false},
	},
	"groups": {
		{"id eq", compare(store.Equal, "00000000-0000-7000-8000-000000000309", "id"), "groups_pkey|autoindex_groups_1", true},
		{"displayName eq", compare(store.Equal, "g00777", "displayname"), "groups_display_name", true},
		{"displayName sw", compare(store.StartsWith, "g0077", "displayname"), "groups_display_name", false},
		{"externalId eq", compare(store.Equal, "g00777", "externalid"), "groups_external_id", true},
		{"members.value eq", some("members", compare(store.Equal, "00000000-0000-7000-8000-000000000309", "value")), "members_member", false},
	},
}

// TestPlans_OfALargeDirectory looks at how the database answers what is asked for all day. 20,000 people are enough: SQLite chooses without looking at
// numbers, and PostgreSQL weighs the pages of a table against a look-up that costs the same however many there are.
func TestPlans_OfALargeDirectory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.firstDay()
		statements, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		w.filtersAreAnsweredByIndexes(statements, true)
		group := w.crowd()
		statements() // those were not it
		w.filtersAreAnsweredByIndexes(statements, false)
		w.nothingHotReadsATable(group, statements)
	})
}

// filtersAreAnsweredByIndexes asks for users and groups by every filter that has an index, by index and by cursor.
func (w *world) filtersAreAnsweredByIndexes(statements func() []store.Statement, firstDay bool) {
	w.t.Helper()
	directory := w.Directory(w.entra.Directory())
	for resource, filters := range indexed {
		for _, f := range filters {
			if firstDay && !f.firstDay {
				continue
			}
			var err error
			for _, start := range []*store.Start{nil, {}} {
				q := store.Query{Where: f.where, Limit: 100, Start: start, Groups: start == nil}
				if resource == "users" {
					_, err = directory.Users(w.t.Context(), q)
				} else {
					_, err = directory.Groups(w.t.Context(), q)
				}
				if err != nil {
					w.t.Fatalf("%s by %s: %v", resource, f.what, err)
				}
			}
			w.mustUse(fmt.Sprintf("%s by %s (on the first day: %t)", resource, f.what, firstDay), f.index, statements())
		}
	}
}

// nothingHotReadsATable does what every request of a provider or of a proxy does.
func (w *world) nothingHotReadsATable(group store.Group, statements func() []store.Statement) {
	w.t.Helper()
	alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID, "alice@contoso.com"))
	w.addGroup(w.entra, groupRecord("Alice's", ""), alice.ID)
	w.signIn(w.entra, alice.ID, "secret")
	var token string
	w.must(func(tx *store.Tx) (err error) {
		_, token, err = tx.Organization(w.contoso.ID).CreateToken(w.entra.ID, "", storetest.Start.AddDate(1, 0, 0))
		return err
	})
	statements() // those were not it
	directory, ctx := w.Directory(w.entra.Directory()), w.t.Context()
	pushed := func(fn func(d *store.DirectoryTx) error) error {
		provider := store.Actor{Kind: store.Provisioner, Name: "entra"}
		return w.Write(ctx, provider, func(tx *store.Tx) error { return fn(tx.Directory(w.entra.Directory())) })
	}
	changed := func(edit func(r *store.UserRecord)) func() error {
		return func() error {
			before := w.user(w.entra, alice.ID)
			return pushed(func(d *store.DirectoryTx) error { _, err := d.UpdateUser(before, edited(before, edit)); return err })
		}
	}
	members := func(c store.MemberChange) func() error {
		return func() error {
			return pushed(func(d *store.DirectoryTx) error { _, err := d.UpdateGroup(group, nil, c); return err })
		}
	}
	for _, hot := range []struct {
		what string
		do   func() error
	}{
		{"credential", func() error { _, err := w.Credential(ctx, token, "192.0.2.1"); return err }},
		{"session check", func() error { _, err := w.Visit(ctx, secretHash("secret")); return err }},
		{"forward-auth check", func() error { _, err := w.OrdinaryVisit(ctx, "", secretHash("secret")); return err }},
		{"forward-auth check at a host", func() error {
			_, err := w.OrdinaryVisit(ctx, "wiki.example.com", secretHash("secret"))
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return err
		}},
		{"get", func() error { _, err := directory.UserWithGroups(ctx, alice.ID); return err }},
		{"groups of some", func() error { _, _, err := directory.GroupsOf(ctx, []string{alice.ID}); return err }},
		{"a page of members", func() error { _, err := directory.Members(ctx, group.ID, "", 100); return err }},
		{"create", func() error {
			return pushed(func(d *store.DirectoryTx) error {
				_, err := d.CreateUser(person("bob@contoso.com", bobOID, "b@c.com"))
				return err
			})
		}},
		{"update", changed(func(r *store.UserRecord) { r.DisplayName = "Alice" })},
		{"other addresses", changed(func(r *store.UserRecord) { r.Emails = []store.Email{{Value: "a@contoso.com"}} })},
		{"add a member", members(adding(alice.ID))},
		{"remove a member", members(store.MemberChange{Remove: []string{alice.ID}})},
		{"switch off", changed(func(r *store.UserRecord) { r.Active = false })},
		{"switch on", changed(func(r *store.UserRecord) { r.Active = true })},
		{"delete", func() error { return pushed(func(d *store.DirectoryTx) error { return d.DeleteUser(alice.ID, 0) }) }},
		{"who was deleted", func() error { _, err := w.Organization(w.contoso.ID).FindDeleted(ctx, "alice@contoso.com"); return err }},
	} {
		if err := hot.do(); err != nil {
			w.t.Fatalf("%s: %v", hot.what, err)
		}
		w.mustUse(hot.what, "", statements())
	}
}

// mustUse demands that no statement reads all, and that one of them goes by an index ("": by any).
func (w *world) mustUse(what, index string, statements []store.Statement) {
	w.t.Helper()
	var plans []string
	for _, s := range statements {
		if !regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b`).MatchString(s.SQL) {
			continue // SAVEPOINT and its like have no plan
		}
		steps, err := store.Plan(w.t.Context(), w.Store, s)
		if err != nil {
			w.t.Fatalf("%s: %v: %s", what, err, s.SQL)
		}
		plan := strings.Join(steps, "\n")
		if step := readsWhole(s, steps); step != "" {
			w.t.Errorf("%s reads all (%s): %s\n%s", what, strings.TrimSpace(step), s.SQL, plan)
		}
		plans = append(plans, plan)
	}
	if !regexp.MustCompile(index).MatchString(strings.Join(plans, "\n")) {
		w.t.Errorf("%s does not go by %s:\n%s", what, index, strings.Join(plans, "\n\n"))
	}
}

// inTurn makes of numbered ids those of 5,000, again and again.
var inTurn = strings.NewReplacer("hex(i)", "hex(i % 5000 + 1)", ", i)", ", i % 5000 + 1)")

// firstDay fills entra's directory as the first minutes of a synchronization do.
func (w *world) firstDay() {
	w.t.Helper()
	w.addUsers(1500)
	w.must(func(tx *store.Tx) error {
		for i := range 500 {
			if _, err := tx.Directory(w.entra.Directory()).CreateGroup(groupRecord(fmt.Sprintf("Group %d", i), fmt.Sprint(i)), nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// crowd fills entra's directory: very many people in one group, as many sessions, and all that their like leaves behind.
func (w *world) crowd() (group store.Group) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		if group, err = tx.Directory(w.entra.Directory()).CreateGroup(groupRecord("Writers", writersOID), nil); err != nil {
			return err
		}
		if err := w.crowdOfUsers(tx, group); err != nil {
			return err
		}
		const n = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT "
		id, secret := numberedID(w), "CAST('s' || i AS blob)"
		if store.DatabaseOf(w.Store) == "postgres" {
			secret = "decode(md5(i::text), 'hex')"
		}
		for _, insert := range []struct {
			into, values string
			count        int
		}{
			{"groups (directory_id, id, display_name, display_name_key, external_id, external_key, document, keys, version, created_at, modified_at)",
				"d.id, " + id + ", name, name, name, name, '{}', '{}', 1, i, i", 5000},
			{"members (directory_id, group_id, member_id, kind, display)", "d.id, " + inTurn.Replace(id) + ", " + id + ", 'User', ''", 20_000},
			{"user_app_roles (directory_id, user_id, value_key, value)", "d.id, " + id + ", 'r' || i % 20, 'r'", 20_000},
			{"tombstones (directory_id, id, user_name_key, external_key, deleted_at)", "d.id, " + id + ", name, name, i", 20_000},
			{"leavers (directory_id, user_id, left_at, apply_at)", "d.id, " + id + ", i, 0", 20_000},
			{"role_losses (directory_id, user_id, lost_at)", "d.id, " + id + ", i", 20_000},
			{"sessions (organization_id, id, directory_id, user_id, secret_hash, method, provider_sid, guest, auth_time, created_at, last_seen_at, idle_expires_at," +
				" expires_at, revoked_at, revoked_reason, refused_for, address, user_agent)",
				"d.organization_id, " + id + ", d.id, " + id + ", " + secret + ", 'oidc', '', false, i, i, i, i, i, 0, '', '', '', ''", 20_000},
		} {
			name := "'g' || substr(CAST(100000 + i AS text), 2)"
			sql := "INSERT INTO " + insert.into + " " + fmt.Sprintf(n, insert.count) + strings.ReplaceAll(insert.values, "name", name) +
				" FROM n CROSS JOIN directories d WHERE d.id = ?"
			if err := store.Execute(tx, sql, w.entra.DirectoryID); err != nil {
				return err
			}
		}
		if store.DatabaseOf(w.Store) == "postgres" {
			// PostgreSQL finds out by itself, within a minute, that there are many.
			return store.Execute(tx, "ANALYZE")
		}
		return nil
	})
	return group
}
