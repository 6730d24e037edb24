package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"

	"doorlist/store/storetest/postgres"
)

// piece is the outcome of a Go benchmark.
type piece struct {
	Package string             `json:"package"`
	Name    string             `json:"name"`
	Metrics map[string]float64 `json:"metrics"` // by unit, as "ns/op"
}

// measurePieces runs the Go benchmarks of every package.
func (s *site) measurePieces(ctx context.Context) (all []piece, err error) {
	s.say("running the Go benchmarks %q", s.pieces)
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", s.pieces, "-benchmem", "-timeout", "2h", "./...")
	cmd.Env, cmd.Stderr = append(os.Environ(), postgres.EnvURL+"="+s.postgres.URL("postgres")), s.progress
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	all, readErr := readPieces(io.TeeReader(out, s.log))
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("go test -bench: %w", err)
	}
	return all, readErr
}

// readPieces reads what go test -bench prints.
func readPieces(r io.Reader) (all []piece, err error) {
	pkg, lines := "", bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if name, found := strings.CutPrefix(line, "pkg: "); found {
			pkg = name
		}
		if p, ok := parsePiece(pkg, line); ok {
			all = append(all, p)
		}
	}
	return all, lines.Err()
}

// parsePiece reads a line such as "BenchmarkX-2  1000  1234 ns/op  56 B/op".
func parsePiece(pkg, line string) (p piece, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 == 1 || !strings.HasPrefix(fields[0], "Benchmark") {
		return p, false
	}
	p = piece{Package: pkg, Name: strings.TrimPrefix(fields[0], "Benchmark"), Metrics: map[string]float64{}}
	for pair := range slices.Chunk(fields[2:], 2) {
		figure, err := strconv.ParseFloat(pair[0], 64)
		if err != nil {
			return p, false
		}
		p.Metrics[pair[1]] = figure
	}
	return p, true
}

func (p piece) print(w io.Writer) {
	var beside []string
	for unit, figure := range p.Metrics {
		if unit != "ns/op" && unit != "B/op" && unit != "allocs/op" {
			beside = append(beside, short(figure)+" "+unit)
		}
	}
	slices.Sort(beside)
	fmt.Fprintf(w, "%s\t%s\t%s\tµs\t%s\t%s\t%s\t\t\t\t\t\n", path.Base(p.Package), p.Name, short(p.Metrics["ns/op"]/1000), short(p.Metrics["B/op"]),
		short(p.Metrics["allocs/op"]), strings.Join(beside, ", "))
}
