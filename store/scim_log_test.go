package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// scimRequest is a look-up of a connection's provider.
func scimRequest(c store.Connection, at time.Time, change func(r *store.SCIMRequest)) store.SCIMRequest {
	r := store.SCIMRequest{
		OrganizationID: c.OrganizationID, ConnectionID: c.ID, At: at, Took: 3 * time.Millisecond, Method: "GET", Target: `/Users?filter=userName eq "a"`,
		Operation: "Look up user", Status: 200, Address: "192.0.2.9", CredentialID: "token", RequestID: "r-1",
	}
	if change != nil {
		change(&r)
	}
	return r
}

// logged writes requests to the log.
func (w *world) logged(requests ...store.SCIMRequest) {
	w.t.Helper()
	l := store.NewRequestLog(w.Store)
	for _, r := range requests {
		l.Record(r)
	}
	if err := l.Flush(w.t.Context()); err != nil || l.Dropped() > 0 {
		w.t.Fatalf("Flush = %v, %d dropped", err, l.Dropped())
	}
}

// requests lists the log of contoso, the newest first, as "target status".
func (w *world) requests(q store.SCIMRequestQuery) string {
	w.t.Helper()
	page, err := w.Organization(w.contoso.ID).Requests(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	lines := make([]string, len(page.Requests))
	for i, r := range page.Requests {
		lines[i] = fmt.Sprint(r.Target, " ", r.Status)
	}
	return strings.Join(lines, ", ")
}

func TestRequestLog_KeepsAllThatIsKnown(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		want := store.SCIMRequest{
			OrganizationID: w.contoso.ID, ConnectionID: w.entra.ID, At: w.Now(), Took: 1500 * time.Microsecond, Method: "PATCH", Target: "/Users/1",
			Operation: "Disable user", SubjectKind: "user", SubjectID: aliceOID, SubjectName: "Alice \u202e<script>", Status: 409, SCIMType: "uniqueness",
			Detail: "no", Noted: store.Noted{First: "a", Last: "b"}, Address: "::1", CredentialID: "t", RequestID: "r-9", Headers: "client-request-id: 1",
			Body: `{"Operations":[]}`, BodyBytes: 99, Answer: "{}",
		}
		sent := want
		sent.Detail, sent.Body = "no\x00\xff", want.Body
		sent.Noted.UsersDisabled, want.Changes = 1, 1
		sent.Body += strings.Repeat(" ", store.MaxRequestText)
		want.Body = sent.Body[:store.MaxRequestText]
		want.Detail = "no\ufffd\ufffd"
		w.logged(sent)
		page, err := w.Organization(w.contoso.ID).Requests(t.Context(), store.SCIMRequestQuery{})
		list := page.Requests
		if err != nil || len(list) != 1 {
			t.Fatalf("Requests = %v, %v", list, err)
		}
		got, err := w.Organization(w.contoso.ID).Request(t.Context(), list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		want.ID = got.ID
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// A message of PostgreSQL's protocol takes 64 KB of them; rows begin and end anywhere in one.
func TestRequestLog_KeepsLongTextsOfMany(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		want := map[string]string{}
		var sent []store.SCIMRequest
		for i := range 40 {
			sent = append(sent, scimRequest(w.entra, w.Now().Add(time.Duration(i)*time.Second), func(r *store.SCIMRequest) {
				r.Target, r.Body, r.BodyBytes = fmt.Sprint(i), strings.Repeat(fmt.Sprint(i, "é"), 100*i), 1
				want[r.Target] = r.Body
			}))
		}
		w.logged(sent...)
		err := w.Organization(w.contoso.ID).ExportRequests(t.Context(), store.SCIMRequestQuery{}, func(r store.SCIMRequest) error {
			if body, known := want[r.Target]; !known || body != r.Body {
				t.Errorf("%s has a body of %d bytes, want %d", r.Target, len(r.Body), len(body))
			}
			delete(want, r.Target)
			return nil
		})
		if err != nil || len(want) > 0 {
			t.Errorf("%d are missing, %v", len(want), err)
		}
	})
}

func TestRequests_AreFilteredAndPaged(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		start := w.Now()
		at := func(c store.Connection, seconds int, target string, status int, change func(r *store.SCIMRequest)) store.SCIMRequest {
			return scimRequest(c, start.Add(time.Duration(seconds)*time.Second), func(r *store.SCIMRequest) {
				r.Target, r.Status = target, status
				if change != nil {
					change(r)
				}
			})
		}
		w.logged(
			at(w.okta, 2, "/c", 200, func(r *store.SCIMRequest) { r.Operation = "Create user"; r.Noted.UsersCreated = 1 }),
			at(w.entra, 0, "/A%_", 200, nil),
			at(w.entra, 1, "/b", 404, func(r *store.SCIMRequest) { r.SubjectID, r.SubjectName = aliceOID, "Alice" }),
			at(w.entra, 3, "/d", 503, nil),
			at(w.other, 4, "/secret", 200, nil),
		)
		for _, tc := range []struct {
			what string
			q    store.SCIMRequestQuery
			want string
		}{
			{"all", store.SCIMRequestQuery{}, "/d 503, /c 200, /b 404, /A%_ 200"},
			{"some", store.SCIMRequestQuery{Limit: 2}, "/d 503, /c 200"},
			{"a connection", store.SCIMRequestQuery{ConnectionID: w.okta.ID}, "/c 200"},
			{"another organization's", store.SCIMRequestQuery{ConnectionID: w.other.ID}, ""},
			{"an operation", store.SCIMRequestQuery{Operation: "Create user"}, "/c 200"},
			{"look-ups", store.SCIMRequestQuery{Operation: store.LookUpUser}, "/d 503, /b 404, /A%_ 200"},
			{"look-ups of a person that failed", store.SCIMRequestQuery{Operation: store.LookUpUser, Subject: aliceOID, Status: 4}, "/b 404"},
			{"no look-ups", store.SCIMRequestQuery{Operation: store.LookUpGroup}, ""},
			{"2xx", store.SCIMRequestQuery{Status: 2}, "/c 200, /A%_ 200"},
			{"4xx", store.SCIMRequestQuery{Status: 4}, "/b 404"},
			{"5xx", store.SCIMRequestQuery{Status: 5}, "/d 503"},
			{"a subject", store.SCIMRequestQuery{Subject: aliceOID}, "/b 404"},
			{"a name", store.SCIMRequestQuery{Subject: "ALICE"}, "/b 404"},
			{"a part of the target", store.SCIMRequestQuery{Target: "a%_"}, "/A%_ 200"},
			{"changed", store.SCIMRequestQuery{Changed: true}, "/c 200"},
			{"from", store.SCIMRequestQuery{From: start.Add(2 * time.Second)}, "/d 503, /c 200"},
			{"to", store.SCIMRequestQuery{To: start.Add(2 * time.Second)}, "/b 404, /A%_ 200"},
			{"no text", store.SCIMRequestQuery{Target: "\xff"}, ""},
		} {
			if got := w.requests(tc.q); got != tc.want {
				t.Errorf("%s: %s, want %s", tc.what, got, tc.want)
			}
		}
		pages := func(q store.SCIMRequestQuery) string {
			var lines []string
			for {
				page, err := w.Organization(w.contoso.ID).Requests(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				line := ""
				for _, r := range page.Requests {
					line += r.Target
				}
				if lines = append(lines, line); page.Next == "" || len(lines) > 9 {
					return strings.Join(lines, " ")
				}
				q.After = page.Next
			}
		}
		if got := pages(store.SCIMRequestQuery{Limit: 3}); got != "/d/c/b /A%_" {
			t.Errorf("pages are %s", got)
		}
		// A search stops after two requests of a connection, and leaves out what is older in another until it is there.
		if got := pages(store.SCIMRequestQuery{Target: "/", Window: 2}); got != "/d/c/b /A%_" {
			t.Errorf("a search in parts finds %s", got)
		}
		if got := pages(store.SCIMRequestQuery{Target: "a%_", Window: 1}); got != "   /A%_ " {
			t.Errorf("a search from one to the next finds %q", got)
		}
	})
}

// An operation is found by its index among many look-ups, which are not in it.
func TestRequests_OfAnOperationAreReadByTheIndex(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		statements := storetest.Statements(t, w.Store)
		w.requests(store.SCIMRequestQuery{ConnectionID: w.entra.ID, Operation: "Disable user"})
		read := 0
		for _, statement := range statements() {
			if plan := storetest.Plan(t, w.Store, statement); strings.Contains(statement, "scim_requests") {
				if read++; !strings.Contains(plan, "scim_requests_operation") {
					t.Errorf("%s\n%s", statement, plan)
				}
			}
		}
		if read != 1 {
			t.Errorf("%d statements", read)
		}
	})
}

func TestRequestLog_HoursAndCycles(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		start, scope := w.Now().Truncate(time.Hour), w.Organization(w.contoso.ID)
		at := func(d time.Duration, change func(r *store.SCIMRequest)) store.SCIMRequest {
			return scimRequest(w.entra, start.Add(d), change)
		}
		probe := func(r *store.SCIMRequest) { r.Operation = store.Probe }
		w.logged(
			at(59*time.Minute, probe),
			at(59*time.Minute+time.Second, func(r *store.SCIMRequest) { r.Noted.UsersCreated, r.Took = 1, 2*time.Second }),
			at(60*time.Minute, func(r *store.SCIMRequest) {
				r.Status, r.Noted = 500, store.Noted{Tally: store.Tally{MembersAdded: 40}, First: "1", Last: "3"}
			}),
		)
		w.logged( // the same cycle, then one that a probe begins, then one behind a pause
			at(61*time.Minute, func(r *store.SCIMRequest) {
				r.Noted = store.Noted{Tally: store.Tally{UsersDisabled: 2}, First: "4", Last: "5"}
			}),
			at(62*time.Minute, probe), at(62*time.Minute+time.Second, probe),
			at(70*time.Minute, nil),
			at(71*time.Minute, func(r *store.SCIMRequest) { r.CredentialID = "" }), // a stranger
		)
		cycles, err := scope.Cycles(t.Context(), w.entra.ID, "", 0)
		if err != nil || len(cycles) != 3 {
			t.Fatalf("Cycles = %+v, %v", cycles, err)
		}
		got, want := cycles[2], store.SCIMCycle{
			ID: cycles[2].ID, Start: start.Add(59 * time.Minute), End: start.Add(61*time.Minute + 3*time.Millisecond), Requests: 4, Errors: 1,
			Noted: store.Noted{Tally: store.Tally{UsersCreated: 1, UsersDisabled: 2, MembersAdded: 40}, First: "1", Last: "5"},
		}
		if got != want || cycles[1].Requests != 2 || cycles[0].Requests != 1 {
			t.Errorf("got  %+v\nwant %+v\nthen %+v", got, want, cycles[:2])
		}
		if one, err := scope.Cycle(t.Context(), w.entra.ID, got.ID); err != nil || one != want {
			t.Errorf("Cycle = %+v, %v", one, err)
		}
		if older, err := scope.Cycles(t.Context(), w.entra.ID, cycles[1].ID, 0); err != nil || len(older) != 1 {
			t.Errorf("before the second: %+v, %v", older, err)
		}
		hours, err := scope.Hours(t.Context(), w.entra.ID, start.Add(time.Minute))
		if err != nil || len(hours) != 2 {
			t.Fatalf("Hours = %+v, %v", hours, err)
		}
		if h := hours[0]; !h.At.Equal(start) || h.Requests != 2 || h.Errors != 0 || h.Changes != 1 || h.Took != [8]int64{1, 0, 0, 0, 0, 0, 0, 1} {
			t.Errorf("the first hour: %+v", h)
		}
		if h := hours[1]; h.Requests != 6 || h.Errors != 1 || h.Changes != 42 {
			t.Errorf("the second hour: %+v", h)
		}
		if within, over := hours[0].Within(50); within != 5*time.Millisecond || over {
			t.Errorf("half within %v, %v", within, over)
		}
		if _, over := hours[0].Within(95); !over {
			t.Error("95 of a hundred were not longer than every bound")
		}
	})
}

func TestRequestLog_LeadsFromEventsToRequestsAndBack(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var noted store.Noted
		actor := store.Actor{Kind: store.Provisioner, ID: "token", RequestID: "r-77"}
		err := w.Write(t.Context(), actor, func(tx *store.Tx) error {
			u, err := tx.Directory(w.entra.Directory()).CreateUser(person("alice@contoso.com", aliceOID))
			if err == nil {
				_, err = tx.Directory(w.entra.Directory()).UpdateUser(u, edited(u, func(r *store.UserRecord) { r.Active = false }))
			}
			noted = tx.Noted()
			return err
		})
		if err != nil || noted.Tally != (store.Tally{UsersCreated: 1, UsersDisabled: 1}) {
			t.Fatalf("noted %+v, %v", noted, err)
		}
		w.logged(scimRequest(w.entra, w.Now(), func(r *store.SCIMRequest) { r.RequestID, r.Noted = "r-77", noted }))
		page, err := w.Organization(w.contoso.ID).Requests(t.Context(), store.SCIMRequestQuery{})
		list := page.Requests
		if err != nil || len(list) != 1 {
			t.Fatalf("Requests = %v, %v", list, err)
		}
		events, err := w.Organization(w.contoso.ID).EventsOf(t.Context(), list[0])
		if err != nil || len(events) < 3 || events[0].Action != "user.created" {
			t.Fatalf("EventsOf = %v, %v", events, err)
		}
		if r, err := w.Organization(w.contoso.ID).RequestBehind(t.Context(), events[1]); err != nil || r.ID != list[0].ID {
			t.Errorf("RequestBehind = %+v, %v", r, err)
		}
		events[1].Actor.RequestID = "r-78"
		if _, err := w.Organization(w.contoso.ID).RequestBehind(t.Context(), events[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of another request: %v", err)
		}
	})
}

func TestRequestLog_ForgetsWhatIsOld(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		now := w.Now()
		for _, days := range []int{31, 29, 8, 6} {
			w.logged(scimRequest(w.entra, now.AddDate(0, 0, -days), func(r *store.SCIMRequest) {
				r.Target, r.Body, r.BodyBytes = fmt.Sprint(days), "{}", 2
			}))
		}
		check := func(want string, texts int) {
			t.Helper()
			if err := w.PurgeRequests(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.requests(store.SCIMRequestQuery{}); got != want || len(w.rows("SELECT * FROM scim_request_texts")) != texts {
				t.Errorf("kept %s, want %s", got, want)
			}
		}
		check("6 200, 8 200, 29 200", 3)
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetLogDays(w.entra.ID, 7) })
		check("6 200", 1)
		if days, err := w.Organization(w.contoso.ID).LogDays(t.Context(), w.entra.ID); err != nil || days != 7 {
			t.Errorf("LogDays = %d, %v", days, err)
		}
		for _, days := range []int{0, 366} {
			err := w.inContoso(func(o *store.OrganizationTx) error { return o.SetLogDays(w.entra.ID, days) })
			refusedFor(t, fmt.Sprint(days), err, "log-retention", "from 1 to 365")
		}
		storetest.ClockOf(t, w.Store).Advance(401 * 24 * time.Hour)
		check("", 0)
		if n := len(w.rows("SELECT * FROM scim_cycles")) + len(w.rows("SELECT * FROM scim_hours")); n > 0 {
			t.Errorf("%d counts are kept for ever", n)
		}
	})
}

func TestRequestLog_HasAnEnd(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i := range 5 {
			w.logged(scimRequest(w.entra, w.Now().Add(time.Duration(i)*time.Second), func(r *store.SCIMRequest) { r.Target = fmt.Sprint(i) }))
		}
		for _, tc := range []struct {
			most int
			want string
		}{{6, "4 200, 3 200, 2 200, 1 200, 0 200"}, {5, "4 200, 3 200, 2 200, 1 200, 0 200"}, {2, "4 200, 3 200"}} {
			if err := store.TrimRequests(t.Context(), w.Store, w.entra, tc.most); err != nil {
				t.Fatal(err)
			}
			if got := w.requests(store.SCIMRequestQuery{}); got != tc.want {
				t.Errorf("%d at most: %s, want %s", tc.most, got, tc.want)
			}
		}
	})
}

func TestRequestLog_DropsRatherThanWaits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		l := store.NewRequestLog(w.Store)
		for range 5100 {
			l.Record(scimRequest(w.entra, w.Now(), nil))
		}
		l.Record(scimRequest(store.Connection{OrganizationID: "nobody's"}, w.Now(), nil))
		if l.Dropped() != 100 {
			t.Errorf("%d dropped, want 100", l.Dropped())
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		if err := l.Flush(t.Context()); err != nil {
			t.Errorf("of a connection that is gone: %v", err)
		}
		for _, table := range []string{"scim_requests", "scim_hours", "scim_cycles"} {
			if rows := w.rows("SELECT * FROM " + table); len(rows) > 0 {
				t.Errorf("%s keeps %d rows of a connection that is gone", table, len(rows))
			}
		}
	})
}
