package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// verdicts are what a finding is called by those who decide about an upgrade.
var verdicts = map[string]string{isOK: "PASS", isWarning: "WARN", isFault: "FAIL"}

func (p *program) upgradeCheckCommand() *cobra.Command {
	c := p.addJSON(&cobra.Command{
		Use: "upgrade-check", Short: "Say whether this version can take the database over; the exit code is 1 if not", Args: cobra.NoArgs,
		Long: `Run it with the new program and the server's settings, before the upgrade and while the old version still serves. It says what a migration will do, and whether the
database is such that nothing can be lost. Nothing is changed.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.checkUpgrade(c.Context()) },
	})
	p.config.addServeFlags(c.Flags())
	return c
}

// checkUpgrade examines what an upgrade relies on.
func (p *program) checkUpgrade(ctx context.Context) error {
	d := &doctor{program: p}
	d.say(isOK, "settings", "this version knows all of them", "") // it would not have come so far
	if err := p.requireDatabaseFile(); err != nil {
		d.say(isFault, "database", err.Error(), "check --database")
	} else if s, err := p.openStore(ctx); err != nil {
		d.say(isFault, "database", sentence(err), "check --database and --master-key, and that the database is running")
	} else {
		err := d.upgrade(ctx, s)
		if err := errors.Join(err, s.Close()); err != nil {
			d.say(isFault, "database", sentence(err), "the database must answer, and its user be able to read everything")
		}
	}
	for i, f := range d.findings {
		d.findings[i].State = verdicts[f.State]
	}
	return p.printFindings(d.findings)
}

// requireDatabaseFile keeps a check from making a database.
func (p *program) requireDatabaseFile() error {
	path, ok := p.config.sqlitePath()
	if !ok {
		return nil
	}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", path)
	}
	return err
}

func (d *doctor) upgrade(ctx context.Context, s *store.Store) error {
	if err := d.upgradeDatabase(ctx, s); err != nil {
		return err
	}
	have, want, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	planned, err := s.Upgrade(ctx)
	if err != nil {
		return err
	}
	if unfit, ok := errors.AsType[*store.SchemaError](s.Ready(ctx)); ok && have > want {
		d.say(isFault, "schema", sentence(unfit), "use a version that knows this schema")
		return nil
	}
	d.upgradeSchema(have, want, planned)
	if path, ok := d.program.config.sqlitePath(); ok {
		d.upgradeDisk(path)
	}
	if have == 0 {
		return nil
	}
	return errors.Join(d.upgradeSecrets(ctx, s), d.upgradeTrail(ctx, s))
}

func (d *doctor) upgradeDatabase(ctx context.Context, s *store.Store) error {
	found, err := s.Check(ctx)
	if err != nil {
		return err
	}
	if found.TooOld {
		d.say(isFault, "database", found.Version+" is too old", "upgrade PostgreSQL to 13 or later first")
	} else {
		d.say(isOK, "database", found.Version, "")
	}
	for _, volatile := range found.Volatile {
		d.say(isFault, "durability", volatile+": a power cut can lose changes that were acknowledged, and half of a migration", "switch it on in postgresql.conf")
	}
	if len(found.Volatile) == 0 {
		d.say(isOK, "durability", "what is acknowledged is on the disk", "")
	}
	return nil
}

// manyRows is from how many rows on a migration should wait for a quiet hour.
const manyRows = 1_000_000

func (d *doctor) upgradeSchema(have, want int64, planned store.Upgrade) {
	if len(planned.Skipped) > 0 {
		d.say(isFault, "schema", fmt.Sprintf("the migrations %v were never run, though later ones were", planned.Skipped),
			"restore a backup, or ask for help: somebody has changed goose_db_version, or a development version was here")
		return
	}
	shut := slices.IndexFunc(planned.Pending, func(m store.PendingMigration) bool { return m.Oldest > have })
	switch {
	case have > want:
		d.say(isWarning, "schema", fmt.Sprintf("it is %d, newer than this version's %d: this is an older version, which can serve beside the newer one", have, want), "upgrade to a version that is not older")
	case have > 0 && shut >= 0:
		d.say(isWarning, "schema", fmt.Sprintf("%d steps lead from %d to %d, and %s shuts out the servers that run now: only those that know schema %d or later work behind it",
			len(planned.Pending), have, want, planned.Pending[shut].Name, planned.Pending[shut].Oldest), "upgrade to a version in between first; or stop all servers, and keep the backup, without which there is no way back")
	case have == 0:
		d.say(isOK, "schema", "the database is empty, and the first start fills it", "")
	case len(planned.Pending) == 0:
		d.say(isOK, "schema", fmt.Sprintf("it is this version's (%d)", have), "")
	default:
		d.say(isOK, "schema", fmt.Sprintf("%d steps lead from %d to %d; servers of the version before go on meanwhile and afterwards", len(planned.Pending), have, want), "")
	}
	for _, m := range planned.Pending {
		d.migration(m)
	}
}

func (d *doctor) migration(m store.PendingMigration) {
	if len(m.Work) == 0 {
		d.say(isOK, "migration "+m.Name, "it touches nothing in which there is something", "")
		return
	}
	state := isOK
	var texts []string
	for _, w := range m.Work {
		if texts = append(texts, w.String()); w.What != "alter" && w.Rows >= manyRows {
			state = isWarning
		}
	}
	d.say(state, "migration "+m.Name, strings.Join(texts, "; "), "choose a quiet hour, run `doorlist migrate up` apart, and restart the servers afterwards")
}

// upgradeDisk: a migration of SQLite may write a table anew, beside the file and into its write-ahead log.
func (d *doctor) upgradeDisk(path string) {
	info, err := os.Stat(path)
	if err != nil {
		d.say(isFault, "disk", err.Error(), "check --database")
		return
	}
	free, err := freeSpace(path)
	switch {
	case err != nil:
		d.say(isWarning, "disk", "how much is free cannot be told here: "+err.Error(), "see that there is room for the database twice more")
	case free < 2*uint64(info.Size()):
		d.say(isFault, "disk", fmt.Sprintf("%d MB are free beside a database of %d MB", free>>20, info.Size()>>20), "make room for the database twice more")
	default:
		d.say(isOK, "disk", fmt.Sprintf("%d MB are free beside a database of %d MB", free>>20, info.Size()>>20), "")
	}
}

func (d *doctor) upgradeSecrets(ctx context.Context, s *store.Store) error {
	if err := s.CheckMasterKey(ctx); errors.Is(err, store.ErrSealed) {
		d.say(isFault, "master key", sentence(err), "give the --master-key with which this database was set up")
		return nil
	}
	all, unreadable, err := s.CountSealed(ctx)
	if err != nil {
		return err
	}
	if unreadable > 0 {
		d.say(isFault, "master key", fmt.Sprintf("it does not open %d of %d sealed secrets", unreadable, all), "give the key from before as --master-key-previous too, and run `doorlist masterkey rotate` to its end")
		return nil
	}
	d.say(isOK, "master key", fmt.Sprintf("it opens all %d sealed secrets", all), "")
	return nil
}

func (d *doctor) upgradeTrail(ctx context.Context, s *store.Store) error {
	all, err := trails(ctx, s)
	if err != nil {
		return err
	}
	broken := 0
	for _, organization := range all {
		r, err := s.VerifyAudit(ctx, organization, nil, nil)
		if err != nil {
			return err
		}
		if !r.Sound() {
			broken++
			d.say(isFault, "trail of "+organization, r.Fault.Message, "find out who changed the database; `doorlist audit verify` says more")
		}
	}
	if broken == 0 {
		d.say(isOK, "trail", fmt.Sprintf("the audit trails of %d organizations are sound", len(all)), "")
	}
	return nil
}
