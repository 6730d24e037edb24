package rig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"
)

// trick is something that the nemesis does to a world. It returns when the world is mended: that the servers recover is the workload's to see.
type trick struct {
	name string
	do   func(n *nemesis, ctx context.Context) error
}

// tricks are what can be done with any database, and postgresTricks what only one behind a network has to bear.
var (
	tricks = []trick{
		{"kill -9 of a node", (*nemesis).killNode},
		{"a node is paused", (*nemesis).pauseNode},
		{"connections of clients are reset", (*nemesis).resetClients},
		{"connections of clients are cut within an answer", (*nemesis).cutAnswers},
		{"connections of clients are cut within a request", (*nemesis).cutRequests},
		{"clients hear nothing", (*nemesis).muteNode},
		{"rolling restart", (*nemesis).rollNodes},
	}
	postgresTricks = []trick{
		{"kill -9 of a backend of PostgreSQL", (*nemesis).killBackend},
		{"PostgreSQL crashes", (*nemesis).crashDatabase},
		{"connections of a node to the database are cut within an answer", (*nemesis).cutDatabase},
		{"connections of a node to the database are cut within a request", (*nemesis).cutStatements},
		{"a node hears nothing from the database", (*nemesis).muteDatabase},
		{"the database is far away", (*nemesis).slowDatabase},
	}
)

// nemesis breaks one thing at a time, in an order that its seed decides.
type nemesis struct {
	world *world
	notes *recorder
	rng   *rand.Rand

	probe  *client // makes changes of its own, to see whether there are any
	probes int
}

// run breaks things until ctx ends: every trick once, then every trick again in another order.
func (n *nemesis) run(ctx context.Context) {
	all := n.tricks()
	for ctx.Err() == nil {
		for _, i := range n.rng.Perm(len(all)) {
			if !sleep(ctx, n.upTo(200*time.Millisecond, time.Second)) {
				return
			}
			n.play(ctx, all[i])
		}
	}
}

// tricks are those that the world's database allows.
func (n *nemesis) tricks() []trick {
	if n.world.kind == PostgreSQL {
		return slices.Concat(tricks, postgresTricks)
	}
	return tricks
}

// play does one trick, whose mending is not interrupted.
func (n *nemesis) play(ctx context.Context, t trick) {
	f := Fault{What: t.name, Start: n.notes.now()}
	if err := t.do(n, context.WithoutCancel(ctx)); err != nil {
		f.Error = err.Error()
		n.notes.trouble("%s: %v", t.name, err)
	}
	f.End = n.notes.now()
	n.notes.note(line{Fault: &f})
}

func (n *nemesis) upTo(least, most time.Duration) time.Duration {
	return least + time.Duration(n.rng.Int64N(int64(most-least)))
}

func (n *nemesis) node() *node { return n.world.nodes[n.rng.IntN(len(n.world.nodes))] }

func (n *nemesis) killNode(ctx context.Context) error {
	victim := n.node()
	victim.kill()
	sleep(ctx, n.upTo(0, 500*time.Millisecond))
	return victim.start(ctx)
}

// pauseNode stops a node's process and lets it go on, with what it knew before and the requests that came meanwhile.
func (n *nemesis) pauseNode(ctx context.Context) error {
	victim := n.node()
	if err := victim.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	sleep(ctx, n.upTo(200*time.Millisecond, 2*time.Second))
	return victim.signal(syscall.SIGCONT)
}

func (n *nemesis) resetClients(context.Context) error {
	n.node().clients.Reset()
	return nil
}

func (n *nemesis) cutAnswers(ctx context.Context) error  { return n.cut(ctx, n.node().clients, Down) }
func (n *nemesis) cutRequests(ctx context.Context) error { return n.cut(ctx, n.node().clients, Up) }
func (n *nemesis) cutDatabase(ctx context.Context) error { return n.cut(ctx, n.node().database, Down) }
func (n *nemesis) cutStatements(ctx context.Context) error {
	return n.cut(ctx, n.node().database, Up)
}

// cut cuts connections again and again, each time after some more bytes.
func (n *nemesis) cut(ctx context.Context, p *Proxy, w Way) error {
	for range 5 {
		p.CutAfter(w, n.rng.Int64N(4000))
		sleep(ctx, 50*time.Millisecond)
		p.Mend()
		p.Reset()
	}
	return nil
}

func (n *nemesis) muteNode(ctx context.Context) error     { return n.mute(ctx, n.node().clients) }
func (n *nemesis) muteDatabase(ctx context.Context) error { return n.mute(ctx, n.node().database) }

// mute holds up all that a server says, which has long done what it was asked for.
func (n *nemesis) mute(ctx context.Context, p *Proxy) error {
	p.Hold(Down)
	sleep(ctx, n.upTo(200*time.Millisecond, 2*time.Second))
	if n.rng.IntN(2) == 0 {
		p.Reset()
	}
	p.Mend()
	return nil
}

func (n *nemesis) slowDatabase(ctx context.Context) error {
	p := n.node().database
	p.Delay(n.upTo(5*time.Millisecond, 60*time.Millisecond))
	sleep(ctx, n.upTo(200*time.Millisecond, time.Second))
	p.Mend()
	return nil
}

// rollNodes restarts one node after the other as an upgrade does: each ends in order, with what it has begun.
func (n *nemesis) rollNodes(ctx context.Context) error {
	for i, victim := range n.world.nodes {
		if err := victim.stop(); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
		if err := victim.start(ctx); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	return nil
}

func (n *nemesis) killBackend(ctx context.Context) error {
	return n.world.site.server.KillBackend(ctx, n.world.database)
}

func (n *nemesis) crashDatabase(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return n.world.site.server.Crash(ctx)
}
