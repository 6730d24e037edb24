package entra

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// memberItems are the members of one group to add and to remove, so many a request.
func (r *run) memberItems(id string) []item {
	group := r.view.groups[id]
	if !r.view.scope[id] {
		return nil
	}
	acknowledged := r.p.members(id)
	add := slices.DeleteFunc(slices.Clone(group.Members), func(m string) bool {
		return acknowledged[m] || !r.joins(m)
	})
	var remove []string
	for m := range acknowledged {
		// Who was soft-deleted keeps the memberships: Entra does not restore them.
		if !group.Has(m) {
			remove = append(remove, m)
		}
	}
	slices.Sort(remove)
	return append(r.memberChunks(id, verbAdd, add), r.memberChunks(id, verbRemove, remove)...)
}

// joins says whether an object may be added to a group: somebody in the recycle bin is not.
func (r *run) joins(id string) bool {
	return r.arrives(id) && !r.view.people[id].SoftDeleted()
}

func (r *run) memberChunks(id string, v verb, members []string) []item {
	var items []item
	for chunk := range slices.Chunk(members, r.p.membersPerPatch) {
		items = append(items, item{
			kind: "members", objectID: id, name: r.view.name(id), peers: string(v) + strings.Join(chunk, ","), reference: true,
			do: func(ctx context.Context, t *task) error { return t.changeMembers(ctx, id, v, chunk) },
		})
	}
	return items
}

func (t *task) changeMembers(ctx context.Context, groupID string, v verb, members []string) error {
	group, linked := t.run.p.linked(groupID)
	if !linked {
		return errNotThereYet
	}
	ids, err := t.memberIDs(ctx, group, v, members)
	if err != nil || len(ids) == 0 {
		return err
	}
	step := map[verb]string{verbAdd: "add members", verbRemove: "remove members"}[v]
	c := call{step: step, method: http.MethodPatch, path: group.path(), body: t.speak().patchMembers(v, ids)}
	if a, err := t.request(ctx, c); err != nil {
		return t.lost(a, groupID, err)
	}
	t.run.p.setMembers(groupID, members, v == verbAdd)
	t.run.count(func(report *Report) {
		if v == verbAdd {
			report.MembersAdded += len(ids)
			return
		}
		report.MembersRemoved += len(ids)
	})
	return nil
}

// memberIDs resolves the SCIM ids of the members that need a request.
func (t *task) memberIDs(ctx context.Context, group link, v verb, members []string) ([]string, error) {
	var ids []string
	for _, m := range members {
		l, there := t.run.p.linked(m)
		if !there {
			return nil, errNotThereYet
		}
		have, err := t.hasReference(ctx, groupKind, group.id, "members", l.id, groupKind.excluded)
		if err != nil {
			return nil, err
		}
		if have && v == verbAdd {
			continue
		}
		ids = append(ids, l.id)
	}
	return ids, nil
}

func (p *Provisioner) setMembers(groupID string, members []string, present bool) {
	p.updateLink(groupID, func(l *link) {
		for _, m := range members {
			if present {
				l.members[m] = true
				continue
			}
			delete(l.members, m)
		}
	})
}
