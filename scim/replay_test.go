package scim

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"doorlist/scim/scimtest"
	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// allRows lists every row of every table of a database.
func allRows(t *testing.T, address string) []string {
	t.Helper()
	driver, catalog := "pgx", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	path, isFile := strings.CutPrefix(address, "sqlite:")
	if isFile {
		driver, address, catalog = "sqlite", "file:"+path, "SELECT name FROM sqlite_master WHERE type = 'table'"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables := scanned(t, db, catalog)
	if len(tables) < 20 {
		t.Fatalf("tables: %v", tables)
	}
	var lines []string
	for _, table := range tables {
		for _, row := range scanned(t, db, "SELECT * FROM "+strings.Trim(table, "[]")) {
			lines = append(lines, table+" "+row)
		}
	}
	slices.Sort(lines)
	return lines
}

func scanned(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s", values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestReplay_TellsWhatWouldBeAndChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, address string) {
		s, err := store.Open(t.Context(), store.Options{URL: address, MasterKey: storetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d := newDoor(t, s)
		c := Config{Store: s, BaseURL: scimtest.BaseURL, Logger: slog.New(slog.DiscardHandler), Log: d.log}
		user := d.create("/Users", `{"userName":"alice@contoso.com"}`)
		group := d.create("/Groups", `{"displayName":"writers","members":[{"value":"`+user+`"}]}`)
		d.requests() // writes the log
		before := allRows(t, address)
		for _, tc := range []struct {
			method, target, body, headers string
			status                        int
			answer, events                string
		}{
			{"GET", `/Users?filter=userName eq "alice@contoso.com"&attributes=id`, "", "", 200, user, ""},
			{"GET", "/Groups/" + group, "", "", 200, `"members":[{`, ""},
			{"GET", "/Users/none%2F", "", "", 404, "no such resource", ""},
			{"POST", "/Users", `{"userName":"bob"}`, "Content-Type: application/scim+json", 201, `"userName":"bob"`, "user.created"},
			{"POST", "/Users", `{"userName":"alice@contoso.com"}`, "", 409, "uniqueness", ""},
			{"PATCH", "/Users/" + user, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, "", 200, `"active":false`, "user.updated user.deactivated"},
			{"PATCH", "/Users/" + user, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, `If-Match: W/"9"`, 412, "has changed", ""},
			{"PATCH", "/Groups/" + group, `{"Operations":[{"op":"remove","path":"members"}]}`, "", 204, "", "group.members_cleared"},
			{"PATCH", "/Groups/" + group, `{"Operations":[{"op":"remove","path":"members[display eq \"x\"]"}]}`, "", 204, "", ""},
			{"DELETE", "/Users/" + user, "", "", 204, "", "user.deleted"},
			{"POST", "/Bulk", `{"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"c"}},{"method":"POST","path":"/Groups","bulkId":"2","data":{"displayName":"g","members":[{"value":"bulkId:1"}]}},{"method":"POST","path":"/Users","bulkId":"3","data":{"userName":"c"}}]}`, "", 200, `"409"`, "user.created group.created group.members_added"},
		} {
			got, err := Replay(t.Context(), c, store.SCIMRequest{
				OrganizationID: d.connection.OrganizationID, ConnectionID: d.connection.ID, Method: tc.method, Target: tc.target, Body: tc.body,
				BodyBytes: int64(len(tc.body)), Headers: tc.headers,
			})
			if err != nil {
				t.Errorf("%s %s: %v", tc.method, tc.target, err)
				continue
			}
			var actions []string
			for _, e := range got.Events {
				actions = append(actions, e.Action)
			}
			if got := strings.Join(actions, " "); !strings.HasSuffix(got, tc.events) || tc.events == "" && got != "" {
				t.Errorf("%s %s would be %s, want %s", tc.method, tc.target, got, tc.events)
			}
			if got.Status != tc.status || !strings.Contains(got.Answer, tc.answer) {
				t.Errorf("%s %s: %d %s, want %d and %s", tc.method, tc.target, got.Status, got.Answer, tc.status, tc.answer)
			}
		}
		if diff := cmp.Diff(before, allRows(t, address)); diff != "" {
			t.Errorf("left behind:\n%s", diff)
		}
		if _, err := Replay(t.Context(), c, store.SCIMRequest{Method: "POST", Target: "/Users", BodyBytes: 1}); !errors.As(err, new(*ReplayError)) {
			t.Errorf("without its body: %v", err)
		}
		if _, err := Replay(t.Context(), c, store.SCIMRequest{OrganizationID: d.connection.OrganizationID, ConnectionID: d.tokenID, Method: "GET", Target: "/Users"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of no connection: %v", err)
		}
	})
}
