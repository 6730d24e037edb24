package rig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"
)

// Options say how a round goes. The zero value of each field but Seed is replaced by a default.
type Options struct {
	Seed     uint64 // of all that is chosen at random: what clients do, and what the nemesis does and when
	Database string // SQLite or PostgreSQL, the default
	Nodes    int    // default 3; 1 on SQLite, whose file has one server
	Clients  int    // default 6
	Lasts    time.Duration
	Calm     bool // no nemesis

	from   string                                // the program that servers begin with; the site's where it is ""
	breaks func(n *nemesis, ctx context.Context) // what the nemesis does; all its tricks where it is nil
}

func (o *Options) setDefaults() {
	o.Database = cmp.Or(o.Database, PostgreSQL)
	o.Nodes, o.Clients, o.Lasts = cmp.Or(o.Nodes, 3), cmp.Or(o.Clients, 6), cmp.Or(o.Lasts, time.Minute)
	if o.Database == SQLite {
		o.Nodes = 1
	}
}

// How many people and groups a round has: so few that clients meet at them.
const (
	castPeople = 8
	castGroups = 4
)

// Report is what a round came to.
type Report struct {
	Run        Run
	File       string         // the history; gone unless there are violations
	Counts     map[string]int // calls by action and outcome
	Faults     map[string]int // by what was done
	Violations []Violation
}

// Round lets clients work on a fresh world while the nemesis breaks it, mends everything, looks at what is left, and judges the history. An error says that the
// round could not be held; what the servers did wrong is in the report.
func (s *Site) Round(ctx context.Context, o Options) (Report, error) {
	o.setDefaults()
	w, err := s.newWorld(ctx, o)
	if err != nil {
		return Report{}, err
	}
	run := Run{Seed: o.Seed, Database: o.Database, Nodes: o.Nodes, Lasts: o.Lasts}
	file := w.file("history.jsonl")
	notes, err := newRecorder(file, run)
	if err != nil {
		return Report{}, errors.Join(err, w.close())
	}
	err = w.play(ctx, o, notes)
	if err = errors.Join(err, w.close(), notes.close()); err != nil {
		return Report{}, fmt.Errorf("seed %d on %s: %w", o.Seed, o.Database, err)
	}
	r := judge(&notes.history, file)
	if len(r.Violations) == 0 {
		err = os.Remove(file)
	}
	return r, err
}

// neededCalls are those without which a round shows nothing.
var neededCalls = []string{"create ok", "write ok", "delete ok", "join ok", "leave ok", "read ok", "login ok", "verify ok", "verify fail", "foreign ok"}

// patience is how long a round goes on at most, unbroken, until it shows something: three seconds of a machine that others use are few calls.
const patience = time.Minute

// untilShown waits for the needed calls.
func (r *recorder) untilShown(ctx context.Context) {
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil && r.lacks(); {
		time.Sleep(50 * time.Millisecond)
	}
}

func (r *recorder) lacks() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := count(&r.history, "").Counts
	return slices.ContainsFunc(neededCalls, func(needed string) bool { return counts[needed] == 0 })
}

// judge judges a history and counts what was done in it.
func judge(h *History, file string) Report {
	r := count(h, file)
	for _, needed := range neededCalls {
		if r.Counts[needed] == 0 {
			r.Violations = append(r.Violations, Violation{"the rig", "the round shows nothing: no call was a " + needed})
		}
	}
	r.Violations = append(r.Violations, Check(h)...)
	return r
}

// count counts what was done in a history.
func count(h *History, file string) Report {
	r := Report{Run: h.Run, File: file, Counts: map[string]int{}, Faults: map[string]int{}}
	for _, c := range h.Calls {
		r.Counts[string(c.Do)+" "+string(c.Outcome)]++
	}
	for _, f := range h.Faults {
		r.Faults[f.What]++
	}
	for _, c := range h.readsWhileFull() {
		r.Counts[string(c.Do)+" "+string(c.Outcome)+" while the disk was full"]++
	}
	return r
}

// Judge judges the history in a file again.
func Judge(file string) (Report, error) {
	f, err := os.Open(file)
	if err != nil {
		return Report{}, err
	}
	defer f.Close()
	h, err := ReadHistory(f)
	if err != nil {
		return Report{}, fmt.Errorf("reading %s: %w", file, err)
	}
	return judge(h, file), nil
}

// play is the round itself.
func (w *world) play(ctx context.Context, o Options, notes *recorder) error {
	stage := newClient("stage", w, notes, o.Seed)
	k, err := assemble(ctx, stage, castPeople, castGroups)
	if err != nil {
		return err
	}
	during, over := context.WithCancel(ctx)
	defer over()
	var all sync.WaitGroup
	for i := range o.Clients {
		c := newClient(fmt.Sprintf("c%d", i), w, notes, o.Seed+uint64(i)+1)
		c.rival = newClient(fmt.Sprintf("r%d", i), w, notes, o.Seed+uint64(o.Clients+i)+1)
		all.Go(func() { c.run(during, k) })
	}
	timed, stop := context.WithTimeout(ctx, o.Lasts)
	defer stop()
	if !o.Calm {
		n := &nemesis{world: w, notes: notes, rng: rand.New(rand.NewPCG(o.Seed, 1)), probe: newClient("probe", w, notes, o.Seed)}
		if o.breaks == nil {
			o.breaks = (*nemesis).run
		}
		o.breaks(n, timed)
	}
	<-timed.Done()
	notes.untilShown(ctx)
	over()
	all.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return newClient("end", w, notes, o.Seed).lookBack(ctx, k)
}

// Lines tells a report, the faults and counts first.
func (r Report) Lines() (lines []string) {
	lines = append(lines, fmt.Sprintf("seed %d on %s with %d nodes for %s", r.Run.Seed, r.Run.Database, r.Run.Nodes, r.Run.Lasts))
	for _, counts := range []map[string]int{r.Faults, r.Counts} {
		for _, name := range sortedKeys(counts) {
			lines = append(lines, fmt.Sprintf("  %6d  %s", counts[name], name))
		}
	}
	for _, v := range r.Violations {
		lines = append(lines, "  VIOLATION of "+v.String())
	}
	return slices.Clip(lines)
}
