package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// knowGroups finds how the groups were that people were in.
func (p *Past) knowGroups(ctx context.Context, d pastDirectory, people map[string]*pastPerson) error {
	asked := map[string]bool{}
	for _, s := range people {
		for id := range s.groups {
			if _, known := p.groups[id]; !known && s.on {
				asked[id] = true
			}
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(asked)), noted) {
		if err := p.readGroups(ctx, d, ids); err != nil {
			return err
		}
	}
	return nil
}

func (p *Past) readGroups(ctx context.Context, d pastDirectory, ids []string) error {
	if err := p.readGroupsNow(ctx, d, ids); err != nil {
		return err
	}
	changes, err := p.scope.concerning(ctx, d.key.OrganizationID, ids, p.At)
	for _, e := range changes {
		var told toldPerson
		if err := json.Unmarshal([]byte(e.Detail), &told); err != nil {
			return err
		}
		p.undoGroup(e, told)
	}
	return err
}

func (p *Past) readGroupsNow(ctx context.Context, d pastDirectory, ids []string) error {
	o := p.scope
	for _, id := range ids {
		p.groups[id] = pastGroup{} // also of one that is not there: it is asked for once
	}
	return o.rows(ctx, "SELECT g.id, g.display_name, g.external_id FROM "+o.d.idList+o.d.lookUp("groups", "g", "g.*", "g.directory_id = ? AND g.id = ids.id"),
		[]any{o.d.idParam(ids), d.key.DirectoryID}, func(scan scanner) error {
			var id string
			g := pastGroup{on: true}
			err := scan(&id, &g.DisplayName, &g.ExternalID)
			p.groups[id] = g
			return err
		})
}

// undoGroup undoes a change of a group's own record.
func (p *Past) undoGroup(e Event, told toldPerson) {
	switch e.Action {
	case "group.created":
		p.groups[e.SubjectID] = pastGroup{}
	case "group.updated", "group.deleted":
		p.groups[e.SubjectID] = pastGroup{true, p.groups[e.SubjectID].GroupRecord.with(told.Was)}
	}
}
