package auth

import (
	"context"
	"errors"

	"doorlist/store"
)

// SendAll sends what is due and returns.
func SendAll(ctx context.Context, m *Mailer) error {
	for {
		if err := m.sendOne(ctx); errors.Is(err, store.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
