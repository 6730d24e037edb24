package store

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// SchemaError says that this program does not work on the database's schema: it is older, or so new that older programs are shut out.
type SchemaError struct {
	Have, Want int64 // the schema's version, and the one that this program knows
	Oldest     int64 // that a program must know to work on a schema which is newer than it
}

func (e *SchemaError) Error() string {
	if e.Have < e.Want {
		return fmt.Sprintf("the schema is at version %d and this program needs %d: run \"doorlist migrate up\"", e.Have, e.Want)
	}
	return fmt.Sprintf("the schema is at version %d, on which programs work that know %d or later, and this one knows %d: start the newer version of doorlist, or restore the backup from before it",
		e.Have, e.Oldest, e.Want)
}

// Ready says whether the database answers and has a schema that this program works on: its own, or a newer one that leaves older programs
// working, because a newer server may be the first of several. *SchemaError if not.
func (s *Store) Ready(ctx context.Context) error {
	have, want, err := s.Schema(ctx)
	if err != nil || have == want {
		return err
	}
	unfit := &SchemaError{Have: have, Want: want}
	if have < want {
		return unfit
	}
	if err := s.read.row(ctx, "SELECT oldest FROM schema_floor", nil, &unfit.Oldest); err != nil || unfit.Oldest <= want {
		return err
	}
	return unfit
}

// demandKnownSchema refuses what only a program can do that knows every table: on a newer schema it would leave something out. What is for
// the sentence, as in "remove the organization".
func (c conn) demandKnownSchema(ctx context.Context, what string) error {
	have, err := c.schemaVersion(ctx)
	if err == nil && have > c.d.newestSchema() {
		err = &RefusedError{fmt.Sprintf("the database has schema %d and this version knows %d: %s with the newer version, which knows all that there is", have, c.d.newestSchema(), what)}
	}
	return err
}

// newestSchema is the version that this program's migrations lead to.
func (d *dialect) newestSchema() int64 {
	files, err := fs.ReadDir(migrations, "migrations/"+d.name)
	if err != nil {
		panic(err) // they are part of the program
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(err)
	}
	return version
}
