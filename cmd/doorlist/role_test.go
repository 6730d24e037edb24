package main

import "testing"

func TestRole_ReachAndDefault(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("role", "add", "partner", "--org", "contoso", "--rank", "25", "--shared-only")
	c.do("role", "set", "contributor", "--org", "contoso", "--shared-only=false", "--rank", "26")
	var roles []roleView
	c.read(&roles, "role", "list", "--org", "contoso")
	if len(roles) != 6 || roles[1].Name != "partner" || !roles[1].SharedOnly || roles[2].Name != "contributor" || roles[2].SharedOnly {
		t.Errorf("roles = %+v; want partner for shared things, contributor above it and free", roles)
	}
	var org orgView
	c.read(&org, "org", "set", "contoso", "--default-role", "reader", "--ambiguous-roles", "refuse")
	if org.DefaultRole == "" || org.AmbiguousRoles != "refuse" {
		t.Errorf("org = %+v; want a default role and ambiguous ones refused", org)
	}
	c.fails(exitFailed, "role", "remove", "reader", "--org", "contoso")
	c.read(&org, "org", "set", "contoso", "--default-role", "none", "--ambiguous-roles", "highest", "--name", "Contoso Ltd")
	if org.DefaultRole != "" || org.AmbiguousRoles != "highest" || org.Name != "Contoso Ltd" {
		t.Errorf("org = %+v; want no default role, the highest winning, and the new name", org)
	}
	c.do("role", "remove", "reader", "--org", "contoso")
}
