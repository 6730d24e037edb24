package entra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
)

// SyncOptions are the size of the tenant of a first synchronization.
type SyncOptions struct {
	Users, Groups, Memberships int
	MembersPerPatch            int // default 1, as Entra does
}

// firstSync is the first synchronization of a tenant. Of each object it keeps the id alone: about 64 bytes.
type firstSync struct {
	load    *Load
	spread  spread
	batch   int
	users   []string // SCIM ids, by number
	groups  []string
	had     [2]int // people and groups at the server before
	started atomic.Int64
}

// groupWork is a group whose members one worker sends, one request after another, as Entra does.
type groupWork struct {
	id     string
	size   int
	sent   int
	member func(j int) int
}

// Sync creates a tenant at the server as Entra's initial cycle does: each person is looked up and posted, each group
// likewise, then the members are added, group by group and several groups at once. It is measured in three rows, handed
// to each as they end; the last row is the whole, with what was found when reading back.
func (l *Load) Sync(ctx context.Context, o SyncOptions, each func(LoadRow)) error {
	s, err := l.newSync(o)
	if err != nil {
		return err
	}
	if err := s.countBefore(ctx); err != nil {
		return err
	}
	whole := LoadRow{Workload: "sync", Statuses: map[string]int64{}, Samples: []string{}, Lost: []string{}, Notes: []string{}}
	for _, p := range s.phases() {
		row := l.drive(ctx, p)
		each(row)
		whole.include(row)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !row.Clean() {
			// What follows needs the ids of all that came before.
			break
		}
	}
	if whole.Clean() {
		whole.stateErrors(s.check(ctx))
	}
	each(whole)
	return context.Cause(ctx)
}

// Validate says what cannot be.
func (o SyncOptions) Validate() error {
	if o.Users < 1 || o.Groups < 0 || o.Memberships < 0 || o.MembersPerPatch < 0 {
		return errors.New("a synchronization needs people, and no number can be negative")
	}
	if !(spread{users: o.Users, groups: o.Groups, memberships: o.Memberships}).fits() {
		return fmt.Errorf("%d people in %d groups have at most %d memberships, not %d", o.Users, o.Groups, o.Users*o.Groups, o.Memberships)
	}
	return nil
}

func (l *Load) newSync(o SyncOptions) (*firstSync, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &firstSync{
		load: l, batch: max(1, o.MembersPerPatch), users: make([]string, o.Users), groups: make([]string, o.Groups),
		spread: spread{seed: l.population.seed, users: o.Users, groups: o.Groups, memberships: o.Memberships},
	}, nil
}

func (s *firstSync) phases() []plan {
	rate := s.load.options.Rate
	return []plan{
		{name: "sync: users", rate: rate, total: int64(len(s.users)), do: s.createUser},
		{name: "sync: groups", rate: rate, total: int64(len(s.groups)), do: s.createGroup},
		{name: "sync: memberships", rate: rate, total: s.requests(), do: s.addMembers},
	}
}

// requests is how many PATCHes the memberships take.
func (s *firstSync) requests() int64 {
	var n int64
	for g := range s.groups {
		n += int64((s.spread.size(g) + s.batch - 1) / s.batch)
	}
	return n
}

func (s *firstSync) createUser(ctx context.Context, w *worker, k int64) error {
	if k >= int64(len(s.users)) {
		return errNothingLeft
	}
	n := int(k)
	if err := w.absent(ctx, userKind, "userName", s.load.population.userName(n)); err != nil {
		return err
	}
	id, err := w.create(ctx, userKind, s.load.population.attributes(n))
	s.users[n] = id
	return err
}

func (s *firstSync) createGroup(ctx context.Context, w *worker, k int64) error {
	if k >= int64(len(s.groups)) {
		return errNothingLeft
	}
	n := int(k)
	if err := w.absent(ctx, groupKind, "displayName", s.load.population.groupName(n)); err != nil {
		return err
	}
	id, err := w.create(ctx, groupKind, s.load.population.groupAttributes(n))
	s.groups[n] = id
	return err
}

// addMembers sends the next request of the group that the worker is at, or of the next group that nobody has begun.
func (s *firstSync) addMembers(ctx context.Context, w *worker, _ int64) error {
	for w.group == nil || w.group.sent == w.group.size {
		g := int(s.started.Add(1) - 1)
		if g >= len(s.groups) {
			return errNothingLeft
		}
		w.group = &groupWork{id: s.groups[g], size: s.spread.size(g), member: s.spread.members(g)}
	}
	g := w.group
	ids := make([]string, 0, s.batch)
	for ; g.sent < g.size && len(ids) < s.batch; g.sent++ {
		ids = append(ids, s.users[g.member(g.sent)])
	}
	return w.patchMembers(ctx, g.id, verbAdd, ids)
}

// include adds a row to the whole.
func (r *LoadRow) include(part LoadRow) {
	r.Connections, r.RateAsked, r.Seed, r.Loop = part.Connections, part.RateAsked, part.Seed, part.Loop
	r.Seconds += part.Seconds
	r.Operations += part.Operations
	r.Requests += part.Requests
	r.BytesSent += part.BytesSent
	r.BytesReceived += part.BytesReceived
	r.Errors += part.Errors
	r.GeneratorCPUSeconds += part.GeneratorCPUSeconds
	r.Samples = slices.Concat(r.Samples, part.Samples)
	r.Max = max(r.Max, part.Max)
	for status, n := range part.Statuses {
		r.Statuses[status] += n
	}
	r.Seconds, r.GeneratorCPUSeconds = thousandths(r.Seconds), thousandths(r.GeneratorCPUSeconds)
	r.average(r.Requests, r.Operations)
}
