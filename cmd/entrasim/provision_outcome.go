package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"doorlist/entra"
)

// outcome is everything that "entrasim provision" found.
type outcome struct {
	Seed    uint64         `json:"seed"`
	People  int            `json:"people"` // in the tenant, at the start
	Groups  int            `json:"groups"`
	Changes []string       `json:"changes,omitempty"`
	Reports []entra.Report `json:"reports"`
	Clean   bool           `json:"clean"`
}

// settle runs a cycle, and further ones while misbehavior put work off. Their number is bounded, so that a server
// that never settles is reported.
func (o *outcome) settle(ctx context.Context, p *entra.Provisioner, cycle func(context.Context) (entra.Report, error)) error {
	for range maxSettling {
		if err := o.note(cycle(ctx)); err != nil {
			return err
		}
		last := o.Reports[len(o.Reports)-1]
		if last.PutOff == 0 || len(last.Failures) > 0 {
			return nil // a failure puts off what depends on it for as long as it lasts
		}
		cycle = p.Incremental
	}
	return fmt.Errorf("work is still put off after %d cycles", maxSettling)
}

func (o *outcome) note(r entra.Report, err error) error {
	o.Reports = append(o.Reports, r)
	return err
}

func (o *outcome) finish() {
	last := len(o.Reports) - 1
	o.Clean = last >= 0 && o.Reports[last].Kind == "verify" &&
		!slices.ContainsFunc(o.Reports, func(r entra.Report) bool { return !r.Clean() })
}

func (o *outcome) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(o)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Sample tenant with %d people in %d groups, seed %d\n", o.People, o.Groups, o.Seed)
	for i, r := range o.Reports {
		if r.Kind == "incremental" && len(o.Changes) > 0 && o.firstAfterChanges(i) {
			printList(&b, fmt.Sprintf("\n%d changes in the tenant", len(o.Changes)), o.Changes)
		}
		printReport(&b, r)
	}
	if o.Clean {
		b.WriteString("\nClean: no failures, no complaints, and the server has what the tenant has.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// firstAfterChanges: the changes are made once the initial cycle has settled.
func (o *outcome) firstAfterChanges(i int) bool {
	return o.Reports[i-1].PutOff == 0
}

func printReport(b *strings.Builder, r entra.Report) {
	fmt.Fprintf(b, "\n%s: %d requests in %v\n", r.Kind, r.Total(), r.Duration.Round(time.Millisecond))
	fmt.Fprintf(b, "  sent: %s\n", counts(r.Requests))
	fmt.Fprintf(b, "  answered: %s\n", counts(r.Answers))
	if r.Kind != "verify" {
		fmt.Fprintf(b, "  created %d, updated %d, disabled %d, deleted %d; members +%d -%d; managers %d; skipped %d, put off %d\n",
			r.Created, r.Updated, r.Disabled, r.Deleted, r.MembersAdded, r.MembersRemoved, r.ManagersSet, r.Skipped, r.PutOff)
	}
	if r.Quarantine != "" {
		fmt.Fprintf(b, "  QUARANTINE: %s\n", r.Quarantine)
	}
	failures := make([]string, len(r.Failures))
	for i, f := range r.Failures {
		failures[i] = f.Name + ": " + f.Detail
	}
	printList(b, fmt.Sprintf("  %d failures", len(failures)), failures)
	printList(b, fmt.Sprintf("  %d complaints", len(r.Complaints)), texts(r.Complaints))
	printList(b, fmt.Sprintf("  %d differences", len(r.Differences)), texts(r.Differences))
}

func counts(m map[string]int) string {
	parts := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, m[name]))
	}
	return strings.Join(parts, ", ")
}

func texts[T fmt.Stringer](items []T) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.String()
	}
	return out
}

// maxPrinted keeps a summary readable; --json has everything.
const maxPrinted = 50

func printList(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(b, title+":")
	for i, line := range lines {
		if i == maxPrinted {
			fmt.Fprintf(b, "    ... and %d more (--json prints all)\n", len(lines)-i)
			return
		}
		fmt.Fprintln(b, "    "+line)
	}
}

func printExchange(w io.Writer, x entra.Exchange) {
	fmt.Fprintf(w, "%s %s\n", x.Method, x.URL)
	if x.Body != "" {
		fmt.Fprintln(w, "  "+x.Body)
	}
	switch {
	case x.Err != nil:
		fmt.Fprintf(w, "  -> %v", x.Err)
	default:
		fmt.Fprintf(w, "  -> %d %s", x.Status, strings.TrimSpace(x.Answer))
	}
	fmt.Fprintf(w, " (%s, %v", x.Step, x.Duration.Round(time.Microsecond))
	if x.Subject != "" {
		fmt.Fprintf(w, ", %s", x.Subject)
	}
	if x.Note != "" {
		fmt.Fprintf(w, ", %s", x.Note)
	}
	fmt.Fprintln(w, ")")
}
