package auth

import (
	"context"

	"doorlist/policy"
	"doorlist/store"
)

// demand is what a request asks for beyond a person who may be signed in. The zero value asks for nothing.
type demand struct {
	application  bool     // it goes to an application
	roles        []string // names of roles, each of which must be reached
	applications []string // names of applications that the proxy guards
	targets      []target // where the request goes, as a trusted proxy says
}

// withDemand adds to the facts what is asked for.
func (d *door) withDemand(ctx context.Context, f policy.Facts, v store.Visit, want demand) (policy.Facts, error) {
	f.Application = want.application
	named, err := d.namedRoles(ctx, v.Organization, want.roles)
	if err != nil {
		return f, err
	}
	f.Demanded = append(f.Demanded, named...)
	return d.withApplications(ctx, f, v.Organization, want)
}

// namedRoles finds roles of the ladder. A name that it lacks gives the zero role, which nobody reaches: whoever misspells a
// role must not open a door by it.
func (d *door) namedRoles(ctx context.Context, o store.Organization, names []string) ([]policy.Role, error) {
	if len(names) == 0 {
		return nil, nil
	}
	ladder, err := d.store.Organization(o.ID).Roles(ctx)
	if err != nil {
		return nil, err
	}
	byName := map[string]store.Role{}
	for _, r := range ladder {
		byName[store.Fold(r.Name)] = r
	}
	roles := make([]policy.Role, len(names))
	for i, name := range names {
		r, ok := byName[store.Fold(name)]
		if !ok {
			d.log.WarnContext(ctx, "a role is demanded that the organization does not have", "role", short(name), "organization", o.Slug)
		}
		roles[i] = policyRole(r)
	}
	return roles, nil
}
