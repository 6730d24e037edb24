package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// The verdicts.
const (
	passed  = "pass"
	failed  = "FAIL"
	missing = "NOT RUN"
	notHere = "not here"
)

// verdict is what came of a row.
type verdict struct{ word, detail string }

// results are the outcomes of tests ("pass", "fail" or "skip") by package and by whole name.
type results map[string]map[string]string

// runTests runs all tests that the rows name, of each package in one go. What failed tests print goes to stderr.
func runTests(ctx context.Context, rows []row, stderr io.Writer) (results, error) {
	var packages, names []string
	for _, r := range rows {
		for _, t := range r.tests {
			packages, names = append(packages, "./"+t.pkg), append(names, t.test)
		}
	}
	slices.Sort(packages)
	slices.Sort(names)
	args := []string{"test", "-json", "-count=1", "-timeout", "60m", "-run", "^(" + strings.Join(slices.Compact(names), "|") + ")$"}
	cmd := exec.CommandContext(ctx, goCommand(), append(args, slices.Compact(packages)...)...)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("running go test: %w", err)
	}
	ran, err := readEvents(out, stderr)
	if err != nil {
		return nil, errors.Join(err, cmd.Wait())
	}
	err = cmd.Wait()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && (!ended || ctx.Err() != nil) {
		return nil, fmt.Errorf("running go test: %w", err)
	}
	return ran, nil // which say what has failed
}

// goCommand is the go command that runs this program, where the environment says which.
func goCommand() string {
	if named := os.Getenv("GO"); named != "" {
		return named
	}
	return "go"
}

// event is a line of `go test -json` (go doc test2json).
type event struct{ Action, Package, Test, Output string }

// readEvents collects outcomes, and prints what was said by tests that failed and by packages that did not build.
func readEvents(r io.Reader, stderr io.Writer) (results, error) {
	ran, said := results{}, map[string]*strings.Builder{}
	for d := json.NewDecoder(r); ; {
		var e event
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return ran, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what go test prints: %w", err)
		}
		pkg := strings.TrimPrefix(e.Package, "doorlist/")
		key := pkg + " " + e.Test
		switch e.Action {
		case "output":
			if said[key] == nil {
				said[key] = &strings.Builder{}
			}
			said[key].WriteString(e.Output)
		case "build-output":
			io.WriteString(stderr, e.Output)
		case "pass", "fail", "skip":
			if ran[pkg] == nil {
				ran[pkg] = map[string]string{}
			}
			ran[pkg][e.Test] = e.Action
			if e.Action == "fail" && said[key] != nil {
				io.WriteString(stderr, said[key].String())
			}
			delete(said, key)
		}
	}
}

// verdict judges a row by its tests, all of which must have run and passed.
func (ran results) verdict(r row) verdict {
	if r.reason != "" {
		return verdict{notHere, r.reason}
	}
	var names []string
	for _, t := range r.tests {
		outcome := ran.outcome(t)
		if outcome != passed {
			return verdict{outcome, t.String()}
		}
		names = append(names, t.String())
	}
	return verdict{passed, strings.Join(names, ", ")}
}

// outcome is that of a test, or of all its sub-tests that a reference names. What runs on one database must have run on both.
func (ran results) outcome(t reference) string {
	found := map[string]bool{}
	for name, outcome := range ran[t.pkg] {
		parts := strings.Split(name, "/")
		if parts[0] != t.test || !t.names(parts[1:]) {
			continue
		}
		if outcome == "fail" {
			return failed
		}
		if outcome == "skip" {
			return missing
		}
		for _, part := range append(parts, "") {
			found[part] = true
		}
	}
	if !found[""] || found["sqlite"] != found["postgres"] {
		return missing
	}
	return passed
}

// names says whether a sub-test, or one that it is a part of, is what the reference names.
func (t reference) names(parts []string) bool {
	if t.sub == "" {
		return true
	}
	wanted := strings.ReplaceAll(t.sub, " ", "_")
	rest := strings.TrimPrefix(strings.TrimPrefix(strings.Join(parts, "/"), "sqlite/"), "postgres/")
	return rest == wanted || strings.HasPrefix(rest, wanted+"_") || strings.HasPrefix(rest, wanted+"/")
}
