package admin_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

var offered = regexp.MustCompile(`href="(/admin[^"#]*)"`)

// Whoever may see a page may open what it offers.
func TestRights_NoPageOffersWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	for _, step := range ladder[1:] {
		b, seen := w.signIn("contoso", step.role, w.clock.Now()), map[string]bool{}
		for todo := []string{"/admin"}; len(todo) > 0; todo = todo[1:] {
			from := b.get(todo[0])
			for _, link := range offered.FindAllStringSubmatch(from.body, -1) {
				address := html.UnescapeString(link[1])
				if seen[address] || strings.HasPrefix(address, "/admin/assets/") {
					continue
				}
				seen[address] = true
				if got := b.get(address).StatusCode; got >= http.StatusBadRequest {
					t.Errorf("with the right %q, %s offers %s, which answers %d", step.right, todo[0], address, got)
					continue
				}
				todo = append(todo, address)
			}
		}
		if !seen[entraPath+"/guide"] || seen[entraPath+"/credentials/add-secret"] != (step.right == store.ConsoleOwn) {
			t.Errorf("with the right %q these are offered: %v", step.right, seen)
		}
	}
}

// The members of a big group are one line, and do not push everything else out of sight.
func TestWatch_WhatIsAlikeIsOneLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner, conn := w.contosoOwner(), w.places["contoso"].conn
	owner.want(owner.post(entraPath+"/watch"), http.StatusSeeOther)
	log := store.NewRequestLog(w.store)
	for _, e := range []store.SCIMRequest{
		{Method: "POST", Target: "/Users", Status: 201},
		{Method: "PATCH", Target: "/Groups/1", Status: 204}, {Method: "PATCH", Target: "/Groups/1", Status: 204}, {Method: "PATCH", Target: "/Groups/1", Status: 204},
		{Method: "PATCH", Target: "/Groups/1", Status: 400, Detail: "No such member."},
		{Method: "PATCH", Target: "/Groups/1", Status: 204},
	} {
		w.clock.Advance(time.Millisecond)
		e.OrganizationID, e.ConnectionID, e.At = conn.OrganizationID, conn.ID, w.clock.Now()
		log.Record(e)
	}
	if err := log.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := owner.want(owner.get(entraPath+"/watch"), http.StatusOK, "3 times", "No such member.", "what comes next")
	if got := strings.Count(page.body, `<th scope="row"`); got != 4 {
		t.Errorf("six exchanges are shown in %d lines, want 4:\n%s", got, page.body)
	}
}
