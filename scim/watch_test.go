package scim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// exchanges are what was recorded of the door's connection, the oldest first, as "METHOD target status".
func (d *door) exchanges() []string {
	d.t.Helper()
	list, err := d.store.Organization(d.connection.OrganizationID).Exchanges(d.t.Context(), d.connection.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	lines := make([]string, len(list))
	for i, e := range list {
		if strings.Contains(e.Target+e.Detail, "alice") {
			d.t.Errorf("it tells of a person: %+v", e)
		}
		if e.Address != "127.0.0.1" || (e.Detail == "") != (e.Status < 400) {
			d.t.Errorf("it came from %q and says %q: %+v", e.Address, e.Detail, e)
		}
		lines[len(list)-1-i] = fmt.Sprintf("%s %s %d", e.Method, e.Target, e.Status)
	}
	return lines
}

func (d *door) watch() {
	d.t.Helper()
	if err := d.store.Watch(d.t.Context(), d.connection, d.store.Now().Add(10*time.Minute)); err != nil {
		d.t.Fatal(err)
	}
}

func TestWatch_ShowsTestConnectionAndNoPerson(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		const probe = `/Users?filter=userName+eq+%227d420df3-1111-4222-8333-444455556666%22&excludedAttributes=emails`
		d.do(http.MethodGet, probe, "")
		if got := d.exchanges(); len(got) > 0 {
			t.Fatalf("while nobody watches: %v", got)
		}
		d.watch()
		d.do(http.MethodGet, probe, "")
		made := d.do(http.MethodPost, "/Users", `{"userName":"alice@contoso.com"}`)
		d.do(http.MethodPost, "/Users", `{"userName":"alice@contoso.com"}`)
		d.do(http.MethodGet, `/Users?filter=userName+eq+%22alice@contoso.com%22`, "")
		d.do(http.MethodGet, `/Users?filter=userName+eq+%22alice`, "")
		d.do(http.MethodGet, "/Users/alice@contoso.com", "")
		d.do(http.MethodDelete, "/Users/"+made.json["id"].(string), "")
		want := []string{
			`GET /Users?filter=userName eq "(an id)"&excludedAttributes=emails 200`, "POST /Users 201", "POST /Users 409",
			`GET /Users?filter=userName eq "…" 200`, `GET /Users?filter=userName eq "…" 400`, "GET /Users/… 404",
			"DELETE /Users/" + made.json["id"].(string) + " 204",
		}
		if got := d.exchanges(); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestWatch_ShowsRefusedCredentialsOfTheConnection(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	d.watch()
	err := d.store.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) error {
		return tx.Organization(d.connection.OrganizationID).RevokeToken(d.tokenID)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.do(http.MethodGet, "/Users", "")
	d.send(http.MethodGet, "/connections/entra/scim/v2/Groups", "", "Authorization", "Bearer what is this")
	d.send(http.MethodGet, "/connections/entra/scim/v2/Groups", "")
	d.send(http.MethodGet, "/scim/v2/Users", "", "Authorization", "Bearer dls_unknown")
	d.send(http.MethodGet, "/scim/v2/Users", "")
	d.send(http.MethodGet, "/connections/other/scim/v2/Users", "", "Authorization", "Bearer "+d.token)
	want := []string{"GET /Users 401", "GET /Groups 401", "GET /Groups 401"}
	if got := d.exchanges(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
	for range 100 {
		d.send(http.MethodGet, "/connections/entra/scim/v2/Users", "")
	}
	if got := d.exchanges(); len(got) > 40 {
		t.Errorf("%d refusals were recorded: strangers can keep the database busy", len(got))
	}
}
