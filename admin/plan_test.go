package admin_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// large are the tables that have rows for each person or attempt. A plan names them by the alias that a statement gives them.
var (
	large     = []string{"users", "user_emails", "members", "decisions", "events"}
	largeFrom = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+(users|user_emails|members|decisions|events)\b(?:\s+(?:AS\s+)?([a-z]\w*))?`)
	// wholeOwner is an index that is searched for the owner's id alone, on SQLite and on PostgreSQL.
	wholeOwner = regexp.MustCompile(`^SEARCH (\w+) USING .*\((?:directory_id|organization_id)=\?\)$`)
	ownerCond  = regexp.MustCompile(`^Index Cond: \(?(?:\w+\.)?(?:directory_id|organization_id) = [^ ]+\)$`)
	indexScan  = regexp.MustCompile(`(?:Index Scan|Index Only Scan|Bitmap Heap Scan|Bitmap Index Scan).* on (\w+)`)
	seqScan    = regexp.MustCompile(`Seq Scan on (\w+)`)
	// few are indexes of the few people about whom something is to be decided.
	few = regexp.MustCompile(`\b(users_held|users_quarantined)\b`)
)

// aliases are the names by which a statement's plan may tell of large tables.
func aliases(statement string) []string {
	names := slices.Clone(large)
	for _, found := range largeFrom.FindAllStringSubmatch(statement, -1) {
		names = append(names, strings.ToLower(found[2]))
	}
	return names
}

// throughAll is the step of a plan that goes through all rows of a large table, or all that an owner has; "" for none. What is read in the
// order of an index ends with the page.
func throughAll(statement, plan string) string {
	names, bounded := aliases(statement), strings.Contains(statement, "LIMIT")
	sorted := strings.Contains(plan, "USE TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "Sort Key")
	index := ""
	for line := range strings.Lines(plan) {
		step := strings.TrimSpace(line)
		if scan := strings.Fields(step); len(scan) > 1 && scan[0] == "SCAN" && slices.Contains(names, scan[1]) && !bounded {
			return step
		}
		if scan := seqScan.FindStringSubmatch(step); scan != nil && slices.Contains(large, scan[1]) {
			return step
		}
		if scan := wholeOwner.FindStringSubmatch(step); scan != nil && !few.MatchString(step) && slices.Contains(names, scan[1]) && (!bounded || sorted) {
			return step
		}
		if scan := indexScan.FindStringSubmatch(step); scan != nil {
			if index = scan[1]; few.MatchString(step) {
				index = ""
			}
		}
		if ownerCond.MatchString(step) && slices.Contains(large, index) && (!bounded || sorted) {
			return index + ": " + step
		}
	}
	return ""
}

// about names the pages that are about everybody.
var about = regexp.MustCompile(`/export$|/roles/:role/(raise|lower|remove)$|/mappings/:mapping/remove$|/access-review$`)

// counts is the statement that counts the members of one group, who may be everybody.
const counts = "SELECT coalesce(sum(CASE WHEN kind = 'Group'"

// No page of the console goes through all people, attempts or events of an organization, on either database.
func TestPages_AreReadByIndexes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, owner := w.places["contoso-test"], w.signIn("contoso-test", "owner", w.clock.Now())
		storetest.Crowd(t, s, p.conn.Directory(), p.group.ID)
		const org = "/admin/organizations/contoso-test"
		addresses := []string{
			org + "/users?q=u0000", org + "/users?sort=name", org + "/users?sort=last_sign_in", org + "/explain?who=waiting@contoso-test.example", org + "/explain?who=nobody",
			org + "/sign-ins?person=waiting@contoso-test.example", org + "/sign-ins?outcome=refused", org + "/audit?subject=" + p.waiting, org + "/audit?action=user.created",
			org + "/history?on=2026-01-02", org + "/history?who=waiting@contoso-test.example", org + "/groups/" + p.group.ID, org + "/provisioning?status=failed",
		}
		for _, r := range w.pages() {
			if r.method == http.MethodGet && !about.MatchString(r.path) {
				addresses = append(addresses, p.at(r.path))
			}
		}
		taken, seen := storetest.Statements(t, s), map[string]bool{}
		for _, address := range addresses {
			if a := owner.get(address); a.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s: got %d", address, a.StatusCode)
			}
			for _, statement := range taken() {
				if seen[statement] || strings.HasPrefix(statement, counts) {
					continue
				}
				seen[statement] = true
				plan := storetest.Plan(t, s, statement)
				if step := throughAll(statement, plan); step != "" {
					t.Errorf("%s goes through everybody (%s): %s\n%s", address, step, statement, plan)
				}
			}
		}
		if len(seen) < 100 {
			t.Errorf("%d statements were looked at, which says too little", len(seen))
		}
	})
}
