package store

import "context"

// Reach lists the organization with the id and all below it in the tree, by slug: what its administrators may see. UNION, not
// UNION ALL, ends at a circle.
func (s *Store) Reach(ctx context.Context, organizationID string) ([]Organization, error) {
	if !validID(organizationID) {
		return nil, nil
	}
	return s.read.organizations(ctx, ` WHERE o.id IN (WITH RECURSIVE reached (id) AS (
		SELECT p.id FROM organizations p WHERE p.id = ?
		UNION SELECT c.id FROM organizations c JOIN reached r ON c.parent_id = r.id) SELECT id FROM reached)`, organizationID)
}
