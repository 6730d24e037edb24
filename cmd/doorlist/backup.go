package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"doorlist/store"
)

// standardStream is the name of the standard output or input in place of a file's.
const standardStream = "-"

// backupView is what a backup is.
type backupView struct {
	File     string    `json:"file"`
	Database string    `json:"database"`
	Schema   int64     `json:"schema"`
	At       time.Time `json:"at"`
	Rows     int64     `json:"rows"`
}

func viewBackup(file string, b store.BackupInfo) backupView {
	return backupView{file, b.Database, b.Schema, b.At.UTC(), b.Rows}
}

func (p *program) backupCommand() *cobra.Command {
	var force bool
	c := p.addJSON(&cobra.Command{
		Use: "backup FILE", Short: "Write a copy of the whole database to a file, while servers run", Args: cobra.ExactArgs(1),
		Long: `Write a copy of the whole database, as it is at one moment, to a file; "-" is the standard output. Servers may run meanwhile. It works the same on
SQLite and PostgreSQL and needs no program of theirs, and the file can be restored into either.

The master key is not in the file, and the file cannot be restored without it: keep a copy of the key elsewhere. Secrets are in it as hashes or sealed with that key;
names and addresses of people are in it as they are.`,
		RunE: func(c *cobra.Command, args []string) error { return p.backup(c.Context(), args[0], force) },
	})
	c.Flags().BoolVar(&force, "force", false, "replace a file that is there")
	return c
}

func (p *program) backup(ctx context.Context, path string, force bool) error {
	s, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := requireMasterKey(ctx, s); err != nil {
		return err
	}
	if path == standardStream {
		info, err := s.Backup(ctx, p.rawOutput(), p.progress())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stderr, backupSentence(info))
		return err
	}
	if err := p.refuseOwn(path); err != nil {
		return err
	}
	var info store.BackupInfo
	err = writeWhole(path, force, func(w io.Writer) error {
		info, err = s.Backup(ctx, w, p.progress())
		return err
	})
	if err != nil {
		return fmt.Errorf("making the copy: %w", err)
	}
	return p.print(viewBackup(path, info), "%s", backupSentence(info))
}

func backupSentence(b store.BackupInfo) string {
	return fmt.Sprintf("Copied %d rows of schema %d as of %s. The master key is not in the copy: keep it elsewhere.", b.Rows, b.Schema, b.At.UTC().Format(time.RFC3339))
}

// rawOutput is the standard output for bytes.
func (p *program) rawOutput() io.Writer {
	if plain, ok := p.stdout.(plainWriter); ok {
		return plain.Writer
	}
	return p.stdout
}

// progressPause is how long somebody waits for the next word.
const progressPause = 5 * time.Second

// progress tells of long work on the standard error.
func (p *program) progress() func(table string, rows int64) {
	told := p.now()
	return func(table string, rows int64) {
		if now := p.now(); now.Sub(told) >= progressPause {
			told = now
			fmt.Fprintf(p.stderr, "%s: %d rows\n", table, rows)
		}
	}
}

// writeWhole writes a file that appears under its name only when all of it is on the disk. Without force it replaces none.
func writeWhole(path string, force bool, write func(w io.Writer) error) (err error) {
	if err := refuseExisting(path, force); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := refuseExisting(path, force); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func refuseExisting(path string, force bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file; to pass the copy on to another program, give %s for the standard output", path, standardStream)
	case !force:
		return fmt.Errorf("%s is there already: choose another name, or replace it with --force", path)
	}
	return nil
}

// refuseOwn keeps a copy from taking the place of what it is a copy of, or of the key.
func (p *program) refuseOwn(path string) error {
	database, ok := p.config.sqlitePath()
	wanted, err := os.Stat(path)
	if !ok || err != nil {
		return nil
	}
	for _, own := range []string{database, p.keyFile(), p.keyFile() + previousEnding} {
		if info, err := os.Stat(own); err == nil && os.SameFile(info, wanted) {
			return fmt.Errorf("%s is the database's own file: choose another name for the copy", path)
		}
	}
	return nil
}

// syncFolder makes a new name in a folder outlast a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
