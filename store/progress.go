package store

import (
	"context"
	"time"
)

// Progress is how far a connection has come on the way to people who sign in through it.
type Progress struct {
	ConnectionID            string
	HasSecret               bool      // or another credential for its provider
	Ways                    int       // in which its provider can prove itself to SCIM now
	LastPush                time.Time // to a minute; zero while nothing was pushed
	Users, Groups, Mappings bool      // whether there are any
}

// Progress tells of each of the organization's connections how far it has come, in no order.
func (o *OrganizationScope) Progress(ctx context.Context, now time.Time) ([]Progress, error) {
	if !o.valid() {
		return nil, nil
	}
	ways, err := o.SCIMWays(ctx, now)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, w := range ways {
		count[w.ConnectionID]++
	}
	// Of what Entra signs itself no use is kept: the log's last cycle tells of it, where there is a log.
	// Whether there is anybody is asked of an index: for EXISTS PostgreSQL may go through all users to find none of an empty directory.
	const query = `SELECT c.id, EXISTS (SELECT 1 FROM provider_credentials k WHERE k.organization_id = c.organization_id AND k.connection_id = c.id),
		coalesce((SELECT max(t.last_used_at) FROM scim_tokens t WHERE t.organization_id = c.organization_id AND t.connection_id = c.id), 0),
		coalesce((SELECT max(k.last_used_at) FROM scim_clients k WHERE k.organization_id = c.organization_id AND k.connection_id = c.id), 0),
		coalesce((SELECT y.ended_at FROM scim_cycles y WHERE y.organization_id = c.organization_id AND y.connection_id = c.id ORDER BY y.id DESC LIMIT 1), 0),
		(SELECT u.id FROM users u WHERE u.directory_id = c.directory_id ORDER BY u.id LIMIT 1) IS NOT NULL,
		(SELECT g.id FROM groups g WHERE g.directory_id = c.directory_id ORDER BY g.id LIMIT 1) IS NOT NULL,
		EXISTS (SELECT 1 FROM mappings m WHERE m.organization_id = c.organization_id AND m.connection_id = c.id)
		FROM connections c WHERE c.organization_id = ?`
	var list []Progress
	err = o.rows(ctx, query, []any{o.id}, func(scan scanner) error {
		var p Progress
		var token, client, cycle int64
		err := scan(&p.ConnectionID, &p.HasSecret, &token, &client, &cycle, &p.Users, &p.Groups, &p.Mappings)
		p.Ways, p.LastPush = count[p.ConnectionID], fromMicros(max(token, client, cycle))
		list = append(list, p)
		return err
	})
	return list, err
}
