package store

import "context"

// Lead is a connection to which an identifier leads, with what holds for everybody of it.
type Lead struct {
	Connection   Connection
	Organization string  // its name
	Mode         SSOMode // "all" only where each organization that it is attached to has that
	Exceptions   bool    // SSO is switched off for somebody
	Outage       bool    // an outage lets somebody use a password now
}

// Leads finds the connections, of those that are attached to an organization, that claim a domain, in canonical form; or, for a domain that none claims, those that
// claim no domain at all, and have lost none. No user is looked at.
func (s *Store) Leads(ctx context.Context, domain string) ([]Lead, error) {
	if domain != "" && isStorable(domain) {
		list, err := s.leads(ctx, ` WHERE EXISTS (SELECT 1 FROM connection_domains n WHERE n.domain = ? AND n.organization_id = c.organization_id
			AND n.connection_id = c.id)`, domain)
		if err != nil || len(list) > 0 {
			return list, err
		}
	}
	return s.leads(ctx, ` WHERE NOT EXISTS (SELECT 1 FROM connection_domains n WHERE n.organization_id = c.organization_id AND n.connection_id = c.id)
		AND NOT EXISTS (SELECT 1 FROM domain_proofs p WHERE p.organization_id = c.organization_id AND p.connection_id = c.id)`)
}

func (s *Store) leads(ctx context.Context, condition string, args ...any) ([]Lead, error) {
	var list []Lead
	err := s.read.rows(ctx, "SELECT "+connectionColumns+`, g.name, coalesce((SELECT max(m.sso_mode) FROM attachments t JOIN organizations m ON m.id = t.organization_id
			WHERE t.connection_id = c.id AND t.said = 'on' AND m.sso_mode <> 'all'), 'all'),
		EXISTS (SELECT 1 FROM sso_choices x WHERE x.directory_id = c.directory_id AND x.choice = 'off'),
		EXISTS (SELECT 1 FROM outages o JOIN outage_people p ON p.organization_id = o.organization_id AND p.outage_id = o.id
			WHERE o.organization_id = c.organization_id AND p.directory_id = c.directory_id AND o.ended_at = 0 AND o.ends_at > ?)
		FROM connections c JOIN organizations g ON g.id = c.organization_id`+condition+
		" AND EXISTS (SELECT 1 FROM attachments t WHERE t.connection_id = c.id AND t.said = 'on') ORDER BY c.name, c.slug",
		append([]any{micros(s.Now())}, args...), func(scan scanner) error {
			var l Lead
			var row connectionRow
			err := scan(append(row.fields(), &l.Organization, &l.Mode, &l.Exceptions, &l.Outage)...)
			l.Connection = row.connection()
			list = append(list, l)
			return err
		})
	return list, err
}
