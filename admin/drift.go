package admin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

var driftTemplate = parsePage("drift")

// shownDifferences is how many people of each kind a page names. A file has them all.
const shownDifferences = 200

// comparisonTakes is how long an upload and its comparison may take: a million people are looked up.
const comparisonTakes = 10 * time.Minute

// comparisonsAtOnce bounds the uploads that a server holds in memory.
const comparisonsAtOnce = 2

type driftContent struct {
	Fields        []field
	Fault         string
	Line          int // of the file, to which Fault belongs
	MaxMB         int
	MaxMillions   int // of lines
	Report        DriftReport
	Done          bool
	Group         string // by name, with the role that it gives
	Role          string
	Groups        []driftGroup
	NoConnections bool
}

// driftGroup is the people of one kind of difference.
type driftGroup struct {
	Drift
	Count  int
	People []shownDifference
	More   int
}

type shownDifference struct {
	Difference
	Address string // of the person's page; "" for who is not on the list
}

// showDrift shows the form.
func showDrift(r *request) error {
	content, err := r.driftForm()
	if err != nil {
		return err
	}
	return r.ok(driftTemplate, "Does the list say what Entra says?", content)
}

// driftForm is the page before a comparison.
func (r *request) driftForm() (driftContent, error) {
	connections, err := r.Store.Organization(r.org.ID).Connections(r.Request().Context())
	content := driftContent{MaxMB: MaxDriftBytes >> 20, MaxMillions: MaxDriftLines / 1_000_000, NoConnections: len(connections) == 0}
	choice := field{Name: "connection", Label: "Connection", Type: "choice", Value: r.QueryParam("connection")}
	for _, c := range connections {
		choice.Options = append(choice.Options, option{c.Slug, c.Name})
	}
	content.Fields = []field{choice, {
		Name: "group", Label: "Group", Optional: true, Hint: "For an export of a group's members alone: the group's name or object ID. The file does not tell.",
	}}
	return content, err
}

// compareExport compares an upload with the list. It changes nothing, and keeps nothing of the upload.
func compareExport(r *request) error {
	select {
	case r.comparing <- struct{}{}:
		defer func() { <-r.comparing }()
	default:
		return r.driftFault(http.StatusTooManyRequests, values{}, &DriftFileError{Message: "Other files are being compared on this server. Please try again in a minute."})
	}
	answers, err := r.upload()
	if err != nil {
		return r.driftFault(http.StatusUnprocessableEntity, answers.values, err)
	}
	export, err := OpenDriftFile(answers.file)
	if err == nil {
		err = export.Check()
	}
	if err != nil {
		return r.driftFault(http.StatusUnprocessableEntity, answers.values, err)
	}
	c, err := r.comparison(answers.values, export.Kind)
	if wrong, ok := errors.AsType[refill](err); ok {
		return r.driftFault(http.StatusUnprocessableEntity, answers.values, wrong)
	}
	if err != nil {
		return err
	}
	if answers.values["as"] == "csv" {
		return r.downloadDrift(c, export)
	}
	return r.showComparison(answers.values, c, export)
}

// driftFault shows the form again, with what is wrong with the upload.
func (r *request) driftFault(status int, answers values, cause error) error {
	content, err := r.driftForm()
	if err != nil {
		return err
	}
	content.refill(answers)
	content.Fault = cause.Error()
	if fault, ok := errors.AsType[*DriftFileError](cause); ok {
		content.Fault, content.Line = fault.Message, fault.Line
	}
	if wrong, ok := errors.AsType[refill](cause); ok {
		content.Fault = "Nothing was compared yet: something below is not right."
		for i := range content.Fields {
			content.Fields[i].Fault = wrong.faults[content.Fields[i].Name]
		}
	}
	return r.show(status, driftTemplate, "Does the list say what Entra says?", content)
}

func (c *driftContent) refill(answers values) {
	for i := range c.Fields {
		c.Fields[i].Value = cmp.Or(plain(answers[c.Fields[i].Name]), c.Fields[i].Value)
	}
}

// comparison finds what an export is to be compared with.
func (r *request) comparison(answers values, kind DriftFileKind) (DriftComparison, error) {
	ctx := r.Request().Context()
	connections, err := r.Store.Organization(r.org.ID).Connections(ctx)
	if err != nil {
		return DriftComparison{}, err
	}
	i := slices.IndexFunc(connections, func(c store.Connection) bool { return c.Slug == answers["connection"] })
	if i < 0 {
		return DriftComparison{}, faultIn("connection", "Choose one of those that are offered.")
	}
	c := DriftComparison{Directory: r.Store.Directory(connections[i].Directory())}
	named := strings.TrimSpace(answers["group"])
	switch {
	case kind != DriftMembers && named != "":
		return c, faultIn("group", "The file is no export of a group's members. Leave this empty.")
	case kind != DriftMembers:
		return c, nil
	case named == "":
		return c, faultIn("group", "The file is an export of a group's members. Say of which group, by its name or object ID.")
	}
	if c.Group, err = FindDriftGroup(ctx, c.Directory, named); err != nil {
		if errors.Is(err, store.ErrNotFound) {
			return c, faultIn("group", "This connection has no such group. Assign it to the application in Entra first; Groups lists those that have arrived.")
		}
		return c, err
	}
	c.Role, err = DriftRoleOf(ctx, r.Store.Organization(r.org.ID), connections[i], c.Group)
	return c, err
}

// showComparison shows what came out.
func (r *request) showComparison(answers values, c DriftComparison, export *DriftFile) error {
	content, err := r.driftForm()
	if err != nil {
		return err
	}
	content.refill(answers)
	const heading = "Does the list say what Entra says?"
	tell := r.expect(heading, "lines compared")
	people := map[Drift][]shownDifference{}
	content.Report, err = c.Run(r.Request().Context(), export, func(d Difference) error {
		if shown := people[d.Drift]; len(shown) < shownDifferences {
			people[d.Drift] = append(shown, r.shownDifference(d))
		}
		return nil
	}, func(lines int) error { return tell(lines, export.Lines) })
	if err != nil {
		return err
	}
	content.Done, content.Group, content.Role = true, c.Group.DisplayName, c.Role
	for _, kind := range Drifts {
		n := content.Report.Counts[kind]
		if n == 0 {
			continue
		}
		slices.SortStableFunc(people[kind], func(a, b shownDifference) int { return strings.Compare(a.name(), b.name()) })
		content.Groups = append(content.Groups, driftGroup{kind, n, people[kind], n - len(people[kind])})
	}
	return r.ok(driftTemplate, heading, content)
}

func (r *request) shownDifference(d Difference) shownDifference {
	if d.UserID == "" {
		return shownDifference{d, ""}
	}
	return shownDifference{d, r.orgPath("users", d.UserID)}
}

// name is what the person is listed under.
func (d shownDifference) name() string {
	return store.Fold(cmp.Or(d.UserName, d.DisplayName, d.ObjectID))
}

var driftColumns = []string{"drift", "line", "user_name", "display_name", "object_id", "user_id", "matched_by", "differs", "note", "next_step"}

// downloadDrift sends all differences as a file.
func (r *request) downloadDrift(c DriftComparison, export *DriftFile) error {
	return r.download("drift-"+r.org.Slug, CSV, driftColumns, func(e *Export) error {
		_, err := c.Run(r.Request().Context(), export, func(d Difference) error { return e.Row(driftRow(d)...) }, nil)
		return err
	})
}

func driftRow(d Difference) []any {
	return []any{string(d.Drift), d.Line, d.UserName, d.DisplayName, d.ObjectID, d.UserID, d.MatchedBy, d.Differs(), d.Note, d.Drift.Step()}
}
