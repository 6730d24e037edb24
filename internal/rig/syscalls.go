package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// tampering is what is done to one of the system calls by which a node keeps a change in its SQLite file, or answers.
type tampering struct {
	name, calls, inject string
	anyFile             bool // not those of the database alone
}

var tamperings = []tampering{
	{"a write fails (EIO)", "pwrite64", "error=EIO", false},
	{"a write finds no room (ENOSPC)", "pwrite64", "error=ENOSPC", false},
	{"a sync fails (EIO)", "fsync,fdatasync", "error=EIO", false},
	{"the node is killed at a write", "pwrite64", "signal=SIGKILL", false},
	{"the node is killed at a sync", "fsync,fdatasync", "signal=SIGKILL", false},
	{"the node is killed as it answers", "write", "signal=SIGKILL", true},
}

// syscallCut tampers with the n-th call of a thread.
type syscallCut struct {
	tampering
	n int
}

func (s syscallCut) kind() string   { return s.name }
func (s syscallCut) String() string { return fmt.Sprintf("%s, the %d. of its calls", s.name, s.n) }

// begin tampers until end, which then starts the node anew: what it has kept is what is in the file.
func (s syscallCut) begin(ctx context.Context, l *lane) (end func() error, err error) {
	t, err := s.attach(ctx, l, fmt.Sprintf("%s:when=%d", s.inject, s.n))
	if err != nil {
		return nil, err
	}
	return func() error {
		err := t.kill() // before the node: whoever traces a process is told of its end first, and strace has been seen to keep that to itself
		node := l.world.nodes[l.node]
		node.kill()
		return errors.Join(err, node.start(ctx))
	}, nil
}

func (s tampering) attach(ctx context.Context, l *lane, inject string) (*tracer, error) {
	var files []string
	if file := l.world.databaseFile(); !s.anyFile {
		files = []string{file, file + "-wal"}
	}
	return attach(ctx, l.world.nodes[l.node].pid(), l.world.file("strace.log"), s.calls, inject, files...)
}

// databaseFile is that of a world on SQLite.
func (w *world) databaseFile() string { return filepath.Join(w.site.Dir, w.database+".db") }

// Tamper tampers with each system call by which a node on SQLite keeps each kind of request, and answers it: the call fails, or the node is killed at it. It judges as Sweep
// does, each time of what a new server finds in the file.
func (s *Site) Tamper(ctx context.Context, o Options) (r Report, err error) {
	o.Database = SQLite
	return s.sweep(ctx, o, (*sweep).prepareSyscalls)
}

// prepareSyscalls lists the trials from how many calls each request takes where nothing is tampered with.
func (p *sweep) prepareSyscalls(ctx context.Context, o Options) error {
	err := p.openLanes(ctx, o)
	if err != nil {
		return err
	}
	for _, q := range requests {
		counted := map[string]int{}
		for _, s := range tamperings {
			if _, known := counted[s.calls]; !known {
				if counted[s.calls], err = p.count(ctx, p.lanes[0], q, s); err != nil {
					return fmt.Errorf("%s, traced: %w", q.name, err)
				}
			}
			for n := range counted[s.calls] {
				p.trials = append(p.trials, trial{q, syscallCut{s, n + 1}})
			}
		}
	}
	return nil
}

// count makes a request and counts its calls.
func (p *sweep) count(ctx context.Context, l *lane, q request, s tampering) (int, error) {
	if err := l.begin(ctx, q); err != nil {
		return 0, err
	}
	t, err := s.attach(ctx, l, "")
	if err != nil {
		return 0, err
	}
	r := q.send(ctx, l)
	calls, err := t.detach()
	if err == nil && r.outcome() != OK {
		err = fmt.Errorf("status %d, %v: %.300s", r.status, r.err, r.body)
	}
	if err != nil {
		return 0, err
	}
	if there, err := q.look(ctx, l); err != nil || there != q.then {
		return 0, fmt.Errorf("there is %q instead of %q, %w", there, q.then, err)
	}
	return calls, p.expect(ctx, l, q)
}

// readWhole has a command read every row of the database.
func (w *world) readWhole(ctx context.Context) error {
	file := w.file("whole.backup")
	_, err := w.command(ctx, "backup", file)
	if err == nil {
		err = os.Remove(file)
	}
	return err
}
