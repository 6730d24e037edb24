package main

import (
	"context"
	"log/slog"
	"net"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

// upkeepEvery is how often a server looks whether something is due. Several servers may do it at once.
const upkeepEvery = time.Minute

// purgeRounds is how many rounds of upkeep lie between two in which what is long over is forgotten.
const purgeRounds = 60

// upkeep puts on record what ends by itself, counts what the console shows, forgets what is long over, reads providers' metadata again, and looks for domains' records
// again, until ctx ends. metadata may be nil, and so may resolver, for the machine's own.
func upkeep(ctx context.Context, s *store.Store, metadata *auth.MetadataFetcher, resolver *net.Resolver, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	held := 0
	for round := 0; ; round++ {
		held = watchHeld(ctx, s, log, held)
		if err := s.CloseOutages(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "the end of outages could not be recorded; the next round tries again", "error", err)
		}
		warnOfExpiry(ctx, s, log)
		count(ctx, s, log)
		if round%resyncRounds == 0 {
			followResyncs(ctx, s, log)
		}
		if round%purgeRounds == 0 {
			purge(ctx, s, log)
			refreshMetadata(ctx, s, metadata, log)
			watchDomains(ctx, s, resolver, log)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// freshenEvery is how often a server looks whether the database's planner should learn that a directory has grown: in a
// first synchronization that is within seconds.
const freshenEvery = 2 * time.Second

// freshen keeps the planner's statistics fresh until ctx ends.
func freshen(ctx context.Context, s *store.Store, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	fault := ""
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		err := s.FreshenStatistics(ctx)
		if err == nil || ctx.Err() != nil {
			fault = ""
			continue
		}
		if err.Error() != fault { // once, not each time
			fault = err.Error()
			log.WarnContext(ctx, "the database's statistics could not be freshened; look-ups are slow in a large new directory until it does so by itself", "error", err)
		}
	}
}

// watchHeld lets pushes take effect on people whom a brake has held long enough, and warns of more held people than before.
func watchHeld(ctx context.Context, s *store.Store, log *slog.Logger, before int) int {
	err := s.ApplyDue(ctx)
	n := before
	if err == nil {
		n, err = s.CountHeld(ctx)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		log.WarnContext(ctx, "people held by a brake could not be looked after; the next round tries again", "error", err)
	case n > before:
		log.WarnContext(ctx, "a brake holds people whom a push has switched off or deleted; doorlist brake show tells whom", "people", n)
	}
	return n
}

// warnOfExpiry says in the log which credentials of connections come near their end: from then on nobody could sign in.
func warnOfExpiry(ctx context.Context, s *store.Store, log *slog.Logger) {
	given, err := s.WarnOfExpiry(ctx)
	if err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "the ends of client credentials could not be looked at; the next round tries again", "error", err)
	}
	for _, w := range given {
		said := "a connection's credential at its provider expires soon: add another with doorlist connection credential add"
		if w.Days == 0 {
			said = "a connection's credential at its provider has expired"
		}
		log.WarnContext(ctx, said, "connection_id", w.Credential.ConnectionID, "credential_id", w.Credential.ID, "kind", w.Credential.Kind,
			"expires_at", w.Credential.ExpiresAt, "days", w.Days)
	}
}

// count brings up to date what the console shows of whole hours and of whole directories.
func count(ctx context.Context, s *store.Store, log *slog.Logger) {
	if err := s.TallyDecisions(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "sign-ins could not be counted; the next round tries again", "error", err)
	}
	if err := s.CountPeople(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "people could not be counted; the next round tries again", "error", err)
	}
}

func purge(ctx context.Context, s *store.Store, log *slog.Logger) {
	n, err := s.PurgeSessions(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		log.WarnContext(ctx, "old sessions could not be forgotten; the next try is in an hour", "error", err)
	case n > 0:
		log.InfoContext(ctx, "forgot old sessions", "sessions", n)
	}
	if err := s.PurgeProposals(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "proposals that are over could not be forgotten; the next try is in an hour", "error", err)
	}
	if _, err := s.PurgeLockouts(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "old lock-outs could not be forgotten; the next try is in an hour", "error", err)
	}
	if err := s.PurgeSAML(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "used assertions could not be forgotten; the next try is in an hour", "error", err)
	}
	if err := s.PurgeRequests(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "old requests of providers could not be forgotten; the next try is in an hour", "error", err)
	}
}

// refreshMetadata looks every hour which providers' metadata is a day old.
func refreshMetadata(ctx context.Context, s *store.Store, metadata *auth.MetadataFetcher, log *slog.Logger) {
	if metadata == nil {
		return
	}
	if err := metadata.RefreshSAML(ctx, s, log); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "providers' metadata could not be looked at; the next try is in an hour", "error", err)
	}
}

// watchDomains looks every hour which domains' records were last looked for a day ago.
func watchDomains(ctx context.Context, s *store.Store, resolver *net.Resolver, log *slog.Logger) {
	if err := auth.WatchDomains(ctx, s, resolver, log); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "domains' records could not be looked for; the next try is in an hour", "error", err)
	}
}
