package store

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
)

// manyConcerned is how many people are read by their ids. Where more are concerned, all of the directory are read: the ids would be more
// than can be kept.
const manyConcerned = 100_000

// Concerned reads everybody whom the two sets of rules may treat differently, and those whose ids are given, once each; it may read others
// too. begin, which may be nil, is told before how many they are.
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
	if !d.everybody {
		more, few, err := o.concernedIDs(ctx, d, groups)
		if err != nil {
			return err
		}
		if few {
			return o.some(ctx, d.Directory(), slices.Concat(ids, more), groupIDs(groups), begin, each)
		}
	}
	return o.everybody(ctx, d.Directory(), groupIDs(groups), begin, each)
}

func groupIDs(groups []mappedGroup) []string {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.id
	}
	return ids
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

// some reads people of a directory by their ids.
func (o *OrganizationScope) some(ctx context.Context, d DirectoryKey, ids, groups []string, begin func(people int), each func(Attendee) error) error {
	ids = knownIDs(ids)
	slices.Sort(ids)
	if begin != nil {
		begin(len(ids))
	}
	for batch := range slices.Chunk(ids, attendeeBatch) {
		people, err := o.attendees(ctx, d, batch, groups)
		if err != nil {
			return err
		}
		for _, a := range people {
			if err := each(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// everybody reads a directory in order of id.
func (o *OrganizationScope) everybody(ctx context.Context, d DirectoryKey, groups []string, begin func(people int), each func(Attendee) error) error {
	if begin != nil {
		people, err := o.countPeopleOf(ctx, d, math.MaxInt32)
		if err != nil {
			return err
		}
		begin(people)
	}
	for last := noID; ; {
		people, err := o.attendeesBehind(ctx, d, last, groups)
		if err != nil || len(people) == 0 {
			return err
		}
		for _, a := range people {
			if err := each(a); err != nil {
				return err
			}
		}
		last = people[len(people)-1].User.ID
	}
}

// concernedIDs finds whom mappings and roles that differ are about. few says that they are all.
func (o *OrganizationScope) concernedIDs(ctx context.Context, d Difference, groups []mappedGroup) (ids []string, few bool, err error) {
	directoryID := d.Directory().DirectoryID
	read := func(sql string, args ...any) {
		if err != nil || len(ids) > manyConcerned {
			return
		}
		var found []string
		found, err = o.texts(ctx, sql+limited, append(args, manyConcerned+1)...)
		ids = append(ids, found...)
	}
	for _, m := range d.mappings {
		if m.appRoleKey != "" {
			read("SELECT user_id FROM user_app_roles WHERE directory_id = ? AND value_key = ? ORDER BY user_id", directoryID, m.appRoleKey)
		}
		for _, g := range groups {
			if m.maps(g) {
				read("SELECT member_id FROM members WHERE directory_id = ? AND group_id = ? ORDER BY member_id", directoryID, g.id)
			}
		}
	}
	for _, id := range d.roles {
		read("SELECT user_id FROM role_assignments WHERE organization_id = ? AND directory_id = ? AND role_id = ? ORDER BY user_id", o.id, directoryID, id)
	}
	return ids, len(ids) <= manyConcerned, err
}

// mappedGroups are the directory's groups that a mapping names, before the change or after.
func (o *OrganizationScope) mappedGroups(ctx context.Context, d Difference) ([]mappedGroup, error) {
	ids, keys := map[string]bool{}, map[string]bool{}
	for _, w := range []*Way{d.WayWas, d.After} {
		for _, m := range w.mappingsOf() {
			switch {
			case m.appRoleKey != "":
			case m.groupID != "":
				ids[m.groupID] = true
			default:
				keys[m.externalKey] = true
			}
		}
	}
	if len(ids)+len(keys) == 0 {
		return nil, nil
	}
	texts, err := json.Marshal(slices.AppendSeq([]string{}, maps.Keys(keys)))
	if err != nil {
		return nil, err
	}
	const columns = "SELECT g.id, g.external_key, g.display_name FROM "
	directoryID := d.Directory().DirectoryID
	var list []mappedGroup
	err = o.rows(ctx, columns+o.d.idList+o.d.lookUp("groups", "g", "*", "g.directory_id = ? AND g.id = ids.id")+
		" UNION "+columns+o.d.textList+o.d.lookUp("groups", "g", "*", "g.directory_id = ? AND g.external_key = texts.text"+o.d.collate)+" ORDER BY 1",
		[]any{o.d.idParam(knownIDs(slices.Collect(maps.Keys(ids)))), directoryID, string(texts), directoryID}, func(scan scanner) error {
			var g mappedGroup
			err := scan(&g.id, &g.externalKey, &g.name)
			list = append(list, g)
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
