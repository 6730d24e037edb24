package store

import (
	"context"
	"time"
)

// expiryWarnings are how many days before a credential's end is warned of it; 0 says that it is over.
var expiryWarnings = []int64{0, 1, 7, 30, 60}

// ExpiryWarning tells that a client credential ends soon, or has ended.
type ExpiryWarning struct {
	Credential ProviderCredential
	Days       int64 // what is left at most; 0: nothing
}

// WarnOfExpiry puts on record which client credentials come near their end, once for each step of 60, 30, 7, 1 and 0
// days however many servers do it, and returns what it put there.
func (s *Store) WarnOfExpiry(ctx context.Context) ([]ExpiryWarning, error) {
	due, err := s.read.dueWarnings(ctx, s.Now())
	if err != nil || len(due) == 0 {
		return nil, err
	}
	var given []ExpiryWarning
	err = s.Write(ctx, Actor{Kind: System}, func(tx *Tx) error {
		given = nil
		for _, w := range due {
			c := w.Credential
			n, err := tx.do("UPDATE provider_credentials SET warned_days = ? WHERE organization_id = ? AND connection_id = ? AND id = ? AND warned_days > ?",
				w.Days, c.OrganizationID, c.ConnectionID, c.ID, w.Days)
			if err != nil {
				return err
			}
			if n == 0 {
				continue // another server was faster
			}
			told := c.told()
			told["days"] = w.Days
			tx.note(c.OrganizationID, "", "connection.credential_expires", c.ConnectionID, told)
			given = append(given, w)
		}
		return nil
	})
	return given, err
}

func (c conn) dueWarnings(ctx context.Context, now time.Time) ([]ExpiryWarning, error) {
	var due []ExpiryWarning
	for _, days := range expiryWarnings {
		// From this step's time until the next one's.
		list, err := c.providerCredentials(ctx, " WHERE expires_at > 0 AND expires_at <= ? AND warned_days > ?", micros(now.Add(time.Duration(days)*day)), days)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if !listed(due, m.ID) {
				due = append(due, ExpiryWarning{m, days})
			}
		}
	}
	return due, nil
}

func listed(due []ExpiryWarning, id string) bool {
	for _, w := range due {
		if w.Credential.ID == id {
			return true
		}
	}
	return false
}
