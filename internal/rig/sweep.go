package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// trial is one request that is cut.
type trial struct {
	request request
	cut     cut
}

func (t trial) String() string { return t.request.name + ", " + t.cut.String() }

// atomicity is the rule of a sweep.
const atomicity = "atomicity"

// subject is whom a trial was about, for the trail.
type subject struct {
	trial trial
	id    string
}

// sweep tries every request with every cut.
type sweep struct {
	world    *world
	lanes    []*lane
	trials   []trial
	expected map[string][]string // the events about the subject of a request that nothing disturbed

	mu       sync.Mutex
	next     int
	subjects []subject
	report   Report
}

// Sweep cuts each kind of request after each of its bytes, and each of those that it makes go between the node and the database, both ways, in an order that the seed
// decides, until all is done or the time is over. After a cut there must be what was there before or what the request makes of it; where the
// client was told that it happened, it must have; and the same request again must end as one that nothing disturbed, with the same events.
func (s *Site) Sweep(ctx context.Context, o Options) (r Report, err error) {
	return s.sweep(ctx, o, (*sweep).prepare)
}

// sweep tries what prepare lists.
func (s *Site) sweep(ctx context.Context, o Options, prepare func(p *sweep, ctx context.Context, o Options) error) (r Report, err error) {
	o.setDefaults()
	w, err := s.newWorld(ctx, o)
	if err != nil {
		return r, err
	}
	run := Run{Seed: o.Seed, Database: o.Database, Nodes: o.Nodes, Lasts: o.Lasts}
	p := &sweep{world: w, expected: map[string][]string{}, report: Report{Run: run, Counts: map[string]int{}, Faults: map[string]int{}}}
	if err = prepare(p, ctx, o); err == nil {
		p.shuffle(o.Seed)
		err = p.run(ctx, time.Now().Add(o.Lasts))
	}
	if err == nil {
		err = p.checkTrail(ctx)
	}
	return p.report, errors.Join(err, w.close())
}

// prepare opens a lane at each node, and lists the trials from how many bytes go each way where nothing is cut.
func (p *sweep) prepare(ctx context.Context, o Options) error {
	if err := p.openLanes(ctx, o); err != nil {
		return err
	}
	for _, q := range requests {
		if err := p.measure(ctx, q); err != nil {
			return fmt.Errorf("%s, undisturbed: %w", q.name, err)
		}
	}
	return nil
}

func (p *sweep) openLanes(ctx context.Context, o Options) error {
	for node := range p.world.nodes {
		l, err := newLane(ctx, p.world, node, o.Seed)
		if err != nil {
			return err
		}
		p.lanes = append(p.lanes, l)
	}
	return nil
}

// shuffle puts the trials in the order that a seed decides.
func (p *sweep) shuffle(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	rng.Shuffle(len(p.trials), func(i, j int) { p.trials[i], p.trials[j] = p.trials[j], p.trials[i] })
}

// measure makes a request that nothing disturbs, and adds its trials.
func (p *sweep) measure(ctx context.Context, q request) error {
	l := p.lanes[0]
	if err := l.begin(ctx, q); err != nil {
		return err
	}
	for _, w := range wires {
		if proxy := l.proxy(w); proxy != nil {
			proxy.Passed()
		}
	}
	if r := q.send(ctx, l); r.outcome() != OK {
		return fmt.Errorf("status %d, %v: %.300s", r.status, r.err, r.body)
	}
	passed := map[*Proxy][2]int64{}
	for _, w := range wires {
		proxy := l.proxy(w)
		if proxy == nil {
			continue
		}
		if _, known := passed[proxy]; !known {
			up, down := proxy.Passed()
			passed[proxy] = [2]int64{up, down}
		}
		for k := range passed[proxy][w.way] + 1 {
			p.trials = append(p.trials, trial{q, wireCut{w, k}})
		}
	}
	if there, err := q.look(ctx, l); err != nil || there != q.then {
		return fmt.Errorf("there is %q instead of %q, %w", there, q.then, err)
	}
	return p.expect(ctx, l, q)
}

// expect takes down which events a request makes that nothing disturbed.
func (p *sweep) expect(ctx context.Context, l *lane, q request) error {
	actions, err := p.world.actions(ctx)
	p.expected[q.name] = actions[l.id]
	return err
}

// run does trials on all lanes.
func (p *sweep) run(ctx context.Context, until time.Time) error {
	failed := make([]error, len(p.lanes))
	var all sync.WaitGroup
	for i, l := range p.lanes {
		all.Go(func() {
			for failed[i] == nil && ctx.Err() == nil && time.Now().Before(until) {
				t, left := p.take()
				if !left {
					return
				}
				failed[i] = p.try(ctx, l, t)
			}
		})
	}
	all.Wait()
	p.report.Counts[fmt.Sprintf("trials of %d that there are", len(p.trials))] = p.next
	return errors.Join(append(failed, ctx.Err())...)
}

func (p *sweep) take() (trial, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == len(p.trials) {
		return trial{}, false
	}
	p.next++
	return p.trials[p.next-1], true
}

// manyTries is how often a client repeats a request before it is taken to be lost.
const manyTries = 20

// try does one trial. An error says that it could not be done.
func (p *sweep) try(ctx context.Context, l *lane, t trial) error {
	if err := l.begin(ctx, t.request); err != nil {
		return fmt.Errorf("before %s: %w", t, err)
	}
	mend, err := t.cut.begin(ctx, l)
	if err != nil {
		return fmt.Errorf("%s: %w", t, err)
	}
	first := t.request.send(ctx, l)
	if err := mend(); err != nil {
		return fmt.Errorf("after %s: %w", t, err)
	}
	there, err := t.request.look(ctx, l)
	if err != nil {
		return fmt.Errorf("after %s: %w", t, err)
	}
	p.judgeFirst(t, first, there)
	r := first
	for try := 0; !t.request.done(r) && try < manyTries; try++ {
		r = t.request.send(ctx, l)
	}
	if there, err = t.request.look(ctx, l); err != nil {
		return fmt.Errorf("at the end of %s: %w", t, err)
	}
	if there != t.request.then {
		p.violate("%s: repeated, it ends with %q instead of %q: status %d, %v", t, there, t.request.then, r.status, r.err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subjects = append(p.subjects, subject{t, l.id})
	p.report.Counts[t.request.name+" "+string(first.outcome())]++
	p.report.Faults[t.cut.kind()]++
	return nil
}

// judgeFirst judges the answer to the request that was cut, and what it left behind.
func (p *sweep) judgeFirst(t trial, r reply, there string) {
	q := t.request
	switch {
	case there != q.now && there != q.then:
		p.violate("%s: there is %q, neither %q nor %q", t, there, q.now, q.then)
	case r.outcome() == OK && there != q.then:
		p.violate("%s: acknowledged, and there is %q", t, there)
	case r.outcome() == Refused:
		p.violate("%s: a good request was refused: status %d: %.300s", t, r.status, r.body)
	case r.status >= 500 && r.status != http.StatusServiceUnavailable:
		p.violate("%s: status %d: %.300s", t, r.status, r.body)
	}
}

func (p *sweep) violate(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Violations = append(p.report.Violations, Violation{atomicity, fmt.Sprintf(format, args...)})
}

// checkTrail demands for each trial the events of a request that nothing disturbed.
func (p *sweep) checkTrail(ctx context.Context) error {
	actions, err := p.world.actions(ctx)
	if err != nil {
		return err
	}
	for _, s := range p.subjects {
		if got, want := actions[s.id], p.expected[s.trial.request.name]; s.id != "" && !slices.Equal(got, want) {
			p.violate("%s: the trail of %s tells %q instead of %q", s.trial, s.id, got, want)
		}
	}
	if _, err := p.world.command(ctx, "audit", "verify", "--org", "contoso"); err != nil {
		p.violate("the trail does not verify: %v", err)
	}
	if err := p.world.readWhole(ctx); err != nil {
		p.violate("not all of the database can be read: %v", err)
	}
	return nil
}

// actions are what the trail tells of each subject, in order.
func (w *world) actions(ctx context.Context) (map[string][]string, error) {
	events, err := w.events(ctx)
	actions := map[string][]string{}
	for _, e := range events {
		actions[e.Subject.ID] = append(actions[e.Subject.ID], e.Action)
	}
	return actions, err
}

// events is the trail of the organization.
func (w *world) events(ctx context.Context) (list []Event, err error) {
	out, err := w.command(ctx, "audit", "list", "--org", "contoso", "--json")
	if err != nil {
		return nil, err
	}
	for text := range bytes.Lines(out) {
		var e Event
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, fmt.Errorf("reading the trail: %w: %s", err, strings.TrimSpace(string(text[:min(200, len(text))])))
		}
		list = append(list, e)
	}
	return list, nil
}
