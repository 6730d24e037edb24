package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestVerifyAudit_NoFalseAlarms: two nodes write and chain, one dies in between without a last pass, an auditor verifies all
// the time.
func TestVerifyAudit_NoFalseAlarms(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		node := func() *world {
			return &world{Store: storetest.Second(t, w.Store), t: t, contoso: w.contoso, entra: w.entra}
		}
		auditor := node()
		var writers, rest sync.WaitGroup
		var stopped atomic.Bool
		var known atomic.Pointer[store.Checkpoint]
		for i, n := range []*world{w, node()} {
			dies := i == 1
			writers.Go(func() {
				for j := range 60 {
					if err := n.inDirectory(n.entra, func(d *store.DirectoryTx) error {
						_, err := d.CreateUser(person(fmt.Sprintf("n%d-%d", i, j), ""))
						return err
					}); err != nil {
						t.Error(err)
					}
					if dies && j == 30 {
						n = node() // with nothing in memory
					}
				}
			})
			rest.Go(func() {
				for chaining := n; !stopped.Load(); time.Sleep(5 * time.Millisecond) {
					if err := chaining.Chain(t.Context()); err != nil {
						t.Error(err)
					}
					if err := chaining.ChainStrays(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		rest.Go(func() {
			for !stopped.Load() {
				var checkpoints []store.Checkpoint
				if c := known.Load(); c != nil {
					checkpoints = append(checkpoints, *c)
				}
				r, err := auditor.VerifyAudit(t.Context(), w.contoso.ID, checkpoints, nil)
				if err != nil || !r.Sound() {
					t.Errorf("found a fault where there is none: %+v, %v", r.Fault, err)
				}
				if c, err := auditor.Organization(w.contoso.ID).Checkpoint(t.Context()); err == nil {
					known.Store(&c)
				}
			}
		})
		writers.Wait()
		stopped.Store(true)
		rest.Wait()
		if err := auditor.ChainStrays(t.Context()); err != nil {
			t.Fatal(err)
		}
		auditor.chainAll()
		if r := auditor.sound(w.contoso, *known.Load()); r.Waiting != 0 || r.Events < 120 {
			t.Errorf("at the end: %+v", r)
		}
	})
}

func TestChain_TakesManyEventsInOnePass(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const people = 6000
		g := w.addGroup(w.entra, groupRecord("Everybody", ""))
		for range people / 1000 {
			w.must(func(tx *store.Tx) error {
				for range 1000 {
					if err := tx.Organization(w.contoso.ID).RecordSCIMRefusal(store.Credential{Connection: w.entra, TokenID: g.ID, Kind: "token"}, "address"); err != nil {
						return err
					}
				}
				return nil
			})
		}
		began := time.Now()
		w.chainAll()
		chained := time.Since(began)
		if r := w.sound(w.contoso); r.Blocks < 2 || r.Events < people {
			t.Errorf("%+v", r)
		}
		t.Logf("%d events: %v to chain, %v with verification", people, chained, time.Since(began))
	})
}
