package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// How often one shut-out is followed by requests of each browser, how many browsers share the session at each node, how many people are shut out side
// by side, in which share of the shut-outs a node is hindered meanwhile, and how long what it says to the database and hears from it may take.
const (
	laterEach     = 4
	browsersEach  = 2
	revokedPeers  = 3
	hinderedEvery = 2
	hearsLate     = 25 * time.Millisecond
)

// revocation shuts people out again and again while their sessions are in use at every node.
type revocation struct {
	world *world
	notes *recorder
	cast  *cast
	wants int64 // requests that start after an acknowledgement

	later     atomic.Int64
	hindering sync.Mutex // one node at a time
}

// Revoke shuts people out, each time while requests of their session go to every node without a pause, until so many requests in all have started after an
// acknowledgement. In some of the times a node is paused before, and finds these requests when it goes on, or hears late from the database what was so before. What is served is judged
// as in a round.
func (s *Site) Revoke(ctx context.Context, o Options, requests int64) (Report, error) {
	o.setDefaults()
	w, err := s.newWorld(ctx, o)
	if err != nil {
		return Report{}, err
	}
	file := w.file("revocation.jsonl")
	notes, err := newRecorder(file, Run{Seed: o.Seed, Database: o.Database, Nodes: o.Nodes, Lasts: o.Lasts})
	if err != nil {
		return Report{}, errors.Join(err, w.close())
	}
	v := &revocation{world: w, notes: notes, wants: requests}
	err = v.run(ctx, o)
	if err = errors.Join(err, w.close(), notes.close()); err != nil {
		return Report{}, fmt.Errorf("seed %d on %s: %w", o.Seed, o.Database, err)
	}
	r := count(&notes.history, file)
	r.Counts["requests that started after an acknowledgement"] = int(v.later.Load())
	r.Violations = Check(&notes.history)
	if len(r.Violations) == 0 {
		err = os.Remove(file)
	}
	return r, err
}

func (v *revocation) run(ctx context.Context, o Options) error {
	stage := newClient("stage", v.world, v.notes, o.Seed)
	var err error
	if v.cast, err = assemble(ctx, stage, revokedPeers, 1); err != nil {
		return err
	}
	failed := make([]error, revokedPeers)
	var all sync.WaitGroup
	for i, p := range v.cast.people {
		all.Go(func() {
			peer := &peer{v, p, newClient(fmt.Sprintf("peer%d", i), v.world, v.notes, o.Seed+uint64(i)+1), nil}
			for n := range browsersEach * len(v.world.nodes) {
				peer.browsers = append(peer.browsers, newClient(fmt.Sprintf("peer%d-%d", i, n), v.world, v.notes, 0))
			}
			for v.later.Load() < v.wants && failed[i] == nil && ctx.Err() == nil {
				failed[i] = peer.shutOut(ctx)
			}
		})
	}
	all.Wait()
	if err := errors.Join(append(failed, ctx.Err())...); err != nil {
		return err
	}
	return newClient("end", v.world, v.notes, o.Seed).lookBack(ctx, v.cast)
}

// peer is one person's administrator, and their browsers, which take turns at the nodes.
type peer struct {
	*revocation
	person   person
	admin    *client
	browsers []*client
}

// shutOut lets the person sign in, shuts them out while the session is in use, and lets them in again.
func (p *peer) shutOut(ctx context.Context) error {
	at := p.admin.rng.IntN(len(p.world.nodes))
	if err := p.insist(func() Outcome { return p.admin.login(ctx, at, p.cast, p.person) }); err != nil {
		return err
	}
	sessions := p.cast.sessionsOf(p.person.name)
	s := sessions[len(sessions)-1]
	var acknowledged atomic.Bool
	var all sync.WaitGroup
	for i, c := range p.browsers {
		all.Go(func() { p.hammer(ctx, c, i%len(p.world.nodes), s, &acknowledged) })
	}
	sleep(ctx, 10*time.Millisecond)
	mend := p.hinder(at)
	leaves := p.admin.rng.IntN(3) == 0
	err := p.insist(func() Outcome {
		if leaves {
			return p.admin.member(ctx, at, p.cast, readersGroup, p.person, false)
		}
		return p.admin.change(ctx, at, p.person, false)
	})
	acknowledged.Store(true)
	sleep(ctx, 30*time.Millisecond)
	err = errors.Join(err, mend())
	all.Wait()
	return errors.Join(err, p.insist(func() Outcome {
		if leaves {
			return p.admin.member(ctx, at, p.cast, readersGroup, p.person, true)
		}
		return p.admin.change(ctx, at, p.person, true)
	}))
}

// hammer asks a node without a pause, until it has asked often enough after the acknowledgement.
func (p *peer) hammer(ctx context.Context, c *client, node int, s session, acknowledged *atomic.Bool) {
	for later := 0; later < laterEach && ctx.Err() == nil; {
		after := acknowledged.Load()
		if c.verify(ctx, node, p.person, s); after {
			later++
			p.later.Add(1)
		}
	}
}

// insist repeats what must succeed until it does.
func (p *peer) insist(call func() Outcome) error {
	outcome := Unknown
	for range manyTries {
		if outcome = call(); outcome == OK {
			return nil
		}
	}
	return fmt.Errorf("a sign-in or change that must succeed is answered %s", outcome)
}

// hinder disturbs another node than that where the change is made, in some of the times, and returns what ends that.
func (p *peer) hinder(at int) (mend func() error) {
	nodes := len(p.world.nodes)
	if nodes == 1 || p.admin.rng.IntN(hinderedEvery) > 0 || !p.hindering.TryLock() {
		return func() error { return nil }
	}
	victim := p.world.nodes[(at+1+p.admin.rng.IntN(nodes-1))%nodes]
	f := Fault{What: "a node is paused while somebody is shut out", Start: p.notes.now()}
	begin, end := func() error { return victim.signal(syscall.SIGSTOP) }, func() error { return victim.signal(syscall.SIGCONT) }
	if p.admin.rng.IntN(2) == 0 {
		f.What = "a node hears late from the database while somebody is shut out"
		begin = func() error { victim.database.Delay(hearsLate); return nil }
		end = func() error { victim.database.Mend(); return nil }
	}
	err := begin()
	return func() error {
		defer p.hindering.Unlock()
		err = errors.Join(err, end())
		f.End = p.notes.now()
		p.notes.note(line{Fault: &f})
		return err
	}
}
