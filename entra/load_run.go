package entra

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// workload is a kind of traffic.
type workload struct {
	name  string
	about string // one line for the help
	needs need
	begin func(ctx context.Context, l *Load) (piece, error)
}

// need is what has to be at the server before a workload begins.
type need int

const (
	needsNothing need = iota
	needsCheckURL
	needsPeople
	needsGroups     // and people
	needsFullGroups // groups of which everybody is a member
)

// Workload is a kind of traffic that Run can do.
type Workload struct {
	Name, About string
	Check       bool // asks the forward-auth endpoint, not the SCIM server
}

// Workloads lists what Run can do.
func Workloads() []Workload {
	var out []Workload
	for _, w := range workloads() {
		out = append(out, Workload{w.name, w.about, w.needs == needsCheckURL})
	}
	return out
}

// Run does one workload: it creates what the workload needs, drives it, and reads the state back. The error says that
// the workload could not be set up or was interrupted; wrong answers are in the row.
func (l *Load) Run(ctx context.Context, name string) (LoadRow, error) {
	all := workloads()
	i := slices.IndexFunc(all, func(w workload) bool { return w.name == name })
	if i < 0 {
		return LoadRow{}, fmt.Errorf("workload %q is unknown", name)
	}
	w := all[i]
	if err := l.prepare(ctx, w.needs); err != nil {
		return LoadRow{}, fmt.Errorf("prepare %s: %w", name, err)
	}
	do, err := w.begin(ctx, l)
	if err != nil {
		return LoadRow{}, fmt.Errorf("prepare %s: %w", name, err)
	}
	row := l.drive(ctx, plan{name: name, rate: l.options.Rate, warmUp: l.options.WarmUp, length: l.options.Duration, do: do})
	l.world.settle()
	if ctx.Err() == nil {
		row.stateErrors(l.readBack(ctx))
	}
	return row, context.Cause(ctx)
}

// prepare creates what is missing. It stops at the first error: nothing can be measured on a server that refuses this.
func (l *Load) prepare(ctx context.Context, n need) error {
	switch {
	case n == needsCheckURL && l.options.CheckURL == "":
		return errors.New("it needs the URL of a forward-auth endpoint")
	case n != needsCheckURL && l.options.Endpoint == "":
		return errors.New("it needs the URL of a SCIM server")
	}
	if missing := l.options.Users - len(l.world.people); n >= needsPeople && missing > 0 {
		if err := l.all(ctx, "create people", missing, createPerson); err != nil {
			return err
		}
	}
	if missing := l.options.Groups - len(l.world.groups); n >= needsGroups && missing > 0 {
		if err := l.all(ctx, "create groups", missing, createGroup); err != nil {
			return err
		}
	}
	l.world.forget()
	if n == needsFullGroups {
		return l.all(ctx, "fill groups", len(l.world.groups), fillGroup)
	}
	return nil
}

// all does n pieces of work, outside of any measurement, and returns the first error.
func (l *Load) all(ctx context.Context, name string, n int, do piece) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.drive(ctx, plan{name: name, total: int64(n), do: func(ctx context.Context, w *worker, k int64) error {
		if k >= int64(n) {
			return errNothingLeft
		}
		err := do(ctx, w, k)
		if err != nil {
			cancel(err)
		}
		return err
	}})
	l.world.settle()
	return context.Cause(ctx)
}

// fillBatch is how many members one request adds while groups are prepared.
const fillBatch = 500

// fillGroup makes everybody a member of the k-th group.
func fillGroup(ctx context.Context, w *worker, k int64) error {
	g := w.load.world.groups[k]
	var missing []int
	for i := range w.load.world.people {
		if !g.has(i) {
			missing = append(missing, i)
		}
	}
	for batch := range slices.Chunk(missing, fillBatch) {
		if err := w.changeMembers(ctx, g, verbAdd, batch...); err != nil {
			return err
		}
	}
	return nil
}

// maxReadBack is how many people are read back after a workload; groups are read back all.
const maxReadBack = 1000

// readBack compares the server with everything that it acknowledged.
func (l *Load) readBack(ctx context.Context) []error {
	w := l.newWorker(0, nil)
	defer w.close()
	var found []error
	left := maxReadBack
	for _, i := range w.rng.Perm(len(l.world.people)) {
		p := l.world.people[i]
		if !p.touched || p.unsure || left == 0 {
			continue
		}
		left--
		if err := w.read(ctx, p); err != nil {
			found = append(found, err)
		}
	}
	for _, g := range l.world.groups {
		if !g.touched {
			continue
		}
		if err := w.compareMembers(ctx, g); err != nil {
			found = append(found, err)
		}
	}
	l.world.forget()
	return found
}

// forget begins anew to note what is to be read back.
func (w *world) forget() {
	for _, p := range w.people {
		p.touched = false
	}
	for _, g := range w.groups {
		g.touched = false
	}
}
