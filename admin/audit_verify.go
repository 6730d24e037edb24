package admin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"doorlist/store"
)

// trailState is what is known of the chain that holds the trail together.
type trailState struct {
	Report   *store.AuditReport // of the last verification; nil while there was none
	Running  bool
	Failed   bool  // the last one here could not be finished
	Compared int64 // events, so far
	Verify   string
}

// verifications are those that run on this server, by organization.
type verifications struct {
	running sync.Map // organization id -> *atomic.Int64: events compared so far
	failed  sync.Map // organization id -> whether the last one could not be finished
}

// verifyLasts bounds a verification: a million events take about half a minute.
const verifyLasts = time.Hour

// verifyAtOnce is how long a verification may take before the page shows its progress instead.
const verifyAtOnce = 2 * time.Second

func (r *request) trailState() (trailState, error) {
	state := trailState{Verify: r.orgPath("audit", "verify")}
	if compared, ok := r.verifications.running.Load(r.org.ID); ok {
		state.Running, state.Compared = true, compared.(*atomic.Int64).Load()
		r.follow = 2
	}
	failed, _ := r.verifications.failed.Load(r.org.ID)
	state.Failed = failed == true
	report, err := r.Store.Organization(r.org.ID).LastAuditReport(r.Request().Context())
	if errors.Is(err, store.ErrNotFound) {
		return state, nil
	}
	state.Report = &report
	return state, err
}

// verifyTrail compares all events with the chain now.
func verifyTrail(r *request) error {
	f := form{
		Heading: "Verify the trail", Submit: "Verify now", Back: r.orgPath("audit"), Idle: true,
		Lead: "Each event is compared with the signed chain of blocks. A server does so once a day by itself. Whether the end was cut off shows only against a " +
			"checkpoint that was kept elsewhere: doorlist audit verify --checkpoint.",
	}
	return r.ask(f, func(values) (string, error) {
		select {
		case <-r.verifications.start(r.Request().Context(), r.Store, r.org.ID):
		case <-time.After(verifyAtOnce):
		}
		return r.orgPath("audit"), nil
	})
}

// start begins a verification unless one runs already; the channel is closed when it is over. It goes on without whoever asked
// for it.
func (v *verifications) start(ctx context.Context, s *store.Store, organization string) <-chan struct{} {
	over := make(chan struct{})
	compared := new(atomic.Int64)
	if _, runs := v.running.LoadOrStore(organization, compared); runs {
		return over
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), verifyLasts)
	go func() {
		defer close(over)
		defer v.running.Delete(organization)
		defer cancel()
		report, err := s.VerifyAudit(ctx, organization, nil, compared.Store)
		if err == nil {
			err = s.KeepAuditReport(ctx, report)
		}
		v.failed.Store(organization, err != nil)
	}()
	return over
}
