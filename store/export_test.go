package store

import "context"

// Rows reads what no method of the API tells: whole tables, the catalog, raw columns. Each row maps column to value.
func Rows(ctx context.Context, s *Store, sql string, args ...any) ([]map[string]any, error) {
	return s.read.maps(ctx, sql, args)
}

// RowsIn is Rows inside a change.
func RowsIn(tx *Tx, sql string, args ...any) ([]map[string]any, error) {
	return tx.conn.maps(tx.ctx, sql, args)
}

// Execute runs a statement of a change that notes no event.
func Execute(tx *Tx, sql string, args ...any) error {
	_, err := tx.do(sql, args...)
	return err
}

// DatabaseOf is the name of the store's database: "sqlite" or "postgres".
func DatabaseOf(s *Store) string { return s.dialect.name }

func (c conn) maps(ctx context.Context, sql string, args []any) ([]map[string]any, error) {
	rows, err := c.db.WithContext(ctx).Raw(sql, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []map[string]any
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		row := make(map[string]any, len(columns))
		for i, name := range columns {
			row[name] = values[i]
		}
		list = append(list, row)
	}
	return list, rows.Err()
}
