package entra

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// kind is what differs between users and groups on the wire.
type kind struct {
	noun, path string
	excluded   string // query that keeps members out of answers
	body       func(Dialect, []attribute) object
}

var (
	userKind  = kind{noun: "user", path: "/Users", body: Dialect.createUser}
	groupKind = kind{noun: "group", path: "/Groups", excluded: "excludedAttributes=members", body: Dialect.createGroup}
)

// subject is one object of the directory, ready to be compared with the server.
type subject struct {
	kind
	id       string // object id
	name     string // for reports
	matching []attribute
	desired  []attribute
	// covered: in scope and not in the recycle bin. For any other object no mapping is evaluated.
	covered   bool
	creatable bool
}

func (r *run) subject(id string) subject {
	o := subject{id: id, name: r.view.name(id), covered: r.view.scope[id], creatable: r.view.provisionable(id)}
	if p, person := r.view.people[id]; person {
		o.kind, o.matching, o.desired = userKind, r.p.matching(p), r.p.attributes(p, r.roles)
		o.covered = o.covered && !p.SoftDeleted()
		return o
	}
	g := r.view.groups[id]
	o.kind, o.desired = groupKind, []attribute{{"displayName", g.DisplayName}, {"externalId", g.ObjectID}}
	o.matching = slices.DeleteFunc(slices.Clone(o.desired), func(a attribute) bool { return a.path != r.p.groupMatch })
	return o
}

// evaluate brings one object at the server to what the directory says, references apart.
func (t *task) evaluate(ctx context.Context, o subject) error {
	l, linked := t.run.p.linked(o.id)
	if !o.covered {
		if !linked {
			return nil
		}
		return t.disable(ctx, o, l)
	}
	if linked {
		found, err := t.reconcile(ctx, o, l)
		if found || err != nil {
			return err
		}
		t.run.p.unlink(o.id) // somebody deleted it at the server: begin anew
	}
	return t.matchOrCreate(ctx, o)
}

func (t *task) matchOrCreate(ctx context.Context, o subject) error {
	id, err := t.match(ctx, o)
	if err != nil {
		return err
	}
	if id != "" {
		return t.adopt(ctx, o, id)
	}
	if !o.creatable {
		t.run.count(func(report *Report) { report.Skipped++ })
		return nil
	}
	return t.create(ctx, o)
}

// adopt takes over what the matching query found.
func (t *task) adopt(ctx context.Context, o subject, id string) error {
	t.run.p.addLink(o, id, true)
	l, _ := t.run.p.linked(o.id)
	found, err := t.reconcile(ctx, o, l)
	if err == nil && !found {
		t.run.p.unlink(o.id)
		return &MatchError{"id " + id, "the query returned a " + o.noun + " that GET by id does not find"}
	}
	return err
}

// create posts the object, remembers its id and checks what came back.
func (t *task) create(ctx context.Context, o subject) error {
	c := call{step: "create " + o.noun, method: http.MethodPost, path: o.path, body: o.body(t.speak(), o.desired)}
	a, err := t.request(ctx, c)
	if err != nil {
		return err
	}
	r, err := t.resourceFrom(c, a)
	if err != nil {
		return err
	}
	if r.id() == "" {
		return t.unreadable(c, a, fmt.Errorf("the created %s has no id", o.noun))
	}
	t.checkDisjoint(c, o, r.id())
	t.run.p.addLink(o, r.id(), false)
	t.run.p.acknowledge(o.id, o.desired)
	t.checkFidelity(c, r, texts(o.desired))
	t.run.count(func(report *Report) { report.Created++ })
	return nil
}

// reconcile compares what the server has with the directory and patches the difference; false if the server has
// nothing under that id.
func (t *task) reconcile(ctx context.Context, o subject, l link) (found bool, err error) {
	current, found, err := t.read(ctx, o, l)
	if err != nil || !found {
		return found, err
	}
	t.run.p.updateLink(o.id, func(l *link) { l.unassigned = false })
	changes := t.run.p.compare(o.desired, current)
	if len(changes) == 0 {
		return true, nil
	}
	if slices.ContainsFunc(changes, change.disables) {
		return true, t.patch(ctx, o, l, "disable user", changes)
	}
	return true, t.patch(ctx, o, l, "patch "+o.noun, changes)
}

// read gets the object by the id that the job remembers; false if it is gone. It holds the server to what it
// acknowledged and takes over its idea of the manager, so that a manager that it does not return is sent again.
func (t *task) read(ctx context.Context, o subject, l link) (resource, bool, error) {
	c := call{step: "get " + o.noun, method: http.MethodGet, path: l.path(), query: o.excluded}
	a, err := t.request(ctx, c)
	if a.status == http.StatusNotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	r, err := t.resourceFrom(c, a)
	if err != nil {
		return nil, false, err
	}
	t.checkFidelity(c, r, t.run.p.undisputed(o.id, l))
	t.run.p.updateLink(o.id, func(now *link) {
		if now.manager == l.manager {
			now.manager = r.text(managerPath)
		}
	})
	return r, true, nil
}

// patch sends the changes and, where the server returns the resource, checks it.
func (t *task) patch(ctx context.Context, o subject, l link, step string, changes []change) error {
	sent := make([]attribute, len(changes))
	for i, ch := range changes {
		sent[i] = attribute{ch.path, ch.value}
	}
	c := call{step: step, method: http.MethodPatch, path: l.path(), body: t.speak().patchAttributes(changes)}
	t.run.p.doubt(o.id, sent)
	a, err := t.request(ctx, c)
	if err != nil {
		return err
	}
	t.run.p.acknowledge(o.id, sent)
	t.run.count(func(report *Report) {
		if slices.ContainsFunc(changes, change.disables) {
			report.Disabled++
			return
		}
		report.Updated++
	})
	if len(a.body) == 0 {
		return nil
	}
	r, err := t.resourceFrom(c, a)
	if err != nil {
		return err
	}
	t.checkFidelity(c, r, texts(sent))
	return nil
}

// disable sends nothing but active, to a person who left the scope or went to the recycle bin.
func (t *task) disable(ctx context.Context, o subject, l link) error {
	current, found, err := t.read(ctx, o, l)
	if err != nil {
		return err
	}
	if !found {
		t.run.p.unlink(o.id)
		return nil
	}
	if current.text("active") != "False" {
		off := []change{{verbReplace, "active", false}}
		if err := t.patch(ctx, o, l, "disable user", off); err != nil {
			return err
		}
	}
	t.run.p.updateLink(o.id, func(l *link) { l.unassigned = !t.run.view.scope[o.id] })
	return nil
}

// deletion removes an object from the server. What is not there any more counts as deleted.
func (r *run) deletion(objectID string, l link) item {
	return item{kind: "delete", objectID: objectID, name: l.name, do: func(ctx context.Context, t *task) error {
		c := call{step: "delete " + l.kind.noun, method: http.MethodDelete, path: l.path()}
		a, err := t.request(ctx, c)
		if err != nil && a.status != http.StatusNotFound {
			return err
		}
		r.p.unlink(objectID)
		r.p.noteDeleted(l)
		r.count(func(report *Report) { report.Deleted++ })
		return nil
	}}
}
