package auth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) explain(who string) auth.Explanation {
	w.t.Helper()
	e, err := auth.Explain(context.Background(), w.store, w.org, who)
	w.must(err)
	return e
}

// wantExplained checks that explain tells the story of the latest decision.
func (w *world) wantExplained(reason string) {
	w.t.Helper()
	dec, e := w.decisions()[0], w.explain(w.alice.UserPrincipalName)
	if e.Admitted || e.Reason != reason {
		w.t.Errorf("explain says %+v, want %s", e, reason)
	}
	if dec.UserID != "" && (e.Role != dec.Role || len(e.Grants) != len(dec.Grants)) {
		w.t.Errorf("explain says role %q and %v; the decision says %q and %v", e.Role, e.Grants, dec.Role, dec.Grants)
	}
	if e.LastDecision == nil || e.LastDecision.Reason != dec.Reason || e.LastDecision.Detail != dec.Detail {
		w.t.Errorf("the last decision is %+v, want %+v", e.LastDecision, dec)
	}
	if e.Fix == "" {
		w.t.Error("explain does not say what to do")
	}
}

func TestExplain_Admitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.addGroup("Editors", "writer", w.user.ID)
	before := w.explain("ALICE@contoso.com")
	if !before.Admitted || before.LastDecision != nil {
		t.Errorf("before the first sign-in: %+v", before)
	}
	w.browser().mustSignIn()
	for _, who := range []string{"alice@contoso.com", w.user.ID, w.alice.ObjectID} {
		e := w.explain(who)
		if !e.Admitted || e.Reason != "admitted" || e.Method != "sso" || e.Role != "writer" || e.Grants[0].Name != "Editors" || e.Fix != "" ||
			e.LastDecision == nil || !e.LastDecision.Admitted || e.Person.Connection != "entra" {
			t.Errorf("%s: got %+v", who, e)
		}
	}
}

func TestExplain_SubjectChangedUntilTheClientIDIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	b.mustSignIn()
	w.must(w.entra.Misbehave("subject-other", 1))
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "subject_changed", "")
	if e := w.explain("alice@contoso.com"); e.Admitted || e.Reason != "subject_changed" {
		t.Errorf("got %+v, want subject_changed", e)
	}
	w.changeConnection(func(c *store.Connection) { c.ClientID = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee" })
	if e := w.explain("alice@contoso.com"); !e.Admitted {
		t.Errorf("with a new client id: got %+v, want admitted", e)
	}
}

func TestExplain_SeveralPeopleOfOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.addUser(store.UserRecord{UserName: "old.alice@contoso.com", Active: true, Emails: []store.Email{{Value: "alice@contoso.com"}}})
	e := w.explain("alice@contoso.com")
	if !e.Admitted || e.Person.ID != w.user.ID || len(e.Others) != 1 || e.Others[0].UserName != "old.alice@contoso.com" {
		t.Errorf("got %+v", e)
	}
}

func TestExplain_NobodyByThatName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	_, err := w.tenant.AddPerson(w.bob())
	w.must(err)
	if res := w.browser().signIn("bob@contoso.com"); res.StatusCode != http.StatusForbidden {
		t.Fatalf("got %d, want 403", res.StatusCode)
	}
	e := w.explain("Bob@contoso.com")
	if e.Admitted || e.Reason != "not_provisioned" || e.Person != nil || e.LastDecision == nil || e.LastDecision.Reason != "not_provisioned" {
		t.Errorf("got %+v", e)
	}
	text, err := json.Marshal(w.explain("nobody"))
	w.must(err)
	for _, want := range []string{`"admitted":false`, `"reason":"not_provisioned"`, `"method":"sso"`, `"role":""`, `"grants":[]`, `"fix":"`, `"last_decision":null`, `"others":[]`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the JSON lacks %s: %s", want, text)
		}
	}
}

func TestExplain_DeletedPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.addGroup("Editors", "writer", w.user.ID)
	w.browser().mustSignIn()
	w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteUser(w.user.ID, 0) })
	for _, who := range []string{"Alice@contoso.com", w.user.ID, w.alice.ObjectID} {
		e := w.explain(who)
		if e.Admitted || e.Reason != "not_provisioned" || e.Person != nil {
			t.Errorf("%s: got %+v, want not_provisioned and nobody", who, e)
		}
		for _, part := range []string{`"alice@contoso.com"`, w.user.ID, "was deleted at 2026-"} {
			if !strings.Contains(e.Detail, part) {
				t.Errorf("%s: the detail %q does not tell %q", who, e.Detail, part)
			}
		}
		if e.LastDecision == nil || !e.LastDecision.Admitted {
			t.Errorf("%s: the last decision is %+v, want that she was admitted", who, e.LastDecision)
		}
	}
	if e := w.explain("nobody@contoso.com"); strings.Contains(e.Detail, "deleted") {
		t.Errorf("a name that never was: %q", e.Detail)
	}
}

// Whoever maps a group next is told which there are. Administrators of an organization below are not: they have no say in that directory.
func TestExplain_NamesTheGroupsOfWhoHasNoRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	bob := w.addUser(store.UserRecord{UserName: "bob@contoso.com", ExternalID: "0d7f3bd2-7e4e-4d2c-9d53-1c2f2d6f3d11", Active: true})
	crew := w.addGroup("Crew", "writer", bob.ID)
	if e := w.explain("bob@contoso.com"); !e.Admitted || len(e.Unmapped) != 0 {
		t.Errorf("with a role: %+v", e)
	}
	var below store.Organization
	w.write(func(tx *store.Tx) (err error) {
		mappings, err := w.store.Organization(w.org.ID).Mappings(t.Context())
		if err != nil {
			return err
		}
		for _, m := range mappings {
			if m.GroupID == crew.ID {
				if err := tx.Organization(w.org.ID).RemoveMapping(m.ID); err != nil {
					return err
				}
			}
		}
		below, err = tx.CreateOrganization("below", "Below", w.org.ID)
		return err
	})
	if e := w.explain("bob@contoso.com"); e.Reason != "no_role" || len(e.Unmapped) != 1 || e.Unmapped[0].Name != "Crew" || e.Unmapped[0].ID != crew.ID {
		t.Errorf("without a role: %+v", e)
	}
	e, err := auth.Explain(t.Context(), w.store, below, "bob@contoso.com")
	w.must(err)
	if e.Reason != "no_role" || len(e.Unmapped) != 0 {
		t.Errorf("in an organization below: %+v", e)
	}
}
