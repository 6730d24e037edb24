package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const signInsPath = "/admin/organizations/contoso/sign-ins"

// decide records an attempt to come in to contoso.
func (w *world) decide(d store.Decision) (recorded store.Decision) {
	w.t.Helper()
	w.write(func(tx *store.Tx) (err error) {
		recorded, err = tx.Organization(w.places["contoso"].org.ID).RecordDecision(d)
		return err
	})
	return recorded
}

func TestSignIns_TellWhoCameInAndWhoDidNot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, owner := w.places["contoso"], w.contosoOwner()
		role := p.roles["writer"]
		came := w.decide(store.Decision{UserID: p.waiting, UserName: "waiting@contoso.example", ConnectionID: p.conn.ID, Method: "sso", Admitted: true, Reason: "admitted", Role: "writer",
			Grants: []store.Grant{{Role: role, Source: store.GroupGrant, Name: "<Writers>"}}, Address: "192.0.2.9", UserAgent: "Firefox", Subject: "an object id", TenantID: "a tenant"})
		w.decide(store.Decision{UserName: "=eve@contoso.example", Reason: "not_provisioned", Method: "sso", ConnectionID: p.conn.ID, Address: "2001:db8::1"})
		owner.want(owner.get("/admin/organizations/contoso"), http.StatusOK, signInsPath)
		all := owner.want(owner.get(signInsPath), http.StatusOK, "Came in as writer", "not on the list", "record changed hands", "Entra of contoso", "192.0.2.9",
			"<svg", "Came in, last 24 hours: 1", "Turned away, last 24 hours: 2", signInsPath+"/"+came.ID)
		if n := strings.Count(all.body, `scope="row" data-label="Who"`); n != 3 {
			t.Errorf("%d attempts are listed, want 3", n)
		}
		owner.want(owner.get(signInsPath+"/"+came.ID), http.StatusOK, "<h1>Came in</h1>", "&lt;Writers&gt;", "an object id", "a tenant", "Firefox", "192.0.2.9")
		owner.want(owner.get(signInsPath+"/"+p.decision), http.StatusOK, "<h1>Turned away: record changed hands</h1>", "What to do", "Held back for review", "it changed hands")
		for query, who := range map[string]string{
			"person=WAITING@contoso.example":                         "waiting waiting",
			"person=%3DEVE@contoso.example":                          "=eve",
			"outcome=refused":                                        "=eve waiting",
			"outcome=admitted":                                       "waiting",
			"outcome=not_provisioned":                                "=eve",
			"address=2001:DB8:0::1":                                  "=eve",
			"connection=contoso-entra&method=sso&address=192.0.2.7":  "waiting",
			"connection=contoso-spare":                               "",
			"method=password":                                        "",
			"since=2026-01-02&until=2026-01-02&outcome=refused":      "=eve waiting",
			"since=2026-01-03":                                       "",
			"until=2026-01-01":                                       "",
			"person=" + p.waiting + "&outcome=admitted":              "waiting",
			"person=nobody%20at%20all":                               "",
			"person=waiting@contoso.example&outcome=rebound_pending": "waiting",
		} {
			a := owner.want(owner.get(signInsPath+"?"+query), http.StatusOK)
			if got := strings.Join(whoOf(a.body), " "); got != who {
				t.Errorf("%s: got %q, want %q", query, got, who)
			}
		}
		for query, says := range map[string]string{
			"outcome=perhaps": "Choose one", "address=contoso.com": "Write one address", "since=yesterday": "such as 2026-03-31",
			"since=2026-01-03&until=2026-01-02": "before the first day", "format=xlsx": "choose csv or jsonl", "connection=fabrikam-entra": "Choose one",
		} {
			owner.want(owner.get(signInsPath+"?"+query), http.StatusUnprocessableEntity, says)
		}
		file := owner.want(owner.get(signInsPath+"?format=csv&outcome=refused"), http.StatusOK)
		rows, err := readCSV(file.body)
		if err != nil || len(rows) != 3 || rows[1][4] != "'=eve@contoso.example" || rows[2][3] != "rebound_pending" || rows[2][8] != "contoso-entra" {
			t.Errorf("the file is %q, %v", rows, err)
		}
		owner.want(owner.get(signInsPath+"?format=jsonl"), http.StatusOK, `"user_name":"=eve@contoso.example"`, `"admitted":true`)
	})
}

var who = regexp.MustCompile(`data-label="Who"><bdi>([^@<]*)`)

func whoOf(body string) (names []string) {
	for _, found := range who.FindAllStringSubmatch(body, -1) {
		names = append(names, found[1])
	}
	return names
}

func TestSignIns_GoOnByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	for i := range 119 {
		w.clock.Advance(time.Second)
		w.decide(store.Decision{UserName: fmt.Sprint("n", i), Reason: "guest"})
	}
	path, seen := signInsPath+"?outcome=refused", 0
	for page := range 3 {
		a := owner.want(owner.get(path), http.StatusOK)
		seen += len(whoOf(a.body))
		next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(a.body)
		if (next == nil) != (page == 2) {
			t.Fatalf("page %d leads to %v", page, next)
		}
		if next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if seen != 120 {
		t.Errorf("%d attempts on all pages, want 120", seen)
	}
	owner.want(owner.get(signInsPath+"?after="+url.QueryEscape("no key at all")), http.StatusOK, "n118")
}
