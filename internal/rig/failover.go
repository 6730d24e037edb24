package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"doorlist/store/storetest/postgres"
)

// failoverWithin is how long the servers may be away while a standby takes over.
const failoverWithin = 30 * time.Second

// Failover is a round on a PostgreSQL with a synchronous standby. All processes of the primary are killed, as when its machine loses its power, the standby is
// promoted, and later the former primary is back beside it, as if somebody had switched it on, and is what every server and command has in the first place.
func (s *Site) Failover(ctx context.Context, o Options) (r Report, err error) {
	dir, err := os.MkdirTemp(s.Dir, "failover-")
	if err != nil {
		return r, err
	}
	pair := &Site{Dir: dir, Program: s.Program}
	defer func() { err = errors.Join(err, pair.Close()) }()
	if pair.server, err = postgres.StartDurable(ctx); err != nil {
		return r, err
	}
	if pair.standby, err = pair.server.Follow(ctx); err != nil {
		return r, err
	}
	var away time.Duration
	o.Database, o.breaks = PostgreSQL, func(n *nemesis, ctx context.Context) { away = n.failOver(ctx) }
	if r, err = pair.Round(ctx, o); err == nil {
		r.Counts["milliseconds until every server was back"] = int(away.Milliseconds())
	}
	return r, err
}

// failOver loses the primary, brings it back, and goes on with all other tricks. It tells how long the servers were away.
func (n *nemesis) failOver(ctx context.Context) (away time.Duration) {
	lose := func(n *nemesis, ctx context.Context) (err error) { away, err = n.losePrimary(ctx); return err }
	for _, t := range []trick{
		{"the primary is lost and its standby takes over", lose},
		{"the former primary is back beside the new one", (*nemesis).revivePrimary},
		{"rolling restart", (*nemesis).rollNodes}, // nobody knows any more who is which
	} {
		if !sleep(ctx, n.upTo(time.Second, 2*time.Second)) {
			return away
		}
		n.play(ctx, t)
	}
	n.run(ctx)
	return away
}

func (n *nemesis) losePrimary(ctx context.Context) (away time.Duration, err error) {
	began, site := time.Now(), n.world.site
	if err := errors.Join(site.server.Kill(ctx), site.standby.Promote(ctx)); err != nil {
		return 0, err
	}
	for i := range n.world.nodes {
		if err := n.probe.await(ctx, i); err != nil {
			return 0, fmt.Errorf("node %d does not find the new primary: %w", i, err)
		}
	}
	if away = time.Since(began); away > failoverWithin {
		err = fmt.Errorf("the servers were back after %s", away.Round(time.Millisecond))
	}
	return away, err
}

// revivePrimary starts the former primary, and breaks all connections so that every node looks for the database anew.
func (n *nemesis) revivePrimary(ctx context.Context) error {
	err := n.world.site.server.Revive(ctx)
	for _, node := range n.world.nodes {
		for _, p := range node.databases {
			p.Reset()
		}
	}
	return err
}
