package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// kinds are the databases.
var kinds = []string{"postgres", "sqlite"}

// measureServer measures the program as a whole on each database.
func (s *site) measureServer(ctx context.Context) (rows []row, err error) {
	for _, kind := range kinds {
		of, err := s.measureDatabase(ctx, kind)
		if err != nil {
			return nil, fmt.Errorf("measuring %s: %w", kind, err)
		}
		rows = append(rows, of...)
	}
	return rows, nil
}

func (s *site) measureDatabase(ctx context.Context, kind string) ([]row, error) {
	h, err := s.newHouse(ctx, s.program, kind, s.users)
	if err != nil {
		return nil, err
	}
	rows, err := s.againstLimits(ctx, h, kind)
	if err == nil {
		var more []row
		more, err = s.measureGrowth(ctx, h, kind)
		rows = append(rows, more...)
	}
	return rows, errors.Join(err, h.close())
}

// series are the samples of one thing, one a round, and the shares of a limit that they came to.
type series struct {
	samples []sample
	shares  []float64
}

// againstLimits measures the limits and the operations in turn, so that whatever else the machine does meets both.
func (s *site) againstLimits(ctx context.Context, h *house, kind string) ([]row, error) {
	r, err := s.newRaw(ctx, kind)
	if err != nil {
		return nil, err
	}
	atLimit, atServer := map[limit]*series{}, make([]series, len(operations))
	for round := range s.rounds {
		s.say("%s, round %d of %d", kind, round+1, s.rounds)
		rates, err := s.measureLimits(r, h, atLimit)
		if err == nil {
			err = s.measureOperations(round, h, rates, atServer)
		}
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	var rows []row
	for _, l := range limits {
		rows = append(rows, newRow(kind, string(l), *atLimit[l], target{}))
	}
	for i, o := range operations {
		rows = append(rows, newRow(kind, o.name, atServer[i], target{atLeast, o.floor, o.aim}))
	}
	return rows, r.close()
}

// measureLimits measures each limit once and adds what it gave.
func (s *site) measureLimits(r raw, h *house, to map[limit]*series) (rates map[limit]float64, err error) {
	rates = map[limit]float64{}
	for _, l := range limits {
		do := fixedLoad(s.fixed.First)
		if l != httpAnswer {
			do = r.load(l)
		}
		got, err := s.take(do, s.connections, h)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l, err)
		}
		if to[l] == nil {
			to[l] = &series{}
		}
		to[l].samples, rates[l] = append(to[l].samples, got), got.rate()
	}
	return rates, nil
}

// measureOperations measures each operation once, every other round backwards, and adds what it gave.
func (s *site) measureOperations(round int, h *house, rates map[limit]float64, to []series) error {
	order := make([]int, len(operations))
	for i := range order {
		order[i] = i
	}
	if round%2 == 1 {
		slices.Reverse(order)
	}
	for _, i := range order {
		got, err := s.measureOperation(operations[i], h)
		if err != nil {
			return fmt.Errorf("%s: %w", operations[i].name, err)
		}
		to[i].samples = append(to[i].samples, got)
		to[i].shares = append(to[i].shares, got.rate()/composed(operations[i].needs, rates))
	}
	return nil
}

func (s *site) measureOperation(o operation, h *house) (sample, error) {
	if o.prepare != nil {
		if err := o.prepare(&h.door); err != nil {
			return sample{}, err
		}
	}
	return s.take(o.load(&h.door), s.connections, h)
}
