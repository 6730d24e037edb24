package store_test

import (
	"regexp"
	"strings"
	"testing"

	"doorlist/store"
)

// Steps of a plan that read all people, or all that belongs to people, of a directory or of all.
var (
	everyPerson = regexp.MustCompile(`SCAN (users|user_emails|members|user_app_roles|[ueamb])\b|Seq Scan on (users|user_emails|members|user_app_roles)`)
	wideSearch  = regexp.MustCompile(`SEARCH [emb] .*\(directory_id=\?\)$`)
)

// TestPeople_IsReadByIndexes lists the people of a directory of very many by every filter and order, and looks at how the database
// does that.
func TestPeople_IsReadByIndexes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		writers := w.addGroup(w.entra, groupRecord("Writers", writersOID))
		role := w.role(w.contoso, "writer").ID
		w.must(func(tx *store.Tx) error {
			o := tx.Organization(w.contoso.ID)
			for _, m := range []store.Mapping{{GroupID: writers.ID}, {AppRole: "Task.Write"}} {
				m.ConnectionID, m.RoleID = w.entra.ID, role
				if _, err := o.CreateMapping(m); err != nil {
					return err
				}
			}
			return w.crowdOfUsers(tx, writers)
		})
		statements, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		yes, no := true, false
		enough := func(int) bool { return true }
		for _, order := range []struct {
			by    store.PeopleOrder
			index string
		}{
			{store.ByCreation, `users_pkey|autoindex_users_1`}, {store.ByUserName, "users_user_name"}, {store.ByName, "users_display_name"},
			{store.ByLastSignIn, "users_last_sign_in"}, {store.ByChange, "users_modified"},
		} {
			for _, q := range []store.PeopleQuery{
				{}, {Search: "u0000"}, {Search: "u"}, {Search: "u", Active: &no}, {Active: &yes}, {Active: &no}, {Origin: store.FromSignIn}, {OwnWay: true},
				{RoleID: role}, {NeverSignedIn: true}, {SignedInSince: w.Now()}, {SignedInBefore: w.Now()}, {Keep: func(store.ListedPerson) bool { return false }},
			} {
				q.Order, q.Limit, q.Enough, q.ConnectionID = order.by, 20, enough, w.entra.ID
				for range 2 {
					page, err := w.Organization(w.contoso.ID).People(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					if q.Search == "u" && q.Active == nil && !page.Cut {
						t.Errorf("%+v finds all of very many", q)
					}
					q.After = &page.Last
				}
				w.checkPlans(order.by, order.index, q, statements())
			}
		}
	})
}

// checkPlans demands that no statement goes through all people, and that what is in order comes by the order's index.
func (w *world) checkPlans(order store.PeopleOrder, index string, q store.PeopleQuery, statements []store.Statement) {
	w.t.Helper()
	for _, s := range statements {
		steps, err := store.Plan(w.t.Context(), w.Store, s)
		if err != nil {
			w.t.Fatalf("%v: %s", err, s.SQL)
		}
		plan := strings.Join(steps, "\n")
		if strings.HasPrefix(plan, "CO-ROUTINE u\n") {
			plan = strings.Replace(plan, "\nSCAN u", "", 1) // of the window's rows
		}
		if everyPerson.MatchString(plan) || wideSearch.MatchString(plan) {
			w.t.Errorf("%+v reads everybody: %s\n%s", q, s.SQL, plan)
		}
		ordered := strings.Contains(s.SQL, "FROM users u WHERE u.directory_id = ?") && strings.Contains(s.SQL, "u.id, ") && strings.Contains(s.SQL, "ORDER BY u.")
		if ordered && !regexp.MustCompile(index).MatchString(plan) {
			w.t.Errorf("%+v by %q does not come by %s: %s\n%s", q, order, index, s.SQL, plan)
		}
	}
}

// crowdOfUsers puts very many people into a group of entra's directory.
func (w *world) crowdOfUsers(tx *store.Tx, g store.Group) error {
	const n = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT g.directory_id, `
	name, yes, no := "'u' || substr(CAST(1000000 + i AS text), 2)", "true", "false"
	from := " FROM n CROSS JOIN groups g WHERE g.directory_id = ? AND g.id = ?"
	for _, insert := range []string{
		`users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name, display_name_key, active, quarantined, document, keys, version,
			created_at, modified_at, subject, subject_client, signed_in_as, last_sign_in_at) ` + n + numberedID(w) + ", " + name + ", " + name + ", " + name + ", " + name +
			", 'One of many', 'one of many', " + yes + ", " + no + ", '{}', '{}', 1, i, i, '', '', '', i % 2" + from,
		"user_emails (directory_id, user_id, ordinal, value, value_key, type_key, is_primary) " + n + numberedID(w) + ", 0, " + name + ", " + name + ", 'work', " + yes + from,
		"members (directory_id, group_id, member_id, kind, display) " + strings.Replace(n, "g.directory_id, ", "g.directory_id, g.id, ", 1) + numberedID(w) + ", 'User', ''" + from,
	} {
		if err := store.Execute(tx, "INSERT INTO "+insert, w.entra.DirectoryID, g.ID); err != nil {
			return err
		}
	}
	if store.DatabaseOf(w.Store) != "postgres" {
		return nil
	}
	// PostgreSQL finds out by itself, within a minute, that there are many.
	return store.Execute(tx, "ANALYZE users, user_emails, members")
}
