package entra

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// run is one cycle, on-demand run, connection test or comparison.
type run struct {
	p       *Provisioner
	cycle   int
	dialect Dialect
	roles   RoleExpression
	view    view
	start   time.Time

	mu     sync.Mutex
	report Report
}

func (p *Provisioner) newRun(kind string, d Dialect) *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	report := Report{
		Kind: kind, Requests: map[string]int{}, Answers: map[string]int{},
		Failures: []Failure{}, Complaints: []Complaint{}, Differences: []Difference{},
	}
	return &run{p: p, cycle: p.count, dialect: d, roles: p.roles, view: newView(p.tenant, p.scope), start: p.now(), report: report}
}

// item is one piece of work on one object.
type item struct {
	kind      string // "user", "group", "delete", "manager", "members"
	objectID  string
	name      string // for the log and for reports
	peers     string // the other objects that it concerns
	reference bool   // compared anew in every cycle, so it needs no retry
	do        func(context.Context, *task) error
}

func (p *Provisioner) cycle(ctx context.Context, kind string) (Report, error) {
	p.cycles.Lock()
	defer p.cycles.Unlock()
	p.mu.Lock()
	since := p.watermark
	p.mu.Unlock()
	if kind == "initial" {
		since = 0
	}
	// Changes are listed before the directory is read, so that what happens in between is seen twice, never missed.
	changed, watermark := p.tenant.ChangesSince(since)
	r := p.newRun(kind, p.dialect)
	if err := r.provision(ctx, changed); err != nil {
		return r.finish(err), err
	}
	p.mu.Lock()
	p.watermark = watermark
	p.mu.Unlock()
	return r.finish(nil), nil
}

// provision works in Entra's order: probes, then objects, then references. Deletions come first among the objects,
// so that whoever takes over a userPrincipalName is not matched to its former holder.
func (r *run) provision(ctx context.Context, changed []string) error {
	if err := r.probe(ctx, r.newTask("probe", "", "")); err != nil {
		return err
	}
	deletions, objects := r.plan(changed)
	if err := r.work(ctx, deletions); err != nil {
		return err
	}
	if window := r.p.faults.Reorder; window > 1 {
		all := slices.Concat(objects, r.references())
		shuffleWithin(rand.New(rand.NewPCG(r.p.seed, uint64(r.cycle))), all, window)
		return r.work(ctx, all)
	}
	if err := r.work(ctx, objects); err != nil {
		return err
	}
	return r.work(ctx, r.references())
}

// plan lists the objects to evaluate: the changed ones and those that did not succeed last time.
func (r *run) plan(changed []string) (deletions, objects []item) {
	for _, id := range r.candidates(changed) {
		it := r.evaluation(id)
		switch it.kind {
		case "":
			r.p.setRetry(id, false) // gone here and there
		case "delete":
			deletions = append(deletions, it)
		default:
			objects = append(objects, it)
		}
	}
	return deletions, objects
}

// candidates merges changed and retried ids in the order of the directory, with those that are gone at the end.
func (r *run) candidates(changed []string) []string {
	wanted := map[string]bool{}
	for _, id := range changed {
		wanted[id] = true
	}
	r.p.mu.Lock()
	for id := range r.p.retry {
		wanted[id] = true
	}
	r.p.mu.Unlock()
	var ids []string
	for _, id := range r.view.order {
		if wanted[id] {
			ids = append(ids, id)
			delete(wanted, id)
		}
	}
	gone := make([]string, 0, len(wanted))
	for id := range wanted {
		gone = append(gone, id)
	}
	slices.Sort(gone)
	return append(ids, gone...)
}

// evaluation is the work on one object, references apart; the zero item if there is none.
func (r *run) evaluation(id string) item {
	if l, linked := r.p.linked(id); linked && r.view.doomed(id, l) {
		return r.deletion(id, l)
	}
	if !r.view.exists(id) {
		return item{}
	}
	o := r.subject(id)
	return item{kind: o.noun, objectID: id, name: o.name, do: func(ctx context.Context, t *task) error {
		return t.evaluate(ctx, o)
	}}
}

// work does the items, several at once, and stops early only for quarantine or a canceled context.
func (r *run) work(ctx context.Context, items []item) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.p.concurrency)
	for _, it := range items {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			t := r.newTask(it.kind, it.objectID+it.peers, it.name)
			return r.settle(ctx, it, it.do(ctx, t))
		})
	}
	return g.Wait()
}

// settle decides what an item's error means: stop everything, put the item off, or note a failure.
func (r *run) settle(ctx context.Context, it item, err error) error {
	if !it.reference {
		r.p.setRetry(it.objectID, err != nil)
	}
	var quarantine *QuarantineError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &quarantine), ctx.Err() != nil:
		return err
	case errors.Is(err, errDropped), errors.Is(err, errNotThereYet):
		r.count(func(report *Report) { report.PutOff++ })
	default:
		r.fail(it, err)
	}
	return nil
}

func (p *Provisioner) setRetry(objectID string, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if again {
		p.retry[objectID] = true
		return
	}
	delete(p.retry, objectID)
}

// probe asks for a random user and a random group, as the Test Connection button and every activity do. Anything but
// 200 with a ListResponse ends the activity; one that is not empty is a complaint.
func (r *run) probe(ctx context.Context, t *task) error {
	users := call{step: "probe users", method: http.MethodGet, path: "/Users", query: equals(r.p.matchingTarget(), t.guid())}
	groups := call{step: "probe groups", method: http.MethodGet, path: "/Groups",
		query: "excludedAttributes=members&" + equals(r.p.groupMatch, t.guid())}
	for _, c := range []call{users, groups} {
		found, err := t.query(ctx, c)
		var refused *RequestError
		if errors.As(err, &refused) {
			return &QuarantineError{Reason: err.Error()}
		}
		if err != nil {
			return err
		}
		if len(found) > 0 {
			t.complain(c, ruleFilter, fmt.Sprintf("%s asked for a random GUID and got %d resources", c.step, len(found)))
		}
	}
	return nil
}

// matchingTarget is the attribute of the first matching precedence.
func (p *Provisioner) matchingTarget() string {
	target, precedence := "userName", 0
	for _, m := range p.mappings {
		if m.Matching > 0 && (precedence == 0 || m.Matching < precedence) {
			target, precedence = m.Target, m.Matching
		}
	}
	return target
}
