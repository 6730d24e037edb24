package store

import (
	"context"
	"fmt"
	"strings"
)

// ceilingJoin reads the ceiling of the connection that a mapping mp belongs to, as the role cr. It is a role of the connection's
// owner, and limits mappings of the organizations below too: how far a push may reach is not for them to say.
const ceilingJoin = " LEFT JOIN directories cd ON cd.id = mp.directory_id" +
	" LEFT JOIN connection_ceilings ce ON ce.organization_id = cd.organization_id AND ce.connection_id = mp.connection_id" +
	" LEFT JOIN roles cr ON cr.organization_id = ce.organization_id AND cr.id = ce.role_id"

// Ceilings tells the most that pushes may give, by connection. A connection without a limit is not among them.
func (o *OrganizationScope) Ceilings(ctx context.Context) (map[string]Role, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.ceilings(ctx, o.id)
}

func (c conn) ceilings(ctx context.Context, organizationID string) (map[string]Role, error) {
	byConnection := map[string]Role{}
	err := c.rows(ctx, `SELECT ce.connection_id, r.id, r.name, r.rank, r.console, r.shared_only FROM connection_ceilings ce
		JOIN roles r ON r.organization_id = ce.organization_id AND r.id = ce.role_id WHERE ce.organization_id = ?`,
		[]any{organizationID}, func(scan scanner) error {
			var connectionID string
			var r Role
			err := scan(&connectionID, &r.ID, &r.Name, &r.Rank, &r.Console, &r.SharedOnly)
			byConnection[connectionID] = r
			return err
		})
	return byConnection, err
}

// SetCeiling limits what a connection's pushes may give to a role; "" lifts the limit. Mappings to more stay, and count as
// the ceiling (see package policy).
func (o *OrganizationTx) SetCeiling(connectionID, roleID string) error {
	c, err := o.connection(connectionID)
	if err != nil {
		return err
	}
	all, err := o.tx.ceilings(o.tx.ctx, o.id)
	if err != nil || all[c.ID].ID == roleID {
		return err
	}
	var r Role
	if roleID == "" {
		err = o.tx.doOne("DELETE FROM connection_ceilings WHERE organization_id = ? AND connection_id = ?", o.id, c.ID)
	} else if r, err = o.role(roleID, o.tx.d.forShare); err == nil {
		_, err = o.tx.do(`INSERT INTO connection_ceilings (organization_id, connection_id, role_id) VALUES (?, ?, ?)
			ON CONFLICT (organization_id, connection_id) DO UPDATE SET role_id = excluded.role_id`, o.id, c.ID, r.ID)
	}
	if err == nil {
		o.note("connection.ceiling_changed", c.ID, detail{"before": all[c.ID].Name, "after": r.Name, "before_id": all[c.ID].ID, "after_id": r.ID})
	}
	return err
}

// underCeiling refuses to map to a role that a connection's pushes may not give.
func (o *OrganizationTx) underCeiling(c Connection, r Role) error {
	all, err := o.tx.ceilings(o.tx.ctx, c.OrganizationID)
	ceiling, limited := all[c.ID]
	if err != nil || !limited || !r.Exceeds(ceiling) {
		return err
	}
	return &RefusedError{fmt.Sprintf("the role %s is above the ceiling of the connection %s, which is %s: map a lower role, or let an owner raise it with \"doorlist connection set %s --ceiling %s\"",
		r.Name, c.Slug, ceiling.Name, c.Slug, r.Name)}
}

// Exceeds says whether a role allows anything that another does not.
func (r Role) Exceeds(limit Role) bool {
	const consoles = "none read manage own"
	return r.Rank > limit.Rank || strings.Index(consoles, string(r.Console)) > strings.Index(consoles, string(limit.Console)) ||
		limit.SharedOnly && !r.SharedOnly
}
