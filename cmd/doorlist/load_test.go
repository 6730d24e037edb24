package main

import (
	"net/url"
	"testing"
	"time"

	"doorlist/entra"
	"doorlist/store/storetest"
)

// cookies are what the visitor's browser sends to n.
func (v *visitor) cookies(n *node) string {
	v.t.Helper()
	u, err := url.Parse(n.url)
	if err != nil {
		v.t.Fatal(err)
	}
	text := ""
	for _, c := range v.client.Jar.Cookies(u) {
		text += c.Name + "=" + c.Value + "; "
	}
	return text
}

// Eight connections at once, each kind of traffic, every answer checked and the state read back: nothing is wrong, and
// no update is lost.
func TestLoad_TheDoorAnswersEverythingRight(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		door := w.nodes[0]
		wendy := w.visitor("wendy.writer")
		if reason := wendy.signIn(door); reason != "" {
			t.Fatalf("Wendy was refused: %s", reason)
		}
		load, err := entra.NewLoad(entra.LoadOptions{
			Endpoint: door.url + "/scim/v2", Token: w.token, Dialect: entra.DialectBoth, CheckURL: door.url + "/auth/verify",
			CheckCookie: wendy.cookies(door), Connections: 8, Duration: 300 * time.Millisecond, Users: 24, Groups: 3, Seed: 9,
		})
		if err != nil {
			t.Fatal(err)
		}
		check := func(row entra.LoadRow) {
			if !row.Clean() || row.Operations == 0 {
				t.Errorf("%s: %+v", row.Workload, row)
			}
		}
		for _, workload := range entra.Workloads() {
			row, err := load.Run(t.Context(), workload.Name)
			if err != nil {
				t.Fatal(err)
			}
			check(row)
		}
		first, err := entra.NewLoad(entra.LoadOptions{Endpoint: door.url + "/scim/v2", Token: w.token, Seed: 10})
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Sync(t.Context(), entra.SyncOptions{Users: 40, Groups: 5, Memberships: 150}, check); err != nil {
			t.Fatal(err)
		}
	})
}
