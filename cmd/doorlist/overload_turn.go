package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"doorlist/cmd/internal/overload"
)

// turn is one request's place among those that are worked on. A client that sends or reads slowly has none meanwhile.
type turn struct {
	turns *turns

	mu          sync.Mutex
	slot, large *overload.Slot // nil while there is none
}

type turnKey struct{}

// take waits for the turn.
func (t *turn) take(ctx context.Context, class overload.Class, caller string) error {
	slot, err := t.turns.slots.Acquire(ctx, class, caller)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slot = slot
	return err
}

// takeLarge waits for the turn among the requests with large bodies, before that among all.
func (t *turn) takeLarge(ctx context.Context, class overload.Class, caller string) error {
	slot, err := t.turns.large.Acquire(ctx, class, caller)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.large = slot
	return err
}

// leave ends the turn, if it has not ended.
func (t *turn) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, slot := range []**overload.Slot{&t.slot, &t.large} {
		if *slot != nil {
			(*slot).Release()
			*slot = nil
		}
	}
}

// wait gives the place back until the function is called that it returns.
func (t *turn) wait() (goOn func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slot := t.slot; slot != nil && slot.Pause() {
		return slot.Resume
	}
	return func() {}
}

// aheadBody is how much of a body is read before the turn, in bytes: all of a form.
const aheadBody = 16 << 10

// turnBody is a body whose beginning was read before its request's turn. While the client sends the rest, the request has no place.
type turnBody struct {
	io.ReadCloser
	turn  *turn
	begin []byte
	err   error // behind the beginning
}

// readAhead reads the beginning of a request's body.
func readAhead(r *http.Request, t *turn) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	b := &turnBody{ReadCloser: r.Body, turn: t}
	b.begin, b.err = io.ReadAll(io.LimitReader(r.Body, aheadBody))
	if len(b.begin) < aheadBody && b.err == nil {
		b.err = io.EOF
	}
	r.Body = b
}

func (b *turnBody) Read(p []byte) (int, error) {
	if len(b.begin) > 0 {
		n := copy(p, b.begin)
		b.begin = b.begin[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	defer b.turn.wait()()
	return b.ReadCloser.Read(p)
}

const (
	// keptAnswer is how much of an answer waits in memory for the client, in bytes: it is sent behind the turn.
	keptAnswer = 2 << 10
	// slowClient is how long a client may take to read a part of an answer within its turn.
	slowClient = 50 * time.Millisecond
)

// turnWriter sends an answer. While the client takes its time to read it, its request has no place.
type turnWriter struct {
	http.ResponseWriter
	turn    *turn
	written int
}

func (w *turnWriter) Write(p []byte) (n int, err error) {
	if w.written += len(p); w.written <= keptAnswer {
		return w.ResponseWriter.Write(p)
	}
	w.patiently(func() { n, err = w.ResponseWriter.Write(p) })
	return n, err
}

// FlushError is what http.ResponseController calls.
func (w *turnWriter) FlushError() (err error) {
	w.patiently(func() { err = http.NewResponseController(w.ResponseWriter).Flush() })
	return err
}

// patiently sends something, and gives the place back meanwhile if that takes long.
func (w *turnWriter) patiently(send func()) {
	paused := make(chan func(), 1)
	late := time.AfterFunc(slowClient, func() { paused <- w.turn.wait() })
	defer func() {
		if !late.Stop() {
			(<-paused)()
		}
	}()
	send()
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *turnWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
