package entra

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// MatchError says that the matching query found something that must not be bound to the object.
type MatchError struct {
	Filter string
	Reason string
}

func (e *MatchError) Error() string {
	return fmt.Sprintf("match by %s: %s", e.Filter, e.Reason)
}

// request makes a call that has to succeed.
func (t *task) request(ctx context.Context, c call) (answer, error) {
	a, err := t.send(ctx, c)
	if err != nil {
		return a, err
	}
	t.checkStatus(c, a)
	if !a.ok() {
		return a, t.refused(c, a)
	}
	return a, nil
}

func (t *task) refused(c call, a answer) *RequestError {
	return &RequestError{
		Step: c.step, Method: c.method, URL: t.run.p.endpoint.url(c.path, c.query),
		Status: a.status, Detail: shorten(a.body),
	}
}

// query asks for a list. 404 is no answer to a query: Entra takes it for a broken endpoint and quarantines the job.
func (t *task) query(ctx context.Context, c call) ([]resource, error) {
	a, err := t.request(ctx, c)
	if a.status == http.StatusNotFound {
		return nil, &QuarantineError{Reason: err.Error() + "; a query that finds nothing has to be answered 200 with an empty ListResponse"}
	}
	if err != nil {
		return nil, err
	}
	found, err := parseList(a.body)
	if err != nil {
		t.complain(c, ruleListBody, fmt.Sprintf("%s: %v", c.step, err))
		return nil, t.unreadable(c, a, err)
	}
	if strings.Contains(c.query, "attributes=id") {
		return found.Resources, nil
	}
	for _, r := range found.Resources {
		t.checkResource(c, r)
	}
	return found.Resources, nil
}

// resourceFrom reads the resource in an answer.
func (t *task) resourceFrom(c call, a answer) (resource, error) {
	r, err := parseResource(a.body)
	if err != nil {
		return nil, t.unreadable(c, a, err)
	}
	t.checkResource(c, r)
	return r, nil
}

func (t *task) unreadable(c call, a answer, err error) *RequestError {
	e := t.refused(c, a)
	e.Detail = err.Error() + ": " + e.Detail
	return e
}

// match looks for the object by each matching attribute in turn and stops at the first that finds something. It
// returns "" if none does.
func (t *task) match(ctx context.Context, o subject) (id string, err error) {
	for _, a := range o.matching {
		value, _ := a.value.(string)
		query := equals(a.path, value)
		if o.excluded != "" {
			query = o.excluded + "&" + query
		}
		c := call{step: "match " + o.noun, method: http.MethodGet, path: o.path, query: query}
		found, err := t.query(ctx, c)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return t.bind(c, o, a, found)
		}
	}
	return "", nil
}

// bind decides whether what was found may be taken for the object.
func (t *task) bind(c call, o subject, a attribute, found []resource) (string, error) {
	filter := fmt.Sprintf("%s eq %q", a.path, a.value)
	for _, r := range found {
		if got := r.text(a.path); !strings.EqualFold(got, a.value.(string)) {
			t.complain(c, ruleFilter, fmt.Sprintf("%s returned a resource with %q", filter, got))
			return "", &MatchError{filter, "the server returned a resource that does not match"}
		}
	}
	if len(found) > 1 {
		return "", &MatchError{filter, fmt.Sprintf("%d resources match, where one was expected", len(found))}
	}
	id := found[0].id()
	if id == "" {
		return "", &MatchError{filter, "the server returned a resource without an id"}
	}
	if other, taken := t.run.p.holder(o.path + "/" + id); taken && other != o.id {
		return "", &MatchError{filter, "it belongs to " + t.run.view.name(other) + " already"}
	}
	return id, nil
}
