package admin_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const proposals = "/admin/organizations/contoso/proposals"

// ruledWorld is a world in which two persons decide in contoso, with two of its owners.
func ruledWorld(t *testing.T, s *store.Store) (w *world, alice, bob *browser) {
	t.Helper()
	w = newWorld(t, s)
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.places["contoso"].org.ID).SettleProposal(store.Proposal{ID: w.places["contoso"].proposal}, store.Declined, "test")
	})
	alice, bob = w.signInAs("alice", "contoso", "owner", w.clock.Now()), w.signInAs("bob", "contoso", "owner", w.clock.Now())
	alice.want(alice.post("/admin/organizations/contoso/two-persons", "on", "on"), http.StatusSeeOther)
	return w, alice, bob
}

var proposalLink = regexp.MustCompile(`/admin/organizations/[a-z-]+/proposals/([0-9a-f-]{36})`)

// approve approves a proposal as it is shown.
func (b *browser) approve(address string) answer {
	b.w.t.Helper()
	form := []string{"decision", "approve"}
	if seen := confirmed.FindStringSubmatch(b.get(address).body); seen != nil {
		form = append(form, "seen", seen[1])
	}
	return b.post(address, form...)
}

// theProposal is the address of the one that waits, by the list of them.
func (b *browser) theProposal(list string) string {
	b.w.t.Helper()
	found := proposalLink.FindAllString(b.get(list).body, -1)
	if len(found) != 1 {
		b.w.t.Fatalf("proposals: %v", found)
	}
	return found[0]
}

func TestTwoPersons_OneProposesAndAnotherApproves(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, alice, bob := ruledWorld(t, s)
		const edit = "/admin/organizations/contoso-test/edit"
		alice.want(alice.post("/admin/organizations/contoso/edit", "display", "Contoso", "slug", "fabrikam"), http.StatusUnprocessableEntity, "taken")
		alice.want(alice.post("/admin/organizations/contoso/edit", "display", "Contoso Ltd.", "slug", "contoso", "contact", "it@contoso.com"), http.StatusSeeOther, proposals+"?done=proposed")
		alice.lacks(alice.get("/admin/organizations/contoso"), "Contoso Ltd.")
		one := alice.theProposal(proposals)
		alice.want(alice.get(one), http.StatusOK, "Contoso Ltd.", "instead of <bdi>The contoso</bdi>", "it@contoso.com", "Withdraw this proposal", "<h1>Proposed: Change The contoso</h1>")
		alice.want(alice.post(one, "decision", "approve"), http.StatusUnprocessableEntity, "another owner has to approve")
		alice.want(alice.post(one, "decision", "decline"), http.StatusUnprocessableEntity, "Say whether")
		bob.want(bob.get("/admin"), http.StatusOK, "change waits for another owner.")
		bob.want(bob.get(one), http.StatusOK, "Change The contoso", ">Approve this change<", ">Decline it<", "Proposed by", "alice")
		bob.want(bob.post(one, "decision", "withdraw"), http.StatusUnprocessableEntity, "Say whether")
		bob.want(bob.post(one, "decision", "approve"), http.StatusSeeOther, "/admin/organizations/contoso?done=saved")
		bob.want(bob.get("/admin/organizations/contoso"), http.StatusOK, "Contoso Ltd.")
		bob.want(bob.post(one, "decision", "approve"), http.StatusNotFound)
		events, err := w.store.Organization(w.places["contoso"].org.ID).Events(t.Context(), store.EventQuery{SubjectID: w.places["contoso"].org.ID})
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; !strings.HasPrefix(last.Actor.Name, "alice") || !strings.HasSuffix(last.Actor.Name, "approved by bob@contoso.example") && !strings.Contains(last.Actor.Name, "approved by bob") {
			t.Errorf("the trail names %q", last.Actor.Name)
		}
		// What is below is under the rule too.
		alice.want(alice.post(edit, "display", "Trials", "slug", "contoso-test"), http.StatusSeeOther, "/admin/organizations/contoso-test/proposals?done=proposed")
	})
}

func TestTwoPersons_DeclinedWithdrawnAndOver(t *testing.T) {
	t.Parallel()
	w, alice, bob := ruledWorld(t, storetest.New(t))
	propose := func() string {
		alice.want(alice.save("/admin/connections/contoso-entra/remove", "confirm", "contoso-entra"), http.StatusSeeOther, proposals)
		return alice.theProposal(proposals)
	}
	one := propose()
	bob.want(bob.post(one, "decision", "decline"), http.StatusSeeOther, "declined")
	one = propose()
	alice.want(alice.post(one, "decision", "withdraw"), http.StatusSeeOther, "withdrawn")
	one = propose()
	w.clock.Advance(store.ProposalLasts + time.Second)
	late := w.signInAs("late", "contoso", "owner", w.clock.Now())
	late.want(late.post(one, "decision", "approve"), http.StatusNotFound)
	late.want(late.get("/admin/connections/contoso-entra"), http.StatusOK)
}

// A second look at what was proposed: rights are those of the moment of approval, and so is what it is about.
func TestTwoPersons_WhatHasChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w, alice, bob := ruledWorld(t, storetest.New(t))
	alice.want(alice.save("/admin/connections/contoso-entra/edit", "display", "Staff", "client-id", "an app", "match", "object_id", "admit", "provisioned", "roles", "local", "enabled", "on"), http.StatusSeeOther, proposals)
	one := alice.theProposal(proposals)
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.places["contoso"].org.ID).UnassignRole(w.places["contoso"].conn.DirectoryID, alice.id, w.places["contoso"].roles["owner"].ID)
	})
	bob.want(bob.post(one, "decision", "approve"), http.StatusUnprocessableEntity, "could not do it any more")
	bob.lacks(bob.get("/admin/connections/contoso-entra"), "Staff")
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.places["contoso"].org.ID).RemoveConnection(w.places["contoso"].conn.ID)
	})
}

func TestTwoPersons_SecretsAreShownToWhoApproves(t *testing.T) {
	t.Parallel()
	w, alice, bob := ruledWorld(t, storetest.New(t))
	alice.lacks(alice.want(alice.post("/admin/connections/contoso-entra/tokens/add", "label", "Entra", "scope", "users", "days", "365"), http.StatusSeeOther, proposals), "dls_")
	bob.want(bob.post(bob.theProposal(proposals), "decision", "approve"), http.StatusOK, "dls_")
	alice.want(alice.post("/admin/connections/contoso-entra/credentials/add-secret", "secret", "open sesame", "client-secret", "open sesame", "label", "x"), http.StatusSeeOther, proposals)
	bob.lacks(bob.want(bob.get(bob.theProposal(proposals)), http.StatusOK, "given, and not shown"), "open sesame")
	_ = w
}

func TestTwoPersons_TheRuleItself(t *testing.T) {
	t.Parallel()
	w, alice, bob := ruledWorld(t, storetest.New(t))
	alice.want(alice.post("/admin/organizations/contoso/two-persons"), http.StatusSeeOther, proposals)
	on := func() bool {
		on, err := w.store.Organization(w.places["contoso"].org.ID).TwoPersons(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return on
	}
	if !on() {
		t.Error("one owner has switched the rule off")
	}
	bob.want(bob.post(bob.theProposal(proposals), "decision", "approve"), http.StatusSeeOther)
	if on() {
		t.Error("two owners have not switched the rule off")
	}
	alice.want(alice.post("/admin/organizations/contoso/connect-microsoft", "display", "M", "slug", "m"), http.StatusSeeOther)
	bob.want(bob.post("/admin/organizations/contoso/two-persons", "on", "on"), http.StatusSeeOther, "settings")
	alice.want(alice.post("/admin/organizations/contoso/connect-microsoft", "display", "M", "slug", "m"), http.StatusUnprocessableEntity, "Two persons decide here")
	fabrikam := w.signInAs("carol", "fabrikam", "owner", w.clock.Now())
	fabrikam.want(fabrikam.post("/admin/organizations/fabrikam/two-persons", "on", "on"), http.StatusUnprocessableEntity, "fewer than two owners")
}

// The second owner agrees to what is shown to them, and the world may change in between.
func TestTwoPersons_WhatWasShownIsApproved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, alice, bob := ruledWorld(t, s)
		w.fromProvider()
		w.joinFree("ann@contoso.example")
		add := entraPath + "/mappings/add?group=" + w.places["contoso"].free.ID
		role := w.places["contoso"].roles["writer"].ID
		alice.want(alice.get(add), http.StatusOK, "Two owners decide here")
		alice.want(alice.save(add, "role", role), http.StatusSeeOther, "done=proposed")
		one := alice.theProposal(proposals)
		shown := bob.want(bob.get(one), http.StatusOK, "1 person changes: 1 gets in as writer.", "The ann@", ">Approve this change<")
		bob.lacks(shown, "it concerned other people then")
		bob.want(bob.get(one+"?list=csv"), http.StatusOK, "user_name", "ann@contoso.example")
		w.joinFree("carol@contoso.example")
		bob.want(bob.get(one), http.StatusOK, "it concerned other people then", "The carol@")
		seen := confirmed.FindStringSubmatch(shown.body)[1]
		bob.want(bob.post(one, "decision", "approve", "seen", seen), http.StatusUnprocessableEntity, "Nothing was done yet", "The carol@")
		bob.want(bob.post(one, "decision", "approve"), http.StatusUnprocessableEntity, "Nothing was done yet")
		bob.want(bob.approve(one), http.StatusSeeOther, "done=mapped")
	})
}

func TestTwoPersons_UndoIsProposed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w, alice, bob := ruledWorld(t, s)
		id, _, off := w.ann("ann@contoso.example")
		path := "/admin/organizations/contoso/undo/" + off
		alice.want(alice.get(path), http.StatusOK, "Two owners decide here", ">Propose this undo<")
		alice.want(alice.post(path), http.StatusSeeOther, "done=proposed")
		one := alice.theProposal(proposals)
		bob.want(bob.get(one), http.StatusOK, "They are switched on.", "The provider does not notice", ">Approve this undo<")
		if w.isActive(id) {
			t.Error("one person has undone it")
		}
		bob.want(bob.approve(one), http.StatusOK, "The change is undone")
		events, err := s.Organization(w.places["contoso"].org.ID).Events(t.Context(), store.EventQuery{SubjectID: id})
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; !w.isActive(id) || !strings.Contains(last.Actor.Name, "approved by bob@") {
			t.Errorf("undone: %v, by %q", w.isActive(id), last.Actor.Name)
		}
		bob.want(bob.approve(one), http.StatusNotFound)
	})
}
