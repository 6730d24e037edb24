package main

import (
	"context"
	"maps"

	"doorlist/store"
)

// ceilingRole finds the role that --ceiling names, as an id: "" for no limit.
func (o *connectionFlags) ceilingRole(ctx context.Context, s *store.Store, owner store.Organization) (string, error) {
	if o.ceiling == "" {
		return "", nil
	}
	r, err := findRole(ctx, s, owner, o.ceiling)
	return r.ID, err
}

// ceilingsOf finds the ceilings of the connections, by the connections' ids.
func ceilingsOf(ctx context.Context, s *store.Store, connections ...store.Connection) (map[string]store.Role, error) {
	ceilings, seen := map[string]store.Role{}, map[string]bool{}
	for _, c := range connections {
		if seen[c.OrganizationID] {
			continue
		}
		seen[c.OrganizationID] = true
		own, err := s.Organization(c.OrganizationID).Ceilings(ctx)
		if err != nil {
			return nil, err
		}
		maps.Copy(ceilings, own)
	}
	return ceilings, nil
}
