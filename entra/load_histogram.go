package entra

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// halfBuckets is the number of equal steps between two powers of two: a value is known to one part in 128.
const halfBuckets = 128

// histogram counts durations in buckets that grow with the value, like HdrHistogram: 0.8 % wide at any size, and of
// fixed memory (34 KiB) however many values there are. It is safe for concurrent use.
type histogram struct {
	counts [34 * halfBuckets]atomic.Int64 // up to 2^40 ns, 18 minutes; longer ones fall into the last
	sum    atomic.Int64
	top    atomic.Int64
}

func bucketOf(ns int64) int {
	shift := max(0, bits.Len64(uint64(ns))-8)
	return shift*halfBuckets + int(ns>>shift)
}

// bucketTop is the greatest value that falls into the bucket.
func bucketTop(i int) int64 {
	if i < 2*halfBuckets {
		return int64(i)
	}
	shift := i/halfBuckets - 1
	return int64(i-shift*halfBuckets+1)<<shift - 1
}

func (h *histogram) add(d time.Duration) {
	ns := max(0, d.Nanoseconds())
	h.counts[min(bucketOf(ns), len(h.counts)-1)].Add(1)
	h.sum.Add(ns)
	for {
		top := h.top.Load()
		if ns <= top || h.top.CompareAndSwap(top, ns) {
			return
		}
	}
}

func (h *histogram) count() int64 {
	var n int64
	for i := range h.counts {
		n += h.counts[i].Load()
	}
	return n
}

func (h *histogram) max() time.Duration { return time.Duration(h.top.Load()) }

func (h *histogram) mean() time.Duration {
	n := h.count()
	if n == 0 {
		return 0
	}
	return time.Duration(h.sum.Load() / n)
}

// quantile is the value that a share q of all values does not exceed (nearest rank); 0 if there are none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(h.count())))
	var seen int64
	for i := range h.counts {
		seen += h.counts[i].Load()
		if seen >= rank && seen > 0 {
			return min(time.Duration(bucketTop(i)), h.max())
		}
	}
	return h.max()
}
