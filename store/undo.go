package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// UndoRules are what an undo needs of those who ask for it.
type UndoRules struct {
	// User and Group make the records to store from documents, as a push of them would.
	User  func(document string) (UserRecord, error)
	Group func(document string) (GroupRecord, error)
	// MayGrant says whether whoever undoes may hand out a role of an organization, or take it away.
	MayGrant func(organizationID string, r Role) bool
	// Begin is done with the first change of all; nil for nothing. If it fails, nothing is undone.
	Begin func(tx *Tx) error
	// Tell is told after each transaction how many of the plan's units are done; nil for nothing. An error of it ends the undo.
	Tell func(done, all int) error
}

// UndoStep is what an undo makes of one event. Does is empty where nothing is done, and Not where nothing stays as it is; both are
// sentences for people.
type UndoStep struct {
	Event     Event
	Name      string   // of what the event is about
	Does, Not string   // e.g. "Alice is put back into the group.", "The user name has changed since."
	People    []string // whom it is about beside that, by name; at most 100 of them
	Earlier   Event    // the undo that has undone it already; zero for none
}

// UndoResult is what an undo came to, or would come to.
type UndoResult struct {
	Steps         []UndoStep // the first 500
	Done, Skipped int        // events
	Next          int        // of the plan's units the first that was not looked at; len(plan.Units) at the end
}

// shownSteps bounds what an undo tells.
const shownSteps = 500

func (r *UndoResult) add(s UndoStep) {
	if s.Does != "" {
		r.Done++
	} else {
		r.Skipped++
	}
	if len(r.Steps) < shownSteps {
		r.Steps = append(r.Steps, s)
	}
}

// undoBatch is how many events go into one transaction, unless one person or group has more.
const undoBatch = 200

// Undo undoes the units of a plan from one on, some in a transaction, until there are no more or the time is over. What has changed since is
// skipped and told, and so is what cannot come back.
func (s *Store) Undo(ctx context.Context, actor Actor, p UndoPlan, from int, until time.Time, rules UndoRules) (UndoResult, error) {
	result := UndoResult{Next: max(0, min(from, len(p.Units)))}
	for result.Next < len(p.Units) {
		ids, next := p.batch(result.Next)
		events, err := s.Organization(p.OrganizationID).eventsNamed(ctx, ids)
		if err != nil {
			return result, err
		}
		var steps []UndoStep
		begins := rules.Begin != nil && result.Next == from
		err = s.Write(ctx, actor, func(tx *Tx) (err error) {
			if begins {
				if err := rules.Begin(tx); err != nil {
					return err
				}
			}
			u := &undo{OrganizationTx: tx.Organization(p.OrganizationID), rules: rules, directories: map[string]*DirectoryTx{}, mayAll: map[string]bool{}}
			err = u.run(events)
			steps = u.steps
			return err
		})
		if err != nil {
			return result, err
		}
		for _, step := range steps {
			result.add(step)
		}
		if result.Next = next; !time.Now().Before(until) {
			break
		}
		if rules.Tell == nil {
			continue
		}
		if err := rules.Tell(next, len(p.Units)); err != nil {
			return result, err
		}
	}
	return result, nil
}

// previewTakes bounds a preview: on SQLite everybody else's changes wait for it.
const previewTakes = 2 * time.Second

// PreviewUndo tells what Undo would do, from the first unit on and as far as it gets in two seconds. It changes nothing.
func (s *Store) PreviewUndo(ctx context.Context, actor Actor, p UndoPlan, rules UndoRules) (result UndoResult, err error) {
	rules.Tell = nil // whoever reads slowly must not hold the trial up
	err = s.WhatIf(ctx, func(trial *Store) error {
		result, err = trial.Undo(ctx, actor, p, 0, time.Now().Add(previewTakes), rules)
		return err
	})
	return result, err
}

// undo is an undo under way, in one transaction.
type undo struct {
	*OrganizationTx
	rules       UndoRules
	steps       []UndoStep
	directories map[string]*DirectoryTx // that were found to be a connection's
	mayAll      map[string]bool         // whether all roles of an organization are within reach
	// together are the actions of the events that were noted with the one that is being undone, about the same subject.
	together map[string]bool
}

// run undoes events, which are given with the latest first.
func (u *undo) run(events []Event) error {
	for _, e := range events {
		u.together = map[string]bool{}
		for _, other := range events {
			if other.SubjectID == e.SubjectID && other.At.Equal(e.At) {
				u.together[other.Action] = true
			}
		}
		if u.implied(e.Action) {
			continue
		}
		before := len(u.tx.events)
		step, err := u.attempt(e)
		if err != nil {
			return err
		}
		u.steps = append(u.steps, step)
		if len(u.tx.events) == before {
			continue
		}
		made := make([]string, 0, len(u.tx.events)-before)
		for _, m := range u.tx.events[before:] {
			made = append(made, m.ID)
		}
		u.tx.note(e.OrganizationID, e.DirectoryID, "event.undone", e.ID, detail{"action": e.Action, "subject": e.SubjectID, "name": step.Name, "events": made[:min(noted, len(made))]})
	}
	return nil
}

// warnings are actions that changed nothing.
var warnings = []string{"group.members_unknown", "brake.alarm", "brake.engaged", "brake.roles_lost"}

// implied says that an event tells what came with another, which is undone with that, or what was not done at all.
func (u *undo) implied(action string) bool {
	switch action {
	case "user.deactivated", "user.reactivated", "user.held":
		return u.together["user.updated"]
	}
	return slices.Contains(warnings, action)
}

// attempt undoes one event, or nothing of it.
func (u *undo) attempt(e Event) (UndoStep, error) {
	step := UndoStep{Event: e}
	var told undoDetail
	if err := json.Unmarshal([]byte(e.Detail), &told); err != nil {
		step.Not = "The record of it cannot be read."
		return step, nil
	}
	step.Name = told.name()
	how, known := undoers[e.Action]
	if !known {
		step.Not = final(e)
		return step, nil
	}
	u.tx.eager = true // a failure belongs to the step that it is of, and its savepoint
	if err := u.tx.conn.later(u.tx.ctx, "SAVEPOINT step"); err != nil {
		return step, err
	}
	events, changed := len(u.tx.events), u.tx.changed
	err := how(u, e, told, &step)
	if reason, ok := reasonNot(err); ok {
		u.tx.events, u.tx.changed = u.tx.events[:events], changed
		step.Does, step.Not, step.People = "", reason, nil
		if _, err = u.tx.exec(u.tx.ctx, "ROLLBACK TO SAVEPOINT step"); err == nil {
			step.Earlier, err = u.undoneBy(e.ID)
		}
		if step.Earlier.ID != "" {
			step.Not = "It was undone already."
		}
	}
	if err != nil {
		return step, err
	}
	_, err = u.tx.exec(u.tx.ctx, "RELEASE SAVEPOINT step")
	return step, err
}

// notError says why something is not undone.
type notError struct{ reason string }

func (e notError) Error() string { return e.reason }

func not(format string, args ...any) error { return notError{fmt.Sprintf(format, args...)} }

// reasonNot tells why an event stays as it is; false for a fault.
func reasonNot(err error) (string, bool) {
	if stays, ok := errors.AsType[notError](err); ok {
		return stays.reason, true
	}
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		return "The " + conflict.Field + " is somebody else's now.", true
	}
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return capital(refused.Message) + ".", true
	}
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return capital(invalid.Error()) + ".", true
	}
	if errors.Is(err, ErrNotFound) {
		return "What it is about is not there any more.", true
	}
	return "", false
}

func capital(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}

// mayEverything says whether whoever undoes may hand out every role of an organization. What the undo itself makes of the roles, they may
// too: see roleUpdated.
func (u *undo) mayEverything(organizationID string) (bool, error) {
	if all, known := u.mayAll[organizationID]; known {
		return all, nil
	}
	roles, err := u.tx.roles(u.tx.ctx, organizationID)
	if err != nil {
		return false, err
	}
	u.mayAll[organizationID] = !slices.ContainsFunc(roles, func(r Role) bool { return !u.rules.MayGrant(organizationID, r) })
	return u.mayAll[organizationID], nil
}

// may refuses roles that whoever undoes may not hand out or take away.
func (u *undo) may(organizationID string, roles ...Role) error {
	for _, r := range roles {
		if !u.rules.MayGrant(organizationID, r) {
			return not("It is about the role %s, which is above yours: somebody who has it must do that.", r.Name)
		}
	}
	return nil
}

// Undoable says whether events of an action can be undone at all. Whether one of them can be, PreviewUndo tells.
func Undoable(action string) bool { return undoers[action] != nil || action == "event.undone" }

// undoers say how events are undone, by action. What is not here stays.
var undoers map[string]func(u *undo, e Event, told undoDetail, step *UndoStep) error

func init() {
	undoers = map[string]func(u *undo, e Event, told undoDetail, step *UndoStep) error{
		"user.created": (*undo).userCreated, "user.updated": (*undo).userUpdated, "user.deleted": (*undo).userDeleted,
		"user.deletion_held": (*undo).deletionHeld,
		"user.deactivated":   (*undo).decided, "user.reactivated": (*undo).decided, "user.held": (*undo).decided, "user.quarantined": (*undo).decided,
		"user.groups_left": (*undo).groupsLeft, "group.groups_left": (*undo).groupsLeft,
		"user.role_assigned": (*undo).roleAssigned, "user.role_unassigned": (*undo).roleUnassigned,
		"group.created": (*undo).groupCreated, "group.updated": (*undo).groupUpdated, "group.deleted": (*undo).groupDeleted,
		"group.members_added": (*undo).membersAdded, "group.members_removed": (*undo).membersGone, "group.members_cleared": (*undo).membersGone,
		"mapping.created": (*undo).mappingCreated, "mapping.updated": (*undo).mappingUpdated, "mapping.removed": (*undo).mappingRemoved,
		"role.created": (*undo).roleCreated, "role.updated": (*undo).roleUpdated, "role.removed": (*undo).roleRemoved,
		"connection.ceiling_changed": (*undo).ceilingChanged, "sso.mode_changed": (*undo).modeChanged, "sso.choice_changed": (*undo).choiceChanged,
		"organization.ambiguous_roles_changed": (*undo).ambiguousRolesChanged, "organization.contact_changed": (*undo).contactChanged,
		"organization.default_role_changed": (*undo).defaultRoleChanged, "organization.setting_inherited": (*undo).settingInherited,
	}
}
