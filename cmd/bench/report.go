package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
)

// report is everything that a run has found.
type report struct {
	Machine machine `json:"machine"`
	Options string  `json:"options"`
	Rows    []row   `json:"rows,omitempty"`
	Pieces  []piece `json:"pieces,omitempty"`
}

// row is one line about the program as a whole: a rate or another figure, what it cost, and its relation to something else.
type row struct {
	Database string  `json:"database"`
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	// ServerMicros and DatabaseMicros are CPU time for one operation; 0 where it cannot be told.
	ServerMicros   float64 `json:"server_cpu_us,omitempty"`
	DatabaseMicros float64 `json:"database_cpu_us,omitempty"`
	// Ratio is the median over the rounds of a share of the limit, or of how many times something else it took; Low and High are the extremes.
	Ratio  float64 `json:"ratio,omitempty"`
	Low    float64 `json:"low,omitempty"`
	High   float64 `json:"high,omitempty"`
	Target target  `json:"target,omitzero"`
}

// target is what a ratio, or the value where there is none, is to be.
type target struct {
	Side  side    `json:"side"`
	Floor float64 `json:"floor"` // the least that is good enough
	Aim   float64 `json:"aim"`
}

// side says on which side of a target it is good to be.
type side string

const (
	atLeast side = "at least"
	atMost  side = "at most"
)

// judge says whether a figure has reached a target: "aim", "floor", or "missed"; "" where there is none.
func (t target) judge(figure float64) string {
	reached := func(bound float64) bool {
		return t.Side == atLeast && figure >= bound || t.Side == atMost && figure <= bound
	}
	switch {
	case t.Side == "":
		return ""
	case reached(t.Aim):
		return "aim"
	case reached(t.Floor):
		return "floor"
	}
	return "missed"
}

// newRow sums a series up as a rate.
func newRow(kind, name string, of series, t target) row {
	r := row{Database: kind, Name: name, Unit: "/s", Target: t}
	r.Value = median(of.samples, sample.rate)
	r.ServerMicros = median(of.samples, func(s sample) float64 { return s.each(s.server) })
	r.DatabaseMicros = median(of.samples, func(s sample) float64 { return s.each(s.database) })
	r.relate(of.shares)
	return r
}

// relate sets the ratio and its spread.
func (r *row) relate(ratios []float64) {
	if len(ratios) > 0 {
		r.Ratio, r.Low, r.High = median(ratios, itself), slices.Min(ratios), slices.Max(ratios)
	}
}

func itself(f float64) float64 { return f }

// median is the middle figure; of an even number, the mean of the two in the middle.
func median[T any](list []T, figure func(T) float64) float64 {
	figures := make([]float64, len(list))
	for i, each := range list {
		figures[i] = figure(each)
	}
	slices.Sort(figures)
	n := len(figures)
	return (figures[(n-1)/2] + figures[n/2]) / 2
}

// verdict is the row's own judgment.
func (r row) verdict() string { return r.Target.judge(cmp.Or(r.Ratio, r.Value)) }

// print writes the report as one table.
func (r report) print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %d cores, %s, %s, load %s; %s\n\n", r.Machine.CPU, r.Machine.Cores, r.Machine.System, r.Machine.Go, r.Machine.Load, r.Options)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.Rows) > 0 {
		fmt.Fprintln(w, "database\twhat\tvalue\tunit\tserver µs\tdatabase µs\tratio\tlow–high\tfloor\taim\treached\t")
	}
	for _, row := range r.Rows {
		row.print(w)
	}
	if len(r.Pieces) > 0 {
		fmt.Fprintln(w, "\t\t\t\t\t\t\t\t\t\t\t\npackage\tbenchmark\ttime\tunit\tB/op\tallocs/op\tbeside\t\t\t\t\t")
	}
	for _, p := range r.Pieces {
		p.print(w)
	}
	return w.Flush()
}

func (r row) print(w io.Writer) {
	spread, floor, aim := "", "", ""
	if r.Ratio != 0 {
		spread = short(r.Low) + "–" + short(r.High)
	}
	if r.Target.Side != "" {
		floor, aim = short(r.Target.Floor), short(r.Target.Aim)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Database, r.Name, short(r.Value), r.Unit, short(r.ServerMicros), short(r.DatabaseMicros),
		short(r.Ratio), spread, floor, aim, r.verdict())
}

// short writes a figure with about three digits; nothing for 0, which is a figure that is not there.
func short(f float64) string {
	switch {
	case f == 0:
		return ""
	case f < 10:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case f < 100:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}
