package main

import (
	"strings"
	"testing"

	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestApplication_FromTheTerminal(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("application", "add", "--org", "contoso", "--name", "wiki", "--host", "wiki.example.com", "--min-role", "reader")
		c.do("application", "add", "--org", "contoso", "--name", "shop", "--host", "shop.example.com", "--host", "*.shop.example.com",
			"--path", "/cart", "--path", "/till", "--min-role", "writer", "--second-factor")
		c.do("application", "add-path", "wiki", "--org", "contoso", "--host", "wiki.example.com", "--path", "/shared", "--min-role", "contributor")
		c.do("application", "set", "wiki", "--org", "contoso", "--name", "docs", "--min-role", "writer", "--second-factor")
		c.do("application", "set", "shop", "--org", "contoso", "--second-factor=false")
		c.do("application", "remove-path", "shop", "--org", "contoso", "--host", "shop.example.com", "--path", "/till")
		if got := c.fails(exitFailed, "application", "add-path", "shop", "--org", "contoso", "--host", "wiki.example.com", "--path", "/Shared"); !strings.Contains(got, "has that host and path already") {
			t.Errorf("a place that is taken: %q", got)
		}
		if got := c.fails(exitFailed, "application", "remove-path", "docs", "--org", "contoso", "--host", "docs.example.com"); !strings.Contains(got, "application list") {
			t.Errorf("a place that is not there: %q", got)
		}
		var got []applicationView
		c.read(&got, "application", "list", "--org", "contoso")
		for i := range got {
			got[i].ID = ""
		}
		want := []applicationView{
			{Name: "docs", MinRole: "writer", SecondFactor: true, Paths: []applicationPathView{{Host: "wiki.example.com", Path: "/"}, {Host: "wiki.example.com", Path: "/shared", MinRole: "contributor"}}},
			{Name: "shop", MinRole: "writer", Paths: []applicationPathView{{Host: "*.shop.example.com", Path: "/cart"}, {Host: "*.shop.example.com", Path: "/till"}, {Host: "shop.example.com", Path: "/cart"}}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("applications (-want +got):\n%s", diff)
		}
		if table := c.do("application", "list", "--org", "contoso"); !strings.Contains(table, "wiki.example.com/shared (contributor)") {
			t.Errorf("the table does not show the path's own role:\n%s", table)
		}
		c.do("application", "remove", "docs", "--org", "contoso")
	})
}
