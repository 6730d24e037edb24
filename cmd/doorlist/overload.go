package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"doorlist/auth"
	"doorlist/cmd/internal/overload"
	"doorlist/scim"
)

// turns lets each request wait for its turn where more is asked of the server than it can do, and refuses it where it would wait too long. Who is served
// first is decided in package overload; here are the classes of requests, and what each sort of client is told.
type turns struct {
	next    http.Handler
	slots   *overload.Limiter
	large   *overload.Limiter // of requests with large bodies, whose decoded form takes many times the memory
	probes  *overload.Limiter // of requests of those who watch the server
	address func(*http.Request) string
	log     *slog.Logger
	told    atomic.Int64 // when the log was last told that requests are refused, in seconds
}

const (
	// slotsPerCore: with fewer the cores wait for the database, with more all requests get slower and none is done earlier.
	slotsPerCore = 8
	// largePerCore bounds what bodies of largeBody bytes and more can take of the memory.
	largePerCore = 2
	largeBody    = 64 << 10
	// probesAtOnce: a balancer and a scraper ask every few seconds.
	probesAtOnce = 4
	// tellEvery is how often the log is told that requests are refused.
	tellEvery = 10 * time.Second
)

func newTurns(address func(*http.Request) string, log *slog.Logger) *turns {
	cores := runtime.GOMAXPROCS(0)
	return &turns{
		slots: overload.New(max(slotsPerCore*cores, overload.MinSlots)), large: overload.New(largePerCore * cores), probes: overload.New(probesAtOnce),
		address: address, log: log,
	}
}

func (t *turns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	class, waits := classOf(r)
	switch {
	case !waits:
		t.next.ServeHTTP(w, r)
	case class == watching:
		t.check(w, r, t.probes)
	case class == overload.Check:
		t.check(w, r, t.slots)
	default:
		t.serve(w, r, class)
	}
}

// check lets a check through. It is on the way of every request to every application, so nothing is added to it but the slot.
func (t *turns) check(w http.ResponseWriter, r *http.Request, slots *overload.Limiter) {
	slot := slots.TryAcquire(overload.Check)
	if slot == nil {
		var err error
		if slot, err = slots.Acquire(r.Context(), overload.Check, t.address(r)); err != nil {
			t.refuse(w, r, overload.Check, err)
			return
		}
	}
	defer slot.Release()
	t.next.ServeHTTP(w, r)
}

func (t *turns) serve(w http.ResponseWriter, r *http.Request, class overload.Class) {
	own := &turn{turns: t}
	defer own.leave()
	ctx := context.WithValue(r.Context(), turnKey{}, own)
	r = r.WithContext(auth.WithWaiting(ctx, own.wait))
	if class != byCaller { // package scim finds out who asks, and for what
		readAhead(r, own)
		if err := own.take(ctx, class, t.address(r)); err != nil {
			t.refuse(w, r, class, err)
			return
		}
	}
	t.next.ServeHTTP(&turnWriter{ResponseWriter: w, turn: own}, r)
}

// enter is the turn of a provider's request, as package scim asks for it.
func (t *turns) enter(ctx context.Context, d scim.Demand) (leave func(), err error) {
	own, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		return nil, errors.New("the request did not come by the turns")
	}
	class := overload.Provisioning
	switch {
	case !d.Known:
		class = overload.Unknown
	case d.Revokes:
		class = overload.Revocation
	}
	if d.Body >= largeBody {
		err = own.takeLarge(ctx, class, d.Caller)
	}
	if err == nil {
		err = own.take(ctx, class, d.Caller)
	}
	if busy, ok := errors.AsType[*overload.BusyError](err); ok {
		t.tell(ctx, class)
		return nil, &scim.BusyError{TooMany: busy.TooMany, After: busy.After}
	}
	return own.leave, err
}

// refuse tells a client that its request has to be repeated later, in its own language.
func (t *turns) refuse(w http.ResponseWriter, r *http.Request, class overload.Class, err error) {
	busy, ok := errors.AsType[*overload.BusyError](err)
	if !ok { // the client is gone
		busy = &overload.BusyError{Class: class, After: time.Second}
	} else {
		t.tell(r.Context(), class)
	}
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int(busy.After/time.Second)))
	h.Set("Cache-Control", "no-store")
	refuseAs(w, r, class, busy)
}

// tell says in the log that requests are refused, once in a while.
func (t *turns) tell(ctx context.Context, class overload.Class) {
	now, last := time.Now().Unix(), t.told.Load()
	if now-last < int64(tellEvery/time.Second) || !t.told.CompareAndSwap(last, now) {
		return
	}
	attributes := []any{"class", class.String()}
	for _, c := range t.slots.Counts() {
		attributes = append(attributes, slog.Group(c.Class.String(), "in_flight", c.InFlight, "waiting", c.Waiting, "refused", c.Refused, "too_many", c.TooMany))
	}
	t.log.WarnContext(ctx, "more is asked of the server than it can do, so requests are refused", attributes...)
}
