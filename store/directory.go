package store

import "context"

// DirectoryKey names a directory. Take it whole from a Connection, Credential or Organization: the two ids belong together.
type DirectoryKey struct{ OrganizationID, DirectoryID string }

// Directory reads one directory. It sees nothing of any other: another directory's id is as unknown as a random one.
type Directory struct {
	conn
	key DirectoryKey
}

// Directory opens a directory for reading. An unknown key gives an empty one.
func (s *Store) Directory(key DirectoryKey) *Directory { return &Directory{s.read, key} }

func (d *Directory) valid() bool { return validID(d.key.DirectoryID) && validID(d.key.OrganizationID) }

// DirectoryTx changes one directory.
type DirectoryTx struct {
	tx  *Tx
	key DirectoryKey
}

// Directory opens a directory for changing.
func (tx *Tx) Directory(key DirectoryKey) *DirectoryTx { return &DirectoryTx{tx, key} }

// read reads the directory inside the transaction.
func (d *DirectoryTx) read() *Directory { return &Directory{d.tx.conn, d.key} }

func (d *DirectoryTx) note(action, subjectID string, more detail) {
	d.tx.note(d.key.OrganizationID, d.key.DirectoryID, action, subjectID, more)
}

// Query selects a page of users or groups.
type Query struct {
	Where  Where // nil: everything
	Offset int   // how many to pass over
	Limit  int   // 0: count only
}

// UserPage is a page of users and how many match in all.
type UserPage struct {
	Total int
	Users []User
}

// GroupPage is a page of groups and how many match in all.
type GroupPage struct {
	Total  int
	Groups []Group
}

// page runs a query over a table and returns how many rows match in all. The order is that of the ids: of creation.
func (d *Directory) page(ctx context.Context, t *table, columns string, q Query, each func(scan scanner) error) (int, error) {
	if !d.valid() {
		return 0, nil
	}
	where := sqlWhere{d: d.d, table: t, directoryID: d.key.DirectoryID}
	condition := t.alias + ".directory_id = ?" + where.and(q.Where)
	args := append([]any{d.key.DirectoryID}, where.args...)
	from := " FROM " + t.name + " " + t.alias + " WHERE " + condition
	found := 0
	if q.Limit > 0 {
		err := d.rows(ctx, "SELECT "+columns+from+" ORDER BY "+t.alias+".id LIMIT ? OFFSET ?",
			append(args[:len(args):len(args)], q.Limit, q.Offset), func(scan scanner) error { found++; return each(scan) })
		if err != nil {
			return 0, err
		}
		// The last page tells the total itself, and so does the first if it is not full: no count.
		if found < q.Limit && (found > 0 || q.Offset == 0) {
			return q.Offset + found, nil
		}
	}
	total := 0
	err := d.row(ctx, "SELECT count(*)"+from, args, &total)
	return total, err
}
