package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// outcome is what became of a mistake.
type outcome int

const (
	survived outcome = iota
	unreached
	noticed
)

// judge tries every mistake that has no excuse.
func (all *field) judge(ctx context.Context, suites []*suite, workers int, stdout io.Writer) error {
	if err := inTurn(ctx, workers, suites, func(ctx context.Context, s *suite) error { return s.explore(ctx) }); err != nil {
		return err
	}
	var mu sync.Mutex
	numbers := make([]int, len(all.mistakes))
	for i := range numbers {
		numbers[i] = i + 1
	}
	return inTurn(ctx, workers, numbers, func(ctx context.Context, n int) error {
		m := all.mistakes[n-1]
		if m.left || m.excuse != "" {
			return nil
		}
		var err error
		if m.outcome, err = tryMistake(ctx, m, n, suites); err != nil || m.outcome == noticed {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		_, err = fmt.Fprintln(stdout, map[outcome]string{survived: "SURVIVED", unreached: "NOT REACHED"}[m.outcome], m)
		return err
	})
}

func tryMistake(ctx context.Context, m *mistake, number int, suites []*suite) (outcome, error) {
	found := unreached
	for _, s := range inOrder(m, number, suites) {
		failed, err := s.notices(ctx, number)
		if failed || err != nil {
			return noticed, err
		}
		found = survived
	}
	return found, nil
}

// inOrder lists the suites that reach a mistake, those first that will likely notice it soon: that are called after its file, and that are quick.
func inOrder(m *mistake, number int, suites []*suite) []*suite {
	list := slices.DeleteFunc(slices.Clone(suites), func(s *suite) bool { return !s.reached[number] || !slices.Contains(m.tests, s.pkg) })
	stem := strings.TrimSuffix(m.file, ".go")
	slices.SortStableFunc(list, func(a, b *suite) int {
		if of := strings.HasPrefix(a.file, stem); of != strings.HasPrefix(b.file, stem) {
			return map[bool]int{true: -1, false: 1}[of]
		}
		return cmp.Compare(a.lasts, b.lasts)
	})
	return list
}

// inTurn does jobs, several at a time, until one fails.
func inTurn[T any](ctx context.Context, workers int, jobs []T, do func(ctx context.Context, job T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan T)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for job := range queue {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, job); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	group.Wait()
	return context.Cause(ctx)
}

// equivalents lists what no test can notice.
//
//go:embed equivalent.txt
var equivalents string

// excuse reads a list of mistakes that change nothing: a line for each, and the reason in lines below it that begin with a tab.
func (all *field) excuse(list string) error {
	byKey := map[string][]*mistake{}
	for _, m := range all.mistakes {
		byKey[m.key()] = append(byKey[m.key()], m)
	}
	var excused []*mistake
	for line := range strings.Lines(list) {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case strings.HasPrefix(line, "\t"):
			for _, m := range excused {
				m.excuse = text
			}
		case all.knows(text) && len(byKey[text]) == 0:
			return fmt.Errorf("equivalent.txt: there is no mistake %s", text)
		default:
			excused = byKey[text]
		}
	}
	return nil
}

// knows says whether the file of a line of equivalent.txt is measured now.
func (all *field) knows(line string) bool {
	file, _, _ := strings.Cut(line, " ")
	_, known := all.sources[file]
	return known
}

// count is what became of the mistakes in a file.
type count struct{ noticed, tried, excused int }

func (c *count) add(m *mistake) {
	switch {
	case m.left:
	case m.excuse != "":
		c.excused++
	case m.outcome == noticed:
		c.noticed++
		c.tried++
	default:
		c.tried++
	}
}

func (c *count) percent() float64 { return 100 * float64(c.noticed) / float64(max(1, c.tried)) }

// report prints how many mistakes in each file were noticed, and returns the percentage of all.
func (all *field) report(stdout io.Writer) float64 {
	files, total := map[string]*count{}, &count{}
	for _, m := range all.mistakes {
		if files[m.file] == nil {
			files[m.file] = &count{}
		}
		files[m.file].add(m)
		total.add(m)
	}
	show := func(what string, c *count) {
		fmt.Fprintf(stdout, "%6.1f%%  %-28s %4d of %4d mistakes were noticed, and %d cannot be\n", c.percent(), what, c.noticed, c.tried, c.excused)
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		show(file, files[file])
	}
	show("all", total)
	return total.percent()
}
