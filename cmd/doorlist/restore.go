package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// restoredView is what a restore did.
type restoredView struct {
	backupView
	Sessions   int64               `json:"sessions_ended"`
	Unreadable int                 `json:"unreadable_secrets"`
	Broken     []store.AuditReport `json:"broken_trails,omitempty"`
}

func (p *program) restoreCommand() *cobra.Command {
	var check, accept bool
	c := p.addJSON(&cobra.Command{
		Use: "restore FILE", Short: "Fill an empty database with a copy that `backup` made; all sessions end", Args: cobra.ExactArgs(1),
		Long: `Fill an empty database with a copy that "doorlist backup" made; "-" is the standard input. The copy may come from the other kind of database,
and from an older version. All of it is restored or nothing. Stop the servers first, and give the master key that the copy was made with.

Everybody is signed out, and one-time links, devices that waited and mail that was not sent are void. The audit trail is verified, and the restore stands in it. Who left or
lost a role since the copy was made has it again until the provider is made to push everything anew: see docs/backup.md.`,
		RunE: func(c *cobra.Command, args []string) error {
			if check {
				return p.checkBackup(args[0])
			}
			return p.restore(c.Context(), args[0], store.RestoreOptions{AcceptBrokenTrail: accept, Progress: p.progress()})
		},
	})
	c.Flags().BoolVar(&check, "check", false, "only read the file to its end and say whether it is whole; no database is touched")
	c.Flags().BoolVar(&accept, "accept-broken-trail", false, "restore a copy whose audit trail was broken when it was made")
	return c
}

// openBackup opens the file of a backup, or the standard input.
func (p *program) openBackup(path string) (io.ReadCloser, error) {
	if path == standardStream {
		return io.NopCloser(p.stdin), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the backup: %w", err)
	}
	return f, nil
}

// checkBackup says whether a backup is whole.
func (p *program) checkBackup(path string) error {
	info, err := p.readBackup(path)
	if err != nil {
		return err
	}
	return p.print(viewBackup(path, info), "The copy is whole: %d rows of schema %d from %s, as of %s.", info.Rows, info.Schema, info.Database, info.At.UTC().Format(time.RFC3339))
}

func (p *program) readBackup(path string) (store.BackupInfo, error) {
	if err := p.requireKeyFile(); err != nil {
		return store.BackupInfo{}, err
	}
	key, err := p.masterKey()
	if err != nil {
		return store.BackupInfo{}, err
	}
	previous, err := p.previousMasterKey()
	if err != nil {
		return store.BackupInfo{}, err
	}
	f, err := p.openBackup(path)
	if err != nil {
		return store.BackupInfo{}, err
	}
	defer f.Close()
	return store.CheckBackup(f, key, previous)
}

// requireKeyFile keeps a restore from making a master key where one is missing: no copy was made with that.
func (p *program) requireKeyFile() error {
	if p.config.MasterKey != "" {
		return nil
	}
	if _, err := os.Stat(p.keyFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("the master key is missing, which is in no backup: put the key of the database that was copied into %s, or give --master-key", p.keyFile())
}

// restore fills the database with a backup. A file is read to its end first, so that one that is not whole touches nothing.
func (p *program) restore(ctx context.Context, path string, o store.RestoreOptions) error {
	if path != standardStream {
		if _, err := p.readBackup(path); err != nil {
			return err
		}
	}
	if err := p.requireKeyFile(); err != nil {
		return err
	}
	f, err := p.openBackup(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	done, err := s.Restore(ctx, administrator(), f, o)
	if err != nil {
		return errors.Join(fmt.Errorf("nothing was restored: %w", err), s.Close())
	}
	if err := errors.Join(s.FreshenStatistics(ctx), s.ChainStrays(ctx), s.Chain(ctx), s.Close()); err != nil {
		return fmt.Errorf("all was restored, then: %w", err)
	}
	return p.tellRestored(path, done)
}

func (p *program) tellRestored(path string, done store.Restored) error {
	if done.Unreadable > 0 {
		fmt.Fprintf(p.stderr, "%d sealed secrets do not open with the master key: give the key from before as --master-key-previous too, or enter those secrets again.\n", done.Unreadable)
	}
	for _, r := range done.Broken {
		fmt.Fprintf(p.stderr, "The audit trail of organization %s is broken, as it was in the copy: %s.\n", r.OrganizationID, plain(r.Fault.Message))
	}
	return p.print(restoredView{viewBackup(path, done.BackupInfo), done.Sessions, done.Unreadable, done.Broken},
		"Restored %d rows as of %s, and ended %d sessions. People are as they were then: before you start the server, read what to do about those who left since, in docs/backup.md.",
		done.Rows, done.At.UTC().Format(time.RFC3339), done.Sessions)
}
