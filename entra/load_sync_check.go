package entra

import (
	"context"
	"fmt"
)

// How much of a synchronization is read back: all counts, a sample of the people, and the members of a few groups,
// always of the largest.
const (
	checkedUsers  = 500
	checkedGroups = 25
)

func (s *firstSync) countBefore(ctx context.Context) error {
	w := s.load.newWorker(0, nil)
	defer w.close()
	for i, k := range []kind{userKind, groupKind} {
		n, err := w.total(ctx, k)
		if err != nil {
			return fmt.Errorf("count what is there before: %w", err)
		}
		s.had[i] = n
	}
	return nil
}

// check reads back what the server acknowledged.
func (s *firstSync) check(ctx context.Context) []error {
	w := s.load.newWorker(0, nil)
	defer w.close()
	var found []error
	note := func(err error) {
		if err != nil {
			found = append(found, err)
		}
	}
	note(s.checkTotal(ctx, w, userKind, s.had[0]+len(s.users)))
	note(s.checkTotal(ctx, w, groupKind, s.had[1]+len(s.groups)))
	for range min(checkedUsers, len(s.users)) {
		n := w.rng.IntN(len(s.users))
		note(w.read(ctx, &loadPerson{number: n, id: s.users[n]}))
	}
	for i := range min(checkedGroups, len(s.groups)) {
		g := 0
		if i > 0 {
			g = w.rng.IntN(len(s.groups))
		}
		note(s.checkGroup(ctx, w, g))
	}
	return found
}

func (s *firstSync) checkTotal(ctx context.Context, w *worker, k kind, want int) error {
	got, err := w.total(ctx, k)
	if err == nil && got != want {
		return wrong("count "+k.noun+"s", "the server says %d, not %d", got, want)
	}
	return err
}

func (s *firstSync) checkGroup(ctx context.Context, w *worker, g int) error {
	found, err := w.membersOf(ctx, s.groups[g])
	if err != nil {
		return err
	}
	size, member := s.spread.size(g), s.spread.members(g)
	missing := 0
	for j := range size {
		if !found[s.users[member(j)]] {
			missing++
		}
	}
	if missing > 0 || len(found) != size {
		return wrong("read members", "group %q has %d members, not %d, and %d acknowledged ones are missing", s.load.population.groupName(g), len(found), size, missing)
	}
	return nil
}
