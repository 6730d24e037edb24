package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/admin"
	"doorlist/store"
	"doorlist/store/storetest"
)

const provisioningPath = "/admin/organizations/contoso/provisioning"

// logged puts a request of a place's provider into the log, and returns its id.
func (w *world) logged(p *place, r store.SCIMRequest) string {
	w.t.Helper()
	w.clock.Advance(time.Second)
	r.OrganizationID, r.ConnectionID, r.At, r.CredentialID = p.org.ID, p.conn.ID, w.clock.Now(), p.token.ID
	l := store.NewRequestLog(w.store)
	l.Record(r)
	if err := l.Flush(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	list, err := w.store.Organization(p.org.ID).Requests(context.Background(), store.SCIMRequestQuery{ConnectionID: p.conn.ID, Limit: 1})
	if err != nil || len(list.Requests) != 1 {
		w.t.Fatalf("the log is %+v, %v", list, err)
	}
	return list.Requests[0].ID
}

// replay answers that nothing would change, or as the address of the request says.
func (w *world) replay(_ context.Context, r store.SCIMRequest) (admin.Replayed, error) {
	switch r.Target {
	case "/cut":
		return admin.Replayed{}, &admin.ReplayError{Message: "The log has not the whole body."}
	case "/off":
		return admin.Replayed{}, store.ErrNotFound
	case "/slow":
		return admin.Replayed{}, store.ErrUnavailable
	}
	return admin.Replayed{Status: 201, Answer: `{"id":"1"}`, Tally: store.Tally{UsersCreated: 1},
		Events: []store.Event{{Action: "user.created", SubjectKind: "user", Detail: `{"user_name":"bob","after":{"title":"boss"}}`}}}, nil
}

func TestProvisioning_FiltersAndPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, p := w.contosoOwner(), w.places["contoso"]
		for range 60 {
			w.logged(p, store.SCIMRequest{Method: "GET", Target: `/Users?filter=userName eq "a"`, Operation: "Look up user", Status: 200, SubjectKind: "user"})
		}
		w.logged(p, store.SCIMRequest{Method: "POST", Target: "/Users", Operation: "Create user", Status: 409, SubjectKind: "user", SubjectName: "<script>alert(1)</script>",
			Detail: "It is taken."})
		first := owner.want(owner.get(provisioningPath), http.StatusOK, "&lt;script&gt;alert(1)", "It is taken.", "Go on", "Follow live")
		if n := strings.Count(first.body, `<th scope="row"`); n != 50 {
			t.Errorf("the first page has %d requests", n)
		}
		next := first.body[strings.Index(first.body, `rel="next" href="`)+len(`rel="next" href="`):]
		second := owner.want(owner.get(strings.ReplaceAll(next[:strings.Index(next, `"`)], "&amp;", "&")), http.StatusOK, "To the beginning")
		if n := strings.Count(second.body, `<th scope="row"`); n != 12 {
			t.Errorf("the second page has %d requests", n)
		}
		for query, want := range map[string]int{
			"?status=4": 1, "?status=2": 50, "?operation=Create+user": 2, "?operation=Create+user&status=4": 1, "?subject=%3Cscript%3Ealert(1)%3C/script%3E": 1,
			"?text=filter%3DUSERNAME": 50, "?connection=contoso-entra": 50, "?connection=contoso-spare": 0, "?from=2026-01-02&to=2026-01-02": 50, "?from=2026-01-03": 0, "?to=2026-01-01": 0,
		} {
			page := owner.want(owner.get(provisioningPath+query), http.StatusOK)
			if n := strings.Count(page.body, `<th scope="row"`); n != want {
				t.Errorf("%s shows %d requests, want %d", query, n, want)
			}
		}
		for _, query := range []string{"?status=9", "?operation=Dance", "?connection=fabrikam-entra", "?from=yesterday", "?from=2026-01-03&to=2026-01-02", "?text=%00"} {
			owner.want(owner.get(provisioningPath+query), http.StatusUnprocessableEntity, "Nothing is shown")
		}
		owner.want(owner.get(provisioningPath+"?status=5"), http.StatusOK, "No request is like that")
		owner.want(owner.get(provisioningPath+"?follow=on"), http.StatusOK, "Following", `data-follow="3"`, "Stop following")
	})
}

func TestProvisioning_ExportsWhatIsFiltered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, p := w.contosoOwner(), w.places["contoso"]
		const body = `{"userName":"eve","password":"***"}`
		w.logged(p, store.SCIMRequest{Method: "POST", Target: "/Users", Operation: "Create user", Status: 409, SubjectKind: "user", SubjectName: "=eve", Body: body, BodyBytes: 99, Answer: `{"status":"409"}`})
		for range 250 {
			w.logged(p, store.SCIMRequest{Method: "GET", Target: "/Users/1", Operation: "Read user", Status: 200, Took: 1500 * time.Microsecond})
		}
		w.logged(w.places["fabrikam"], store.SCIMRequest{Method: "GET", Target: "/Users/of-fabrikam", Operation: "Read user", Status: 200})
		owner.want(owner.get(provisioningPath+"?status=2"), http.StatusOK, provisioningPath+"/export?format=csv&amp;status=2", "secrets masked")
		file := owner.want(owner.get(provisioningPath+"/export?format=csv"), http.StatusOK)
		rows, err := readCSV(file.body)
		if err != nil || len(rows) != 253 || !strings.Contains(file.Header.Get("Content-Disposition"), "contoso-provisioning-") {
			t.Fatalf("%d rows, %v, %q", len(rows), err, file.Header)
		}
		refused, read := rows[251], rows[1]
		if refused[8] != "'=eve" || refused[9] != "409" || refused[2] != p.conn.Slug || refused[18] != body || refused[19] != "99" || read[12] != "1.5" || read[5] != "/Users/1" {
			t.Errorf("the file says %q and %q", refused, read)
		}
		lines := owner.want(owner.get(provisioningPath+"/export?format=jsonl&status=4"), http.StatusOK, `"subject_name":"=eve"`, `"took_ms":0`, `\"password\":\"***\"`)
		if n := strings.Count(lines.body, "\n"); n != 1 || strings.HasPrefix(lines.body, "\uFEFF") {
			t.Errorf("%d lines: %s", n, lines.body)
		}
		owner.want(owner.get(provisioningPath+"/export?status=9"), http.StatusUnprocessableEntity, "Nothing is shown")
		for _, page := range []string{"/provisioning/export?", "/audit/export?", "/users/export?", "/sign-ins?", "/history?on=2026-01-02&", "/access-review?on=2026-01-02&"} {
			owner.want(owner.get("/admin/organizations/contoso"+page+"format=xlsx"), http.StatusUnprocessableEntity, "choose csv or jsonl")
		}
	})
}

func TestProvisioning_ACredentialWithoutALabelIsNotGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, p := w.contosoOwner(), w.places["contoso"]
	w.write(func(tx *store.Tx) (err error) {
		p.token, _, err = tx.Organization(p.org.ID).CreateToken(p.conn.ID, "", time.Time{})
		return err
	})
	id := w.logged(p, store.SCIMRequest{Method: "GET", Target: "/Users/1", Operation: "Read user", Status: 200})
	owner.want(owner.get(provisioningPath+"/"+id), http.StatusOK, "by the credential <bdi>(no label)</bdi>")
}

func TestProvisioning_CyclesInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, p := w.contosoOwner(), w.places["contoso"]
	w.clock.Advance(40 * time.Minute)
	w.logged(p, store.SCIMRequest{Method: "POST", Target: "/Users", Operation: "Create user", Status: 201, Noted: store.Noted{Tally: store.Tally{UsersCreated: 12, UsersDisabled: 1, MembersAdded: 40}}})
	w.logged(p, store.SCIMRequest{Method: "POST", Target: "/Groups", Operation: "Create group", Status: 500})
	page := owner.want(owner.get(provisioningPath+"/cycles"), http.StatusOK, "12 people created, 1 person disabled, 40 memberships added", "Nothing changed")
	address := page.body[strings.Index(page.body, provisioningPath+"?cycle="):]
	cycle := owner.want(owner.get(address[:strings.Index(address, `"`)]), http.StatusOK, "12 people created", "All requests")
	if n := strings.Count(cycle.body, `<th scope="row"`); n != 2 {
		t.Errorf("the cycle shows %d requests, want its two", n)
	}
	owner.want(owner.get(provisioningPath+"?cycle="+p.org.ID), http.StatusNotFound)
}

func TestProvisioning_ARequestWithAllThatIsKnown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		owner, p := w.contosoOwner(), w.places["contoso"]
		var noted store.Noted
		actor := store.Actor{Kind: store.Provisioner, ID: p.token.ID, RequestID: "r-5"}
		err := s.Write(t.Context(), actor, func(tx *store.Tx) error {
			_, err := tx.Directory(p.conn.Directory()).CreateUser(store.UserRecord{UserName: "eve@contoso.example", Document: `{"title":"boss"}`, Keys: "{}"})
			noted = tx.Noted()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		id := w.logged(p, store.SCIMRequest{
			Method: "POST", Target: `/Users?attributes=id&x=it's %26 more`, Operation: "Create user", Status: 201, Took: 12 * time.Millisecond, SubjectKind: "user", SubjectName: "eve@contoso.example",
			RequestID: "r-5", Noted: noted, Headers: "Content-Type: application/scim+json\nClient-Request-Id: 77-88", Body: `{"title":"it's"}`, BodyBytes: 16,
		})
		page := owner.want(owner.get(provisioningPath+"/"+id), http.StatusOK, "eve@contoso.example", "12 ms", "77-88", "a token of contoso", "boss", "&#34;title&#34;: &#34;it&#39;s&#34;",
			"curl -X POST", "/scim/v2/Users?attributes=id&amp;x=it%27s&#43;%26&#43;more&#39;", "Bearer $SCIM_TOKEN", `it&#39;\&#39;&#39;s`, "What would it do now?")
		if strings.Contains(page.body, `id="now"`) {
			t.Error("it tells what it would do before anybody asks")
		}
		owner.want(owner.post(provisioningPath+"/"+id), http.StatusOK, "It would be answered", "as it was", "1 person created", "nothing has changed", "bob")
		for target, want := range map[string]string{"/cut": "has not the whole body", "/off": "switched off"} {
			owner.want(owner.post(provisioningPath+"/"+w.logged(p, store.SCIMRequest{Method: "POST", Target: target, BodyBytes: 40_000})), http.StatusOK, want, "It is not kept")
		}
		owner.want(owner.post(provisioningPath+"/"+w.logged(p, store.SCIMRequest{Method: "POST", Target: "/slow"})), http.StatusServiceUnavailable, "takes too long")
	})
}
