package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"doorlist/store"
)

// metadataFresh is how old a provider's metadata may become.
const metadataFresh = 24 * time.Hour

// errOtherEntity keeps a document at the known address from making another provider the one that is trusted.
var errOtherEntity = errors.New("the metadata is another provider's now; if that is meant, give it anew: doorlist connection set CONNECTION --metadata URL")

// RefreshSAML reads the metadata again that is a day old, and warns of certificates that end soon. Several servers may do it at
// once: each connection is looked at by one of them. What was last good stays where there is nothing better.
func (f *MetadataFetcher) RefreshSAML(ctx context.Context, s *store.Store, log *slog.Logger) error {
	list, err := s.DueSAML(ctx, s.Now().Add(-metadataFresh))
	if err != nil {
		return err
	}
	var faults []error
	for _, due := range list {
		mine, err := s.ClaimSAMLCheck(ctx, due)
		if err != nil || !mine {
			faults = append(faults, err)
			continue
		}
		faults = append(faults, f.refresh(ctx, s, log, due))
	}
	return errors.Join(faults...)
}

func (f *MetadataFetcher) refresh(ctx context.Context, s *store.Store, log *slog.Logger, due store.SAMLCheck) error {
	slug := due.Connection.Slug
	if due.Settings.MetadataURL != "" {
		m, err := f.Fetch(ctx, due.Settings.MetadataURL, s.Now())
		if err == nil && m.Provider.EntityID != due.Settings.Provider.EntityID {
			err = errOtherEntity
		}
		if err != nil {
			return noteFault(ctx, s, log, due, err)
		}
		actor := store.Actor{Kind: store.System, ID: "metadata refresh", Name: "the daily refresh of metadata"}
		err = s.RefreshSAML(ctx, actor, due, m)
		if invalid := new(store.InvalidError); errors.As(err, &invalid) {
			return noteFault(ctx, s, log, due, fmt.Errorf("the %s %s", invalid.Field, invalid.Message))
		}
		if err != nil && !errors.Is(err, store.ErrVersion) {
			return fmt.Errorf("keeping the metadata of %s: %w", slug, err)
		}
		due.Settings.Provider = m.Provider
	}
	warnOfEnd(ctx, log, slug, due.Settings.Provider, s.Now())
	return nil
}

func noteFault(ctx context.Context, s *store.Store, log *slog.Logger, due store.SAMLCheck, fault error) error {
	log.WarnContext(ctx, "a provider's metadata could not be refreshed; what was last good is used on", "connection", due.Connection.Slug, "error", fault)
	return s.NoteSAMLFault(ctx, due.Connection, fault.Error())
}

// How many days before the last certificate's end the log begins to warn, and to warn louder. Entra mails at 60, 30 and 7, to whoever
// was named when the certificate was made.
const (
	warnBefore = 60
	urgeBefore = 7
)

func warnOfEnd(ctx context.Context, log *slog.Logger, slug string, p store.SAMLProvider, now time.Time) {
	left, ok := CertificateDays(p, now)
	if !ok || left > warnBefore {
		return
	}
	level := slog.LevelWarn
	if left <= urgeBefore {
		level = slog.LevelError
	}
	log.Log(ctx, level, "the provider's last signing certificate ends soon, or has ended: make a new one there before the provider stops signing with it",
		"connection", slug, "days", left)
}

// CertificateDays is in how many days the provider's last certificate ends, negative if it has; false where there is none.
func CertificateDays(p store.SAMLProvider, now time.Time) (int, bool) {
	ends := CertificateEnds(p)
	if len(ends) == 0 {
		return 0, false
	}
	left := ends[0].Sub(now)
	if left < 0 {
		return -1 - int(-left/(24*time.Hour)), true
	}
	return int(left / (24 * time.Hour)), true
}
