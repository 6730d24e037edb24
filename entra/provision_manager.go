package entra

import (
	"context"
	"net/http"
)

// managerItem is the change of one person's manager, if there is any. A manager out of scope is not sent.
func (r *run) managerItem(id string) []item {
	person := r.view.people[id]
	if !r.view.scope[id] || person.SoftDeleted() || !r.arrives(id) {
		return nil
	}
	if person.ManagerID != "" && !r.arrives(person.ManagerID) {
		return nil
	}
	l, _ := r.p.linked(id)
	manager, linked := r.p.linked(person.ManagerID)
	if l.manager == manager.id && (linked || person.ManagerID == "") {
		return nil
	}
	do := func(ctx context.Context, t *task) error { return t.setManager(ctx, id, person.ManagerID) }
	return []item{{kind: "manager", objectID: id, name: r.view.name(id), peers: person.ManagerID, reference: true, do: do}}
}

func (t *task) setManager(ctx context.Context, objectID, managerID string) error {
	l, linked := t.run.p.linked(objectID)
	manager, there := t.run.p.linked(managerID)
	if !linked || managerID != "" && !there {
		return errNotThereYet
	}
	v := verbReplace
	if l.manager == "" {
		v = verbAdd
	}
	if managerID == "" {
		v = verbRemove
	}
	if v != verbRemove {
		have, err := t.hasReference(ctx, userKind, l.id, "manager", manager.id, "attributes=id")
		if err != nil {
			return err
		}
		if have {
			t.run.p.updateLink(objectID, func(l *link) { l.manager = manager.id })
			return nil
		}
	}
	return t.patchManager(ctx, objectID, l, v, manager.id)
}

func (t *task) patchManager(ctx context.Context, objectID string, l link, v verb, managerID string) error {
	c := call{step: "set manager", method: http.MethodPatch, path: l.path(), body: t.speak().patchManager(v, managerID)}
	sent := []attribute{{managerPath, managerID}}
	t.run.p.doubt(objectID, sent)
	a, err := t.request(ctx, c)
	if err != nil {
		return t.lost(a, objectID, err)
	}
	t.run.p.updateLink(objectID, func(l *link) { l.manager = managerID })
	t.run.p.acknowledge(objectID, sent)
	t.run.count(func(report *Report) { report.ManagersSet++ })
	if len(a.body) == 0 {
		return nil
	}
	_, err = t.resourceFrom(c, a)
	return err
}
