package entra

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogram_KnowsEveryQuantileToOnePercent(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	var h histogram
	values := make([]time.Duration, 10_000)
	for i := range values {
		values[i] = time.Duration(rng.ExpFloat64() * float64(5*time.Millisecond))
		h.add(values[i])
	}
	slices.Sort(values)
	for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 0.999, 1} {
		rank := max(1, int(q*float64(len(values))+0.999999))
		got, want := h.quantile(q), values[rank-1]
		if got < want || float64(got) > float64(want)*1.01 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if h.max() != values[len(values)-1] || h.count() != int64(len(values)) {
		t.Errorf("max %v, count %d", h.max(), h.count())
	}
}

func TestHistogram_BucketsFollowEachOther(t *testing.T) {
	t.Parallel()
	for i := range len((&histogram{}).counts) - 1 {
		if top := bucketTop(i); bucketOf(top) != i || bucketOf(top+1) != i+1 {
			t.Fatalf("bucket %d ends at %d, which is in %d; one more is in %d", i, top, bucketOf(top), bucketOf(top+1))
		}
	}
	var h histogram
	if h.quantile(0.99) != 0 || h.mean() != 0 {
		t.Error("an empty histogram has quantiles")
	}
	h.add(time.Hour)
	h.add(-time.Second)
	if h.max() != time.Hour || h.quantile(0.5) != 0 {
		t.Errorf("max %v, median %v", h.max(), h.quantile(0.5))
	}
}

func TestSpread_GivesEachMembershipOnce(t *testing.T) {
	t.Parallel()
	for _, s := range []spread{
		{seed: 1, users: 100, groups: 10, memberships: 1000},
		{seed: 2, users: 100, groups: 10, memberships: 997},
		{seed: 3, users: 7, groups: 1, memberships: 5},
		{seed: 4, users: 1, groups: 3, memberships: 2},
		{seed: 5, users: 30, groups: 4, memberships: 0},
		{seed: 6, users: 1000, groups: 100, memberships: 10_000},
	} {
		if !s.fits() {
			t.Fatalf("%+v does not fit", s)
		}
		sum := 0
		for g := range s.groups {
			size, member, seen := s.size(g), s.members(g), map[int]bool{}
			for j := range size {
				seen[member(j)] = true
			}
			if len(seen) != size || size > s.users {
				t.Errorf("%+v: group %d of %d has %d different members", s, g, size, len(seen))
			}
			sum += size
		}
		if sum != s.memberships {
			t.Errorf("%+v: %d memberships", s, sum)
		}
	}
	if (spread{users: 3, groups: 2, memberships: 7}).fits() || (spread{users: 3, memberships: 1}).fits() {
		t.Error("more memberships than pairs fit")
	}
}

func TestPopulation_IsTheSameEachTimeAndUnique(t *testing.T) {
	t.Parallel()
	p, again, other := newPopulation(7), newPopulation(7), newPopulation(8)
	names := map[string]bool{}
	for i := range 500 {
		person := p.person(i)
		if person.ObjectID != again.person(i).ObjectID || person.UserPrincipalName != p.userName(i) {
			t.Fatalf("person %d differs from one time to the next", i)
		}
		for _, name := range []string{person.UserPrincipalName, person.ObjectID, other.userName(i), other.person(i).ObjectID, p.groupName(i)} {
			if names[name] {
				t.Fatalf("%s is there twice", name)
			}
			names[name] = true
		}
	}
}

// arrivals says from when the latency of each arrival counts, as one worker at ten a second sees it.
func TestArrive_LatencyCountsFromTheSchedule(t *testing.T) {
	t.Parallel()
	start := time.Now().Add(-time.Second)
	w := &worker{tally: &tally{start: start}}
	p := plan{rate: 10, length: time.Minute}
	for k := range int64(10) {
		from, next := w.arrive(context.Background(), p, k)
		if want := start.Add(time.Duration(k) * 100 * time.Millisecond); next != serve || !from.Equal(want) {
			t.Errorf("arrival %d, which found no free connection in time, counts from %v, not %v", k, from.Sub(start), want.Sub(start))
		}
	}
	from, next := w.arrive(context.Background(), p, 11)
	if late := from.Sub(start.Add(1100 * time.Millisecond)); next != serve || late < 0 || late > timerGrain {
		t.Errorf("an arrival that a free connection waited for counts from %v after it was due", late)
	}
	if _, next := w.arrive(context.Background(), p, 600); next != over {
		t.Error("an arrival is begun that is due after the end")
	}
	w.tally.start = time.Now().Add(-300 * time.Millisecond)
	if _, next := w.arrive(context.Background(), plan{rate: 10, length: 200 * time.Millisecond}, 1); next != serve {
		t.Error("an arrival that was due before the end is left out within the second after it")
	}
	w.tally.start = start.Add(-time.Minute)
	if _, next := w.arrive(context.Background(), plan{rate: 10, length: time.Second}, 9); next != skip {
		t.Error("an arrival is begun long after the end")
	}
}

func TestTally_TheWarmUpCountsForNothing(t *testing.T) {
	t.Parallel()
	start := time.Now().Add(-2 * time.Second)
	tally := &tally{load: &Load{}, plan: plan{rate: 1, warmUp: time.Second, length: time.Second}, start: start}
	for _, due := range []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond} {
		tally.record(start.Add(due), nil)
		tally.giveUp(start.Add(due))
	}
	row := tally.row()
	if row.WarmUpOperations != 2 || row.Operations != 1 || row.Unserved != 1 || row.P50 < 500 {
		t.Errorf("%+v", row)
	}
}
