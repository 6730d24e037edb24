package overload

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestLimiter_Rules lets callers of all classes come, go, wait and give up in any order. After each step no class has more than its room, no slot is
// free that anybody could have, and who was served was the highest, or had been passed over often enough.
func TestLimiter_Rules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := New(rapid.IntRange(1, 40).Draw(t, "slots"))
		var held []*Slot
		var waiting []*waiter
		class := rapid.Custom(func(t *rapid.T) Class { return Class(rapid.IntRange(0, int(classes)-1).Draw(t, "class")) })
		caller := rapid.SampledFrom([]string{"", "contoso", "fabrikam", "tailspin"})
		pick := func(t *rapid.T, n int) int { return rapid.IntRange(0, n-1).Draw(t, "which") }
		t.Repeat(map[string]func(*rapid.T){
			"come": func(t *rapid.T) {
				slot, w, err := l.enter(t.Context(), class.Draw(t, "class"), caller.Draw(t, "caller"))
				switch {
				case slot != nil:
					held = append(held, slot)
				case w != nil:
					waiting = append(waiting, w)
				case err == nil:
					t.Fatal("neither a slot nor a place nor a refusal")
				}
			},
			"go": func(t *rapid.T) {
				if len(held) == 0 {
					return
				}
				i := pick(t, len(held))
				held[i].Release()
				held[i].Release() // the second does nothing
				held = append(held[:i], held[i+1:]...)
			},
			"pause": func(t *rapid.T) {
				if len(held) == 0 {
					return
				}
				i := pick(t, len(held))
				if !held[i].Pause() || held[i].Pause() {
					t.Fatal("a slot is given back once")
				}
				held[i].Release()
				held[i].Resume() // after the end nothing comes back
				held = append(held[:i], held[i+1:]...)
			},
			"give up": func(t *rapid.T) {
				if len(waiting) == 0 {
					return
				}
				w := waiting[pick(t, len(waiting))]
				for c := range classes {
					l.queues[c].leave(w)
				}
				l.dispatch()
			},
			"": func(t *rapid.T) {
				kept := waiting[:0]
				for _, w := range waiting {
					select {
					case <-w.done:
						if w.slot != nil {
							held = append(held, w.slot)
						}
					default:
						kept = append(kept, w)
					}
				}
				waiting = kept
				checkRooms(t, l, len(held))
			},
		})
	})
}

func checkRooms(t *rapid.T, l *Limiter, held int) {
	t.Helper()
	if l.taken[Check] != held {
		t.Fatalf("%d slots are held, and %d requests have one", l.taken[Check], held)
	}
	for c := range classes {
		if l.taken[c] > l.rooms[c] {
			t.Fatalf("%s and below hold %d slots of %d", c, l.taken[c], l.rooms[c])
		}
		if size := l.queues[c].size; size > l.depths {
			t.Fatalf("%d wait in %s, of at most %d", size, c, l.depths)
		}
	}
	if c, next := l.next(); next != nil {
		t.Fatalf("%s waits beside a free slot", c)
	}
}

// wait puts so many of a class into its queue.
func wait(t *testing.T, l *Limiter, c Class, caller string, n int) {
	t.Helper()
	for range n {
		if slot, w, err := l.enter(t.Context(), c, caller); slot != nil || w == nil {
			t.Fatalf("%s does not wait: %v, %v", c, slot, err)
		}
	}
}

// fill takes all slots that a class can have.
func fill(t *testing.T, l *Limiter, c Class) (held []*Slot) {
	t.Helper()
	for s := l.TryAcquire(c); s != nil; s = l.TryAcquire(c) {
		held = append(held, s)
	}
	return held
}

func TestLimiter_TheHighestClassThatWaitsIsNext(t *testing.T) {
	t.Parallel()
	l := New(16)
	held := fill(t, l, Check)
	if len(held) != 16 {
		t.Fatalf("%d slots, want 16", len(held))
	}
	for c := classes - 1; c >= 0; c-- { // the lowest comes first
		wait(t, l, c, "contoso", 1)
	}
	for want := range classes {
		held[want].Release()
		if l.queues[want].size > 0 {
			t.Fatalf("%s was not served", want)
		}
		for lower := want + 1; lower < classes; lower++ {
			if l.queues[lower].size == 0 {
				t.Fatalf("%s was served before %s", lower, want)
			}
		}
	}
}

// A flood of what is more important leaves something for the least.
func TestLimiter_NobodyStarves(t *testing.T) {
	t.Parallel()
	l := New(16)
	serving := fill(t, l, Provisioning)
	wait(t, l, Console, "somebody", 1)
	for served := range passes + 2 {
		slot, w, err := l.enter(t.Context(), Provisioning, "contoso") // another comes at once
		if slot != nil || w == nil {
			t.Fatalf("a push does not wait: %v", err)
		}
		serving[served].Release()
		if l.queues[Console].size == 0 {
			return
		}
		serving = append(serving, w.slot)
	}
	t.Errorf("a page of the console was passed over %d times", passes+2)
}

// Whatever floods the classes below, each class finds a slot at once.
func TestLimiter_EachClassHasRoomLeft(t *testing.T) {
	t.Parallel()
	l := New(MinSlots)
	for c := classes - 1; c >= 0; c-- {
		if len(fill(t, l, c)) == 0 {
			t.Errorf("the classes below leave nothing for %s", c)
		}
	}
}

func TestLimiter_OneCallerLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(16)
		for range 100 {
			l.enter(t.Context(), Provisioning, "contoso")
		}
		if slot, _, err := l.enter(t.Context(), Provisioning, "fabrikam"); slot == nil {
			t.Fatalf("one caller has all the room: %v", err)
		}
		_, err := l.Acquire(t.Context(), Provisioning, "contoso")
		if busy, ok := errors.AsType[*BusyError](err); !ok || !busy.TooMany {
			t.Errorf("got %v, want that it is the caller's doing", err)
		}
	})
}

func TestLimiter_AFullQueueSendsTheLongestLineAway(t *testing.T) {
	t.Parallel()
	l := New(16)
	fill(t, l, Check)
	wait(t, l, Provisioning, "contoso", l.depths)
	if _, w, err := l.enter(t.Context(), Provisioning, "contoso"); w != nil || err == nil {
		t.Error("the longest line became longer")
	}
	wait(t, l, Provisioning, "fabrikam", 3)
	if got := l.queues[Provisioning].waiting("contoso"); got != l.depths-3 {
		t.Errorf("%d of the flood wait, want %d", got, l.depths-3)
	}
}

// Whoever would wait longer than the class may is refused at once, and is told when to come back.
func TestLimiter_RefusesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(16)
		fill(t, l, Check)
		l.takes[Provisioning] = 100 * time.Millisecond
		wait(t, l, Provisioning, "contoso", 35) // 36 more of 100 ms, 14 at a time, are 257 ms
		time.Sleep(terms[Provisioning].burst)
		began := time.Now()
		_, err := l.Acquire(t.Context(), Provisioning, "contoso")
		busy, ok := errors.AsType[*BusyError](err)
		if !ok || busy.TooMany || busy.After < time.Second || busy.After > mostAfter || busy.After%time.Second != 0 {
			t.Errorf("got %#v, want that everybody asks for too much, and whole seconds", err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the refusal took %s", took)
		}
		if _, err := l.Acquire(t.Context(), Check, "contoso"); !errors.As(err, &busy) || time.Since(began) != terms[Check].burst {
			t.Errorf("got %v after %s, want a refusal when the patience is over", err, time.Since(began))
		}
		hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		l.takes[Revocation] = time.Minute
		if _, err := l.Acquire(hurried, Revocation, "contoso"); !errors.As(err, &busy) || hurried.Err() != nil {
			t.Errorf("got %v, want a refusal at once of who has no time", err)
		}
	})
}

// Requests that end, panic, are given up or paused leave nothing behind.
func TestLimiter_LosesNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(16)
		var all sync.WaitGroup
		for i := range 4000 {
			all.Go(func() {
				defer func() { recover() }()
				time.Sleep(rand.N(time.Second))
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(50*time.Millisecond))
				defer cancel()
				slot, err := l.Acquire(ctx, Class(i%int(classes)), []string{"", "contoso", "fabrikam"}[i%3])
				if err != nil {
					return
				}
				defer slot.Release()
				time.Sleep(rand.N(20 * time.Millisecond))
				if i%5 == 0 && slot.Pause() {
					time.Sleep(rand.N(20 * time.Millisecond))
					slot.Resume()
				}
				if i%7 == 0 {
					panic("a fault of the handler")
				}
			})
		}
		all.Wait()
		admitted := int64(0)
		for _, c := range l.Counts() {
			if admitted += c.Admitted; c.InFlight != 0 || c.Waiting != 0 || l.taken[c.Class] != 0 {
				t.Errorf("%s: %+v, and %d slots are held", c.Class, c, l.taken[c.Class])
			}
		}
		if len(l.callers) != 0 || admitted == 0 || admitted == 4000 {
			t.Errorf("callers %v are left; %d were admitted, want some and not all", l.callers, admitted)
		}
	})
}
