package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
)

// writeRequests keeps requests, the earliest first, and counts them by the hour and by the cycle. Those of a connection that is gone are
// passed over.
func (s *Store) writeRequests(ctx context.Context, batch []*SCIMRequest) error {
	return s.writer.write(ctx, func(c conn) error {
		ctx := s.statementContext(ctx)
		known, err := c.knownRequests(ctx, batch)
		if err != nil || len(known) == 0 {
			return err
		}
		rows, texts := make([][]any, 0, len(known)), make([][]any, 0, len(known))
		for _, r := range known {
			rows = append(rows, r.row())
			if text := r.textRow(); text != nil {
				texts = append(texts, text)
			}
		}
		if err := c.insertRows(ctx, "scim_requests", requestColumns, rows, ""); err != nil {
			return err
		}
		if err := c.insertRows(ctx, "scim_request_texts", requestTextColumns, texts, ""); err != nil {
			return err
		}
		if err := c.countHours(ctx, known); err != nil {
			return err
		}
		return c.countCycles(ctx, known, s.newID)
	})
}

// knownRequests are the requests whose connection is there, and is kept from being removed until the end.
func (c conn) knownRequests(ctx context.Context, batch []*SCIMRequest) ([]*SCIMRequest, error) {
	there := map[connectionKey]bool{}
	for _, r := range batch {
		there[connectionKey{r.OrganizationID, r.ConnectionID}] = false
	}
	for _, key := range sortedKeys(there) { // in order, so that two batches never wait for each other
		var one int
		err := c.row(ctx, "SELECT 1 FROM connections c WHERE c.organization_id = ? AND c.id = ?"+c.d.forShare, []any{key.organizationID, key.connectionID}, &one)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		there[key] = err == nil
	}
	return slices.DeleteFunc(slices.Clone(batch), func(r *SCIMRequest) bool { return !there[connectionKey{r.OrganizationID, r.ConnectionID}] }), nil
}

func sortedKeys[V any](m map[connectionKey]V) []connectionKey {
	return slices.SortedFunc(maps.Keys(m), func(a, b connectionKey) int {
		return cmp.Or(cmp.Compare(a.organizationID, b.organizationID), cmp.Compare(a.connectionID, b.connectionID))
	})
}
