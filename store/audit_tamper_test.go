package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"doorlist/store"
	"doorlist/store/storetest"
)

// tampering is something that somebody with the whole database, but not the master key, does to a trail.
type tampering struct {
	what       string
	statements []string
}

// forger makes tamperings of one organization's trail at random.
type forger struct {
	*rand.Rand
	w      *world
	events []map[string]any
	blocks int64
}

func newForger(w *world, seed uint64) *forger {
	f := &forger{Rand: rand.New(rand.NewPCG(seed, 23)), w: w}
	f.events = w.rows("SELECT * FROM events WHERE organization_id = '" + w.contoso.ID + "' ORDER BY id")
	f.blocks = w.checkpoint(w.contoso).Seq
	return f
}

func (f *forger) event() string {
	return fmt.Sprint(f.events[f.IntN(len(f.events))]["id"])
}

func (f *forger) of(table string) string {
	return table + " WHERE organization_id = '" + f.w.contoso.ID + "'"
}

// any is a tampering of any kind.
func (f *forger) any() tampering {
	kinds := []func() tampering{f.editEvent, f.deleteEvent, f.insertEvent, f.swapEvents, f.truncateEvents, f.editBlock, f.deleteBlock, f.swapBlocks,
		f.truncateBlocks, f.truncateBoth, f.renameEvent, f.editKey, f.moveEvent}
	return kinds[f.IntN(len(kinds))]()
}

func (f *forger) editEvent() tampering {
	texts := []string{"actor_kind", "actor_id", "actor_name", "action", "subject_kind", "subject_id", "directory_id", "request_id", "address", "detail"}
	column, value := texts[f.IntN(len(texts))], "'forged'"
	switch f.IntN(6) {
	case 0:
		column, value = "at", "at + 1"
	case 1:
		column, value = "mac", f.blob()
	case 2:
		value = column + " || ' '"
	}
	id := f.event()
	return tampering{"edit " + column + " of " + id, []string{"UPDATE events SET " + column + " = " + value + " WHERE id = '" + id + "'"}}
}

func (f *forger) blob() string {
	text := strings.ReplaceAll(uuid.NewString(), "-", "")
	if store.DatabaseOf(f.w.Store) == "sqlite" {
		return "x'" + text + "'"
	}
	return `'\x` + text + "'::bytea"
}

func (f *forger) deleteEvent() tampering {
	id := f.event()
	return tampering{"delete " + id, []string{"DELETE FROM events WHERE id = '" + id + "'"}}
}

const copied = "at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, directory_id, request_id, address, detail, mac"

// insertEvent adds a copy of an event under an id of now, of any time, or of no form that is ours.
func (f *forger) insertEvent() tampering {
	id := []string{uuid.Must(uuid.NewV7()).String(), uuid.NewString()}[f.IntN(2)]
	return tampering{"insert " + id, []string{fmt.Sprintf("INSERT INTO events (organization_id, id, %s) SELECT organization_id, '%s', %s FROM events WHERE id = '%s'",
		copied, id, copied, f.event())}}
}

// swapEvents lets two events change their ids.
func (f *forger) swapEvents() tampering {
	a, b, c := f.event(), f.event(), uuid.NewString()
	for a == b {
		b = f.event()
	}
	move := func(from, to string) string { return "UPDATE events SET id = '" + to + "' WHERE id = '" + from + "'" }
	return tampering{"swap " + a + " and " + b, []string{move(a, c), move(b, a), move(c, b)}}
}

func (f *forger) renameEvent() tampering {
	id := f.event()
	return tampering{"rename " + id, []string{"UPDATE events SET id = '" + uuid.Must(uuid.NewV7()).String() + "' WHERE id = '" + id + "'"}}
}

// moveEvent gives an event to another organization.
func (f *forger) moveEvent() tampering {
	id := f.event()
	return tampering{"move " + id, []string{"UPDATE events SET organization_id = '" + f.w.fabrikam.ID + "' WHERE id = '" + id + "'"}}
}

func (f *forger) truncateEvents() tampering {
	id := f.event()
	return tampering{"truncate events from " + id, []string{"DELETE FROM " + f.of("events") + " AND id >= '" + id + "'"}}
}

func (f *forger) seq() int64 { return 1 + f.Int64N(f.blocks) }

func (f *forger) editBlock() tampering {
	columns := map[string]string{"at": "at + 1", "entries": f.blob(), "previous": f.blob(), "hash": f.blob(), "signature": f.blob(),
		"last_event": "'" + uuid.NewString() + "'", "seq": "seq + 1000"}
	for column, value := range columns { // any one of them
		seq := f.seq()
		return tampering{fmt.Sprintf("edit %s of block %d", column, seq), []string{fmt.Sprintf("UPDATE audit_blocks SET %s = %s WHERE organization_id = '%s' AND seq = %d",
			column, value, f.w.contoso.ID, seq)}}
	}
	return tampering{}
}

func (f *forger) deleteBlock() tampering {
	seq := f.seq()
	return tampering{fmt.Sprintf("delete block %d", seq), []string{fmt.Sprintf("DELETE FROM %s AND seq = %d", f.of("audit_blocks"), seq)}}
}

func (f *forger) swapBlocks() tampering {
	a := f.seq()
	b := a%f.blocks + 1
	move := func(from, to int64) string {
		return fmt.Sprintf("UPDATE audit_blocks SET seq = %d WHERE organization_id = '%s' AND seq = %d", to, f.w.contoso.ID, from)
	}
	return tampering{fmt.Sprintf("swap blocks %d and %d", a, b), []string{move(a, -1), move(b, a), move(-1, b)}}
}

func (f *forger) truncateBlocks() tampering {
	seq := f.seq()
	return tampering{fmt.Sprintf("truncate blocks from %d", seq), []string{fmt.Sprintf("DELETE FROM %s AND seq >= %d", f.of("audit_blocks"), seq)}}
}

// truncateBoth cuts off the end of the blocks, and all events that no remaining block names.
func (f *forger) truncateBoth() tampering {
	seq := f.seq()
	last := fmt.Sprintf("coalesce((SELECT last_event FROM %s AND seq = %d), '00000000-0000-0000-0000-000000000000')", f.of("audit_blocks"), seq-1)
	return tampering{fmt.Sprintf("truncate both from %d", seq), []string{"DELETE FROM " + f.of("events") + " AND id > " + last, f.truncateFrom(seq)}}
}

func (f *forger) truncateFrom(seq int64) string {
	return fmt.Sprintf("DELETE FROM %s AND seq >= %d", f.of("audit_blocks"), seq)
}

func (f *forger) editKey() tampering {
	statements := []string{
		"DELETE FROM " + f.of("audit_keys"), "DELETE FROM audit_keys",
		"UPDATE audit_keys SET public_key = " + f.blob() + " WHERE organization_id = '" + f.w.contoso.ID + "'",
		"UPDATE audit_keys SET seed = (SELECT k.seed FROM audit_keys k WHERE k.organization_id = '" + f.w.fabrikam.ID + "'), public_key = (SELECT k.public_key FROM audit_keys k" +
			" WHERE k.organization_id = '" + f.w.fabrikam.ID + "') WHERE organization_id = '" + f.w.contoso.ID + "'",
	}
	i := f.IntN(len(statements))
	return tampering{"key: " + statements[i], statements[i : i+1]}
}

// tamperings is how many a run of the test tries on each database.
const tamperings = 120

func TestVerifyAudit_FindsEveryTampering(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for i := range 12 {
			w.addUser(w.entra, person(fmt.Sprintf("first%d", i), ""))
			w.addUser(w.entra, person(fmt.Sprintf("second%d", i), ""))
			w.chainAll()
		}
		known := w.checkpoint(w.contoso)
		w.sound(w.contoso, known)
		w.sound(w.fabrikam)
		tables := []string{"events", "audit_blocks", "audit_keys"}
		for _, table := range tables {
			w.tamper("CREATE TABLE saved_" + table + " AS SELECT * FROM " + table)
		}
		f := newForger(w, 1)
		for range tamperings {
			forged := f.any()
			var changed int64
			for _, statement := range forged.statements {
				changed += w.tamper(statement)
			}
			if changed == 0 {
				t.Errorf("%s changed nothing", forged.what)
			}
			if r := w.verify(w.contoso, known); r.Sound() {
				t.Errorf("not found: %s", forged.what)
			} else if r.Fault.Message == "" || r.Fault.Record == "" {
				t.Errorf("%s: %+v", forged.what, r.Fault)
			}
			for _, table := range tables {
				w.tamper("DELETE FROM " + table)
				w.tamper("INSERT INTO " + table + " SELECT * FROM saved_" + table)
			}
		}
		w.sound(w.contoso, known)
	})
}

// TestVerifyAudit_AServerThatRunsBelievesNoForgery: what is forged while servers run is not taken into the chain by them.
func TestVerifyAudit_AServerThatRunsBelievesNoForgery(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.chainAll()
		f := newForger(w, 2)
		forged := f.insertEvent()
		w.tamper(forged.statements[0])
		w.tamper(strings.Replace(f.insertEvent().statements[0], "SELECT organization_id", "SELECT '"+uuid.NewString()+"'", 1))
		if err := w.ChainStrays(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.addUser(w.entra, person("alice", ""))
		w.chainAll()
		trails, err := w.Trails(t.Context())
		if err != nil || len(trails) != 3 {
			t.Fatalf("trails %v, %v; want the two and the invented one", trails, err)
		}
		for _, o := range trails {
			r, err := w.VerifyAudit(t.Context(), o, nil, nil)
			if err != nil || r.Sound() != (o == w.fabrikam.ID) || !r.Sound() && r.Fault.Kind != store.AuditInserted {
				t.Errorf("%s: %+v, %v", o, r.Fault, err)
			}
		}
	})
}

// TestVerifyAudit_FindsWhatWasEditedBeforeItWasChained: the second before the next block is no opportunity.
func TestVerifyAudit_FindsWhatWasEditedBeforeItWasChained(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.chainAll()
		w.addUser(w.entra, person("alice", ""))
		w.tamper("UPDATE events SET actor_name = 'somebody else' WHERE action = 'user.created'")
		w.chainAll()
		if r := w.verify(w.contoso); r.Sound() || r.Fault.Kind != store.AuditEdited {
			t.Errorf("an event edited before its block: %+v", r)
		}
	})
}

func TestVerifyAudit_WhatIsOlderThanTheChain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.tamper("UPDATE events SET mac = " + map[string]string{"sqlite": "x''", "postgres": "''"}[store.DatabaseOf(w.Store)]) // as an older version left them
		storetest.ClockOf(t, w.Store).Advance(time.Hour)
		if r := w.verify(w.contoso); r.Sound() || r.Fault.Kind != store.AuditTruncated {
			t.Errorf("before the chain begins: %+v", r)
		}
		if err := w.ChainStrays(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := w.sound(w.contoso); r.Events == 0 {
			t.Errorf("after: %+v", r)
		}
	})
}
