package admin

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// defaultPatience is how long a page may take before it is sent in parts, with how far it is.
const defaultPatience = time.Second

// tellEvery spaces what such a page says of how far it is.
const tellEvery = 300 * time.Millisecond

// waiting is somebody who waits for a page. Whatever takes long tells them how far it is; a page that comes soon enough is sent as a whole.
type waiting struct {
	patience time.Duration
	since    time.Time // of the request
	told     time.Time // zero: the page has not begun
	heading  string
}

func newWaiting(patience time.Duration) *waiting {
	return &waiting{patience: patience, since: time.Now()}
}

func (w *waiting) begun() bool { return !w.told.IsZero() }

// expect says what is being waited for, and returns what tells how far it is: done of all, 0 where nobody knows how many there are.
func (r *request) expect(heading, what string) func(done, all int) error {
	r.waiting.heading = heading
	return func(done, all int) error {
		w, now := r.waiting, time.Now()
		if now.Sub(w.since) < w.patience || now.Sub(w.told) < min(w.patience, tellEvery) {
			return nil
		}
		if !w.begun() {
			if err := r.door.Begin(r.Context, cmp.Or(r.page.takes, countTakes), waitingTemplate(), heading, r.framed(heading, nil)); err != nil {
				return err
			}
		}
		w.told = now
		return r.door.Tell(r.Context, waitingTemplate(), "waiting", farWords(done, all)+" "+what+".")
	}
}

var (
	waitingTemplate = parsePage("broken")
	leadTemplate    = parsePage("lead")
)

// farWords say how far something is, such as "12,000 of 100,000".
func farWords(done, all int) string {
	if all < done {
		return grouped(done)
	}
	return fmt.Sprintf("%s of %s", grouped(done), grouped(all))
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// breakOff finishes a page that has begun and cannot become what it was to be.
func (r *request) breakOff(err error) error {
	r.door.NoteFault(r.Context, err)
	return r.door.Finish(r.Context, waitingTemplate(), r.waiting.heading, r.framed(r.waiting.heading, nil))
}
