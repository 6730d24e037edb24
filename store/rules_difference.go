package store

import "slices"

// Difference is where two sets of rules of an organization may treat people of a directory differently.
type Difference struct {
	Was, Will     *Rules // nil where the organization was or will be removed
	WayWas, After *Way   // nil where people do not come this way
	everybody     bool
	mappings      []resolvedMapping // that are in one of the two alone
	roles         []string          // that differ
}

// Differences compares the rules before a change with those after it, way by way.
func Differences(was, will []Rules) []Difference {
	var list []Difference
	after := map[string]*Rules{}
	for i := range will {
		after[will[i].Organization.ID] = &will[i]
	}
	for i := range was {
		list = append(list, was[i].differences(after[was[i].Organization.ID])...)
		delete(after, was[i].Organization.ID)
	}
	for i := range will {
		if after[will[i].Organization.ID] != nil {
			list = append(list, (*Rules)(nil).differences(&will[i])...)
		}
	}
	return list
}

func (r *Rules) differences(will *Rules) []Difference {
	ways := map[string]Difference{}
	var order []string
	for i := range r.ways() {
		w := &r.Ways[i]
		order = append(order, w.Directory.DirectoryID)
		ways[w.Directory.DirectoryID] = Difference{Was: r, Will: will, WayWas: w}
	}
	for i := range will.ways() {
		w := &will.Ways[i]
		d, known := ways[w.Directory.DirectoryID]
		if !known {
			order = append(order, w.Directory.DirectoryID)
			d = Difference{Was: r, Will: will}
		}
		d.After = w
		ways[w.Directory.DirectoryID] = d
	}
	list := make([]Difference, len(order))
	for i, id := range order {
		d := ways[id]
		d.compare()
		list[i] = d
	}
	return list
}

func (r *Rules) ways() []Way {
	if r == nil {
		return nil
	}
	return r.Ways
}

// Directory is whose people it is about.
func (d Difference) Directory() DirectoryKey {
	if d.WayWas != nil {
		return d.WayWas.Directory
	}
	return d.After.Directory
}

// OrganizationID is at which organization.
func (d Difference) OrganizationID() string {
	if d.Was != nil {
		return d.Was.Organization.ID
	}
	return d.Will.Organization.ID
}

func (d *Difference) compare() {
	if d.WayWas == nil || d.After == nil || !d.WayWas.admitsLike(d.After) || !d.Was.treatAlike(d.Will, d.After.Connection.ID != "") {
		d.everybody = true
		return
	}
	for _, m := range d.WayWas.mappings {
		if !slices.Contains(d.After.mappings, m) {
			d.mappings = append(d.mappings, m)
		}
	}
	for _, m := range d.After.mappings {
		if !slices.Contains(d.WayWas.mappings, m) {
			d.mappings = append(d.mappings, m)
		}
	}
	for id, r := range d.Was.roles {
		if d.Will.roles[id] != r {
			d.roles = append(d.roles, id)
		}
	}
	for id := range d.Will.roles {
		if _, known := d.Was.roles[id]; !known {
			d.roles = append(d.roles, id)
		}
	}
}

// admitsLike says that two states of a way are the same in all that decides about anybody. Names decide nothing.
func (w *Way) admitsLike(other *Way) bool {
	a, b := w.Connection, other.Connection
	a.Slug, a.Name, b.Slug, b.Name = "", "", "", ""
	return a == b && slices.Equal(w.Attachments, other.Attachments)
}

// treatAlike says that two states of an organization's settings and default role are the same, as far as they decide about synced or
// local people.
func (r *Rules) treatAlike(other *Rules, synced bool) bool {
	a, b := r.Organization, other.Organization
	return a.AmbiguousRoles == b.AmbiguousRoles && (!synced || a.SSOMode == b.SSOMode && r.defaultRole() == other.defaultRole())
}

func (w *Way) mappingsOf() []resolvedMapping {
	if w == nil {
		return nil
	}
	return w.mappings
}
