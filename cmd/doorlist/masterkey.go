package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// masterKey is the key from the settings, else from the file beside a SQLite database. On a new database it makes
// that file and says so.
func (p *program) masterKey() ([]byte, error) {
	if p.config.MasterKey != "" {
		return decodeMasterKey(p.config.MasterKey)
	}
	database, _ := p.config.sqlitePath()
	path := p.keyFile()
	key, err := readKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	// A second key would leave secrets in the database that nothing opens.
	if info, err := os.Stat(database); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("the database %s is there, but its master key is not: put the file %s back, or give --master-key",
			database, path)
	}
	made, err := makeKeyFile(path)
	if err != nil {
		return nil, fmt.Errorf("making the master key: %w", err)
	}
	if made {
		fmt.Fprintf(p.stderr, "Made a master key in %s. Keep a copy of it apart from the database: without it the stored secrets are lost.\n", path)
	}
	return readKeyFile(path)
}

// previousEnding is what the name of a key file gets when another key takes its place.
const previousEnding = ".previous"

// keyFile is the file beside a SQLite database that holds the master key.
func (p *program) keyFile() string {
	database, _ := p.config.sqlitePath()
	return database + ".key"
}

// previousMasterKey is the key that is being replaced, from the settings or from the file that `masterkey rotate` left; nil
// where there is none.
func (p *program) previousMasterKey() ([]byte, error) {
	if p.config.MasterKeyPrevious != "" {
		return decodeMasterKey(p.config.MasterKeyPrevious)
	}
	if p.config.MasterKey != "" {
		return nil, nil
	}
	key, err := readKeyFile(p.keyFile() + previousEnding)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return key, err
}

func readKeyFile(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := decodeMasterKey(string(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// makeKeyFile makes the file unless it is there, and says whether it did. The file appears whole: a command that runs
// at the same moment reads either nothing or the key.
func makeKeyFile(path string) (bool, error) {
	temp, err := newKeyFile(path)
	if err != nil {
		return false, err
	}
	defer os.Remove(temp)
	err = os.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// newKeyFile writes a new key to a file with another name in the folder of path, and returns that name.
func newKeyFile(path string) (string, error) {
	key := make([]byte, masterKeySize)
	rand.Read(key)
	temp, err := os.CreateTemp(filepath.Dir(path), ".doorlist-key-") // mode 0600
	if err != nil {
		return "", err
	}
	_, writeErr := temp.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(writeErr, temp.Sync(), temp.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return temp.Name(), nil
}
