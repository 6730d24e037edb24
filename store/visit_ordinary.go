package store

import "context"

// ordinaryVisitQuery reads the visit of the session s that meets a condition, where it is an ordinary one. PostgreSQL takes as long to set up a table
// or a column as to read it, so there are no more of them than it takes to let somebody in. It relies on sessions_secret,
// connections_directory, primary keys and the indexes that grantsOf names.
func (d *dialect) ordinaryVisitQuery(condition string) string {
	return `SELECT s.id, s.organization_id, s.directory_id, s.method, s.guest, s.second_factor, s.last_seen_at, s.idle_expires_at, s.expires_at,
		o.slug, o.ambiguous_roles, c.id, c.slug, c.kind, c.tenant_id, c.matching, c.admit, c.roles, c.allow_guests,
		u.id, u.user_name, u.external_id, u.display_name, u.origin, coalesce(e.value, ''), ` + d.grantsOf("o", "c.organization_id", "c.id") + `
		FROM sessions s
		JOIN organizations o ON o.id = s.organization_id
		JOIN connections c ON c.directory_id = s.directory_id AND c.organization_id = s.organization_id AND c.enabled
		JOIN attachments t ON t.organization_id = s.organization_id AND t.connection_id = c.id AND t.said = 'on'
		JOIN users u ON u.directory_id = s.directory_id AND u.id = s.user_id AND u.active AND NOT u.quarantined AND u.parted = ''
		LEFT JOIN user_emails e ON e.directory_id = u.directory_id AND e.user_id = u.id AND e.ordinal = 0
		WHERE ` + condition + ` AND s.revoked_at = 0 AND s.admitted_to IS NULL AND coalesce(e.is_primary, TRUE)`
}

var ordinaryVisit = perDialect(func(d *dialect) string { return d.ordinaryVisitQuery("s.secret_hash = ?") })

var ordinaryVisitAt = perDialect(func(d *dialect) string { return d.ordinaryVisitQuery(atHost) })

// OrdinaryVisit is Visit, or VisitAt a host that is not "", for those who come all day: somebody provisioned who is switched on, of an enabled connection
// that is attached to the session's own organization, whose session has not been ended. Everything that decides about them is read, as it is now;
// of the rest the session's id and times, the identities and slugs, the person's names and address. ErrNotFound says nothing
// but that Visit must be asked, which knows everybody.
func (s *Store) OrdinaryVisit(ctx context.Context, host string, secretHash []byte) (Visit, error) {
	ask := visitAsk{secretHash: string(secretHash), host: host, ordinary: true}
	if host == "" {
		return s.sharedVisit(ctx, ask, func(ctx context.Context) (Visit, error) {
			return s.ordinaryVisit(ctx, ordinaryVisit(s.dialect), secretHash)
		})
	}
	if !isStorable(host) {
		return Visit{}, ErrNotFound
	}
	return s.sharedVisit(ctx, ask, func(ctx context.Context) (Visit, error) {
		return s.ordinaryVisit(ctx, ordinaryVisitAt(s.dialect), secretHash, host)
	})
}

func (s *Store) ordinaryVisit(ctx context.Context, sql string, args ...any) (Visit, error) {
	var v Visit
	var grants string
	var seen, idleExpires, expires int64
	n, o, c, u := &v.Session, &v.Organization, &v.Connection, &v.User
	err := s.read.joint().row(ctx, sql, args,
		&n.ID, &n.OrganizationID, &n.DirectoryID, &n.Method, &n.Guest, &n.SecondFactor, &seen, &idleExpires, &expires,
		&o.Slug, &o.AmbiguousRoles, &c.ID, &c.Slug, &c.Kind, &c.TenantID, &c.Match, &c.Admit, &c.Roles, &c.AllowGuests,
		&u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &u.Origin, &v.Email, &grants)
	if err != nil {
		return Visit{}, err
	}
	n.AdmittedTo, n.UserID, n.ConnectionID = n.OrganizationID, u.ID, c.ID
	n.LastSeenAt, n.IdleExpiresAt, n.ExpiresAt = fromMicros(seen), fromMicros(idleExpires), fromMicros(expires)
	o.ID = n.OrganizationID
	c.OrganizationID, c.DirectoryID, c.Enabled = n.OrganizationID, n.DirectoryID, true
	u.Active, u.Link = true, link(u.ExternalID, false)
	v.Attachments = []string{"on"}
	if v.Grants, err = readGrants(grants); err != nil {
		return v, err
	}
	return v, failpoint(sessionRead)
}
