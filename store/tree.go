package store

import (
	"context"
	"fmt"
)

// MaxDepth is how many organizations can stand in a line, the topmost and the lowest included.
const MaxDepth = 8

// below selects an organization's subtree without itself.
const below = " WHERE o.id IN (SELECT l.organization_id FROM organization_lines l WHERE l.ancestor_id = ? AND l.distance > 0)"

// Above lists the organizations above this one, its parent first.
func (o *OrganizationScope) Above(ctx context.Context) ([]Organization, error) {
	if !o.valid() {
		return nil, nil
	}
	byID, err := o.byID(ctx, " WHERE o.id IN (SELECT l.ancestor_id FROM organization_lines l WHERE l.organization_id = ? AND l.distance > 0)", o.id)
	if err != nil {
		return nil, err
	}
	var line []Organization
	err = o.rows(ctx, "SELECT ancestor_id FROM organization_lines WHERE organization_id = ? AND distance > 0 ORDER BY distance", []any{o.id},
		func(scan scanner) error {
			var id string
			err := scan(&id)
			line = append(line, byID[id])
			return err
		})
	return line, err
}

// Below lists the organizations below this one, at whatever distance, by slug.
func (o *OrganizationScope) Below(ctx context.Context) ([]Organization, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.organizations(ctx, below, o.id)
}

// Subtree is the organization itself with all below it, as they are in the change so far.
func (o *OrganizationTx) Subtree() ([]Organization, error) {
	own, err := o.find()
	if err != nil {
		return nil, err
	}
	list, err := o.tx.organizations(o.tx.ctx, below, o.id)
	return append([]Organization{own}, list...), err
}

func (c conn) byID(ctx context.Context, condition string, args ...any) (map[string]Organization, error) {
	list, err := c.organizations(ctx, condition, args...)
	found := map[string]Organization{}
	for _, o := range list {
		found[o.ID] = o
	}
	return found, err
}

// lockTree keeps the whole tree that an organization stands in as it is until the change ends, by its topmost row.
func (tx *Tx) lockTree(id string) error {
	if !validID(id) {
		return ErrNotFound
	}
	for {
		top, err := tx.topmost(id)
		if err != nil {
			return err
		}
		var one int
		if err := tx.get("SELECT 1 FROM organizations WHERE id = ?"+tx.d.forUpdate, []any{top}, &one); err != nil {
			return err
		}
		// Whoever had the lock may have moved the organization into another tree.
		if now, err := tx.topmost(id); err != nil || now == top {
			return err
		}
	}
}

func (tx *Tx) topmost(id string) (top string, err error) {
	err = tx.get("SELECT ancestor_id FROM organization_lines WHERE organization_id = ? ORDER BY distance DESC LIMIT 1", []any{id}, &top)
	return top, err
}

// insertLines makes an organization one of the tree, below its parent ("" for none). The parent's tree must be locked.
func (tx *Tx) insertLines(id, parentID string) error {
	_, err := tx.do("INSERT INTO organization_lines (organization_id, distance, ancestor_id) VALUES (?, 0, ?)", id, id)
	if err != nil || parentID == "" {
		return err
	}
	return tx.joinLines(id, parentID)
}

// joinLines puts all that stands at and below an organization below a parent, and all that is above it.
func (tx *Tx) joinLines(id, parentID string) error {
	var up, down int
	if err := tx.get("SELECT max(distance) FROM organization_lines WHERE organization_id = ?", []any{parentID}, &up); err != nil {
		return err
	}
	if err := tx.get("SELECT max(distance) FROM organization_lines WHERE ancestor_id = ?", []any{id}, &down); err != nil {
		return err
	}
	if up+down+2 > MaxDepth {
		return &RefusedError{fmt.Sprintf("organizations can stand at most %d deep, and that would be %d: choose a parent nearer to the top", MaxDepth, up+down+2)}
	}
	_, err := tx.do(`INSERT INTO organization_lines (organization_id, distance, ancestor_id) SELECT s.organization_id, s.distance + p.distance + 1, p.ancestor_id
		FROM organization_lines s, organization_lines p WHERE s.ancestor_id = ? AND p.organization_id = ?`, id, parentID)
	return err
}

// MoveOrganization puts an organization, with all below it, below another one; "" makes it a topmost one. The settings that
// it inherits are those of the new place.
func (tx *Tx) MoveOrganization(id, parentID string) error {
	if err := tx.lockTree(id); err != nil {
		return err
	}
	if parentID != "" {
		if _, err := tx.parent(parentID); err != nil {
			return err
		}
	}
	o := tx.Organization(id)
	was, err := o.find()
	if err != nil || was.ParentID == parentID {
		return err
	}
	if err := tx.checkCircle(id, parentID); err != nil {
		return err
	}
	if err := tx.doOne("UPDATE organizations SET parent_id = ? WHERE id = ?", nullID(parentID), id); err != nil {
		return err
	}
	const subtree = "(SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?)"
	_, err = tx.do("DELETE FROM organization_lines WHERE organization_id IN "+subtree+" AND ancestor_id NOT IN "+subtree, id, id)
	if err == nil && parentID != "" {
		err = tx.joinLines(id, parentID)
	}
	if err != nil {
		return err
	}
	if err := o.dropStray(); err != nil {
		return err
	}
	o.note("organization.moved", id, detail{"before": was.ParentID, "after": parentID})
	return o.inheritAll()
}

// checkCircle refuses a place at or below the organization itself.
func (tx *Tx) checkCircle(id, parentID string) error {
	if parentID == "" {
		return nil
	}
	var n int
	err := tx.get("SELECT count(*) FROM organization_lines WHERE organization_id = ? AND ancestor_id = ?", []any{parentID, id}, &n)
	if err == nil && n > 0 {
		err = &RefusedError{"the new parent is the organization itself or stands below it: an organization cannot stand above itself"}
	}
	return err
}
