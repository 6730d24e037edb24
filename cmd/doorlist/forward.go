package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"doorlist/store"
)

// forwarder sends the trails of all organizations to a syslog receiver, behind the writes and in the order of the chain. Of
// several servers one does so at a time. Each event is sent once at least: how far the receiver has come is noted in the
// database, once the connection has outlived what was sent by a while. Syslog itself has no acknowledgment.
type forwarder struct {
	store    *store.Store
	receiver *syslogReceiver
	log      *slog.Logger

	settle time.Duration // for which a connection must outlive a message
	every  time.Duration // between looks for new blocks
	look   time.Duration // between looks whether the server that sends has stopped
	retry  time.Duration // before the first try after a failure; each further one waits twice as long

	sent, failures atomic.Int64
	told           string // the last failure in the log
}

const (
	forwardLease = 30 * time.Second // a server that died is replaced after so long
	mostRetry    = time.Minute
)

// forwarder is the one of the settings; nil for none.
func (c *Config) forwarder(s *store.Store, log *slog.Logger) (*forwarder, error) {
	r, err := c.syslogReceiver()
	if err != nil || r == nil {
		return nil, err
	}
	return newForwarder(s, r, log), nil
}

func newForwarder(s *store.Store, r *syslogReceiver, log *slog.Logger) *forwarder {
	return &forwarder{store: s, receiver: r, log: log, settle: 5 * time.Second, every: time.Second, look: 10 * time.Second, retry: time.Second}
}

// errOtherServer: another server sends.
var errOtherServer = errors.New("another server sends the audit trail")

// run works until ctx ends.
func (f *forwarder) run(ctx context.Context) {
	for wait := f.retry; ctx.Err() == nil; {
		began := f.sent.Load()
		err := f.forward(ctx)
		if f.sent.Load() > began {
			wait = f.retry // it was not away all the time
		}
		pause := f.look
		if !errors.Is(err, errOtherServer) {
			pause, wait = wait, min(2*wait, mostRetry)
			f.fail(ctx, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// fail counts a failure and says it, once while it stays the same.
func (f *forwarder) fail(ctx context.Context, err error) {
	if ctx.Err() != nil || err == nil {
		return
	}
	f.failures.Add(1)
	if err.Error() != f.told {
		f.told = err.Error()
		f.log.WarnContext(ctx, "the audit trail does not reach the syslog receiver; nothing is lost, and it is tried again", "receiver", f.receiver.name(), "error", err)
	}
}

// forward sends over one connection, until that ends, another server takes over, or ctx ends.
func (f *forwarder) forward(ctx context.Context) error {
	until, ok, err := f.store.LeaseTrails(ctx, f.receiver.name(), time.Time{}, forwardLease)
	if err != nil {
		return err
	}
	if !ok {
		return errOtherServer
	}
	t := &transfer{forwarder: f, host: hostName(), until: until, position: map[string]int64{}}
	defer t.release(context.WithoutCancel(ctx))
	if t.link, err = f.receiver.dial(ctx); err != nil {
		return err
	}
	defer t.link.close()
	if err := t.run(ctx); ctx.Err() == nil {
		return err
	}
	return t.finish(context.WithoutCancel(ctx))
}

// lag is for how long the oldest block has waited that is not known to have arrived.
func (f *forwarder) lag(ctx context.Context) (time.Duration, error) {
	behind, err := f.store.TrailsBehind(ctx, f.receiver.name())
	lag := time.Duration(0)
	for _, c := range behind {
		lag = max(lag, f.store.Now().Sub(c.WaitsSince))
	}
	return lag, err
}
