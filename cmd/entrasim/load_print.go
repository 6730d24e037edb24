package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"doorlist/entra"
)

// loadPrinter prints rows as a table or as one JSON object a line.
type loadPrinter struct {
	w      io.Writer
	json   bool
	headed bool
	clean  bool  // of all rows so far
	err    error // the first that writing met
}

func newLoadPrinter(w io.Writer, asJSON bool) *loadPrinter {
	return &loadPrinter{w: w, json: asJSON, clean: true}
}

func (p *loadPrinter) print(row entra.LoadRow) {
	p.clean = p.clean && row.Clean()
	if p.json {
		p.keep(json.NewEncoder(p.w).Encode(row))
		return
	}
	var b strings.Builder
	if !p.headed {
		p.headed = true
		fmt.Fprintf(&b, "%s\n\n%s\n", loopLine(row), loadHeader)
	}
	b.WriteString(loadLine(row))
	printFindings(&b, row)
	_, err := io.WriteString(p.w, b.String())
	p.keep(err)
}

func (p *loadPrinter) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

func loopLine(row entra.LoadRow) string {
	if row.Loop == "open" {
		return fmt.Sprintf("Open loop: %g arrivals a second on %d connections, latency from when each was due; seed %d.",
			row.RateAsked, row.Connections, row.Seed)
	}
	return fmt.Sprintf("Closed loop: %d connections, each begins anew when it has its answer; seed %d.", row.Connections, row.Seed)
}

const loadFormat = "%-18s %9s %10s %9s %9s %9s %9s %9s %7s %9s\n"

var loadHeader = strings.TrimSuffix(fmt.Sprintf(loadFormat,
	"workload", "seconds", "operations", "per s", "p50 ms", "p90 ms", "p99 ms", "max ms", "wrong", "own CPU"), "\n")

func loadLine(r entra.LoadRow) string {
	return fmt.Sprintf(loadFormat, r.Workload, fmt.Sprintf("%.1f", r.Seconds), fmt.Sprint(r.Operations),
		fmt.Sprintf("%.0f", r.PerSecond), latency(r.P50), latency(r.P90), latency(r.P99), latency(r.Max),
		fmt.Sprint(r.Errors+r.StateErrors), fmt.Sprintf("%.0f µs", r.GeneratorCPU))
}

// latency is a dash where a row has none of its own.
func latency(ms float64) string {
	if ms == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", ms)
}

func printFindings(b *strings.Builder, r entra.LoadRow) {
	if r.Errors > 0 {
		parts := make([]string, 0, len(r.Statuses))
		for _, status := range slices.Sorted(maps.Keys(r.Statuses)) {
			parts = append(parts, fmt.Sprintf("%s %d", status, r.Statuses[status]))
		}
		fmt.Fprintf(b, "  answered: %s\n", strings.Join(parts, ", "))
	}
	for _, text := range r.Samples {
		fmt.Fprintln(b, "  wrong:", text)
	}
	for _, text := range r.Lost {
		fmt.Fprintln(b, "  afterwards:", text)
	}
	for _, text := range r.Notes {
		fmt.Fprintln(b, "  note:", text)
	}
}
