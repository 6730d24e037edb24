package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"doorlist/store"
)

func (p *program) masterKeyCommand() *cobra.Command {
	return group("masterkey", "The master key, which seals the secrets that are read back", p.masterKeyRotateCommand())
}

func (p *program) masterKeyRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Short: "Seal all stored secrets anew under a new master key", Args: cobra.NoArgs,
		Long: `Seal all stored secrets anew under a new master key. Give the new one by DOORLIST_MASTER_KEY_FILE and the one until now by
DOORLIST_MASTER_KEY_PREVIOUS_FILE. With SQLite and the key in the file beside the database, no key needs to be given: a new file is made and the
old one kept with the ending .previous.

Nothing is lost when it is interrupted: run it again. Servers may run meanwhile if they were started with both keys.`,
		RunE: func(c *cobra.Command, _ []string) error { return p.rotateMasterKey(c.Context()) },
	}
}

func (p *program) rotateMasterKey(ctx context.Context) error {
	if p.config.MasterKey == "" && p.config.MasterKeyPrevious == "" {
		if err := p.replaceKeyFile(); err != nil {
			return err
		}
	}
	previous, err := p.previousMasterKey()
	if err != nil {
		return err
	}
	present, err := p.masterKey()
	if err != nil {
		return err
	}
	if len(previous) == 0 || bytes.Equal(previous, present) {
		return usagef("give two different keys: the new one as --master-key, the one until now as --master-key-previous (better by their _FILE variables)")
	}
	return p.withStore(ctx, func(s *store.Store) error {
		n, err := s.Reseal(ctx, actorOf(ctx))
		if err != nil {
			return fmt.Errorf("%d secrets were sealed anew, then: %w", n, err)
		}
		_, err = fmt.Fprintf(p.stdout, "Sealed %d secrets anew. None is under the previous key any more; backups from before still need it.\n", n)
		return err
	})
}

// replaceKeyFile keeps the key beside a SQLite database as the previous one and makes a new one. While there is a previous one
// already, its rotation is finished first: a third key would leave secrets that no file opens.
func (p *program) replaceKeyFile() error {
	path := p.keyFile()
	present, err := readKeyFile(path)
	if err != nil {
		return fmt.Errorf("there is no master key to replace: %w", err)
	}
	previous, err := readKeyFile(path + previousEnding)
	if err == nil && !bytes.Equal(previous, present) {
		_, err = fmt.Fprintf(p.stdout, "Going on with the keys %s and %s. To begin another rotation after this one, put the second away first.\n", path, path+previousEnding)
		return err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(path, path+previousEnding); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keeping the previous master key: %w", err)
	}
	temp, err := newKeyFile(path)
	if err != nil {
		return fmt.Errorf("making the master key: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	_, err = fmt.Fprintf(p.stdout, "Made a new master key in %s; the previous one is in %s. Restart the server: it reads both. Keep a copy of the new one apart from the database.\n",
		path, path+previousEnding)
	return err
}
