package admin

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"doorlist/store"
)

var undoTemplate = parsePage("undo")

// undoTakes is how long one request goes on undoing. What is left is undone by the next.
const undoTakes = 15 * time.Second

type undoContent struct {
	About     string // what is undone
	Back      string
	Steps     []undoStep
	More      int  // events that are not shown
	Done      bool // it is no preview
	Did       int
	Stayed    int
	Directory bool // something that a provider sends is changed
	Next      int  // where to go on; 0 for the end
	Left      int
	Address   string // where to go on, if not at the page itself
	Proposes  bool   // another owner has to approve it
}

type undoStep struct {
	store.UndoStep
	What phrase
}

// EarlierBy is who has undone it already.
func (s undoStep) EarlierBy() string { return actorName(s.Earlier.Actor) }

// undoChange shows what the undo of one change would do, and does it.
func undoChange(r *request) error {
	plan, err := r.Store.Organization(r.org.ID).PlanUndoOf(r.Request().Context(), r.Param("event"))
	if err != nil {
		return err
	}
	return r.undo(plan, undoContent{About: "one change", Back: r.orgPath("audit", r.Param("event"))})
}

// undoSpan is undoChange for all that the provider of a connection changed from one event to another: a cycle, or a request.
func undoSpan(r *request) error {
	span := store.EventSpan{DirectoryID: r.connection.DirectoryID, First: r.QueryParam("first"), Last: r.QueryParam("last"), RequestID: r.QueryParam("request")}
	plan, err := r.Store.Organization(r.org.ID).PlanUndoSpan(r.Request().Context(), span)
	if err != nil {
		return err
	}
	if len(plan.Units) == 0 {
		return store.ErrNotFound
	}
	about := "a provisioning cycle of " + r.connection.Name
	if span.RequestID != "" {
		about = "a request of " + r.connection.Name
	}
	return r.undo(plan, undoContent{About: about, Back: r.orgPath("provisioning")})
}

// undo previews a plan or, asked by a form, carries it out or proposes it.
func (r *request) undo(plan store.UndoPlan, content undoContent) error {
	ctx := r.Request().Context()
	rules, err := r.undoRules(ctx)
	if err != nil {
		return err
	}
	f := form{Heading: "Undo " + content.About, Submit: "Undo", Back: content.Back}
	content.Proposes = r.ruled
	switch posted := r.Request().Method == http.MethodPost; {
	case r.approval != nil:
		return r.considerUndo(f, plan, content, rules)
	case posted && r.ruled:
		next, err := r.putUp(f, "")
		if err != nil {
			return r.askAgain(f, err)
		}
		return r.Redirect(http.StatusSeeOther, next)
	case posted:
		from, err := strconv.Atoi(r.FormValue("from"))
		if err != nil || from < 0 || from > len(plan.Units) {
			from = 0 // it begins anew: what is undone already is skipped
		}
		return r.carryOut(plan, from, undoTakes, content, rules)
	}
	result, err := r.Store.PreviewUndo(ctx, r.who.Actor(), plan, rules)
	if err != nil {
		return err
	}
	if content, err = r.tell(content, plan, result); err != nil {
		return err
	}
	return r.ok(undoTemplate, f.Heading, content)
}

// carryOut undoes as much of a plan as there is time for.
func (r *request) carryOut(plan store.UndoPlan, from int, takes time.Duration, content undoContent, rules store.UndoRules) error {
	rules.Tell = r.expect("Undo "+content.About, "changes looked at")
	result, err := r.Store.Undo(r.Request().Context(), r.actor(), plan, from, time.Now().Add(takes), rules)
	if err != nil {
		return err
	}
	content.Done = true
	if content, err = r.tell(content, plan, result); err != nil {
		return err
	}
	return r.ok(undoTemplate, "Undo "+content.About, content)
}

// approvedUndoTakes is how long an approved undo goes on. What is left is proposed once more.
const approvedUndoTakes = time.Minute

// considerUndo shows what an undo that was proposed would do, or does it.
func (r *request) considerUndo(f form, plan store.UndoPlan, content undoContent, rules store.UndoRules) error {
	if r.approval.approves {
		content.Address, content.Proposes, rules.Begin = r.approval.Address, true, r.endProposal
		return r.carryOut(plan, 0, approvedUndoTakes, content, rules)
	}
	result, err := r.Store.PreviewUndo(r.Request().Context(), r.actor(), plan, rules)
	if err != nil {
		return err
	}
	if content, err = r.tell(content, plan, result); err != nil {
		return err
	}
	r.approval.undo = &content
	return r.consider(f, nil, nil)
}

// tell says what came of a plan, or would come.
func (r *request) tell(content undoContent, plan store.UndoPlan, result store.UndoResult) (undoContent, error) {
	content.Did, content.Stayed = result.Done, result.Skipped
	content.More = result.Done + result.Skipped - len(result.Steps)
	content.Left = len(plan.Units) - result.Next
	if content.Next = result.Next; content.Left == 0 {
		content.Next = 0
	}
	for _, s := range result.Steps {
		told := readTold(s.Event.Detail)
		names, err := r.namesOf(s.Event, told)
		if err != nil {
			return content, err
		}
		names.subject = orElse(s.Name, names.subject)
		content.Steps = append(content.Steps, undoStep{s, saidOf(s.Event, told, names)})
		content.Directory = content.Directory || s.Event.DirectoryID != "" && s.Does != ""
	}
	return content, nil
}

// undoRules are those of the organization and of whoever asks: nobody hands out, or takes away, a role above their own.
func (r *request) undoRules(ctx context.Context) (store.UndoRules, error) {
	rules, err := r.Records(ctx, r.org.ID)
	rules.MayGrant = func(organizationID string, role store.Role) bool {
		if organizationID == r.org.ID {
			return r.mayGrant(role)
		}
		return r.who.May(role.Console)
	}
	return rules, err
}
