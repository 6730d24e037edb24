package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"doorlist/entra"
)

// progress shows how far a load is: on a terminal in one line that is rewritten, elsewhere in a line now and then.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	printed  time.Time // the latest line
	shown    bool      // a line stands on the terminal
}

// quietPause is how long a log that is no terminal is left alone.
const quietPause = 5 * time.Second

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: isTerminal(w), now: time.Now, printed: time.Now()}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) show(l entra.LoadProgress) {
	if p.terminal {
		// Back to the beginning of the line, and erase what is right of the cursor (ECMA-48, EL).
		fmt.Fprintf(p.w, "\r%s\x1b[K", progressLine(l))
		p.shown = true
		return
	}
	if p.now().Sub(p.printed) >= quietPause {
		p.printed = p.now()
		fmt.Fprintln(p.w, progressLine(l))
	}
}

// clear makes room for what is to be printed.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

func progressLine(l entra.LoadProgress) string {
	line := fmt.Sprintf("%s: %s", l.Workload, l.Elapsed.Round(time.Second))
	if l.Length > 0 {
		line += fmt.Sprintf(" of %s", l.Length.Round(time.Second))
	}
	line += fmt.Sprintf(", %d", l.Operations)
	if l.Total > 0 {
		line += fmt.Sprintf(" of %d (%d %%)", l.Total, 100*l.Operations/l.Total)
	}
	line += fmt.Sprintf(", %.0f/s, p50 %s, p99 %s", l.PerSecond, short(l.P50), short(l.P99))
	if l.Total > 0 && l.Left > 0 {
		line += fmt.Sprintf(", %s left", l.Left.Round(time.Second))
	}
	if l.Errors > 0 {
		line += fmt.Sprintf(", %d WRONG", l.Errors)
	}
	return line
}

func short(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
