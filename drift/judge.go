package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"doorlist/store"
)

// key is a person's id in 16 bytes.
type key = uuid.UUID

func keyOf(id string) key {
	k, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil // every id of the store is one
	}
	return k
}

// absent judges somebody who is in the export and not here.
func (r *run) absent(l Line) error {
	d := Difference{Drift: Missing, Line: l.Number, ObjectID: l.ObjectID, UserName: l.UserPrincipalName, DisplayName: l.DisplayName}
	switch {
	case l.Enabled == No: // Entra creates nobody who is disabled
		r.report.Agree++
		return nil
	case r.report.File == Provisioning && gone(l):
		r.report.Agree++
		return nil
	case r.report.File == Provisioning:
		d.Note = logNote(l)
	case r.report.File == Members:
		d.Note = r.roleNote()
	}
	return r.tell(d)
}

// gone says that Entra has deleted somebody, or never meant to create them.
func gone(l Line) bool {
	return l.Status == "success" && (l.Action == "delete" || l.Action == "disable")
}

func logNote(l Line) string {
	note := "Entra's log says: " + strings.TrimSpace(l.Action+" "+l.Status)
	if l.Reason != "" {
		note += ", " + shortened(l.Reason)
	}
	return note + "."
}

// roleNote says what is at stake in a group.
func (r *run) roleNote() string {
	if r.Role == "" {
		return "The group gives no role."
	}
	return fmt.Sprintf("The group gives the role %s.", r.Role)
}

// judge compares a line with the person whom it is about.
func (r *run) judge(l Line, p store.Listed, by string) error {
	d := here(p, Stale, "")
	d.Line, d.MatchedBy = l.Number, by
	if by == "user name" && l.ObjectID != "" {
		d.Changes = append(d.Changes, Change{"object id", p.ExternalID, l.ObjectID})
		d.Note = "The record may be another person's of the same name, deleted at Entra since."
	}
	switch r.report.File {
	case Members:
		if !p.Member {
			d.Drift, d.Note = MembershipMissing, r.roleNote()
			return r.tell(d)
		}
	case Provisioning:
		if l.Status == "success" && l.Action == "delete" {
			d.Drift, d.Note = Extra, logNote(l)
			return r.tell(d)
		}
		d.Changes = append(d.Changes, logChanges(l, p)...)
		if l.Status == "failure" {
			d.Note = logNote(l)
		}
	case Users:
		d.Changes = append(d.Changes, changes(l, p)...)
	}
	if len(d.Changes) == 0 && d.Note == "" {
		r.report.Agree++
		return nil
	}
	return r.tell(d)
}

// changes are the attributes in which a line of the users' export differs. Where the attribute mapping makes the user name of the
// mail address, that is as good as the user principal name.
func changes(l Line, p store.Listed) (list []Change) {
	if l.Enabled != Unsaid && (l.Enabled == Yes) != p.Active {
		list = append(list, Change{"enabled", yesNo(p.Active), yesNo(l.Enabled == Yes)})
	}
	name := store.Fold(p.UserName)
	if l.UserPrincipalName != "" && name != store.Fold(l.UserPrincipalName) && (l.Mail == "" || name != store.Fold(l.Mail)) {
		list = append(list, Change{"user name", p.UserName, l.UserPrincipalName})
	}
	if l.DisplayName != strings.TrimSpace(p.DisplayName) {
		list = append(list, Change{"display name", p.DisplayName, l.DisplayName})
	}
	same := func(address string) bool { return store.Fold(address) == store.Fold(l.Mail) }
	if l.Mail != "" && !same(p.UserName) && !slices.ContainsFunc(p.Emails, same) {
		list = append(list, Change{"mail", strings.Join(p.Emails, ", "), l.Mail})
	}
	return list
}

// logChanges are what a line of the log tells of a person who is here.
func logChanges(l Line, p store.Listed) (list []Change) {
	if l.Status == "success" && l.Action == "disable" && p.Active {
		list = append(list, Change{"enabled", yesNo(true), yesNo(false)})
	}
	if l.UserPrincipalName != "" && store.Fold(p.UserName) != store.Fold(l.UserPrincipalName) {
		list = append(list, Change{"user name", p.UserName, l.UserPrincipalName})
	}
	return list
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
