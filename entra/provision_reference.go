package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// errNotThereYet puts a reference off: one of its ends does not exist at the server yet.
var errNotThereYet = errors.New("entra: one end of the reference is not at the server yet")

// references lists every manager and membership that the server has not acknowledged. It compares the whole
// directory, in memory, so what failed or was put off comes again by itself; Entra itself leaves a reference unset
// until a restart if its target came into scope late.
func (r *run) references() []item {
	var items []item
	for _, id := range r.view.order {
		if _, person := r.view.people[id]; person {
			items = append(items, r.managerItem(id)...)
			continue
		}
		items = append(items, r.memberItems(id)...)
	}
	return items
}

// arrives says whether the object is at the server, or will be by the end of this cycle.
func (r *run) arrives(id string) bool {
	_, linked := r.p.linked(id)
	return linked || r.view.provisionable(id)
}

// lost notices that the object vanished from the server: the next cycle begins anew with it.
func (t *task) lost(a answer, objectID string, err error) error {
	if a.status == http.StatusNotFound {
		t.run.p.setRetry(objectID, true)
	}
	return err
}

// hasReference asks whether a reference is there already, with the two terms in either order, as documented. It says
// no without asking unless the job has ReferenceChecks.
func (t *task) hasReference(ctx context.Context, k kind, id, attribute, value, extra string) (bool, error) {
	if !t.run.p.referenceChecks {
		return false, nil
	}
	terms := []string{"id eq " + quoteFilter(id), attribute + " eq " + quoteFilter(value)}
	if t.rng.IntN(2) == 0 {
		slices.Reverse(terms)
	}
	c := call{step: "check reference", method: http.MethodGet, path: k.path,
		query: "filter=" + url.QueryEscape(strings.Join(terms, " and ")) + "&" + extra}
	found, err := t.query(ctx, c)
	if err != nil {
		return false, err
	}
	if len(found) > 0 && found[0].id() != id {
		t.complain(c, ruleFilter, fmt.Sprintf("%s for id %s returned id %s", c.step, id, found[0].id()))
	}
	return len(found) == 1 && found[0].id() == id, nil
}
