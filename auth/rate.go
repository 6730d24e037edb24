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
	return a.of(address).AllowN(now, 1) && (a.all == nil || a.all.AllowN(now, 1))
}

// spent says that the address has had its tries for now, without counting one.
func (a *addressLimits) spent(address string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.of(address).TokensAt(now) < 1
}

// of is the limit of an address. The lock is held.
func (a *addressLimits) of(address string) *rate.Limiter {
	if a.limits == nil || len(a.limits) >= maxAddresses {
		a.limits = map[string]*rate.Limiter{}
	}
	group := store.AddressGroup(address)
	limit, ok := a.limits[group]
	if !ok {
		limit = rate.NewLimiter(rate.Every(a.every), a.burst)
		a.limits[group] = limit
	}
	return limit
}
