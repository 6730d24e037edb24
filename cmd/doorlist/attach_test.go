package main

import (
	"slices"
	"strings"
	"testing"
)

func TestConnection_AttachAndDetach(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	c.do("org", "add", "contoso-test", "--parent", "contoso")
	c.do("org", "add", "fabrikam")
	c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", tenantID, "--client-id", "client", "--client-secret", "secret", "--attach=false")
	shown := func(args ...string) (v connectionDetail) {
		t.Helper()
		c.read(&v, args...)
		return v
	}
	if v := shown("connection", "show", "entra"); len(v.Attached) > 0 {
		t.Errorf("at first it is attached to %v", v.Attached)
	}
	if got := c.do("connection", "show", "entra"); !strings.Contains(got, "nobody signs in through it") {
		t.Errorf("in words: %s", got)
	}
	if v := shown("connection", "attach", "--connection", "entra", "--org", "contoso-test"); !slices.Equal(v.Attached, []string{"contoso-test"}) {
		t.Errorf("attached to %v, want the test organization", v.Attached)
	}
	c.do("mapping", "add", "--org", "contoso-test", "--connection", "entra", "--group-external-id", groupID, "--role", "writer")
	if got := c.do("mapping", "list", "--org", "contoso-test"); !strings.Contains(got, "entra") {
		t.Errorf("mappings of the test organization:\n%s", got)
	}
	if got := c.do("connection", "attach", "--connection", "entra", "--org", "contoso"); !strings.Contains(got, "doorlist mapping add --org contoso ") {
		t.Errorf("nothing says that contoso needs mappings of its own:\n%s", got)
	}
	v := shown("connection", "detach", "--connection", "entra", "--org", "contoso-test")
	if !slices.Equal(v.Attached, []string{"contoso"}) || !slices.Equal(v.OptedOut, []string{"contoso-test"}) {
		t.Errorf("after the test organization opted out: %+v", v)
	}
	var org orgDetail
	c.read(&org, "org", "show", "contoso-test")
	if want := []reachView{{"entra", "contoso", false, true}}; !slices.Equal(org.Connections, want) {
		t.Errorf("the test organization has %+v, want %+v", org.Connections, want)
	}
	if got := c.do("connection", "attach", "--connection", "entra", "--org", "contoso-test"); strings.Contains(got, "mapping add") {
		t.Errorf("a mapping that is there is asked for:\n%s", got)
	}
	c.read(&org, "org", "show", "contoso-test")
	if want := []reachView{{"entra", "contoso", true, false}}; !slices.Equal(org.Connections, want) {
		t.Errorf("the test organization has %+v, want %+v", org.Connections, want)
	}
	for _, args := range [][]string{
		{"connection", "attach", "--connection", "entra", "--org", "fabrikam"},
		{"mapping", "add", "--org", "fabrikam", "--connection", "entra", "--app-role", "x", "--role", "writer"},
	} {
		if got := c.fails(exitFailed, args...); !strings.Contains(got, "of an organization above it") {
			t.Errorf("%v: %s", args, got)
		}
	}
}
