package admin

import (
	"slices"
	"strconv"
	"time"
)

// chart is bars over time, drawn at the server as SVG, with a table that says the same. All that can be styled is a class, so
// that the page's policy holds and the colors are those of the style sheet, light and dark.
type chart struct {
	ID, Title string
	Unit      string // of what is counted, such as "sign-ins"
	Daily     bool   // a bar is a day, by UTC; otherwise an hour
	Series    []series
	Starts    []time.Time // of the bars, the earliest first
}

// series is what is counted under one name, a number for each bar.
type series struct {
	Label, Class string
	Counts       []int
}

// The frame in which bars are drawn. The style sheet stretches it to what room there is.
const chartWidth, chartHeight = 720, 120

// rect is a piece of a bar, in units of the frame.
type rect struct {
	X, Y, Width, Height string
	Class, Says         string
}

// Total is how much there is of a series.
func (s series) Total() (n int) {
	for _, count := range s.Counts {
		n += count
	}
	return n
}

// Total is how much there is of everything.
func (c chart) Total() (n int) {
	for _, s := range c.Series {
		n += s.Total()
	}
	return n
}

// Most is the height of the highest bar.
func (c chart) Most() (most int) {
	for i := range c.Starts {
		most = max(most, c.at(i))
	}
	return most
}

func (c chart) at(bar int) (n int) {
	for _, s := range c.Series {
		n += s.Counts[bar]
	}
	return n
}

// Each is what a bar stands for, in a word.
func (c chart) Each() string {
	if c.Daily {
		return "day"
	}
	return "hour"
}

// barName is what a bar is called by.
type barName struct {
	Start time.Time
	Daily bool
}

// Named is the name of the bar that begins at a time.
func (c chart) Named(start time.Time) barName { return barName{start.UTC(), c.Daily} }

// First and Last are the names of the outermost bars.
func (c chart) First() barName { return c.Named(c.Starts[0]) }

// Last is the name of the latest bar.
func (c chart) Last() barName { return c.Named(c.Starts[len(c.Starts)-1]) }

// Bars are the pieces of all bars. Whatever is not nothing can be seen.
func (c chart) Bars() []rect {
	var list []rect
	most := float64(max(1, c.Most()))
	step := float64(chartWidth) / float64(len(c.Starts))
	for i, start := range c.Starts {
		top := float64(chartHeight)
		for _, s := range c.Series {
			n := s.Counts[i]
			if n == 0 {
				continue
			}
			height := max(2, float64(n)/most*(chartHeight-2))
			top -= height
			list = append(list, rect{
				units(float64(i)*step + step*.1), units(max(0, top)), units(step * .8), units(height), s.Class,
				strconv.Itoa(n) + " " + s.Label + ": " + c.Named(start).String(),
			})
		}
	}
	return list
}

// String is the name as plain text.
func (b barName) String() string {
	if b.Daily {
		return b.Start.Format("2 Jan 2006")
	}
	return b.Start.Format("2 Jan 2006, 15:04") + " UTC"
}

// chartRow is a bar in the table.
type chartRow struct {
	Start  time.Time
	Counts []int
}

// Rows are the bars that are not nothing, the latest first.
func (c chart) Rows() []chartRow {
	var rows []chartRow
	for i, start := range slices.Backward(c.Starts) {
		row := chartRow{Start: start}
		for _, s := range c.Series {
			row.Counts = append(row.Counts, s.Counts[i])
		}
		if c.at(i) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// units writes a length with as many digits as one can see.
func units(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// lastHours and lastDays begin the bars of the last 24 hours and of the last 30 days.
func lastHours(now time.Time) []time.Time { return starts(now, time.Hour, 24) }

func lastDays(now time.Time) []time.Time { return starts(now, 24*time.Hour, 30) }

func starts(now time.Time, step time.Duration, n int) []time.Time {
	last := now.UTC().Truncate(step)
	list := make([]time.Time, n)
	for i := range list {
		list[i] = last.Add(-time.Duration(n-1-i) * step)
	}
	return list
}

// barOf is the bar in which a time lies; false for none.
func (c chart) barOf(at time.Time) (int, bool) {
	next, _ := slices.BinarySearchFunc(c.Starts, at, func(start, at time.Time) int {
		if start.After(at) {
			return 1
		}
		return -1
	})
	return next - 1, next > 0
}
