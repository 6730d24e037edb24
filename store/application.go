package store

import "context"

// Application is something behind the door, which a proxy protects.
type Application struct {
	ID   string
	Slug string // unique in the organization
	Role Role   // the least role that opens it
	// SecondFactor opens it only to sessions whose sign-in was proved by a second factor too.
	SecondFactor bool
	Paths        []ApplicationPath
}

// ApplicationPath is a part of an application: all that lies under a path of a host.
type ApplicationPath struct {
	Host string // lower case; "*.example.com" is every host with exactly one label more
	Path string // "/" is the whole host
	Role Role   // the least role that opens this part; the zero Role where it is the application's
}

// Applications lists the organization's applications by slug, each with its paths by host and path.
func (o *OrganizationScope) Applications(ctx context.Context) ([]Application, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.applications(ctx, "", o.id)
}

func (c conn) applications(ctx context.Context, condition string, args ...any) ([]Application, error) {
	var list []Application
	err := c.rows(ctx, `SELECT a.id, a.slug, a.second_factor, r.id, r.name, r.rank, r.console, r.shared_only, coalesce(p.host, ''), coalesce(p.path, ''),
		coalesce(CAST(q.id AS text), ''), coalesce(q.name, ''), coalesce(q.rank, 0), coalesce(q.console, ''), coalesce(q.shared_only, false)
		FROM applications a JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
		LEFT JOIN application_paths p ON p.organization_id = a.organization_id AND p.application_id = a.id
		LEFT JOIN roles q ON q.organization_id = p.organization_id AND q.id = p.role_id
		WHERE a.organization_id = ?`+condition+" ORDER BY a.slug, p.host, p.path_key", args, func(scan scanner) error {
		var a Application
		var p ApplicationPath
		err := scan(&a.ID, &a.Slug, &a.SecondFactor, &a.Role.ID, &a.Role.Name, &a.Role.Rank, &a.Role.Console, &a.Role.SharedOnly,
			&p.Host, &p.Path, &p.Role.ID, &p.Role.Name, &p.Role.Rank, &p.Role.Console, &p.Role.SharedOnly)
		if n := len(list); n == 0 || list[n-1].ID != a.ID {
			list = append(list, a)
		}
		if p.Host != "" {
			last := &list[len(list)-1]
			last.Paths = append(last.Paths, p)
		}
		return err
	})
	return list, err
}

// HostedBy lists the organizations that have an application on the first of the hosts that anybody has one on.
func (s *Store) HostedBy(ctx context.Context, hosts ...string) ([]string, error) {
	for _, host := range hosts {
		if host == "" || !isStorable(host) {
			continue
		}
		var ids []string
		err := s.read.rows(ctx, "SELECT DISTINCT organization_id FROM application_paths WHERE host = ? ORDER BY organization_id LIMIT ?", []any{host, fewDestinations},
			func(scan scanner) error {
				var id string
				err := scan(&id)
				ids = append(ids, id)
				return err
			})
		if err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	return nil, nil
}

// HostInUse says whether any organization has an application on one of the hosts. It tells nothing else about it.
func (s *Store) HostInUse(ctx context.Context, hosts ...string) (bool, error) {
	for _, host := range hosts {
		if host == "" || !isStorable(host) {
			continue
		}
		var used bool
		err := s.read.row(ctx, "SELECT EXISTS (SELECT 1 FROM application_paths WHERE host = ?)", []any{host}, &used)
		if err != nil || used {
			return used, err
		}
	}
	return false, nil
}
