package admin

import (
	"context"
	"strings"

	"doorlist/store"
)

// DriftComparison says what an export is compared with.
type DriftComparison struct {
	Directory *store.Directory
	// Group is what an export of group members is compared with; Role is what it gives, "" for nothing.
	Group store.Group
	Role  string
}

// DriftReport is what a comparison came to.
type DriftReport struct {
	File       DriftFileKind `json:"file"`
	Lines      int           `json:"lines"`
	People     int           `json:"people"`       // of those lines
	PassedOver int           `json:"passed_over"`  // groups, devices, service principals, and older lines of a log about the same person
	ByObjectID int           `json:"by_object_id"` // people who were recognized by their object id
	ByUserName int           `json:"by_user_name"` // and by their user name alone
	Agree      int           `json:"agree"`        // people about whom there is nothing to say
	Residue    int           `json:"switched_off"` // on the list, switched off, and not in the export
	Counts     map[Drift]int `json:"differences"`  // by kind
}

// driftBatch is how many lines are looked up at once.
const driftBatch = 1000

// Run compares a checked export with the list. It gives each difference to each: first those of the export's lines, in their order,
// then who is here and not there. progress, which may be nil, is told how many lines are done; an error of it ends the comparison. Memory grows with 16 bytes a person.
func (c DriftComparison) Run(ctx context.Context, e *DriftFile, each func(Difference) error, progress func(lines int) error) (DriftReport, error) {
	r := &driftRun{DriftComparison: c, ctx: ctx, each: each, report: DriftReport{File: e.Kind, Lines: e.Lines, Counts: map[Drift]int{}}, seen: map[personKey]bool{}}
	latest := map[string]int{}
	if e.Kind == DriftProvisioning {
		latest = latestLines(e)
	}
	var lines []DriftLine
	done := 0
	for l, err := range e.All() {
		if err != nil {
			return r.report, err
		}
		if done++; l.Person && (e.Kind != DriftProvisioning || latest[l.key()] == l.Number) {
			lines = append(lines, l)
		} else {
			r.report.PassedOver++
		}
		if len(lines) < driftBatch && done < e.Lines {
			continue
		}
		if err := r.compare(lines); err != nil {
			return r.report, err
		}
		if lines = lines[:0]; progress != nil {
			if err := progress(done); err != nil {
				return r.report, err
			}
		}
	}
	if e.Kind == DriftProvisioning { // it tells of those who changed, not of everybody
		return r.report, nil
	}
	return r.report, r.others()
}

// latestLines finds, for each person of a log, the line that holds now: the latest, or the first where there are no times, because
// Entra lists the latest first.
func latestLines(e *DriftFile) map[string]int {
	found := map[string]DriftLine{}
	for l, err := range e.All() {
		if err != nil {
			break
		}
		if other, known := found[l.key()]; !known || l.At.After(other.At) {
			found[l.key()] = DriftLine{Number: l.Number, At: l.At}
		}
	}
	numbers := make(map[string]int, len(found))
	for k, l := range found {
		numbers[k] = l.Number
	}
	return numbers
}

func (l DriftLine) key() string {
	if l.ObjectID != "" {
		return l.ObjectID
	}
	return "name:" + store.Fold(l.UserPrincipalName)
}

// driftRun is a comparison under way.
type driftRun struct {
	DriftComparison
	ctx    context.Context
	each   func(Difference) error
	report DriftReport
	seen   map[personKey]bool // the people here who are in the export
}

// compare looks the people of some lines up and tells how they differ.
func (r *driftRun) compare(lines []DriftLine) error {
	r.report.People += len(lines)
	byID, byName, err := r.find(lines)
	if err != nil {
		return err
	}
	for _, l := range lines {
		person, by := byID[l.ObjectID], "object id"
		if person == nil || l.ObjectID == "" {
			person, by = byName[store.Fold(l.UserPrincipalName)], "user name"
		}
		if person == nil {
			if err := r.absent(l); err != nil {
				return err
			}
			continue
		}
		r.seen[personKeyOf(person.ID)] = true
		if by == "object id" {
			r.report.ByObjectID++
		} else {
			r.report.ByUserName++
		}
		if err := r.judge(l, *person, by); err != nil {
			return err
		}
	}
	return nil
}

// find looks up by object id and, whom that does not find, by user name.
func (r *driftRun) find(lines []DriftLine) (byID, byName map[string]*store.Listed, err error) {
	byID, byName = map[string]*store.Listed{}, map[string]*store.Listed{}
	var ids, names []string
	for _, l := range lines {
		if l.ObjectID != "" {
			ids = append(ids, l.ObjectID)
		}
	}
	found, err := r.Directory.ListedByExternalID(r.ctx, r.Group.ID, ids)
	if err != nil {
		return nil, nil, err
	}
	for i, p := range found {
		byID[strings.ToLower(p.ExternalID)] = &found[i]
		r.seen[personKeyOf(p.ID)] = true // of two with one object id, neither is extra
	}
	for _, l := range lines {
		if byID[l.ObjectID] == nil && l.UserPrincipalName != "" {
			names = append(names, l.UserPrincipalName)
		}
	}
	named, err := r.Directory.ListedByUserName(r.ctx, r.Group.ID, names)
	for i, p := range named {
		byName[store.Fold(p.UserName)] = &named[i]
	}
	return byID, byName, err
}

// tell passes a difference on.
func (r *driftRun) tell(d Difference) error {
	r.report.Counts[d.Drift]++
	return r.each(d)
}

// others finds who is on the list, or in the group, and not in the export.
func (r *driftRun) others() error {
	drift, note := DriftExtra, ""
	if r.report.File == DriftMembers {
		drift, note = DriftMembershipExtra, r.roleNote()
	}
	for after := ""; ; {
		page, err := r.Directory.Roster(r.ctx, r.Group.ID, after, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, p := range page {
			after = p.ID
			switch {
			case r.seen[personKeyOf(p.ID)]:
				continue
			case drift == DriftExtra && !p.Active: // Entra deletes nobody whom it had unassigned before
				r.report.Residue++
				continue
			}
			if err := r.tell(differenceOf(p, drift, note)); err != nil {
				return err
			}
		}
	}
}

func differenceOf(p store.Listed, drift Drift, note string) Difference {
	return Difference{Drift: drift, UserID: p.ID, ObjectID: p.ExternalID, UserName: p.UserName, DisplayName: p.DisplayName, Note: note}
}
