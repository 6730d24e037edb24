package main

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"time"
)

// restIdle is how long a server is left alone before its memory counts as that of an idle one.
const restIdle = 2 * time.Second

// memory measures what the server of a large directory has resident: idle after its start, and while clients read and write.
func (s *site) memory(ctx context.Context, h *house, kind string) ([]row, error) {
	p, address, err := h.serve(ctx)
	if err != nil {
		return nil, err
	}
	time.Sleep(restIdle)
	idle := resident(p.ID())
	fresh := &house{door: door{address: address, token: h.token, users: h.users}, server: p}
	fresh.created.Store(h.created.Load() + 1_000_000) // names that nobody has yet
	most := 0.0
	for range s.rounds {
		for _, do := range []load{fresh.lookUps(), fresh.gets(), fresh.patches(), fresh.creates()} {
			if _, err := s.take(do, s.connections, fresh); err != nil {
				return nil, errors.Join(err, p.Stop())
			}
			most = max(most, resident(p.ID()))
		}
	}
	return []row{
		{Database: kind, Name: "resident memory, idle", Value: idle, Unit: "MB", Target: target{atMost, 40, 25}},
		{Database: kind, Name: "resident memory, clients at the large directory", Value: most, Unit: "MB", Target: target{atMost, 80, 50}},
	}, p.Stop()
}

// starts is how often the server is started.
const starts = 11

// startUp measures from the start of the process to the first answer on a migrated database, beside a process that does nothing.
func (s *site) startUp(ctx context.Context, h *house, kind string) ([]row, error) {
	var took, nothing []time.Duration
	for range starts {
		began := time.Now()
		if err := exec.CommandContext(ctx, "true").Run(); err != nil {
			return nil, err
		}
		nothing = append(nothing, time.Since(began))
		began = time.Now()
		p, address, err := h.serve(ctx)
		if err != nil {
			return nil, err
		}
		if err := answers(address); err != nil {
			return nil, errors.Join(err, p.Stop())
		}
		took = append(took, time.Since(began))
		if err := p.Stop(); err != nil {
			return nil, err
		}
	}
	millis := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	return []row{
		{Database: kind, Name: "start of the server to its first answer", Value: median(took, millis), Unit: "ms", Target: target{atMost, 150, 60}},
		{Database: kind, Name: "start and end of a process that does nothing", Value: median(nothing, millis), Unit: "ms"},
	}, nil
}

// answers asks whether a server is ready.
func answers(address string) error {
	c, err := dial(address, "")
	if err != nil {
		return err
	}
	defer c.conn.Close()
	_, err = c.expect(http.StatusOK, nil, http.MethodGet, "/readyz", nil)
	return err
}
