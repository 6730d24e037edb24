package admin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"doorlist/store"
)

// personKey is a person's id in 16 bytes.
type personKey = uuid.UUID

func personKeyOf(id string) personKey {
	k, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil // every id of the store is one
	}
	return k
}

// absent judges somebody who is in the export and not here.
func (r *driftRun) absent(l DriftLine) error {
	d := Difference{Drift: DriftMissing, Line: l.Number, ObjectID: l.ObjectID, UserName: l.UserPrincipalName, DisplayName: l.DisplayName}
	switch {
	case l.Enabled == DriftNo: // Entra creates nobody who is disabled
		r.report.Agree++
		return nil
	case r.report.File == DriftProvisioning && goneAtEntra(l):
		r.report.Agree++
		return nil
	case r.report.File == DriftProvisioning:
		d.Note = logNote(l)
	case r.report.File == DriftMembers:
		d.Note = r.roleNote()
	}
	return r.tell(d)
}

// goneAtEntra says that Entra has deleted somebody, or never meant to create them.
func goneAtEntra(l DriftLine) bool {
	return l.Status == "success" && (l.Action == "delete" || l.Action == "disable")
}

func logNote(l DriftLine) string {
	note := "Entra's log says: " + strings.TrimSpace(l.Action+" "+l.Status)
	if l.Reason != "" {
		note += ", " + shortenedField(l.Reason)
	}
	return note + "."
}

// roleNote says what is at stake in a group.
func (r *driftRun) roleNote() string {
	if r.Role == "" {
		return "The group gives no role."
	}
	return fmt.Sprintf("The group gives the role %s.", r.Role)
}

// judge compares a line with the person whom it is about.
func (r *driftRun) judge(l DriftLine, p store.Listed, by string) error {
	d := differenceOf(p, DriftStale, "")
	d.Line, d.MatchedBy = l.Number, by
	if by == "user name" && l.ObjectID != "" {
		d.Changes = append(d.Changes, DriftChange{"object id", p.ExternalID, l.ObjectID})
		d.Note = "The record may be another person's of the same name, deleted at Entra since."
	}
	switch r.report.File {
	case DriftMembers:
		if !p.Member {
			d.Drift, d.Note = DriftMembershipMissing, r.roleNote()
			return r.tell(d)
		}
	case DriftProvisioning:
		if l.Status == "success" && l.Action == "delete" {
			d.Drift, d.Note = DriftExtra, logNote(l)
			return r.tell(d)
		}
		d.Changes = append(d.Changes, logChanges(l, p)...)
		if l.Status == "failure" {
			d.Note = logNote(l)
		}
	case DriftUsers:
		d.Changes = append(d.Changes, lineChanges(l, p)...)
	}
	if len(d.Changes) == 0 && d.Note == "" {
		r.report.Agree++
		return nil
	}
	return r.tell(d)
}

// lineChanges are the attributes in which a line of the users' export differs. Where the attribute mapping makes the user name of the
// mail address, that is as good as the user principal name.
func lineChanges(l DriftLine, p store.Listed) (list []DriftChange) {
	if l.Enabled != DriftUnsaid && (l.Enabled == DriftYes) != p.Active {
		list = append(list, DriftChange{"enabled", yesNo(p.Active), yesNo(l.Enabled == DriftYes)})
	}
	name := store.Fold(p.UserName)
	if l.UserPrincipalName != "" && name != store.Fold(l.UserPrincipalName) && (l.Mail == "" || name != store.Fold(l.Mail)) {
		list = append(list, DriftChange{"user name", p.UserName, l.UserPrincipalName})
	}
	if l.DisplayName != strings.TrimSpace(p.DisplayName) {
		list = append(list, DriftChange{"display name", p.DisplayName, l.DisplayName})
	}
	same := func(address string) bool { return store.Fold(address) == store.Fold(l.Mail) }
	if l.Mail != "" && !same(p.UserName) && !slices.ContainsFunc(p.Emails, same) {
		list = append(list, DriftChange{"mail", strings.Join(p.Emails, ", "), l.Mail})
	}
	return list
}

// logChanges are what a line of the log tells of a person who is here.
func logChanges(l DriftLine, p store.Listed) (list []DriftChange) {
	if l.Status == "success" && l.Action == "disable" && p.Active {
		list = append(list, DriftChange{"enabled", yesNo(true), yesNo(false)})
	}
	if l.UserPrincipalName != "" && store.Fold(p.UserName) != store.Fold(l.UserPrincipalName) {
		list = append(list, DriftChange{"user name", p.UserName, l.UserPrincipalName})
	}
	return list
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
