package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"doorlist/store"
)

// addressLimits slows down whoever tries again and again from one address, or under one name: burst times at once, then
// once in every. It begins anew when there are more addresses than people have.
type addressLimits struct {
	every time.Duration
	burst int
	all   *rate.Limiter // of all addresses together; nil for none

	mu     sync.Mutex
	limits map[string]*rate.Limiter
}

const maxAddresses = 10_000

func (a *addressLimits) allow(address string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limits == nil || len(a.limits) >= maxAddresses {
		a.limits = map[string]*rate.Limiter{}
	}
	group := store.AddressGroup(address)
	limit, ok := a.limits[group]
	if !ok {
		limit = rate.NewLimiter(rate.Every(a.every), a.burst)
		a.limits[group] = limit
	}
	return limit.AllowN(now, 1) && (a.all == nil || a.all.AllowN(now, 1))
}
