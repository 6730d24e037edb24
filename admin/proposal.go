package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"doorlist/auth"
	"doorlist/store"
)

var (
	proposalsTemplate = parsePage("proposals")
	proposalTemplate  = parsePage("proposal")
)

type proposalsContent struct {
	Path string // of the organization
	List []store.Proposal
	On   bool // the two-person rule holds
}

// showProposals lists what waits for another owner.
func showProposals(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	content := proposalsContent{Path: r.orgPath()}
	var err error
	if content.List, err = scope.Proposals(ctx, r.now()); err != nil {
		return err
	}
	if content.On, err = scope.TwoPersons(ctx); err != nil {
		return err
	}
	return r.ok(proposalsTemplate, "Proposals of "+r.org.Name, content)
}

// shownAnswer is what was filled in, in words.
type shownAnswer struct {
	Label, Text string
	Now         string // what the page has now; "" for the same, or nothing
	Long        bool
}

type proposalContent struct {
	store.Proposal
	Form     form
	Answers  []shownAnswer
	Foreseen *foreseen    // whom it concerns; nil where that is not told
	Undo     *undoContent // what it undoes; nil for anything else
	Fault    string
	Own      bool // whoever looks has proposed it
	Back     string
}

// decisions are what a proposal's page sends.
const (
	approve  = "approve"
	decline  = "decline"
	withdraw = "withdraw"
)

// decideProposal shows what a proposal would do, by its own page, and does what is decided.
func decideProposal(r *request) error {
	p, err := r.Store.Proposal(r.Request().Context(), r.org.ID, r.Param("proposal"))
	if err != nil {
		return err
	}
	if r.Request().Method != http.MethodPost {
		return r.reenact(&approval{Proposal: p})
	}
	if err := r.parse(); err != nil {
		return r.reenact(&approval{Proposal: p, fault: "The form could not be read. Please send it once more."})
	}
	switch decision, own := r.Request().PostForm.Get("decision"), p.ProposerID == r.who.UserID; {
	case decision == withdraw && own:
		return r.drop(p, store.Withdrawn)
	case decision == decline && !own:
		return r.drop(p, store.Declined)
	case decision == approve && own:
		return r.reenact(&approval{Proposal: p, fault: "You have proposed it yourself: another owner has to approve it."})
	case decision == approve:
		return r.approve(p)
	}
	return r.reenact(&approval{Proposal: p, fault: "Say whether you approve it or decline it."})
}

func (r *request) drop(p store.Proposal, outcome store.Outcome) error {
	err := r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).SettleProposal(p, outcome, r.who.UserName) })
	if err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, r.orgPath("proposals")+"?done="+string(outcome))
}

// approve does what was proposed, if the proposer still could.
func (r *request) approve(p store.Proposal) error {
	page, _, _, err := r.pageAt(p.Address)
	if err != nil {
		return err
	}
	home, err := r.Store.FindOrganization(r.Request().Context(), p.HomeID)
	if err != nil {
		return err
	}
	right, err := r.door.RightOf(r.Request().Context(), home, p.ProposerID)
	if err != nil {
		return err
	}
	if !auth.Includes(right, page.needs) {
		return r.reenact(&approval{Proposal: p, fault: "Whoever proposed it could not do it any more: their right is gone, or they may not come in. Decline it, or propose it yourself."})
	}
	return r.reenact(&approval{Proposal: p, approves: true, seen: r.Request().PostForm.Get("seen")})
}

// reenact sends the form of a proposal to its page once more, for whoever looks at it now.
func (r *request) reenact(a *approval) error {
	page, names, args, err := r.pageAt(a.Address)
	if err != nil {
		return err
	}
	var answers values
	if err := json.Unmarshal([]byte(a.Form), &answers); err != nil {
		return err
	}
	sent := url.Values{}
	for name, value := range answers {
		sent.Set(name, value)
	}
	for _, name := range []string{"from", "list"} { // of a list of people, which part or how
		sent.Set(name, r.QueryParam(name))
	}
	address, err := url.ParseRequestURI(a.Address)
	if err != nil {
		return err
	}
	request := r.Request().Clone(r.Request().Context())
	request.Method, request.URL, request.Form, request.PostForm, request.MultipartForm = http.MethodPost, address, nil, nil, nil
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Body = io.NopCloser(strings.NewReader(sent.Encode()))
	err = r.at(page, names, args, request).serveAgain(a)
	if errors.Is(err, store.ErrNotFound) {
		a.fault = "What it is about is gone, or somebody has decided meanwhile. Nothing was changed."
		r.approval = a
		return r.showProposal(http.StatusUnprocessableEntity, form{Heading: a.Title})
	}
	return err
}

// at is the request as a page would get it.
func (r *request) at(page route, names, args []string, sent *http.Request) *request {
	c := r.Echo().NewContext(sent, r.Response().Writer)
	c.SetPath(page.path)
	c.SetParamNames(names...)
	c.SetParamValues(args...)
	return &request{Context: c, console: r.console, who: r.who, page: page, waiting: r.waiting}
}

// serveAgain serves the page of a proposal. What it names must be of the organization that the proposal waits in.
func (r *request) serveAgain(a *approval) error {
	if err := r.find(); err != nil {
		return err
	}
	r.approval = a
	return r.page.serve(r)
}

// pageAt finds the page that an address is of, with what it names.
func (k *console) pageAt(address string) (page route, names, args []string, err error) {
	u, err := url.ParseRequestURI(address)
	if err != nil {
		return route{}, nil, nil, err
	}
	path := strings.Split(u.EscapedPath(), "/")
	for _, page := range k.pages {
		if names, args, ok := matches(strings.Split(page.path, "/"), path); ok && page.method == http.MethodPost && page.dangerous() {
			return page, names, args, nil
		}
	}
	return route{}, nil, nil, store.ErrNotFound
}

func matches(pattern, path []string) (names, args []string, ok bool) {
	if len(pattern) != len(path) {
		return nil, nil, false
	}
	for i, want := range pattern {
		name, named := strings.CutPrefix(want, ":")
		if !named {
			if want != path[i] {
				return nil, nil, false
			}
			continue
		}
		value, err := url.PathUnescape(path[i])
		if err != nil {
			return nil, nil, false
		}
		names, args = append(names, name), append(args, value)
	}
	return names, args, true
}

// showProposal shows a proposal, with what its page says about it.
func (r *request) showProposal(status int, f form) error {
	a := r.approval
	return r.show(status, proposalTemplate, "Proposed: "+f.Heading, proposalContent{
		Proposal: a.Proposal, Form: f, Answers: f.answers(a.now), Foreseen: a.foreseen, Undo: a.undo, Fault: a.fault, Own: a.ProposerID == r.who.UserID, Back: r.orgPath("proposals"),
	})
}

// answers say what was filled in, and what the page has now where that is something else.
func (f form) answers(now []field) (list []shownAnswer) {
	for i, q := range f.Fields {
		shown := shownAnswer{Label: q.Label, Text: q.words(), Long: q.Type == "document" || q.Type == "list"}
		if i < len(now) && now[i].Value != "" && now[i].Value != q.Value && !q.Secret() {
			shown.Now = now[i].words()
		}
		list = append(list, shown)
	}
	return list
}

// words say an answer. Secrets are for the provider alone.
func (f field) words() string {
	switch {
	case f.Secret():
		return "given, and not shown"
	case f.Type == "flag" && f.Checked():
		return "yes"
	case f.Type == "flag":
		return "no"
	case f.Value == "":
		return "empty"
	case len(f.Value) > maxList:
		return fmt.Sprintf("%s… (%d bytes in all)", strings.ToValidUTF8(f.Value[:maxList], ""), len(f.Value))
	}
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	return f.Value
}
