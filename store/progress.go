package store

import (
	"context"
	"time"
)

// Progress is how far a connection has come on the way to people who sign in through it.
type Progress struct {
	ConnectionID            string
	HasSecret               bool      // or another credential for its provider
	Tokens                  int       // with which its provider can push now
	LastPush                time.Time // to a minute; zero while nothing was pushed
	Users, Groups, Mappings bool      // whether there are any
}

// Progress tells of each of the organization's connections how far it has come, in no order.
func (o *OrganizationScope) Progress(ctx context.Context, now time.Time) ([]Progress, error) {
	if !o.valid() {
		return nil, nil
	}
	const query = `SELECT c.id, EXISTS (SELECT 1 FROM provider_credentials k WHERE k.organization_id = c.organization_id AND k.connection_id = c.id),
		(SELECT count(*) FROM scim_tokens t WHERE t.organization_id = c.organization_id AND t.connection_id = c.id
			AND t.revoked_at = 0 AND (t.expires_at = 0 OR t.expires_at > ?)),
		coalesce((SELECT max(t.last_used_at) FROM scim_tokens t WHERE t.organization_id = c.organization_id AND t.connection_id = c.id), 0),
		EXISTS (SELECT 1 FROM users u WHERE u.directory_id = c.directory_id),
		EXISTS (SELECT 1 FROM groups g WHERE g.directory_id = c.directory_id),
		EXISTS (SELECT 1 FROM mappings m WHERE m.organization_id = c.organization_id AND m.connection_id = c.id)
		FROM connections c WHERE c.organization_id = ?`
	var list []Progress
	err := o.rows(ctx, query, []any{micros(now), o.id}, func(scan scanner) error {
		var p Progress
		var last int64
		err := scan(&p.ConnectionID, &p.HasSecret, &p.Tokens, &last, &p.Users, &p.Groups, &p.Mappings)
		p.LastPush = fromMicros(last)
		list = append(list, p)
		return err
	})
	return list, err
}
