package rig

import (
	"context"
	"errors"
	"fmt"
)

// Upgrade is a round whose servers begin with the program from, are updated to the program to, put back and updated again. It lasts until that is done, at least.
func (s *Site) Upgrade(ctx context.Context, o Options, from, to string) (Report, error) {
	o.from, o.breaks = from, func(n *nemesis, ctx context.Context) {
		n.upgrade(ctx, from, to)
		n.run(ctx)
	}
	return s.Round(ctx, o)
}

// upgrade updates the servers one by one to another program, puts them back, and updates them again. Between two steps something breaks, until ctx ends.
//
// The first server that is updated migrates, so there are in turn: both versions on the newer schema, with an older server that starts there; the newer alone; both, the
// other way round; the older alone on what the newer left; and all of that once more.
func (n *nemesis) upgrade(ctx context.Context, from, to string) {
	steps := []trick{{"upgrade-check of the newer version", func(n *nemesis, ctx context.Context) error {
		return n.ask(ctx, to, "upgrade-check")
	}}}
	for i, victim := range n.world.nodes {
		steps = append(steps, exchange(victim, "a node is updated", to))
		if i+1 < len(n.world.nodes) {
			steps = append(steps, exchange(n.world.nodes[i+1], "a node of the older version is restarted beside newer ones", from))
		}
	}
	for _, victim := range n.world.nodes {
		steps = append(steps, exchange(victim, "a node is put back", from))
	}
	steps = append(steps, trick{"the older version verifies the trail", func(n *nemesis, ctx context.Context) error {
		return n.ask(ctx, from, "audit", "verify", "--org", "contoso")
	}})
	for _, victim := range n.world.nodes {
		steps = append(steps, exchange(victim, "a node is updated", to))
	}
	all := n.tricks()
	for _, step := range steps {
		if errors.Is(ctx.Err(), context.Canceled) { // by who runs the rig
			return
		}
		n.play(ctx, step)
		if ctx.Err() == nil {
			n.play(ctx, all[n.rng.IntN(len(all))])
		}
	}
	n.world.program = to
}

// exchange ends a server in order and starts it with a program.
func exchange(victim *node, name, program string) trick {
	return trick{name, func(_ *nemesis, ctx context.Context) error {
		if err := victim.stop(); err != nil {
			return err
		}
		victim.program = program
		return victim.start(ctx)
	}}
}

// ask demands that a command of a version succeeds.
func (n *nemesis) ask(ctx context.Context, program string, args ...string) error {
	if out, err := n.world.run(ctx, program, args...); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
