package store_test

import (
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

func TestFindPeople_ByAnyOfTheirNames(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOIDUpper, "Alice@mail.example"))
		namesake := w.addUser(w.okta, person("ALICE@contoso.com", "okta-alice"))
		w.addUser(w.other, person("alice@contoso.com", aliceOIDUpper, "Alice@mail.example"))
		local := w.localUser(w.contoso, "carol@contoso.com", "carol's")
		for who, want := range map[string][]string{
			alice.ID: {alice.ID}, aliceOIDUpper: {alice.ID}, aliceOID: {alice.ID}, "alice@MAIL.example": {alice.ID}, "okta-alice": {namesake.ID},
			"Alice@Contoso.com": {alice.ID, namesake.ID}, "carol@contoso.com": {local.ID}, "alice": nil, "": nil, "%": nil,
		} {
			people, err := w.Organization(w.contoso.ID).FindPeople(t.Context(), who)
			var got []string
			for _, p := range people {
				got = append(got, p.User.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("FindPeople(%q) = %v, %v; want %v", who, got, err, want)
			}
		}
	})
}

func TestFindPeople_TellsWhatDecidesAboutASignIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		writers := w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		all := w.addGroup(w.entra, groupRecord("All", ""), alice.ID, writers.ID)
		m, err := w.createMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "writer").ID, GroupID: writers.ID})
		if err != nil {
			t.Fatal(err)
		}
		w.signIn(w.entra, alice.ID, "alice's")
		find := func() store.PersonRecord {
			people, err := w.Organization(w.contoso.ID).FindPeople(t.Context(), "alice@contoso.com")
			if err != nil || len(people) != 1 {
				t.Fatalf("FindPeople = %v, %v; want one", people, err)
			}
			return people[0]
		}
		p := find()
		if p.Organization != w.contoso || p.Connection != w.entra || p.Directory != w.entra.Directory() || p.User.ID != alice.ID || p.Ambiguous {
			t.Errorf("person = %+v", p)
		}
		if want := (store.SignInState{Subject: "sub of " + alice.ID, ClientID: "c1"}); p.SignIn != want {
			t.Errorf("sign-in state = %+v, want %+v", p.SignIn, want)
		}
		if len(p.Grants) != 1 || p.Grants[0].MappingID != m.ID || p.Grants[0].Role.Name != "writer" {
			t.Errorf("grants = %+v, want the one of the mapping", p.Grants)
		}
		if len(p.Groups) != 2 || p.Groups[0].ID != all.ID || p.Groups[1].ID != writers.ID {
			t.Errorf("groups = %+v, want All and Writers", p.Groups)
		}
		w.addUser(w.entra, person("alice2@contoso.com", aliceOIDUpper))
		if !find().Ambiguous {
			t.Error("two records of one object id, and nobody is told")
		}
	})
}

func TestFindVisitors_ReadsByIndexes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.addUsers(500)
		if err := w.exec("ANALYZE"); err != nil {
			t.Fatal(err)
		}
		taken, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		people, err := w.Organization(w.contoso.ID).FindVisitors(t.Context(), "USER7@contoso.com")
		if err != nil || len(people) != 1 {
			t.Fatalf("found %d people, %v", len(people), err)
		}
		for _, s := range taken() {
			if !strings.Contains(s.SQL, "user_name_key = ") || !slices.Contains(s.Args, any(w.entra.DirectoryID)) {
				continue // an empty directory can be read in any way
			}
			steps, err := store.Plan(t.Context(), w.Store, s)
			plan := strings.Join(steps, "\n")
			if err != nil || !strings.Contains(plan, "users_user_name") || !strings.Contains(plan, "users_external_key") {
				t.Errorf("%v\n%s\n%s", err, s.SQL, plan)
			}
		}
	})
}
