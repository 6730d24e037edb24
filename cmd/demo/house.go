package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"doorlist/cmd/internal/process"
)

// ladder says which group of the tenant gives which role.
var ladder = []struct{ group, role string }{
	{"Doorlist Owners", "owner"},
	{"Doorlist Admins", "admin"},
	{"Doorlist Writers", "writer"},
	{"Doorlist Readers", "reader"},
	{"Doorlist Contributors", "contributor"},
}

// house is the demonstration: a tenant, a door, and the folder with the door's database.
type house struct {
	bin     string
	dir     string
	log     *os.File
	door    *process.Process
	entra   *process.Process
	tenant  *tenant
	doorURL string
	token   string
}

// open starts and connects everything, and returns when the first provisioning cycle is over.
func open(ctx context.Context, bin string, port int, stderr io.Writer) (*house, error) {
	dir, err := os.MkdirTemp("", "doorlist-demo-")
	if err != nil {
		return nil, err
	}
	h := &house{bin: bin, dir: dir}
	if err := h.build(ctx, port); err != nil {
		h.copyLog(stderr)
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) build(ctx context.Context, port int) error {
	var err error
	if h.log, err = os.Create(filepath.Join(h.dir, "demo.log")); err != nil {
		return err
	}
	if err := h.startEntra(ctx); err != nil {
		return err
	}
	if err := h.configure(ctx); err != nil {
		return err
	}
	if err := h.startDoor(ctx, fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
		return err
	}
	if err := h.tenant.connect(ctx, h.doorURL+"/scim/v2", h.token); err != nil {
		return err
	}
	return h.mapGroups(ctx)
}

// startEntra starts the tenant, which says what an administrator would copy from the Entra admin center.
func (h *house) startEntra(ctx context.Context) error {
	var err error
	h.entra, err = process.Start(ctx, h.log, nil, filepath.Join(h.bin, "entrasim"), "run", "--listen", "127.0.0.1:0", "--json")
	if err != nil {
		return err
	}
	h.tenant = &tenant{}
	if err := json.Unmarshal([]byte(h.entra.First), h.tenant); err != nil {
		return fmt.Errorf("entrasim said %q: %w", h.entra.First, err)
	}
	return nil
}

// configure makes an organization, a connection and a token, by the commands that an administrator would use.
func (h *house) configure(ctx context.Context) error {
	if _, err := h.doorlist(ctx, "org", "add", "contoso", "--name", "Contoso"); err != nil {
		return err
	}
	_, err := h.doorlist(ctx, "connection", "add", "entra", "--org", "contoso", "--kind", "entra", "--name", "Microsoft",
		"--tenant-id", h.tenant.ID, "--client-id", h.tenant.ClientID, "--client-secret", h.tenant.ClientSecret,
		"--authority", h.tenant.Authority)
	if err != nil {
		return err
	}
	out, err := h.doorlist(ctx, "token", "create", "--connection", "entra", "--label", "demo", "--json")
	if err != nil {
		return err
	}
	var made struct{ Token string }
	if err := json.Unmarshal(out, &made); err != nil {
		return fmt.Errorf("reading the token: %w", err)
	}
	h.token = made.Token
	return nil
}

// mapGroups gives a role to each group of the ladder, by its object id, which no rename changes.
func (h *house) mapGroups(ctx context.Context) error {
	state, err := h.tenant.state(ctx)
	if err != nil {
		return err
	}
	for _, step := range ladder {
		g, err := state.group(step.group)
		if err != nil {
			return err
		}
		_, err = h.doorlist(ctx, "mapping", "add", "--org", "contoso", "--connection", "entra",
			"--group-external-id", g.ID, "--role", step.role)
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *house) startDoor(ctx context.Context, address string) error {
	var err error
	h.door, err = process.Start(ctx, h.log, nil, filepath.Join(h.bin, "doorlist"), "serve", "--database", h.database(), "--listen", address, "--stop-delay", "0s")
	if err != nil {
		return err
	}
	url, ok := strings.CutPrefix(h.door.First, "listening on ")
	if !ok {
		return fmt.Errorf("doorlist said %q; expected where it listens", h.door.First)
	}
	h.doorURL = url
	return nil
}

// doorlist runs one command of the door and returns what it printed.
func (h *house) doorlist(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(h.bin, "doorlist"), append(args, "--database", h.database())...)
	var stderr strings.Builder
	cmd.Stderr = io.MultiWriter(&stderr, h.log)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("doorlist %s: %w: %s", strings.Join(args[:2], " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

func (h *house) database() string { return "sqlite:" + filepath.Join(h.dir, "doorlist.db") }

// ended tells when a program ends although nobody asked it to.
func (h *house) ended() <-chan error {
	ended := make(chan error, 2)
	for _, p := range []*process.Process{h.door, h.entra} {
		go func() {
			<-p.Done
			ended <- fmt.Errorf("%s ended by itself: %w", p.Name, p.Err)
		}()
	}
	return ended
}

// close stops the programs and removes the folder.
func (h *house) close() error {
	var errs []error
	for _, p := range []*process.Process{h.entra, h.door} {
		if p != nil {
			errs = append(errs, p.Stop())
		}
	}
	if h.log != nil {
		errs = append(errs, h.log.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(h.dir))...)
}

// copyLog shows what the programs said, when they did not come up.
func (h *house) copyLog(w io.Writer) {
	if log, err := os.ReadFile(filepath.Join(h.dir, "demo.log")); err == nil {
		w.Write(log)
	}
}
