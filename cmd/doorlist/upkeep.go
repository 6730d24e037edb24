package main

import (
	"context"
	"log/slog"
	"time"

	"doorlist/store"
)

// upkeepEvery is how often a server looks whether something is due. Several servers may do it at once.
const upkeepEvery = time.Minute

// upkeep puts on record what ends by itself, and forgets what is long over, until ctx ends.
func upkeep(ctx context.Context, s *store.Store, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.CloseOutages(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "the end of outages could not be recorded; the next round tries again", "error", err)
		}
		if _, err := s.PurgeSessions(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "old sessions could not be forgotten; the next round tries again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
