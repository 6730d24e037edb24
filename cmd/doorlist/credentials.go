package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// login is a person's sign-in at a server.
type login struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

// credentials are a person's sign-ins, by the server's URL, in a file that nobody else can read.
type credentials struct {
	path    string
	Servers map[string]login `json:"servers"`
}

// credentials reads the file of the settings; one that is not there holds nothing.
func (p *program) credentials() (*credentials, error) {
	path := p.config.Credentials
	if path == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("where to keep the sign-in: %w; give --credentials", err)
		}
		path = filepath.Join(dir, "doorlist", "credentials.json")
	}
	c := &credentials{path: path, Servers: map[string]login{}}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, c); err != nil || c.Servers == nil {
		return nil, fmt.Errorf("the file %s does not hold sign-ins; remove it and sign in again", path)
	}
	return c, nil
}

// save writes the file whole, so that nobody reads half of it.
func (c *credentials) save() error {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(c.path), ".doorlist-credentials-") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, writeErr := temp.Write(append(content, '\n'))
	if err := errors.Join(writeErr, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), c.path)
}
