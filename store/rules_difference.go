package store

import (
	"context"
	"math"
	"slices"
)

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

// Concerned reads everybody whom the two sets of rules may treat differently, and those whose ids are given, once each. begin, which may be
// nil, is told before how many they are.
func (o *OrganizationScope) Concerned(ctx context.Context, d Difference, ids []string, begin func(people int), each func(Attendee) error) error {
	if !o.valid() || d.OrganizationID() != o.id {
		return nil
	}
	if !d.everybody && len(d.mappings)+len(d.roles)+len(ids) == 0 {
		return nil
	}
	groups, err := o.mappedGroups(ctx, d)
	if err != nil {
		return err
	}
	for _, w := range []*Way{d.WayWas, d.After} {
		if w != nil {
			w.index(groups)
		}
	}
	if d.everybody {
		return o.everybody(ctx, d.Directory(), begin, each)
	}
	more, err := o.concernedIDs(ctx, d, groups)
	if err != nil {
		return err
	}
	ids = knownIDs(slices.Concat(ids, more))
	slices.Sort(ids)
	if begin != nil {
		begin(len(ids))
	}
	for batch := range slices.Chunk(ids, attendeeBatch) {
		if err := o.batch(ctx, d.Directory(), batch, each); err != nil {
			return err
		}
	}
	return nil
}

// HasMorePeople says whether the directory that a difference is about has more people than that.
func (o *OrganizationScope) HasMorePeople(ctx context.Context, d Difference, than int) (bool, error) {
	if !o.valid() || d.OrganizationID() != o.id {
		return false, nil
	}
	people, err := o.countPeopleOf(ctx, d.Directory(), than+1)
	return people > than, err
}

// countPeopleOf counts the people of a directory up to a number.
func (o *OrganizationScope) countPeopleOf(ctx context.Context, d DirectoryKey, most int) (people int, err error) {
	err = o.row(ctx, "SELECT count(*) FROM (SELECT 1 FROM users WHERE directory_id = ? ORDER BY id"+limited+") AS people", []any{d.DirectoryID, most}, &people)
	return people, err
}

func (o *OrganizationScope) batch(ctx context.Context, d DirectoryKey, ids []string, each func(Attendee) error) error {
	people, err := o.attendees(ctx, d, ids)
	for _, a := range people {
		if err == nil {
			err = each(a)
		}
	}
	return err
}

// everybody reads a directory in order of id.
func (o *OrganizationScope) everybody(ctx context.Context, d DirectoryKey, begin func(people int), each func(Attendee) error) error {
	if begin != nil {
		people, err := o.countPeopleOf(ctx, d, math.MaxInt32)
		if err != nil {
			return err
		}
		begin(people)
	}
	for last := noID; ; {
		ids, err := o.texts(ctx, "SELECT id FROM users WHERE directory_id = ? AND id > ? ORDER BY id"+limited, d.DirectoryID, last, attendeeBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := o.batch(ctx, d, ids, each); err != nil {
			return err
		}
		last = ids[len(ids)-1]
	}
}

func (o *OrganizationScope) concernedIDs(ctx context.Context, d Difference, groups []mappedGroup) ([]string, error) {
	directoryID := d.Directory().DirectoryID
	var ids []string
	read := func(sql string, args ...any) error {
		found, err := o.texts(ctx, sql, args...)
		ids = append(ids, found...)
		return err
	}
	for _, m := range d.mappings {
		if m.appRoleKey != "" {
			if err := read("SELECT user_id FROM user_app_roles WHERE directory_id = ? AND value_key = ?", directoryID, m.appRoleKey); err != nil {
				return nil, err
			}
		}
		for _, g := range groups {
			if !m.maps(g) {
				continue
			}
			if err := read("SELECT member_id FROM members WHERE directory_id = ? AND group_id = ?", directoryID, g.id); err != nil {
				return nil, err
			}
		}
	}
	for _, id := range d.roles {
		err := read("SELECT user_id FROM role_assignments WHERE organization_id = ? AND directory_id = ? AND role_id = ?", o.id, directoryID, id)
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// mappedGroups are the directory's groups that a mapping names, before the change or after.
func (o *OrganizationScope) mappedGroups(ctx context.Context, d Difference) ([]mappedGroup, error) {
	var mappings []resolvedMapping
	for _, w := range []*Way{d.WayWas, d.After} {
		if w != nil {
			mappings = append(mappings, w.mappings...)
		}
	}
	if !slices.ContainsFunc(mappings, func(m resolvedMapping) bool { return m.appRoleKey == "" }) {
		return nil, nil
	}
	keys := map[string]bool{}
	for _, m := range mappings {
		keys[m.externalKey] = true
	}
	var list []mappedGroup
	err := o.rows(ctx, "SELECT id, external_key, display_name FROM groups WHERE directory_id = ?", []any{d.Directory().DirectoryID}, func(scan scanner) error {
		var g mappedGroup
		err := scan(&g.id, &g.externalKey, &g.name)
		if keys[g.externalKey] {
			list = append(list, g)
		}
		return err
	})
	return list, err
}

// texts reads a column.
func (c conn) texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	var list []string
	err := c.rows(ctx, sql, args, func(scan scanner) error {
		var text string
		err := scan(&text)
		list = append(list, text)
		return err
	})
	return list, err
}
