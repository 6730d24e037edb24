// Command mutants shows that the rig catches what it must: it makes one faulty server after the other, each from the sources with one of the patches beside
// this file, and demands that the rig finds the promise broken that the patch breaks. The sources themselves stay as they are.
//
//	go run ./internal/rig/mutants                  all of them; ends with 1 where one was not caught
//	go run ./internal/rig/mutants gate-fails-open  some of them
package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"doorlist/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

//go:embed *.patch
var patches embed.FS

// mutant is a faulty server.
type mutant struct {
	name, patch    string
	what           string // is wrong with it
	rule           string // that the rig must find broken
	part, database string // of the rig, where it must be found
}

// mutants reads the patches. Above the first "diff" each tells in lines of its own what it is.
func mutants() (list []mutant, err error) {
	files, err := patches.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := patches.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		m := mutant{name: strings.TrimSuffix(f.Name(), ".patch"), patch: string(text)}
		head, _, _ := strings.Cut(m.patch, "diff --git")
		for line := range strings.Lines(head) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch name {
			case "What":
				m.what = value
			case "Rule":
				m.rule = value
			case "Part":
				m.part = value
			case "Database":
				m.database = value
			}
		}
		list = append(list, m)
	}
	return list, nil
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, names []string, stdout, stderr io.Writer) int {
	list, err := mutants()
	if err == nil && len(names) > 0 {
		list = slices.DeleteFunc(list, func(m mutant) bool { return !slices.Contains(names, m.name) })
	}
	if err == nil && len(list) < max(1, len(names)) {
		err = errors.New("there is no mutant of some of the names")
	}
	missed := 0
	if err == nil {
		missed, err = catchAll(ctx, list, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "mutants:", err)
		return 1
	}
	fmt.Fprintf(stdout, "mutants: %d of %d were caught\n", len(list)-missed, len(list))
	return min(1, missed)
}

func catchAll(ctx context.Context, list []mutant, stdout io.Writer) (missed int, err error) {
	dir, err := os.MkdirTemp("", "doorlist-mutants-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	site := &rig.Site{Dir: dir, Program: filepath.Join(dir, "doorlist")}
	defer func() { err = errors.Join(err, site.Close()) }()
	for _, m := range list {
		began := time.Now()
		found, err := m.catch(ctx, site)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", m.name, err)
		}
		verdict := "NOT CAUGHT"
		if found != "" {
			verdict = "caught: " + found
		} else {
			missed++
		}
		fmt.Fprintf(stdout, "mutants: %s (%s) after %s: %s\n", m.name, m.what, time.Since(began).Round(time.Second), verdict)
	}
	return missed, nil
}

// apply applies the patch to the files below a folder.
func (m mutant) apply(ctx context.Context, dir string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "git", slices.Concat([]string{"apply", "--whitespace=nowarn"}, flags)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(m.patch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the patch does not apply: %w: %s", err, out)
	}
	return nil
}

// overlay applies the patch to copies of the files that it is about, and writes the file that tells go build to take these.
func (m mutant) overlay(ctx context.Context, dir string) (file string, err error) {
	dir = filepath.Join(dir, m.name)
	replace := map[string]string{}
	for line := range strings.Lines(m.patch) {
		path, found := strings.CutPrefix(strings.TrimSpace(line), "+++ b/")
		if !found {
			continue
		}
		source, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		replace[source] = filepath.Join(dir, path)
		if err := copyFile(source, replace[source]); err != nil {
			return "", err
		}
	}
	if err := m.apply(ctx, dir); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// tries is how often the rig may look for a mutant, each time with another seed.
const tries = 8

// catch makes the mutant and lets the rig look for it. found is the violation that it must find, "" where it did not.
func (m mutant) catch(ctx context.Context, site *rig.Site) (found string, err error) {
	overlay, err := m.overlay(ctx, site.Dir)
	if err != nil {
		return "", err
	}
	if err := rig.Build(ctx, ".", site.Program, "-overlay", overlay); err != nil {
		return "", err
	}
	for range tries {
		report, err := m.look(ctx, site)
		if err != nil {
			return "", err
		}
		for _, v := range report.Violations {
			if v.Rule == m.rule {
				return v.String(), nil
			}
		}
	}
	return "", nil
}

// look lets one part of the rig look.
func (m mutant) look(ctx context.Context, site *rig.Site) (rig.Report, error) {
	o := rig.Options{Seed: rand.Uint64N(1_000_000_000), Database: m.database, Lasts: 10 * time.Second}
	switch m.part {
	case "round":
		return site.Round(ctx, o)
	case "sweep":
		return site.Sweep(ctx, o)
	case "revoke":
		return site.Revoke(ctx, o, 1500)
	case "failover":
		return site.Failover(ctx, o)
	case "disk":
		return site.FullDisk(ctx, o)
	}
	return rig.Report{}, fmt.Errorf("the rig has no part %q", m.part)
}
