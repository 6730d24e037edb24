package auth

import (
	"context"
	"slices"

	"doorlist/policy"
	"doorlist/store"
)

// withApplications adds to the facts what the applications demand to which a request goes.
func (d *door) withApplications(ctx context.Context, f policy.Facts, o store.Organization, want demand) (policy.Facts, error) {
	if len(want.targets)+len(want.applications) == 0 {
		return f, nil
	}
	own, err := d.store.Organization(o.ID).Applications(ctx)
	if err != nil {
		return f, err
	}
	areas := areasOf(own)
	opened := map[string]int{} // how many of the targets lie in which application
	for _, t := range want.targets {
		place, ok := t.place()
		if !ok {
			d.log.WarnContext(ctx, "a proxy names no host that can be made out", "host", short(t.host))
			f.Demanded = append(f.Demanded, policy.Role{})
			continue
		}
		if f.Foreign, err = d.isForeign(ctx, f.Foreign, areas, place); err != nil {
			return f, err
		}
		over := policy.Over(areas, place)
		f.NeedsFactor = f.NeedsFactor || slices.ContainsFunc(over, func(a policy.Area) bool { return a.SecondFactor })
		for application, demanded := range demandsOf(over) {
			opened[application]++
			f.Demanded = append(f.Demanded, demanded...)
		}
	}
	for _, name := range want.applications {
		a, ok := applicationNamed(own, name)
		if !ok {
			d.log.WarnContext(ctx, "an application is named that the organization does not have", "application", short(name), "organization", o.Slug)
		}
		f.NeedsFactor = f.NeedsFactor || a.SecondFactor
		// Where every target lies in it, the part that it lies in has spoken already, maybe for a lower role.
		if opened[a.ID] == 0 || opened[a.ID] < len(want.targets) {
			f.Demanded = append(f.Demanded, policyRole(a.Role))
		}
	}
	return f, nil
}

// isForeign says whether a place belongs to an application of another organization only.
func (d *door) isForeign(ctx context.Context, already bool, own []policy.Area, p policy.Place) (bool, error) {
	if already || len(policy.Over(own, policy.Place{Host: p.Host})) > 0 {
		return already, nil
	}
	return d.store.HostInUse(ctx, p.Host, policy.Wildcard(p.Host))
}

// demandsOf lists by application what roles areas demand.
func demandsOf(over []policy.Area) map[string][]policy.Role {
	demands := map[string][]policy.Role{}
	for _, a := range over {
		demands[a.Application] = append(demands[a.Application], a.Minimum)
	}
	return demands
}

func areasOf(applications []store.Application) []policy.Area {
	var areas []policy.Area
	for _, a := range applications {
		for _, p := range a.Paths {
			minimum := p.Role
			if minimum.ID == "" {
				minimum = a.Role
			}
			areas = append(areas, policy.Area{Application: a.ID, Host: p.Host, Path: p.Path, Minimum: policyRole(minimum), SecondFactor: a.SecondFactor})
		}
	}
	return areas
}

// applicationNamed finds an application by its slug or id. One that is not there has a role that nobody reaches.
func applicationNamed(list []store.Application, name string) (store.Application, bool) {
	for _, a := range list {
		if a.Slug == name || a.ID == name {
			return a, true
		}
	}
	return store.Application{}, false
}
