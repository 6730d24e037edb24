package entra_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

func TestIDToken_GroupsFollowTheApplication(t *testing.T) {
	t.Parallel()
	for kind, want := range map[entra.GroupClaims][]string{
		entra.NoGroups:         nil,
		entra.ApplicationGroup: {"Assigned"},
		entra.SecurityGroup:    {"Assigned", "Unassigned", "Around the unassigned"},
	} {
		s := newSite(t, entra.Application{Groups: kind})
		uma := person(t, s.tenant, "uma.unassigned").ObjectID
		names := map[string]string{}
		add := func(name string, members ...string) string {
			id := addGroup(t, s.tenant, name, members...)
			names[id] = name
			return id
		}
		add("Assigned", uma)
		unassigned := add("Unassigned", uma)
		add("Around the unassigned", unassigned)
		if err := s.tenant.Unassign(unassigned); err != nil {
			t.Fatal(err)
		}
		ids, _ := s.mustSignIn("uma.unassigned@contoso.com")["groups"].([]any)
		var got []string
		for _, id := range ids {
			name, _ := id.(string)
			got = append(got, names[name])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", kind, diff)
		}
	}
}

func TestIDToken_OverageAbove200Groups(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{Groups: entra.SecurityGroup})
	uma := person(t, s.tenant, "uma.unassigned").ObjectID
	for i := range 200 {
		addGroup(t, s.tenant, fmt.Sprint("Group ", i), uma)
	}
	full := s.mustSignIn("uma.unassigned@contoso.com")
	if groups, _ := full["groups"].([]any); len(groups) != 200 || full["_claim_names"] != nil {
		t.Errorf("with 200 groups the token holds %d", len(groups))
	}
	addGroup(t, s.tenant, "One too many", uma)
	over := s.mustSignIn("uma.unassigned@contoso.com")
	names, _ := over["_claim_names"].(map[string]any)
	if over["groups"] != nil || names["groups"] != "src1" || over["_claim_sources"] == nil {
		t.Errorf("with 201 groups the token holds groups %v and names %v", over["groups"], names)
	}
}

func TestIDToken_OidNeedsTheProfileScope(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	a, err := s.begin()
	if err != nil {
		t.Fatal(err)
	}
	callback, _, err := s.visit(a.url("sim_user", rita, "scope", "openid"))
	if err != nil {
		t.Fatal(err)
	}
	form := s.code(rita)
	form.Set("code", callback.Get("code"))
	form.Set("code_verifier", a.verifier)
	number, body := s.redeem(s.tenant, form)
	if number != 0 || body["scope"] != "openid" {
		t.Fatalf("AADSTS%d, scope %v", number, body["scope"])
	}
	if _, err := s.signIn(rita); err != nil {
		t.Errorf("with the profile scope: %v", err)
	}
	claims := claimsOf(t, body)
	if claims["oid"] != nil || claims["preferred_username"] != nil || claims["sub"] == nil {
		t.Errorf("without the profile scope the token holds %v", claims)
	}
}

func TestIDToken_OptionalClaimsAndRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{OptionalClaims: entra.AllOptionalClaims})
	wendy := person(t, s.tenant, "wendy.writer")
	if err := s.tenant.UpdatePerson(wendy.ObjectID, func(p *entra.Person) { p.AppRoles = []string{"Writer", "Auditor"} }); err != nil {
		t.Fatal(err)
	}
	claims := s.mustSignIn(wendy.UserPrincipalName)
	if diff := cmp.Diff([]any{"Writer", "Auditor"}, claims["roles"]); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	for claim, want := range map[string]any{"acct": 0.0, "email": wendy.Mail, "idp": nil} {
		if claims[claim] != want {
			t.Errorf("%s: got %v, want %v", claim, claims[claim], want)
		}
	}
	for _, claim := range []string{"auth_time", "login_hint", "sid"} {
		if claims[claim] == nil {
			t.Errorf("%s is missing", claim)
		}
	}
	if hint, _ := claims["login_hint"].(string); hint == wendy.UserPrincipalName {
		t.Error("login_hint is not opaque")
	}
}

func TestIDToken_Guest(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{OptionalClaims: []string{"acct"}})
	guest := s.mustSignIn("gwen.guest_fabrikam.com#EXT#@contoso.com")
	if guest["acct"] != 1.0 || guest["idp"] == nil || guest["email"] != "gwen.guest@fabrikam.com" || guest["tid"] != s.tenant.ID {
		t.Errorf("the guest's claims are %v", guest)
	}
}
