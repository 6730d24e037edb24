package entra

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// changeMembers adds people to a group or removes them, in one request.
func (w *worker) changeMembers(ctx context.Context, g *loadGroup, v verb, people ...int) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = w.load.world.people[p].id
	}
	err := w.patchMembers(ctx, g.id, v, ids)
	g.note(people, v == verbAdd, err)
	return err
}

func (w *worker) patchMembers(ctx context.Context, group string, v verb, ids []string) error {
	c := call{
		step: string(v) + " members", method: http.MethodPatch, path: groupKind.path + "/" + group,
		body: w.dialect().patchMembers(v, ids),
	}
	_, err := w.send(ctx, c, http.StatusOK, http.StatusNoContent)
	return err
}

// membersOf reads the ids of the members of a group. It has a form of its own, for a group may have very many.
func (w *worker) membersOf(ctx context.Context, group string) (map[string]bool, error) {
	const step = "read members"
	a, err := w.send(ctx, call{step: step, method: http.MethodGet, path: groupKind.path + "/" + group}, http.StatusOK)
	if err != nil {
		return nil, err
	}
	var whole struct {
		ID      string `json:"id"`
		Members []struct {
			Value string `json:"value"`
		} `json:"members"`
	}
	if err := json.Unmarshal(a.body, &whole); err != nil {
		return nil, wrong(step, "%v", err)
	}
	if whole.ID != group {
		return nil, wrong(step, "the answer is about %q, not %q", whole.ID, group)
	}
	found := make(map[string]bool, len(whole.Members))
	for _, m := range whole.Members {
		if found[m.Value] {
			return nil, wrong(step, "%s is a member of %s twice", m.Value, group)
		}
		found[m.Value] = true
	}
	return found, nil
}

// compareMembers reads a group back: each change that was acknowledged has to be there.
func (w *worker) compareMembers(ctx context.Context, g *loadGroup) error {
	found, err := w.membersOf(ctx, g.id)
	if err != nil {
		return err
	}
	lost, kept := 0, 0
	for i, p := range w.load.world.people {
		have := found[p.id]
		delete(found, p.id)
		switch {
		case g.unsure[i]:
		case g.members[i] && !have:
			lost++
		case !g.members[i] && have:
			kept++
		}
	}
	if lost+kept+len(found) == 0 {
		return nil
	}
	return wrong("read members", "group %q: %s", w.load.population.groupName(g.number),
		fmt.Sprintf("%d acknowledged members are missing, %d who were removed are there, and %d strangers", lost, kept, len(found)))
}
