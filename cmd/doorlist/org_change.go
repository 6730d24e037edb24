package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"doorlist/auth"
	"doorlist/store"
)

// orgChanged is an organization after `org set`, with what the change meant for it and those below it.
type orgChanged struct {
	orgView
	Changes []settingChange `json:"changes"`
	NoWayIn []ssoUser       `json:"no_way_in"` // people who need a password now
	Changed bool            `json:"changed"`   // false for a rehearsal
}

// settingChange is a setting that an organization has otherwise than before.
type settingChange struct {
	Organization string `json:"organization"`
	Setting      string `json:"setting"`
	Before       any    `json:"before"`
	After        any    `json:"after"`
}

// errRehearsal undoes a change that was made to see what it means.
var errRehearsal = errors.New("a rehearsal")

// changeOrg makes a change of an organization, or rehearses it, and tells what it means for all that inherit from it.
func (p *program) changeOrg(ctx context.Context, s *store.Store, o store.Organization, dryRun bool, change func(tx *store.Tx) error) error {
	var before, after []store.Organization
	err := write(ctx, s, func(tx *store.Tx) (err error) {
		scope := tx.Organization(o.ID)
		if before, err = scope.Subtree(); err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		if after, err = scope.Subtree(); err == nil && dryRun {
			err = errRehearsal
		}
		return err
	})
	if err != nil && !errors.Is(err, errRehearsal) {
		return err
	}
	v := orgChanged{orgView: viewOrg(after[0]), Changes: settingChanges(before, after), Changed: !dryRun}
	noWayIn, err := withoutWayIn(ctx, s, before, after)
	if v.NoWayIn = ssoUsers(noWayIn); err != nil {
		return err
	}
	if p.json {
		return p.printJSON(v)
	}
	return p.describeChange(v)
}

func settingChanges(before, after []store.Organization) []settingChange {
	list := []settingChange{}
	for _, is := range after {
		i := slices.IndexFunc(before, func(was store.Organization) bool { return was.ID == is.ID })
		for _, setting := range store.Settings {
			if i >= 0 && setting.Value(before[i]) != setting.Value(is) {
				list = append(list, settingChange{is.Slug, settingName(setting), setting.Value(before[i]), setting.Value(is)})
			}
		}
	}
	return list
}

// withoutWayIn finds the people who can prove who they are no more, now that their organization has another mode.
func withoutWayIn(ctx context.Context, s *store.Store, before, after []store.Organization) ([]store.SyncedPerson, error) {
	var list []store.SyncedPerson
	for _, is := range after {
		if slices.ContainsFunc(before, func(was store.Organization) bool { return was.ID == is.ID && was.SSOMode == is.SSOMode }) {
			continue
		}
		people, err := s.Organization(is.ID).SyncedPeople(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, auth.PreviewSSO(people, s.Now(), is.SSOMode, func(person store.SyncedPerson) store.WaysIn {
			person.WaysIn.Mode = is.SSOMode
			return person.WaysIn
		}).NoWayIn...)
	}
	return list, nil
}

func (p *program) describeChange(v orgChanged) error {
	lines := []string{fmt.Sprintf("Changed the organization %s.", v.Slug)}
	if !v.Changed {
		lines[0] = fmt.Sprintf("Nothing is changed yet. For the organization %s, it would mean:", v.Slug)
	}
	for _, c := range v.Changes {
		lines = append(lines, fmt.Sprintf("  %s: %s from %q to %q", c.Organization, c.Setting, fmt.Sprint(c.Before), fmt.Sprint(c.After)))
	}
	lines = append(lines, named("No way in until they have a password", v.NoWayIn)...)
	_, err := fmt.Fprintln(p.stdout, strings.Join(lines, "\n"))
	return err
}
