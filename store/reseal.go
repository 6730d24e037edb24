package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// sealedColumn is a column of sealed values.
type sealedColumn struct {
	table, column string
	keys          []string               // the table's primary key
	organization  string                 // SQL for the row's organization
	id            string                 // the column that the place is made of
	place         func(id string) string // see sealer.seal
}

// sealedColumns are all of them: a column that is missing here would be lost with the key that sealed it.
var sealedColumns = []sealedColumn{
	{"provider_credentials", "sealed", []string{"organization_id", "connection_id", "id"}, "organization_id", "id", credentialPlace},
	{"connections", "client_secret", []string{"organization_id", "id"}, "organization_id", "id", credentialPlace},
	{"audit_keys", "seed", []string{"organization_id"}, "organization_id", "organization_id", auditKeyPlace},
	{"saml_settings", "private_key", []string{"organization_id", "connection_id"}, "organization_id", "connection_id", keyPlace},
	{"proposals", "form", []string{"organization_id", "id"}, "organization_id", "id", proposalPlace},
	{"outbox", "body", []string{"organization_id", "id"}, "organization_id", "id", mailPlace},
	{"challenges", "enrolls", []string{"organization_id", "secret_hash"}, "organization_id", "user_id", challengePlace},
	{"second_factors", "secret", []string{"directory_id", "user_id"}, "(SELECT d.organization_id FROM directories d WHERE d.id = directory_id)", "user_id", secondFactorPlace},
}

// resealBatch bounds the rows of one change.
const resealBatch = 500

// sealedRow is a value and where it is.
type sealedRow struct {
	keys             []any
	organization, id string
	sealed           []byte
}

// UnreadableError tells of sealed values that neither master key opens.
type UnreadableError struct{ Values int }

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("%d sealed secrets open neither with the master key nor with the previous one, and were left as they are", e.Values)
}

// Reseal seals with the master key what the previous one sealed, and returns how many values that were. It works in
// batches: after an interruption it goes on where it was when it is called again. Servers may run meanwhile, if all have
// both keys. An *UnreadableError tells of values that it had to leave, once everything else is done.
func (s *Store) Reseal(ctx context.Context, actor Actor) (int, error) {
	if s.sealer.aead == nil || s.sealer.previous == nil {
		return 0, &InvalidError{"master-key-previous", "is missing: sealing anew needs the new and the previous master key"}
	}
	if err := s.read.demandKnownSchema(ctx, "seal anew"); err != nil {
		return 0, err
	}
	total := 0
	for {
		changed, unreadable := 0, 0
		for _, column := range sealedColumns {
			n, bad, err := s.resealColumn(ctx, actor, column)
			if changed, unreadable = changed+n, unreadable+bad; err != nil {
				return total + changed, err
			}
		}
		total += changed
		if changed > 0 {
			continue // a server may have sealed more behind us
		}
		if unreadable > 0 {
			return total, &UnreadableError{unreadable}
		}
		return total, nil
	}
}

func (s *Store) resealColumn(ctx context.Context, actor Actor, c sealedColumn) (changed, unreadable int, err error) {
	var after []any
	for {
		page, err := s.read.sealedRows(ctx, c, after)
		if err != nil || len(page) == 0 {
			return changed, unreadable, err
		}
		after = page[len(page)-1].keys
		fresh, bad, err := s.sealAnew(c, page)
		if err != nil {
			return changed, unreadable, err
		}
		unreadable += bad
		n, err := s.replaceSealed(ctx, actor, c, page, fresh)
		changed += n
		if err != nil {
			return changed, unreadable, err
		}
	}
}

// sealedRows reads the rows behind a key in the key's order.
func (c conn) sealedRows(ctx context.Context, column sealedColumn, after []any) ([]sealedRow, error) {
	keys := strings.Join(column.keys, ", ")
	behind, args := "", after
	if len(after) > 0 {
		behind = " AND (" + keys + ") > " + valueRows(1, len(after))
	}
	var page []sealedRow
	err := c.rows(ctx, "SELECT "+keys+", "+column.organization+", "+column.id+", "+column.column+" FROM "+column.table+
		" WHERE length("+column.column+") > 0"+behind+" ORDER BY "+keys+" LIMIT ?", append(args[:len(args):len(args)], resealBatch), func(scan scanner) error {
		row := sealedRow{keys: make([]any, len(column.keys))}
		var dest []any
		for i := range row.keys {
			dest = append(dest, &row.keys[i])
		}
		err := scan(append(dest, &row.organization, &row.id, &row.sealed)...)
		page = append(page, row)
		return err
	})
	return page, err
}

// CountSealed tells how many sealed values there are, and how many of them no master key opens that was given.
func (s *Store) CountSealed(ctx context.Context) (all, unreadable int, err error) {
	present, err := s.read.tables(ctx) // of an older schema, perhaps
	for _, column := range sealedColumns {
		if err == nil && slices.Contains(present, column.table) {
			err = s.eachSealed(ctx, column, func(row sealedRow) {
				all++
				if _, err := s.sealer.open(row.sealed, column.place(row.id)); err != nil {
					unreadable++
				}
			})
		}
	}
	return all, unreadable, err
}

func (s *Store) eachSealed(ctx context.Context, c sealedColumn, each func(row sealedRow)) error {
	var after []any
	for {
		page, err := s.read.sealedRows(ctx, c, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].keys
		for _, row := range page {
			each(row)
		}
	}
}

// sealAnew returns the new values by the index of their row, and how many neither key opens.
func (s *Store) sealAnew(c sealedColumn, page []sealedRow) (fresh map[int][]byte, unreadable int, err error) {
	fresh = map[int][]byte{}
	for i, row := range page {
		place := c.place(row.id)
		if _, err := openWith(s.sealer.aead, row.sealed, place); err == nil {
			continue
		}
		secret, err := openWith(s.sealer.previous, row.sealed, place)
		if errors.Is(err, ErrSealed) {
			unreadable++
			continue
		}
		if fresh[i], err = s.sealer.seal(secret, place); err != nil {
			return nil, 0, err
		}
	}
	return fresh, unreadable, nil
}

// replaceSealed puts new values where the old ones still are.
func (s *Store) replaceSealed(ctx context.Context, actor Actor, c sealedColumn, page []sealedRow, fresh map[int][]byte) (changed int, err error) {
	if len(fresh) == 0 {
		return 0, nil
	}
	statement := "UPDATE " + c.table + " SET " + c.column + " = ? WHERE (" + strings.Join(c.keys, ", ") + ") = " + valueRows(1, len(c.keys)) + " AND " + c.column + " = ?"
	err = s.Write(ctx, actor, func(tx *Tx) error {
		changed = 0
		counts := map[string]int{}
		for i, sealed := range fresh {
			row := page[i]
			n, err := tx.exec(tx.ctx, statement, append(append([]any{sealed}, row.keys...), row.sealed)...)
			if err != nil {
				return err
			}
			changed += int(n)
			if n > 0 && row.organization != originID { // which has no trail; each organization's tells of that organization's own key
				tx.changed = true
				counts[row.organization]++
			}
		}
		for organization, n := range counts {
			tx.note(organization, "", "organization.secrets_resealed", organization, detail{"table": c.table, "secrets": n})
		}
		return nil
	})
	return changed, err
}
