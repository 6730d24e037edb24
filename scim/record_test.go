package scim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// requests is the log of the door's connection, the oldest first.
func (d *door) requests() []store.SCIMRequest {
	d.t.Helper()
	if err := d.log.Flush(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	scope := d.store.Organization(d.connection.OrganizationID)
	page, err := scope.Requests(d.t.Context(), store.SCIMRequestQuery{ConnectionID: d.connection.ID, Limit: 1000})
	if err != nil {
		d.t.Fatal(err)
	}
	list := page.Requests
	slices.SortStableFunc(list, func(a, b store.SCIMRequest) int { return strings.Compare(a.ID, b.ID) })
	for i := range list {
		if list[i], err = scope.Request(d.t.Context(), list[i].ID); err != nil {
			d.t.Fatal(err)
		}
	}
	return list
}

// kept sends a request and returns what the log has of it.
func (d *door) kept(method, path, body string, headers ...string) store.SCIMRequest {
	d.t.Helper()
	clock := storetest.ClockOf(d.t, d.store)
	clock.Advance(time.Second)
	d.do(method, path, body, headers...)
	all := d.requests()
	if len(all) == 0 || !all[len(all)-1].At.Equal(d.store.Now()) {
		d.t.Fatalf("%s %s is not in the log", method, path)
	}
	return all[len(all)-1]
}

func TestRecord_TellsWhatWasAskedAndDone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		user := d.create("/Users", `{"userName":"alice@contoso.com"}`)
		group := d.create("/Groups", `{"displayName":"writers"}`)
		patch := func(operations string) string { return `{"Operations":[` + operations + `]}` }
		for _, tc := range []struct {
			method, path, body, operation, target, name string
			status                                      int
			changes                                     int64
		}{
			{"GET", `/Users?filter=userName+eq+%227d420df3-1111-4222-8333-444455556666%22`, "", store.Probe, `/Users?filter=userName eq "7d420df3-1111-4222-8333-444455556666"`, "", 200, 0},
			{"GET", `/Groups?excludedAttributes=members&filter=displayName+eq+%227d420df3-1111-4222-8333-444455556666%22`, "", store.Probe, `/Groups?excludedAttributes=members&filter=displayName eq "7d420df3-1111-4222-8333-444455556666"`, "", 200, 0},
			{"GET", `/Users?filter=externalId+eq+%227d420df3-1111-4222-8333-444455556666%22`, "", "Look up user", `/Users?filter=externalId eq "7d420df3-1111-4222-8333-444455556666"`, "", 200, 0},
			{"GET", `/users?filter=a%2Bb+eq+%26&count=1`, "", "Look up user", `/users?filter=a%2Bb eq %26&count=1`, "", 400, 0},
			{"GET", `/Groups?count=1`, "", "List groups", `/Groups?count=1`, "", 200, 0},
			{"GET", `/Users/` + user, "", "Read user", `/Users/` + user, "alice@contoso.com", 200, 0},
			{"GET", `/Groups/none`, "", "Read group", `/Groups/none`, "", 404, 0},
			{"GET", `/ServiceProviderConfig`, "", readDiscovery, `/ServiceProviderConfig`, "", 200, 0},
			{"POST", `/Users`, `{"userName":"bob@contoso.com"}`, "Create user", `/Users`, "bob@contoso.com", 201, 1},
			{"POST", `/Users`, `{"userName":"bob@contoso.com"}`, "Create user", `/Users`, "", 409, 0},
			{"PATCH", `/Users/` + user, patch(`{"op":"Replace","path":"active","value":"False"}`), disableUser, `/Users/` + user, "alice@contoso.com", 200, 1},
			{"PATCH", `/Users/` + user, patch(`{"op":"replace","value":{"active":false}}`), disableUser, `/Users/` + user, "alice@contoso.com", 200, 0},
			{"PATCH", `/Users/` + user, patch(`{"op":"replace","path":"active","value":true}`), enableUser, `/Users/` + user, "alice@contoso.com", 200, 1},
			{"PATCH", `/Users/` + user, patch(`{"op":"replace","path":"title","value":"x"}`), "Update user", `/Users/` + user, "alice@contoso.com", 200, 1},
			{"PATCH", `/Users/` + user, `nonsense`, "Update user", `/Users/` + user, "", 400, 0},
			{"PUT", `/Users/` + user, `{"userName":"alice@contoso.com"}`, "Replace user", `/Users/` + user, "alice@contoso.com", 200, 1},
			{"PATCH", `/Groups/` + group, patch(`{"op":"Add","path":"members","value":[{"value":"` + user + `"}]}`), addMembers, `/Groups/` + group, "writers", 204, 1},
			{"PATCH", `/Groups/` + group, patch(`{"op":"remove","path":"members[value eq \"` + user + `\"]"}`), removeMembers, `/Groups/` + group, "writers", 204, 1},
			{"PATCH", `/Groups/` + group, patch(`{"op":"replace","value":{"members":[{"value":"` + user + `"}]}}`), setMembers, `/Groups/` + group, "writers", 204, 1},
			{"PATCH", `/Groups/` + group, patch(`{"op":"replace","path":"displayName","value":"authors"}`), "Update group", `/Groups/` + group, "authors", 204, 1},
			{"POST", `/Bulk`, `{"Operations":[{"method":"POST","path":"/Users","bulkId":"1","data":{"userName":"c"}},{"method":"DELETE","path":"/Users/` + user + `"}]}`, bulkRequest, `/Bulk`, "", 200, 3},
			{"DELETE", `/Groups/` + group, "", "Delete group", `/Groups/` + group, "", 204, 1},
			{"GET", `/nowhere/at/all`, "", readDiscovery, `/nowhere/at/all`, "", 404, 0},
		} {
			got := d.kept(tc.method, tc.path, tc.body)
			if got.Operation != tc.operation || got.Target != tc.target || got.SubjectName != tc.name || got.Status != tc.status || got.Changes != tc.changes {
				t.Errorf("%s %s: %s of %q, status %d, %d changes, %s; want %s of %q, %d, %d, %s", tc.method, tc.path, got.Operation, got.SubjectName,
					got.Status, got.Changes, got.Target, tc.operation, tc.name, tc.status, tc.changes, tc.target)
			}
			if !slices.Contains(Operations, got.Operation) {
				t.Errorf("Operations lacks %q", got.Operation)
			}
			if got.Body != tc.body || got.BodyBytes != int64(len(tc.body)) || (got.Answer != "") != (tc.status >= 400 || tc.path == "/Bulk") || (got.Detail != "") != (tc.status >= 400) {
				t.Errorf("%s %s: the body %q, the answer %q, the sentence %q", tc.method, tc.path, got.Body, got.Answer, got.Detail)
			}
			if got.CredentialID != d.tokenID || got.Address != "127.0.0.1" {
				t.Errorf("%s %s: by %s from %s", tc.method, tc.path, got.CredentialID, got.Address)
			}
			events, err := s.Organization(d.connection.OrganizationID).EventsOf(t.Context(), got)
			if err != nil || (len(events) > 0) != (tc.changes > 0) {
				t.Errorf("%s %s: events %v, %v", tc.method, tc.path, events, err)
			}
		}
	})
}

func TestRecord_KeepsNoSecret(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	const secret = "correct horse battery"
	for _, body := range []string{
		`{"userName":"a","password":"` + secret + `"}`,
		`{"userName":"a","PASSWORD":"` + secret + `","emails":[{"clientSecret":{"deep":"` + secret + `"}}]}`,
		`{"userName":"a","pass\u0077ord":"` + secret + `"}`,
		`{"Operations":[{"op":"replace","path":"password","value":"` + secret + `"}]}`,
		`{"Operations":[{"op":"replace","Path":"urn:ietf:params:scim:schemas:core:2.0:User:password","Value":"` + secret + `"}]}`,
		`{"Operations":[{"op":"replace","path":"emails[password eq \"` + secret + `\"].value","value":"` + secret + `"}]}`,
		`{"Operations":[{"op":"replace","value":{"password":"` + secret + `"}}]}`,
		`{"Operations":[{"method":"POST","path":"/Users","data":{"password":"` + secret + `"}}]}`,
		`{"password":"` + secret + `"`,
		`{"password":"` + secret + `","x":"` + strings.Repeat("x", maxMasked) + `"}`,
	} {
		for _, method := range []string{"POST", "PATCH"} {
			got := d.kept(method, "/Users/"+d.connection.ID, body)
			if text := fmt.Sprint(got); strings.Contains(text, secret) || strings.Contains(text, d.token) {
				t.Errorf("%s is kept as %s", body, text)
			}
		}
		if got, size := bodyText([]byte(body)); strings.Contains(got, secret) || size != int64(len(body)) {
			t.Errorf("%s is kept as %s", body, got)
		}
	}
	got := d.kept("GET", "/Users?access_token="+secret[:7]+"&filter=password+eq+%22"+secret[:7]+"%22&x="+d.token, "",
		"Client-Request-Id", "11111111-1111-1111-1111-111111111111", "Traceparent", "00-1", "Cookie", secret, "User-Agent", "by "+d.token)
	if text := fmt.Sprint(got); strings.Contains(text, secret[:7]) || strings.Contains(text, d.token) {
		t.Errorf("kept: %s", text)
	}
	if want := "User-Agent: by ••••\nClient-Request-Id: 11111111-1111-1111-1111-111111111111\nTraceparent: 00-1"; got.Headers != want {
		t.Errorf("headers are\n%s\nwant\n%s", got.Headers, want)
	}
}

// isSecret finds what strings.ToLower would: some letters beyond ASCII have a lower case within it.
func TestIsSecret(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, "p": false, "passwor": false, "password": true, "xPassWordx": true, "clientSECRET": true, "a token": true, "tokens": true, "to ken": false,
		"tok\u00e9n": false, "\u00e9 password": true, "password \u00e9": true, "To\u212aen": true, "\u212aToke\u0274": false, "pa\u017f\u017fword": false,
	} {
		if isSecret(text) != want || isSecret([]byte(text)) != want {
			t.Errorf("isSecret(%q) = %v, want %v", text, !want, want)
		}
	}
}

// A credential is masked wherever it begins, and what only looks a little like one stays.
func TestWithoutCredentials(t *testing.T) {
	t.Parallel()
	token, jwt := "dls_"+strings.Repeat("a", 20), "eyJhbGciOi.eyJzdWIi.c2ln"
	for text, want := range map[string]string{
		"by " + token: "by " + masked, token + " " + jwt: masked + " " + masked, "see " + jwt + "!": "see " + masked + "!",
		"a_b": "a_b", "middle": "middle", "dl_" + strings.Repeat("a", 20): "dl_" + strings.Repeat("a", 20), "eyJx": "eyJx", "candls_" + strings.Repeat("a", 20): "candls_" + strings.Repeat("a", 20),
	} {
		if got := withoutCredentials(text); got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}

// A body is kept byte for byte, unless a secret stands in it or could stand behind an escape: docs/provisioning-log.md says so.
func TestRecord_WritesABodyAnewOnlyForASecret(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{ "userName":"\u4e2d", "active":true }`:     `{ "userName":"\u4e2d", "active":true }`,
		`{ "userName":"\u00e9", "active":true }`:     `{"active":true,"userName":"é"}`,
		`{ "userName":"\u4e2d", "password":"hush" }`: `{"password":"••••","userName":"中"}`,
	} {
		if got, _ := bodyText([]byte(body)); got != want {
			t.Errorf("%s is kept as %s, want %s", body, got, want)
		}
	}
}

func TestRecord_ALongBodyIsCutAndCounted(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	body := `{"userName":"a","title":"` + strings.Repeat("x", 100_000) + `"}`
	if got := d.kept("POST", "/Users", body); len(got.Body) != store.MaxRequestText || got.BodyBytes != int64(len(body)) {
		t.Errorf("kept %d bytes of %d", len(got.Body), got.BodyBytes)
	}
}

func TestRecord_StrangersOnlyWhileSomebodyWatches(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	err := d.store.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) error {
		return tx.Organization(d.connection.OrganizationID).RevokeToken(d.tokenID)
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func() []string {
		d.do(http.MethodGet, "/Users", "")
		d.send(http.MethodGet, "/connections/entra/scim/v2/Groups", "", "Authorization", "Bearer what is this")
		d.send(http.MethodGet, "/connections/entra/scim/v2/Groups", "")
		d.send(http.MethodGet, "/scim/v2/Users", "", "Authorization", "Bearer dls_unknown")
		d.send(http.MethodGet, "/scim/v2/Users", "")
		d.send(http.MethodGet, "/connections/other/scim/v2/Users", "", "Authorization", "Bearer "+d.token)
		var lines []string
		for _, r := range d.requests() {
			lines = append(lines, fmt.Sprintf("%s %s %d", r.Method, r.Target, r.Status))
		}
		slices.Sort(lines)
		return lines
	}
	if got := send(); len(got) > 0 {
		t.Errorf("while nobody watches: %q", got)
	}
	if err := d.store.Watch(t.Context(), d.connection, d.store.Now().Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(send()); got != "[GET /Groups 401 GET /Groups 401 GET /Users 401]" {
		t.Errorf("while somebody watches: %s", got)
	}
	for range 100 {
		d.send(http.MethodGet, "/connections/entra/scim/v2/Users", "")
	}
	if got := d.requests(); len(got) > 40 {
		t.Errorf("%d refusals were recorded: strangers can keep the database busy", len(got))
	}
}
