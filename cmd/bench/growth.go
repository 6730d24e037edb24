package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// pageSize is how many users a page of a list has.
const pageSize = 100

// measureGrowth measures how costs grow with the directory: a large one beside the small one, and the memory and the start of its server.
func (s *site) measureGrowth(ctx context.Context, small *house, kind string) (rows []row, err error) {
	if s.people <= s.users {
		return nil, nil
	}
	large, err := s.newHouse(ctx, s.program, kind, s.people+s.rounds*additionsInARound)
	if err != nil {
		return nil, err
	}
	s.say("%s, how it grows", kind)
	for _, measure := range []func() ([]row, error){
		func() ([]row, error) { return s.lookUpAmongMany(small, large, kind) },
		func() ([]row, error) { return s.addToMany(large, kind) },
		func() ([]row, error) { return s.lastPage(large, kind) },
		func() ([]row, error) { return s.secondNode(ctx, large, kind) },
		func() ([]row, error) { return nil, large.stop() }, // a file of SQLite is for one server
		func() ([]row, error) { return s.memory(ctx, large, kind) },
		func() ([]row, error) { return s.startUp(ctx, large, kind) },
	} {
		more, err := measure()
		if err != nil {
			return nil, errors.Join(err, large.close())
		}
		rows = append(rows, more...)
	}
	return rows, large.close()
}

// timesOf is a row for how many times as long one thing takes as another, in milliseconds of the first.
func timesOf(kind, name string, first time.Duration, ratios []float64, t target) row {
	r := row{Database: kind, Name: name, Value: first.Seconds() * 1000, Unit: "ms", Target: t}
	r.relate(ratios)
	return r
}

// lookUpAmongMany compares the CPU time of a look-up in the two directories.
func (s *site) lookUpAmongMany(small, large *house, kind string) ([]row, error) {
	var at series
	for range s.rounds {
		few, err := s.take(small.lookUps(), s.connections, small)
		if err != nil {
			return nil, err
		}
		many, err := s.take(large.lookUps(), s.connections, large)
		if err != nil {
			return nil, err
		}
		at.samples = append(at.samples, many)
		if cost := few.each(few.server + few.database); cost > 0 {
			at.shares = append(at.shares, many.each(many.server+many.database)/cost)
		}
	}
	return []row{newRow(kind, fmt.Sprintf("look-up among %d: CPU, times that among %d", len(large.users), len(small.users)), at, target{atMost, 1.3, 1.1})}, nil
}

// additionsInARound is how many members are added to the large group and to empty ones in a round.
const additionsInARound = 100

// addToMany compares adding a member to a group of everybody with adding one to an empty group.
func (s *site) addToMany(large *house, kind string) ([]row, error) {
	everybody, err := large.fill(s.people)
	if err != nil {
		return nil, err
	}
	c, err := dial(large.address, "Authorization: Bearer "+large.token)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	var ratios []float64
	var last time.Duration
	for round := range s.rounds {
		var many, none []time.Duration
		for i := range additionsInARound {
			user := large.users[s.people+round*additionsInARound+i]
			empty, err := large.addGroup(c)
			if err != nil {
				return nil, err
			}
			for group, took := range map[string]*[]time.Duration{everybody: &many, empty: &none} {
				began := time.Now()
				if err := large.add(c, group, user); err != nil {
					return nil, err
				}
				*took = append(*took, time.Since(began))
			}
		}
		last = time.Duration(median(many, nanoseconds))
		ratios = append(ratios, float64(last)/median(none, nanoseconds))
	}
	return []row{timesOf(kind, fmt.Sprintf("add to a group of %d, times an empty one", s.people), last, ratios, target{atMost, 1.1, 1.02})}, nil
}

func nanoseconds(d time.Duration) float64 { return float64(d) }

// lastPage compares the last full page of a list with the first, by index and by cursor.
func (s *site) lastPage(large *house, kind string) ([]row, error) {
	c, err := dial(large.address, "Authorization: Bearer "+large.token)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	pages := s.people / pageSize
	cursor, err := cursorOf(c, pages)
	if err != nil {
		return nil, err
	}
	list := fmt.Sprintf("/scim/v2/Users?count=%d&", pageSize)
	var rows []row
	for _, by := range []struct{ name, first, last string }{
		{"index", "startIndex=1", fmt.Sprintf("startIndex=%d", (pages-1)*pageSize+1)}, {"cursor", "cursor=", "cursor=" + cursor},
	} {
		var ratios []float64
		var took time.Duration
		for range s.rounds {
			first, err := s.timeOf(c, list+by.first)
			if err != nil {
				return nil, err
			}
			if took, err = s.timeOf(c, list+by.last); err != nil {
				return nil, err
			}
			ratios = append(ratios, float64(took)/float64(first))
		}
		rows = append(rows, timesOf(kind, fmt.Sprintf("page %d by %s, times page 1", pages, by.name), took, ratios, target{atMost, 1.3, 1.1}))
	}
	return rows, nil
}

// timeOf is the median time of a request for a page.
func (s *site) timeOf(c *caller, page string) (time.Duration, error) {
	got, err := closedLoop(func(int) ([]worker, func(), error) {
		return []worker{func() error {
			_, err := c.expect(http.StatusOK, []string{fmt.Sprintf(`"itemsPerPage":%d`, pageSize)}, http.MethodGet, page, nil)
			return err
		}}, func() {}, nil
	}, 1, s.each/2)
	return got.median, err
}

// cursorOf goes through the list to where a page begins.
func cursorOf(c *caller, page int) (cursor string, err error) {
	for range page - 1 {
		answer, err := c.expect(http.StatusOK, nil, http.MethodGet, fmt.Sprintf("/scim/v2/Users?count=%d&attributes=userName&cursor=%s", pageSize, cursor), nil)
		if err != nil {
			return "", err
		}
		var list struct{ NextCursor string }
		if err := json.Unmarshal(answer, &list); err != nil {
			return "", err
		}
		cursor = list.NextCursor
	}
	return cursor, nil
}

// secondNode compares the CPU time of a look-up on two servers of one database with that on one.
func (s *site) secondNode(ctx context.Context, h *house, kind string) ([]row, error) {
	if kind != "postgres" {
		return nil, nil
	}
	second, address, err := h.serve(ctx)
	if err != nil {
		return nil, err
	}
	node := &house{door: door{address: address, token: h.token, users: h.users}, server: second}
	var at series
	for range s.rounds {
		if err := s.takeBoth(&at, h, node); err != nil {
			return nil, errors.Join(err, second.Stop())
		}
	}
	return []row{newRow(kind, "look-ups on two nodes: times one, by CPU a request", at, target{atLeast, 1.8, 1.95})}, second.Stop()
}

// costTries is how often a cost is measured until the kernel, which counts hundredths of a second, tells one.
const costTries = 10

// takeBoth measures two servers side by side, each with half of the clients, and before that the first alone.
func (s *site) takeBoth(to *series, first, second *house) (err error) {
	var alone sample
	for try := 0; try < costTries && alone.server == 0; try++ {
		if alone, err = s.take(first.lookUps(), s.connections, first); err != nil {
			return err
		}
	}
	before := cpuTime(second.server.ID())
	both := func(workers int) ([]worker, func(), error) {
		here, doneHere, err := first.lookUps()((workers + 1) / 2)
		if err != nil {
			return nil, nil, err
		}
		there, doneThere, err := second.lookUps()(workers / 2)
		if err != nil {
			doneHere()
			return nil, nil, err
		}
		return append(here, there...), func() { doneHere(); doneThere() }, nil
	}
	got, err := s.take(both, s.connections, first)
	if err != nil {
		return err
	}
	got.server += cpuTime(second.server.ID()) - before
	to.samples = append(to.samples, got)
	if cost := got.each(got.server); cost > 0 {
		to.shares = append(to.shares, 2*alone.each(alone.server)/cost)
	}
	return nil
}
