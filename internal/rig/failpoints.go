package rig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
)

// FailpointTags are the flags for Build that make a program with failpoints.
var FailpointTags = []string{"-tags", "failpoints"}

// failpointFile is the environment variable that tells such a program which file says what happens where.
const failpointFile = "FAILPOINT_FILE"

// What can happen, and where: see package store.
var (
	failpointActions = []string{"crash", "error", "delay"}
	failpointNames   = []string{
		"changed, before the events", "events written, before the commit", "committed, before the answer", "a session read, before the decision",
	}
)

// failpointCut has something happen the next time that a node comes to a point.
type failpointCut struct {
	point, action string
	reached       *atomic.Int64
}

func (f failpointCut) kind() string   { return f.action + ": " + f.point }
func (f failpointCut) String() string { return f.kind() }

func (f failpointCut) begin(ctx context.Context, l *lane) (end func() error, err error) {
	n := l.world.nodes[l.node]
	if err := os.WriteFile(n.failpoints, []byte(f.action+":"+f.point), 0o600); err != nil {
		return nil, err
	}
	return func() error {
		err := os.Remove(n.failpoints)
		if !errors.Is(err, fs.ErrNotExist) {
			return err // the request did not come by
		}
		f.reached.Add(1)
		if f.action != "crash" {
			return nil
		}
		n.kill()
		return n.start(ctx)
	}, nil
}

// Failpoints stops each kind of request at each of the failpoints: the node is killed there, or fails, or takes long. It judges as Sweep does. The program must have been built with
// FailpointTags.
func (s *Site) Failpoints(ctx context.Context, o Options) (r Report, err error) {
	reached := map[string]*atomic.Int64{}
	for _, point := range failpointNames {
		reached[point] = &atomic.Int64{}
	}
	r, err = s.sweep(ctx, o, func(p *sweep, ctx context.Context, o Options) error { return p.prepareFailpoints(ctx, o, reached) })
	for point, times := range reached {
		if times.Load() == 0 && err == nil {
			r.Violations = append(r.Violations, Violation{"the rig", fmt.Sprintf("no request came to the failpoint %q", point)})
		}
	}
	return r, err
}

// prepareFailpoints tells the nodes where their files are, and lists the trials.
func (p *sweep) prepareFailpoints(ctx context.Context, o Options, reached map[string]*atomic.Int64) error {
	for i, n := range p.world.nodes {
		n.failpoints = p.world.file(fmt.Sprintf("node%d.failpoint", i))
		n.environ = append(n.environ[:len(n.environ):len(n.environ)], failpointFile+"="+n.failpoints)
		n.kill()
		if err := n.start(ctx); err != nil {
			return err
		}
	}
	if err := p.prepare(ctx, o); err != nil {
		return err
	}
	p.trials = nil // of connections
	for _, q := range requests {
		for _, point := range failpointNames {
			for _, action := range failpointActions {
				p.trials = append(p.trials, trial{q, failpointCut{point, action, reached[point]}})
			}
		}
	}
	return nil
}
