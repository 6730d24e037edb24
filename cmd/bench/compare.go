package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"doorlist/store/storetest/postgres"
)

// benchstat is the tool of the field for judging two series of benchmarks. It is run at this version, and not required by go.mod, because nothing
// that is built needs it.
const benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

// contender is one of two commits: its programs, and what they have shown.
type contender struct {
	name    string
	module  string // the folder of its sources
	program string
	suites  []suite
	houses  []*house // one a database
	results bytes.Buffer
}

// suite is the compiled tests of one package.
type suite struct{ file, dir string }

// compare measures another commit and this one in turn, and lets benchstat judge.
func (s *site) compare(ctx context.Context, stdout io.Writer) (err error) {
	tree := filepath.Join(s.dir, "base")
	if out, err := exec.CommandContext(ctx, "git", "worktree", "add", "--detach", tree, s.base).CombinedOutput(); err != nil {
		return fmt.Errorf("checking %s out: %w: %s", s.base, err, out)
	}
	both := []*contender{{name: "base", module: tree}, {name: "here", module: "."}}
	defer func() {
		for _, c := range both {
			for _, h := range c.houses {
				err = errors.Join(err, h.close())
			}
		}
		err = errors.Join(err, exec.Command("git", "worktree", "remove", "--force", tree).Run())
	}()
	for _, c := range both {
		if err := s.enter(ctx, c); err != nil {
			return err
		}
	}
	for round := range s.rounds {
		s.say("round %d of %d", round+1, s.rounds)
		if err := s.compete(ctx, both); err != nil {
			return err
		}
		slices.Reverse(both)
	}
	return s.judge(ctx, both, stdout)
}

// enter builds a contender and starts its servers.
func (s *site) enter(ctx context.Context, c *contender) (err error) {
	s.say("building %s", c.name)
	if c.program, err = s.build(ctx, c.module, c.name); err != nil {
		return err
	}
	if s.only != "server" {
		if c.suites, err = s.buildSuites(ctx, c); err != nil {
			return err
		}
	}
	if s.only == "pieces" {
		return nil
	}
	for _, kind := range kinds {
		h, err := s.newHouse(ctx, c.program, kind, s.users)
		if err != nil {
			return err
		}
		c.houses = append(c.houses, h)
	}
	return nil
}

// buildSuites compiles the tests of the packages that have benchmarks.
func (s *site) buildSuites(ctx context.Context, c *contender) (list []suite, err error) {
	dirs, err := benchmarked(c.module)
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		one := suite{filepath.Join(s.dir, c.name+"-"+strings.ReplaceAll(dir, "/", "-")+".test"), filepath.Join(c.module, dir)}
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", one.file, "./"+dir)
		cmd.Dir = c.module
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the tests of %s: %w: %s", dir, err, out)
		}
		list = append(list, one)
	}
	return list, nil
}

// benchmarked lists the packages of a module that have benchmarks, as folders below it.
func benchmarked(module string) (dirs []string, err error) {
	err = filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("\nfunc Benchmark")) {
			return err
		}
		dir, err := filepath.Rel(module, filepath.Dir(path))
		dirs = append(dirs, dir)
		return err
	})
	return slices.Compact(dirs), err // of one folder they come one after the other
}

// compete measures everything once of both, one right after the other.
func (s *site) compete(ctx context.Context, both []*contender) error {
	for i := range both[0].suites {
		for _, c := range both {
			if i < len(c.suites) {
				if err := s.runSuite(ctx, c, c.suites[i]); err != nil {
					return err
				}
			}
		}
	}
	for i := range both[0].houses {
		for _, o := range operations {
			for _, c := range both {
				got, err := s.measureOperation(o, c.houses[i])
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, o.name, err)
				}
				fmt.Fprint(&c.results, benchmarkLine(kinds[i], o.name, got))
			}
		}
	}
	return nil
}

func (s *site) runSuite(ctx context.Context, c *contender, one suite) error {
	cmd := exec.CommandContext(ctx, one.file, "-test.run", "^$", "-test.bench", s.pieces, "-test.benchmem")
	cmd.Dir, cmd.Env = one.dir, append(os.Environ(), postgres.EnvURL+"="+s.postgres.URL("postgres"))
	cmd.Stdout, cmd.Stderr = &c.results, s.progress
	return cmd.Run()
}

// benchmarkLine writes a sample as a Go benchmark does.
func benchmarkLine(kind, name string, got sample) string {
	return fmt.Sprintf("pkg: doorlist/cmd/bench\nBenchmarkServer/%s/%s-%d\t%d\t%.0f ns/op\t%.2f server-us/op\t%.2f database-us/op\n", kind,
		strings.NewReplacer(" ", "_", ":", "", ",", "").Replace(name), runtime.GOMAXPROCS(0), got.operations, got.each(got.took)*1000, got.each(got.server), got.each(got.database))
}

// judge prints what benchstat says.
func (s *site) judge(ctx context.Context, both []*contender, stdout io.Writer) error {
	slices.SortFunc(both, func(a, b *contender) int { return strings.Compare(a.name, b.name) })
	args := []string{"run", benchstat}
	for _, c := range both {
		file := filepath.Join(s.dir, c.name+".txt")
		if err := os.WriteFile(file, c.results.Bytes(), 0o644); err != nil {
			return err
		}
		args = append(args, c.name+"="+file)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Stdout, cmd.Stderr = stdout, s.progress
	return cmd.Run()
}
