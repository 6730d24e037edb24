package entra

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// contend changes one attribute of one person, or one membership of one group, with everybody else. With more
// connections than contested attributes there are several such people.
func contend(ctx context.Context, w *worker, k int64) error {
	w.cursor++
	if w.cursor%2 == 0 {
		return w.flip(ctx, w.load.world.groups[0], w.own(w.cursor/2))
	}
	p := w.load.world.people[w.index/len(contested)]
	path := contested[w.index%len(contested)]
	return w.contest(ctx, p, path, fmt.Sprintf("%d by %d", k, w.index))
}

// contest is patch for a person whom other workers change at the same time, each another attribute.
func (w *worker) contest(ctx context.Context, p *loadPerson, path, value string) error {
	mine := loadPerson{number: p.number, id: p.id}
	err := w.patch(ctx, &mine, "patch user", change{verbReplace, path, value})
	w.load.world.mu.Lock()
	defer w.load.world.mu.Unlock()
	p.touched = true
	if mine.unsure {
		p.unsure = true
	}
	for _, a := range mine.changed {
		p.set(a.path, a.value)
	}
	return err
}

// flip makes somebody a member, or no longer one.
func (w *worker) flip(ctx context.Context, g *loadGroup, person int) error {
	if g.has(person) {
		return w.changeMembers(ctx, g, verbRemove, person)
	}
	return w.changeMembers(ctx, g, verbAdd, person)
}

// cyclePiece is what Entra does about one object that changed. The shares are in the workload's description.
func cyclePiece(ctx context.Context, w *worker, k int64) error {
	switch share := w.rng.IntN(100); {
	case share < 35:
		return w.compareAndPatch(ctx, w.anyOwn(), k)
	case share < 45:
		return createPerson(ctx, w, k)
	case share < 55:
		p := w.anyOwn()
		if err := w.read(ctx, p); err != nil {
			return err
		}
		return w.toggle(ctx, p)
	}
	groups := w.load.world.groups
	return w.flip(ctx, groups[w.rng.IntN(len(groups))], w.own(w.rng.IntN(1<<30)))
}

// compareAndPatch reads a person before changing one attribute, as Entra does.
func (w *worker) compareAndPatch(ctx context.Context, p *loadPerson, k int64) error {
	if err := w.read(ctx, p); err != nil {
		return err
	}
	return w.patch(ctx, p, "patch user", change{verbReplace, "title", fmt.Sprintf("Title %d", k)})
}

// listPage is how many people a page of the workload list asks for.
const listPage = 100

// listing is what the workload list has seen.
type listing struct {
	total int
	mu    sync.Mutex
	on    map[string]int // page by id
}

func beginList(ctx context.Context, l *Load) (piece, error) {
	w := l.newWorker(0, nil)
	defer w.close()
	total, err := w.total(ctx, userKind)
	if err != nil {
		return nil, err
	}
	if total < len(l.world.people) {
		return nil, wrong("count users", "the server says that it has %d, and has acknowledged %d", total, len(l.world.people))
	}
	p := &listing{total: total, on: map[string]int{}}
	return p.read, nil
}

// read asks for the k-th page, in a circle. Nobody may be on two pages, and each page has its exact length.
func (p *listing) read(ctx context.Context, w *worker, k int64) error {
	n := int(k) % ((p.total + listPage - 1) / listPage)
	found, err := w.page(ctx, n, listPage)
	if err != nil {
		return err
	}
	if found.total() != p.total {
		return wrong("list users", "page %d says %d in all, the first one said %d", n, found.total(), p.total)
	}
	if want := min(listPage, p.total-n*listPage); len(found.Resources) != want {
		return wrong("list users", "page %d holds %d people, not %d", n, len(found.Resources), want)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range found.Resources {
		if before, seen := p.on[r.id()]; seen && before != n {
			return wrong("list users", "%s is on the pages %d and %d", r.id(), before, n)
		}
		p.on[r.id()] = n
	}
	return nil
}

// userHeader is where a forward-auth endpoint names the person.
const userHeader = "X-Doorlist-User"

// beginVerify asks once before the measurement, so that a cookie that is no good is found at once.
func beginVerify(ctx context.Context, l *Load) (piece, error) {
	w := l.newWorker(0, nil)
	defer w.close()
	user, err := w.verify(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *worker, _ int64) error {
		now, err := w.verify(ctx)
		if err == nil && now != user {
			return wrong("verify", "%s is %q, and was %q", userHeader, now, user)
		}
		return err
	}, nil
}

func (w *worker) verify(ctx context.Context) (user string, err error) {
	a, err := w.check.exchange(ctx, http.MethodGet, w.check.origin.target(), nil)
	w.statuses[a.status]++
	refused := &RequestError{Step: "verify", Method: http.MethodGet, URL: w.load.options.CheckURL, Status: a.status}
	if err != nil {
		refused.Detail = err.Error()
		return "", refused
	}
	if a.status != http.StatusOK {
		refused.Detail = a.header.Get("X-Doorlist-Reason")
		return "", refused
	}
	return a.header.Get(userHeader), nil
}
