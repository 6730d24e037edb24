package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// suite is the tests of one file, which run together. A mistake is tried with the suites that reach it alone.
type suite struct {
	pkg, file string // the package's folder
	program   string
	run       string // an expression for the names of the tests
	flags     []string
	reached   map[int]bool
	lasts     time.Duration
}

// testName finds the tests in a file, as gofmt writes them.
var testName = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\) \{`)

// build compiles the tests of every package that answers for a mistake, with all mistakes in it, and lists them by file.
func (all *field) build(ctx context.Context, dir string, wanted *regexp.Regexp) ([]*suite, error) {
	overlay, err := all.overlay(dir)
	if err != nil {
		return nil, err
	}
	var packages []string
	for _, m := range all.mistakes {
		packages = append(packages, m.tests...)
	}
	slices.Sort(packages)
	var suites []*suite
	for _, pkg := range slices.Compact(packages) {
		program := filepath.Join(dir, pkg+".test")
		out, err := exec.CommandContext(ctx, goCommand(), "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, "./"+pkg).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("building the tests of %s with mistakes: %w\n%s", pkg, err, out)
		}
		of, err := suitesOf(pkg, program, wanted)
		if err != nil {
			return nil, err
		}
		suites = append(suites, of...)
	}
	return suites, nil
}

// goCommand is the go command that runs this program, where the environment says which.
func goCommand() string {
	if named := os.Getenv("GO"); named != "" {
		return named
	}
	return "go"
}

func suitesOf(pkg, program string, wanted *regexp.Regexp) (list []*suite, err error) {
	files, err := filepath.Glob(filepath.Join(pkg, "*_test.go"))
	if err != nil {
		return nil, err
	}
	rapid := false
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		rapid = rapid || strings.Contains(string(text), "pgregory.net/rapid")
		var names []string
		for _, found := range testName.FindAllStringSubmatch(string(text), -1) {
			if wanted.MatchString(found[1]) {
				names = append(names, found[1])
			}
		}
		if len(names) > 0 {
			list = append(list, &suite{pkg: pkg, file: file, program: program, run: "^(" + strings.Join(names, "|") + ")$"})
		}
	}
	for _, s := range list {
		if rapid {
			s.flags = []string{"-rapid.nofailfile"} // which it would leave among the sources
		}
	}
	return list, nil
}

// explore runs the suite without a mistake, to see that it passes, how long it takes and which mistakes it reaches.
func (s *suite) explore(ctx context.Context) error {
	log := s.program + "." + filepath.Base(s.file)
	defer os.Remove(log)
	began := time.Now()
	failed, output, err := s.try(ctx, 10*time.Minute, envReached+"="+log)
	if err == nil && failed {
		err = errors.New("it fails without a mistake")
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", s.file, err, output)
	}
	s.lasts = time.Since(began)
	text, err := os.ReadFile(log)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.reached = map[int]bool{}
	for line := range strings.FieldsSeq(string(text)) {
		n, err := strconv.Atoi(line)
		if err != nil {
			return err
		}
		s.reached[n] = true
	}
	return nil
}

// notices says whether a test of the suite fails, or takes much too long, with a mistake.
func (s *suite) notices(ctx context.Context, number int) (bool, error) {
	failed, output, err := s.try(ctx, 10*time.Second+4*s.lasts, envMistake+"="+strconv.Itoa(number))
	if err != nil {
		return false, fmt.Errorf("%s: %w\n%s", s.file, err, output)
	}
	return failed, nil
}

// onPostgres are the sub-tests that storetest.Each runs on PostgreSQL. They ask the same as those on SQLite, and take several times as long.
const onPostgres = ".*/^postgres$|.*/.*/^postgres$|.*/.*/.*/^postgres$"

// try runs the suite until the first failure.
func (s *suite) try(ctx context.Context, patience time.Duration, environment string) (failed bool, output string, err error) {
	limited, cancel := context.WithTimeout(ctx, patience+10*time.Second) // for what does not end by -test.timeout
	defer cancel()
	program, err := filepath.Abs(s.program)
	if err != nil {
		return false, "", err
	}
	args := slices.Concat([]string{"-test.run", s.run, "-test.skip", onPostgres, "-test.failfast", "-test.timeout", patience.String()}, s.flags)
	cmd := exec.CommandContext(limited, program, args...)
	cmd.Dir, cmd.Env = s.pkg, append(os.Environ(), environment)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // browsers that tests start end with them
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); ended || errors.Is(err, exec.ErrWaitDelay) {
		return true, string(out), ctx.Err()
	}
	return false, string(out), err
}
