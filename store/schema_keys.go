package store

import "strings"

// schemaTables are the tables of the resource types that a schema can be for.
var schemaTables = map[string]string{"User": "users", "Group": "groups"}

// keysBatch is how many resources are held in memory while comparison documents are made anew.
const keysBatch = 500

// nilID comes before every id.
const nilID = "00000000-0000-0000-0000-000000000000"

// RenewKeys makes the comparison documents of the organization's resources anew that have values of a schema: those that an
// older version of the server wrote lack what a declared attribute is compared by. It is no change of a resource, so
// versions stay and there is no event.
func (o *OrganizationTx) RenewKeys(s Schema, keys func(document string) (string, error)) error {
	table, known := schemaTables[s.ResourceType]
	if !known || !validID(o.id) {
		return ErrNotFound
	}
	var directories []string
	err := o.tx.rows(o.tx.ctx, "SELECT id FROM directories WHERE organization_id = ? ORDER BY id", []any{o.id}, func(scan scanner) error {
		var id string
		err := scan(&id)
		directories = append(directories, id)
		return err
	})
	for _, id := range directories {
		if err != nil {
			return err
		}
		err = o.renewKeysIn(table, id, `"`+strings.ToLower(s.URN)+`":`, keys)
	}
	return err
}

type keysRow struct {
	id, document, keys string
	version            int64
}

// renewKeysIn goes through the resources of one directory whose comparison document has the mark in it.
func (o *OrganizationTx) renewKeysIn(table, directoryID, mark string, keys func(document string) (string, error)) error {
	for after := nilID; ; {
		rows, err := o.keysRows(table, directoryID, mark, after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			after = row.id
			if err := o.renewKeysOf(table, directoryID, row, keys); err != nil {
				return err
			}
		}
		if len(rows) < keysBatch {
			return nil
		}
	}
}

func (o *OrganizationTx) keysRows(table, directoryID, mark, after string) (list []keysRow, err error) {
	err = o.tx.rows(o.tx.ctx, "SELECT id, document, keys, version FROM "+table+" WHERE directory_id = ? AND id > ? AND "+o.tx.d.position("keys")+
		" > 0 ORDER BY id LIMIT ?", []any{directoryID, after, mark, keysBatch}, func(scan scanner) error {
		var r keysRow
		err := scan(&r.id, &r.document, &r.keys, &r.version)
		list = append(list, r)
		return err
	})
	return list, err
}

func (o *OrganizationTx) renewKeysOf(table, directoryID string, row keysRow, keys func(document string) (string, error)) error {
	renewed, err := keys(row.document)
	if err != nil || renewed == row.keys {
		return err
	}
	// At another version somebody has just written the resource, and its comparison document with it.
	_, err = o.tx.exec(o.tx.ctx, "UPDATE "+table+" SET keys = ? WHERE directory_id = ? AND id = ? AND version = ?",
		renewed, directoryID, row.id, row.version)
	return err
}
