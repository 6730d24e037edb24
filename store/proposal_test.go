package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) setRule(on bool) error {
	return w.write(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).SetTwoPersons(on) })
}

func (w *world) ruled(o store.Organization) bool {
	w.t.Helper()
	on, err := w.Organization(o.ID).TwoPersons(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return on
}

func TestTwoPersons_NeedsTwoAndHoldsBelow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var below store.Organization
		w.must(func(tx *store.Tx) (err error) {
			below, err = tx.CreateOrganization("below", "", w.contoso.ID)
			return err
		})
		owner := func(email string) {
			w.must(func(tx *store.Tx) error {
				_, secret, err := tx.Organization(w.contoso.ID).CreateOwner(email)
				if err == nil {
					_, err = tx.AcceptInvitation(secret, "hash")
				}
				return err
			})
		}
		for _, email := range []string{"one@contoso.com", "two@contoso.com"} {
			var no *store.RefusedError
			if err := w.setRule(true); !errors.As(err, &no) {
				t.Errorf("with fewer than two owners: %v", err)
			}
			owner(email)
		}
		for _, on := range []bool{true, true, false} {
			if err := w.setRule(on); err != nil {
				t.Fatal(err)
			}
			if w.ruled(w.contoso) != on || w.ruled(below) != on || w.ruled(w.fabrikam) {
				t.Errorf("the rule is set to %v: contoso %v, below %v, fabrikam %v", on, w.ruled(w.contoso), w.ruled(below), w.ruled(w.fabrikam))
			}
		}
		if got := w.actions(w.contoso, w.contoso.ID); count(got, "organization.two_persons") != 2 {
			t.Errorf("events = %v", got)
		}
	})
}

func TestTwoPersons_CountsOwnersByGroup(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		people := w.addUsers(2)
		group := w.addGroup(w.entra, groupRecord("Owners", ""), people...)
		w.must(func(tx *store.Tx) error {
			_, err := tx.Organization(w.contoso.ID).CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "owner").ID, GroupID: group.ID})
			return err
		})
		if err := w.setRule(true); err != nil {
			t.Error(err)
		}
	})
}

func TestProposal_WaitsSealedAndIsSettledOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		o, ctx := w.Organization(w.contoso.ID), t.Context()
		propose := func() (p store.Proposal) {
			t.Helper()
			err := w.Write(ctx, store.Actor{Kind: store.Person, ID: w.entra.ID, Name: "alice"}, func(tx *store.Tx) (err error) {
				p, err = tx.Organization(w.contoso.ID).Propose(store.Proposal{Title: "Remove Entra", Address: "/admin/x?y=z", Form: `{"secret":"hush"}`, HomeID: w.contoso.ID})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := propose()
		if got, err := w.Proposal(ctx, w.contoso.ID, p.ID); err != nil || got != p || got.ProposerName != "alice" || !got.ExpiresAt.Equal(w.Now().Add(store.ProposalLasts)) {
			t.Errorf("read: %+v, %v; want %+v", got, err, p)
		}
		if list, err := o.Proposals(ctx, w.Now()); err != nil || len(list) != 1 || list[0].Form != "" || list[0].ID != p.ID {
			t.Errorf("listed: %+v, %v", list, err)
		}
		for _, row := range w.rows("SELECT * FROM proposals") {
			if strings.Contains(rowText("proposals", row), "hush") || bytes.Contains(row["form"].([]byte), []byte("hush")) {
				t.Error("the form is kept in the clear")
			}
		}
		settle := func(int) error {
			return w.write(func(tx *store.Tx) error {
				return tx.Organization(w.contoso.ID).SettleProposal(p, store.Approved, "bob")
			})
		}
		done := 0
		for _, err := range together(4, settle) {
			if err == nil {
				done++
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		}
		if got := w.actions(w.contoso, p.ID); done != 1 || count(got, "proposal.approved") != 1 {
			t.Errorf("settled %d times, events %v", done, got)
		}
		p = propose()
		storetest.ClockOf(t, w.Store).Advance(store.ProposalLasts + time.Second)
		if _, err := w.Proposal(ctx, w.contoso.ID, p.ID); !errors.Is(err, store.ErrNotFound) || !errors.Is(settle(0), store.ErrNotFound) {
			t.Errorf("after its time: %v", err)
		}
		if err := w.PurgeProposals(ctx); err != nil || len(w.rows("SELECT * FROM proposals")) > 0 {
			t.Errorf("kept after its time; %v", err)
		}
	})
}

func TestProposal_NotMoreThanAnybodyReads(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var no *store.RefusedError
		err := w.write(func(tx *store.Tx) error {
			for range 101 {
				if _, err := tx.Organization(w.contoso.ID).Propose(store.Proposal{Title: "x", Address: "/admin", HomeID: w.contoso.ID}); err != nil {
					return err
				}
			}
			return nil
		})
		if !errors.As(err, &no) {
			t.Errorf("101 proposals: %v", err)
		}
	})
}
