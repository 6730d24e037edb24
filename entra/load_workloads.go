package entra

import (
	"context"
	"fmt"
	"sync/atomic"
)

// workloads lists every kind of traffic, in the order of the help.
func workloads() []workload {
	return []workload{
		{"lookup", "GET /Users by userName, somebody and nobody in turn", needsPeople, simply(lookup)},
		{"get", "GET /Users/ID, every attribute compared", needsPeople, simply(getPerson)},
		{"create", "a lookup that finds nobody, then POST /Users", needsNothing, simply(createPerson)},
		{"patch", "PATCH of three attributes of a person, one by a value path", needsPeople, simply(patchPerson)},
		{"disable", "PATCH active to false, of everybody in turn, and then to true again", needsPeople, simply(disablePerson)},
		{"list", "one page of 100 people after another", needsPeople, beginList},
		{"filter", "sw, co, and, or, gt and value paths, with answers that are known", needsPeople, simply(filterPeople)},
		{"group-create", "a lookup that finds no group, then POST /Groups", needsNothing, simply(createGroup)},
		{"member-add", "PATCH that adds one member to a group, all connections at the same groups", needsGroups, beginMembers(verbAdd)},
		{"member-remove", "PATCH that removes one member from a group", needsFullGroups, beginMembers(verbRemove)},
		{"contend", "all connections change one person and one group; finds lost updates", needsGroups, simply(contend)},
		{"cycle", "what Entra does in incremental cycles: 35 % changes, 10 % new people, 10 % disabled or enabled, 45 % memberships", needsGroups, simply(cyclePiece)},
		{"verify", "GET of a forward-auth endpoint with a cookie or bearer token", needsCheckURL, beginVerify},
	}
}

// simply is for workloads that keep nothing of their own.
func simply(do piece) func(context.Context, *Load) (piece, error) {
	return func(context.Context, *Load) (piece, error) { return do, nil }
}

// own returns the i-th person, in a circle, of those that only this worker changes.
func (w *worker) own(i int) int {
	people, workers := len(w.load.world.people), w.load.options.Connections
	mine := (people - w.index + workers - 1) / workers
	return w.index + i%mine*workers
}

// anyOwn is a person at random of those that only this worker changes, so that what they look like is known.
func (w *worker) anyOwn() *loadPerson { return w.load.world.people[w.own(w.rng.IntN(1<<30))] }

// nextOwn goes through them one after another.
func (w *worker) nextOwn() *loadPerson {
	p := w.load.world.people[w.own(w.cursor)]
	w.cursor++
	return p
}

func lookup(ctx context.Context, w *worker, k int64) error {
	if k%2 == 1 {
		return w.absent(ctx, userKind, "userName", w.load.population.nobody(k))
	}
	p := w.anyOwn()
	return w.present(ctx, userKind, "userName", w.load.population.userName(p.number), p.id)
}

func getPerson(ctx context.Context, w *worker, _ int64) error { return w.read(ctx, w.anyOwn()) }

func createPerson(ctx context.Context, w *worker, _ int64) error {
	n := w.load.world.reserve()
	if err := w.absent(ctx, userKind, "userName", w.load.population.userName(n)); err != nil {
		return err
	}
	id, err := w.create(ctx, userKind, w.load.population.attributes(n))
	if id != "" {
		w.load.world.addPerson(n, id)
	}
	return err
}

func createGroup(ctx context.Context, w *worker, _ int64) error {
	n := w.load.world.reserveGroup()
	if err := w.absent(ctx, groupKind, "displayName", w.load.population.groupName(n)); err != nil {
		return err
	}
	id, err := w.create(ctx, groupKind, w.load.population.groupAttributes(n))
	if id != "" {
		w.load.world.addGroup(n, id)
	}
	return err
}

func patchPerson(ctx context.Context, w *worker, k int64) error {
	return w.patch(ctx, w.nextOwn(), "patch user",
		change{verbReplace, "displayName", fmt.Sprintf("Changed %d", k)},
		change{verbReplace, "title", fmt.Sprintf("Title %d", k)},
		change{verbReplace, `phoneNumbers[type eq "work"].value`, fmt.Sprintf("+1 425 %07d", k)})
}

func disablePerson(ctx context.Context, w *worker, _ int64) error {
	return w.toggle(ctx, w.nextOwn())
}

func (w *worker) toggle(ctx context.Context, p *loadPerson) error {
	return w.patch(ctx, p, "disable or enable user", change{verbReplace, "active", !p.active()})
}

// beginMembers goes through the pairs of a person and a group, neighbors in different groups, and changes each whose
// membership is not yet as wanted.
func beginMembers(v verb) func(context.Context, *Load) (piece, error) {
	return func(context.Context, *Load) (piece, error) {
		var next atomic.Int64
		return func(ctx context.Context, w *worker, _ int64) error {
			people, groups := len(w.load.world.people), w.load.world.groups
			for {
				n := int(next.Add(1) - 1)
				if n >= people*len(groups) {
					return errNothingLeft
				}
				g, p := groups[n%len(groups)], n/len(groups)
				if g.has(p) != (v == verbAdd) {
					return w.changeMembers(ctx, g, v, p)
				}
			}
		}, nil
	}
}

// contested are attributes of one person that different workers change: whoever loses an update is found out.
var contested = []string{
	"title", "displayName", "nickName", "userType", "name.givenName", "name.familyName", "name.middleName",
	"name.honorificPrefix", "name.honorificSuffix", enterpriseSchema + ":costCenter", enterpriseSchema + ":division",
	enterpriseSchema + ":organization", enterpriseSchema + ":department", enterpriseSchema + ":employeeNumber",
}
