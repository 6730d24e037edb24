package entra

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// WrongAnswerError is an answer that came and is not true.
type WrongAnswerError struct {
	Step   string
	Detail string
}

func (e *WrongAnswerError) Error() string { return e.Step + ": " + e.Detail }

func wrong(step, format string, a ...any) error {
	return &WrongAnswerError{Step: step, Detail: fmt.Sprintf(format, a...)}
}

// send makes one call and holds its status to those expected.
func (w *worker) send(ctx context.Context, c call, expected ...int) (answer, error) {
	var body []byte
	if c.body != nil {
		encoded, err := encode(c.body)
		if err != nil {
			return answer{}, fmt.Errorf("%s: encode the body: %w", c.step, err)
		}
		body = encoded
	}
	target := w.load.endpoint.url(c.path, c.query)
	a, err := w.scim.exchange(ctx, c.method, target, body)
	w.statuses[a.status]++
	refused := &RequestError{Step: c.step, Method: c.method, URL: target, Status: a.status}
	if err != nil {
		refused.Detail = err.Error()
		return a, refused
	}
	if !slices.Contains(expected, a.status) {
		refused.Detail = shorten(a.body)
		return a, refused
	}
	return a, nil
}

// find lists what has the value, by the matching query that Entra sends before each creation.
func (w *worker) find(ctx context.Context, k kind, attribute, value string) (list, error) {
	query := equals(attribute, value)
	if k.excluded != "" {
		query = k.excluded + "&" + query
	}
	return w.list(ctx, call{step: "look up " + k.noun, path: k.path, query: query})
}

func (w *worker) list(ctx context.Context, c call) (list, error) {
	c.method = http.MethodGet
	a, err := w.send(ctx, c, http.StatusOK)
	if err != nil {
		return list{}, err
	}
	found, err := parseList(a.body)
	if err != nil {
		return list{}, wrong(c.step, "%v", err)
	}
	return found, nil
}

// absent looks for something that is not there.
func (w *worker) absent(ctx context.Context, k kind, attribute, value string) error {
	found, err := w.find(ctx, k, attribute, value)
	if err != nil {
		return err
	}
	if found.total() != 0 || len(found.Resources) != 0 {
		return wrong("look up "+k.noun, "%d resources have %s %q, which nobody should have; use another seed if an earlier run left them", found.total(), attribute, value)
	}
	return nil
}

// present looks for something that is there once.
func (w *worker) present(ctx context.Context, k kind, attribute, value, id string) error {
	found, err := w.find(ctx, k, attribute, value)
	if err != nil {
		return err
	}
	if found.total() != 1 || len(found.Resources) != 1 {
		return wrong("look up "+k.noun, "%s %q was found %d times on a page of %d, not once", attribute, value, found.total(), len(found.Resources))
	}
	r := found.Resources[0]
	if r.id() != id || !strings.EqualFold(r.text(attribute), value) {
		return wrong("look up "+k.noun, "%s %q was answered with %q, id %q instead of %q", attribute, value, r.text(attribute), r.id(), id)
	}
	return nil
}

// create posts a person or a group and returns its id.
func (w *worker) create(ctx context.Context, k kind, attributes []attribute) (id string, err error) {
	step := "create " + k.noun
	a, err := w.send(ctx, call{step: step, method: http.MethodPost, path: k.path, body: k.body(w.dialect(), attributes)}, http.StatusCreated)
	if err != nil {
		return "", err
	}
	r, err := parseResource(a.body)
	if err != nil {
		return "", wrong(step, "%v", err)
	}
	if r.id() == "" {
		return "", wrong(step, "the answer has no id")
	}
	return r.id(), holds(step, r, attributes)
}

// dialect is that of the next request.
func (w *worker) dialect() Dialect {
	if d := w.load.dialect; d != DialectBoth {
		return d
	}
	if w.rng.IntN(2) == 0 {
		return DialectClassic
	}
	return DialectCompliant
}

// holds checks that a resource has the attributes.
func holds(step string, r resource, attributes []attribute) error {
	for _, a := range attributes {
		if want, got := asText(a.value), r.text(a.path); want != got {
			return wrong(step, "%s of %s is %q, not %q", a.path, r.id(), got, want)
		}
	}
	return nil
}

// patch changes a person. What is acknowledged is wanted from then on.
func (w *worker) patch(ctx context.Context, p *loadPerson, step string, changes ...change) error {
	a, err := w.send(ctx, call{
		step: step, method: http.MethodPatch, path: userKind.path + "/" + p.id, body: w.dialect().patchAttributes(changes),
	}, http.StatusOK, http.StatusNoContent)
	p.touched = true
	if err != nil {
		p.unsure = true
		return err
	}
	sent := make([]attribute, len(changes))
	for i, c := range changes {
		p.set(c.path, c.value)
		sent[i] = attribute{c.path, c.value}
	}
	if len(a.body) == 0 {
		return nil
	}
	r, err := parseResource(a.body)
	if err != nil {
		return wrong(step, "%v", err)
	}
	if r.id() != p.id {
		return wrong(step, "the answer is about %q, not %q", r.id(), p.id)
	}
	return holds(step, r, sent)
}

// read gets a person and checks every attribute.
func (w *worker) read(ctx context.Context, p *loadPerson) error {
	const step = "get user"
	a, err := w.send(ctx, call{step: step, method: http.MethodGet, path: userKind.path + "/" + p.id}, http.StatusOK)
	if err != nil {
		return err
	}
	r, err := parseResource(a.body)
	if err != nil {
		return wrong(step, "%v", err)
	}
	if r.id() != p.id {
		return wrong(step, "the answer is about %q, not %q", r.id(), p.id)
	}
	if p.unsure {
		return nil
	}
	return holds(step, r, w.load.wanted(p))
}

// total asks how many resources of a kind there are.
func (w *worker) total(ctx context.Context, k kind) (int, error) {
	query := "startIndex=1&count=1"
	if k.excluded != "" {
		query = k.excluded + "&" + query
	}
	l, err := w.list(ctx, call{step: "count " + k.noun + "s", path: k.path, query: query})
	if err != nil {
		return 0, err
	}
	return l.total(), nil
}

// page asks for one page of people, from 0.
func (w *worker) page(ctx context.Context, n, size int) (list, error) {
	return w.list(ctx, call{
		step: "list users", path: userKind.path, query: "startIndex=" + strconv.Itoa(n*size+1) + "&count=" + strconv.Itoa(size),
	})
}
