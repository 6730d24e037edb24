package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func (w *world) createApplication(a store.Application) (got store.Application, err error) {
	err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.CreateApplication(a); return err })
	return got, err
}

func TestApplication_LifeIsRecorded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reader, contributor := w.role(w.contoso, "reader"), w.role(w.contoso, "contributor")
		a, err := w.createApplication(store.Application{Slug: "wiki", Role: store.Role{ID: reader.ID}, Paths: []store.ApplicationPath{
			{Host: "Wiki.Example.com."}, {Host: "wiki.example.com", Path: "/Shared/", Role: store.Role{ID: contributor.ID}}, {Host: "*.wiki.example.com", Path: "/"},
		}})
		want := store.Application{ID: a.ID, Slug: "wiki", Role: reader, Paths: []store.ApplicationPath{
			{Host: "*.wiki.example.com", Path: "/"}, {Host: "wiki.example.com", Path: "/"}, {Host: "wiki.example.com", Path: "/Shared", Role: contributor},
		}}
		if diff := cmp.Diff(want, a); diff != "" || err != nil {
			t.Fatalf("CreateApplication: %v (-want +got):\n%s", err, diff)
		}
		a.Slug, a.Role, a.SecondFactor = "docs", w.role(w.contoso, "writer"), true
		for range 2 { // the second time nothing changes
			w.must(func(tx *store.Tx) error {
				got, err := tx.Organization(w.contoso.ID).UpdateApplication(a)
				if diff := cmp.Diff(a, got); diff != "" {
					t.Errorf("UpdateApplication (-want +got):\n%s", diff)
				}
				return err
			})
		}
		w.must(func(tx *store.Tx) error {
			return tx.Organization(w.contoso.ID).RemoveApplicationPath(a.ID, store.ApplicationPath{Host: "WIKI.example.com", Path: "/shared"})
		})
		a.Paths = a.Paths[:2]
		list, err := w.Organization(w.contoso.ID).Applications(t.Context())
		if diff := cmp.Diff([]store.Application{a}, list); diff != "" || err != nil {
			t.Errorf("Applications: %v (-want +got):\n%s", err, diff)
		}
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveApplication(a.ID) })
		if got, want := w.actions(w.contoso, a.ID), []string{"application.created", "application.path_added", "application.path_added",
			"application.path_added", "application.updated", "application.path_removed", "application.removed"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		if used, err := w.HostInUse(t.Context(), "wiki.example.com"); used || err != nil {
			t.Errorf("a removed application's host is still in use: %v", err)
		}
	})
}

func TestApplication_RefusesPatternsThatCouldBeMisread(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		reader := w.role(w.contoso, "reader")
		a, err := w.createApplication(store.Application{Slug: "wiki", Role: reader, Paths: []store.ApplicationPath{{Host: "wiki.example.com", Path: "/a"}}})
		if err != nil {
			t.Fatal(err)
		}
		add := func(host, path string) error {
			return w.inContoso(func(o *store.OrganizationTx) error {
				return o.AddApplicationPath(a.ID, store.ApplicationPath{Host: host, Path: path})
			})
		}
		for _, host := range []string{"", ".", "*", "*.", "*.com", "a.*.com", "**.a.com", "a..com", "wiki.example.com:443", "https://wiki.example.com",
			"wiki.example.com/x", "münchen.example", "a b.example", "a,b", "[::1]", "a\x00b", "\xff", strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 130) + "com"} {
			refusedFor(t, fmt.Sprintf("host %q", host), add(host, "/"), "host", "wiki.example.com")
		}
		for _, path := range []string{"a", "//", "/a//b", "/..", "/a/../b", "/.", "/a.", "/a ", "/a%2Fb", "/a;b", `/a\b`, "/a?b", "/a#b", "/a\nb", "/a\x00", "/\xff", "/" + strings.Repeat("a", 1024)} {
			refusedFor(t, fmt.Sprintf("path %q", path), add("b.example.com", path), "path", "decoded")
		}
		conflictOf(t, "a place that is taken", add("WIKI.example.com", "/A/"), "host and path")
		_, err = w.createApplication(store.Application{Slug: "wiki", Role: reader})
		conflictOf(t, "a name that is taken", err, "application")
		_, err = w.createApplication(store.Application{Slug: "Wiki!", Role: reader})
		refusedFor(t, "a slug that is none", err, "name", "lower-case")
		for what, err := range map[string]error{
			"an unknown role": func() error {
				_, err := w.createApplication(store.Application{Slug: "x", Role: store.Role{ID: uuid.NewString()}})
				return err
			}(),
			"no role":                func() error { _, err := w.createApplication(store.Application{Slug: "x"}); return err }(),
			"an unknown application": w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveApplication(uuid.NewString()) }),
			"a path that is not there": w.inContoso(func(o *store.OrganizationTx) error {
				return o.RemoveApplicationPath(a.ID, store.ApplicationPath{Host: "wiki.example.com", Path: "/b"})
			}),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
	})
}

func TestApplication_HostsAreSeenAcrossOrganizations(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error {
			for _, o := range []store.Organization{w.contoso, w.fabrikam} { // the same place for two customers is none of the other's business
				_, err := tx.Organization(o.ID).CreateApplication(store.Application{
					Slug: "app", Role: w.role(o, "reader"), Paths: []store.ApplicationPath{{Host: "app.example.com"}},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		for host, want := range map[string]bool{"app.example.com": true, "example.com": false, "": false, "\x00": false, "*.example.com": false} {
			if used, err := w.HostInUse(t.Context(), host); used != want || err != nil {
				t.Errorf("HostInUse(%q) = %v, %v; want %v", host, used, err, want)
			}
		}
		both := []string{w.contoso.ID, w.fabrikam.ID}
		slices.Sort(both)
		for host, want := range map[string][]string{"app.example.com": both, "example.com": nil, "": nil, "\x00": nil} {
			if got, err := w.HostedBy(t.Context(), "nobody.example.com", host); !slices.Equal(got, want) || err != nil {
				t.Errorf("HostedBy(%q) = %v, %v; want %v", host, got, err, want)
			}
		}
	})
}
