package auth

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"doorlist/store"
)

// proofFresh is how old the last look for the record of a domain may become.
const proofFresh = 24 * time.Hour

// WatchDomains looks again for the records of domains that DNS has proved: whoever gets hold of a domain later must not inherit what
// its owner before has proved. Each is looked for daily, by one of the servers. A zone that gives no answer says nothing.
func WatchDomains(ctx context.Context, s *store.Store, resolver *net.Resolver, log *slog.Logger) error {
	list, err := s.DueDomainProofs(ctx, s.Now().Add(-proofFresh))
	if err != nil {
		return err
	}
	var faults []error
	for _, due := range list {
		mine, err := s.ClaimDomainCheck(ctx, due)
		if err == nil && mine {
			err = lookAgain(ctx, s, resolver, log, due)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

func lookAgain(ctx context.Context, s *store.Store, resolver *net.Resolver, log *slog.Logger, due store.DomainProof) error {
	err := Published(ctx, resolver, due.DomainChallenge)
	unproved, ok := errors.AsType[*UnprovedError](err)
	switch {
	case err != nil && !ok:
		return err
	case ok && !unproved.Absent:
		log.WarnContext(ctx, "DNS gave no answer about the record of a proved domain; it stays proved, and is looked for again tomorrow",
			"domain", due.Domain, "connection", due.Slug, "error", unproved.cause)
		return nil
	}
	now, lost, err := s.NoteDomainCheck(ctx, due, err == nil)
	switch {
	case errors.Is(err, store.ErrNotFound): // an administrator has taken the domain away meanwhile
		return nil
	case err != nil:
		return err
	case lost:
		log.ErrorContext(ctx, "a domain is lost, because its record has been missing for days: its addresses lead nobody to the connection any more",
			"domain", due.Domain, "connection", due.Slug, "record", due.RecordName())
	case !now.MissingAt.IsZero():
		log.WarnContext(ctx, "the record of a proved domain is missing: publish it again, or the domain is lost",
			"domain", due.Domain, "connection", due.Slug, "record", due.RecordName(), "lost_at", now.MissingAt.Add(store.DomainStays))
	}
	return nil
}
