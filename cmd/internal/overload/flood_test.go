package overload

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// traffic is what one caller asks for: so many requests a second, each of which holds its slot for a time.
type traffic struct {
	class  Class
	caller string
	rate   int
	takes  time.Duration
	// what came of it
	sent, served, tooMany, busy atomic.Int64
}

// run lets the traffic come for a time, open loop: what is asked does not depend on the answers.
func run(t *testing.T, l *Limiter, lasts time.Duration, all ...*traffic) {
	t.Helper()
	var requests sync.WaitGroup
	for _, a := range all {
		requests.Go(func() {
			every := time.Second / time.Duration(a.rate)
			for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(every) {
				a.sent.Add(1)
				requests.Go(func() { a.ask(t, l) })
			}
		})
	}
	requests.Wait()
}

func (a *traffic) ask(t *testing.T, l *Limiter) {
	slot, err := l.Acquire(t.Context(), a.class, a.caller)
	if err == nil {
		time.Sleep(a.takes)
		slot.Release()
		a.served.Add(1)
		return
	}
	if err.(*BusyError).TooMany {
		a.tooMany.Add(1)
		return
	}
	a.busy.Add(1)
}

// share is the part that was served.
func (a *traffic) share() float64 { return float64(a.served.Load()) / float64(a.sent.Load()) }

// Ten times what can be done is asked for, of everything: as much is done as can be, in the order of the classes, and leavers leave.
func TestLimiter_TenTimesTheCapacity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 10 * time.Millisecond // 16 slots are 1,600 requests a second, 14 of them 1,400
		check := &traffic{class: Check, caller: "proxy", rate: 400, takes: takes}
		revoke := &traffic{class: Revocation, caller: "contoso", rate: 50, takes: takes}
		push := &traffic{class: Provisioning, caller: "contoso", rate: 4000, takes: takes}
		signIn := &traffic{class: SignIn, caller: "people", rate: 8000, takes: takes}
		console := &traffic{class: Console, caller: "people", rate: 3550, takes: takes}
		l := New(16)
		run(t, l, 5*time.Second, check, revoke, push, signIn, console)
		if check.share() != 1 || revoke.share() != 1 {
			t.Errorf("%.4f of the checks and %.4f of the revocations were served, want all", check.share(), revoke.share())
		}
		done := check.served.Load() + revoke.served.Load() + push.served.Load() + signIn.served.Load() + console.served.Load()
		if done < 1400*5*95/100 {
			t.Errorf("%d requests were served in 5 s, want as many as at the peak: 1,400 a second", done)
		}
		if push.served.Load() < signIn.served.Load() || signIn.served.Load() == 0 || console.served.Load() == 0 {
			t.Errorf("%d pushes, %d sign-ins, %d pages of the console: want fewer from class to class, and some of each",
				push.served.Load(), signIn.served.Load(), console.served.Load())
		}
	})
}

// One organization asks for twenty times its share: the others have theirs, and it is told that it is its own doing.
func TestLimiter_OneOrganizationFloods(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 10 * time.Millisecond // 14 slots are 1,400 requests a second: 140 for each of ten
		flood := &traffic{class: Provisioning, caller: "flood", rate: 2800, takes: takes}
		all := []*traffic{flood}
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
			all = append(all, &traffic{class: Provisioning, caller: name, rate: 130, takes: takes})
		}
		run(t, New(16), 5*time.Second, all...)
		for _, a := range all[1:] {
			if a.share() < 0.95 {
				t.Errorf("of %s's requests %.3f were served, want 0.95", a.caller, a.share())
			}
		}
		if flood.served.Load() == 0 || flood.tooMany.Load() < 10*flood.busy.Load() {
			t.Errorf("of the flood %d were served, %d refused as too many and %d as busy; want some, nearly all, and hardly any",
				flood.served.Load(), flood.tooMany.Load(), flood.busy.Load())
		}
	})
}

// Clients that come back as soon as they are refused leave the server its time for serving: as much is served as can be, within a second, and refusals are few.
func TestLimiter_WhoComesBackAtOnce(t *testing.T) {
	t.Parallel()
	const takes, lasts = 10 * time.Millisecond, 10 // seconds. 14 slots are 1,400 requests a second
	for _, clients := range []int{700, 2000} {
		t.Run(strconv.Itoa(clients), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := New(16)
				var served, refused atomic.Int64
				var all sync.WaitGroup
				end := time.Now().Add(lasts * time.Second)
				ask := func() {
					came := time.Now()
					slot, err := l.Acquire(t.Context(), Provisioning, "contoso")
					if waited := time.Since(came); waited > time.Second {
						t.Errorf("a client waited %s, refused with %v", waited, err)
					}
					if err != nil {
						refused.Add(1)
						return
					}
					defer slot.Release()
					time.Sleep(takes)
					served.Add(1)
				}
				for range clients {
					all.Go(func() {
						for ; time.Now().Before(end); time.Sleep(takes) {
							ask()
						}
					})
				}
				all.Wait()
				if least := int64(0.95 * 1000 * lasts); served.Load() < least { // one caller has three quarters of the room: 10 slots
					t.Errorf("%d were served, want %d at least", served.Load(), least)
				}
				late := max(0, clients-l.depths/2) * lasts * int(time.Second) / int(refusalWait)
				if most := int64(400*(lasts+1) + late); refused.Load() == 0 || refused.Load() > most {
					t.Errorf("%d were refused, want some and %d at most", refused.Load(), most)
				}
			})
		})
	}
}

// When the flood is over, the next request is served as if there had been none.
func TestLimiter_Recovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(16)
		run(t, l, 2*time.Second, &traffic{class: Provisioning, caller: "flood", rate: 5000, takes: 10 * time.Millisecond})
		began := time.Now()
		slot, err := l.Acquire(t.Context(), Console, "somebody")
		if err != nil || time.Since(began) != 0 {
			t.Fatalf("got %v after %s", err, time.Since(began))
		}
		slot.Release()
	})
}

// A burst that the server can do in time is done, and all of it.
func TestLimiter_ServesABurst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(16)
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				slot, err := l.Acquire(t.Context(), Provisioning, "contoso")
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(100 * time.Millisecond)
				slot.Release()
			})
		}
		all.Wait()
	})
}

// BenchmarkAcquire is what a request pays where nobody waits.
func BenchmarkAcquire(b *testing.B) {
	l := New(16)
	b.ReportAllocs()
	for b.Loop() {
		slot, err := l.Acquire(b.Context(), Provisioning, "contoso")
		if err != nil {
			b.Fatal(err)
		}
		slot.Release()
	}
}
