package admin

import (
	"net/http"
	"slices"
	"strconv"

	"doorlist/auth"
	"doorlist/store"
)

var foreseeTemplate = parsePage("foresee")

// plan is what a form wants done. It is shown whom it concerns, by name, before it is.
type plan struct {
	next   string // where it leads
	change func(tx *store.Tx) error
	try    func() (auth.Prospect, error) // nil: by trying the change out
}

// foreseen is the page that shows it.
type foreseen struct {
	form
	auth.Foresight
	Shown   []shownChange // a page of the changes
	Hidden  []field       // the answers
	From    int           // how many come before them
	Next    int           // where the next page begins; 0 for none
	Rest    int           // how many no page names
	Unnamed int           // how many of those shown belong to organizations that the caller does not see
	Meets   bool          // that other organizations than the page's are concerned
	Last    string        // the organization that would be without an owner; "" for none
	Anew    bool          // it is not what was shown before
}

// shownChange is a change with the address of the person's page.
type shownChange struct {
	auth.Change
	Address string
}

// namedPeople is how many people a page names, and namedAtMost how many all pages together: whoever wants to see more takes the file.
const (
	namedPeople = 50
	namedAtMost = 10_000
)

// weigh asks for something and, before it is done, shows whom it concerns. What is confirmed is a digest of that: if the world has
// changed in between so that others are concerned, it is shown once more. A form without questions begins with that.
func (r *request) weigh(f form, decide func(values) (plan, error)) error {
	submit := f.Submit
	if len(f.Fields) > 0 {
		f.Submit = "See what that means"
	}
	posted := r.Request().Method == http.MethodPost
	f.Proposes = r.ruled
	if !posted && len(f.Fields) > 0 {
		return r.ok(formTemplate, f.Heading, f)
	}
	now := slices.Clone(f.Fields)
	var err error
	if posted {
		err = r.fill(&f)
	}
	if err == nil && r.Request().PostForm.Get("step") == "back" {
		return r.ok(formTemplate, f.Heading, f)
	}
	var p plan
	if err == nil {
		p, err = decide(f.values())
	}
	var prospect auth.Prospect
	if err == nil {
		prospect, err = r.prospect(p)
	}
	if format, ok := r.wantsList(); ok && err == nil {
		return r.downloadForesight(format, prospect)
	}
	var seen auth.Foresight
	if err == nil {
		seen, err = r.foresight(f, prospect)
	}
	if r.approval != nil {
		r.approval.now, f.Submit = now, submit
		return r.considerPlan(f, p, seen, err)
	}
	if err == nil && posted && r.Request().PostForm.Get("seen") == seen.Digest {
		next := p.next
		if r.ruled { // the foresight has tried it already
			next, err = r.putUp(f, seen.Digest)
		} else {
			err = r.write(p.change)
		}
		if err == nil {
			return r.goOn(next)
		}
	}
	if err != nil {
		return r.askAgain(f, err)
	}
	f.Submit = submit
	shown, err := r.foreseen(f, seen)
	if err != nil {
		return err
	}
	return r.ok(foreseeTemplate, f.Heading, shown)
}

// wantsList says whether all changes are asked for as a file.
func (r *request) wantsList() (Format, bool) {
	format := Format(r.Request().PostForm.Get("list"))
	return format, format == CSV || format == JSONLines
}

func (r *request) prospect(p plan) (auth.Prospect, error) {
	if p.try != nil {
		return p.try()
	}
	return auth.Try(r.Request().Context(), r.Store, r.org.ID, r.who.Actor(), p.change)
}

// foresight sums up whom a plan concerns, and names people up to the end of the page that is asked for.
func (r *request) foresight(f form, p auth.Prospect) (auth.Foresight, error) {
	asked := auth.Asked{Named: r.namedFrom() + namedPeople, UserID: r.who.UserID}
	return p.Foresee(r.Request().Context(), r.expect(f.Heading, "people looked at"), asked)
}

// namedFrom is how many people come before those whom the page names.
func (r *request) namedFrom() int {
	from, _ := strconv.Atoi(r.Request().PostForm.Get("from"))
	return min(max(from, 0), namedAtMost)
}

// knows says whether the caller sees an organization.
func (r *request) knows(organizationID string) bool {
	_, err := r.within(organizationID)
	return err == nil
}

// foreseen tells whom a change concerns, some people at a time.
func (r *request) foreseen(f form, seen auth.Foresight) (*foreseen, error) {
	ownerless, err := seen.Ownerless(r.Request().Context(), r.Store, r.org)
	if err != nil {
		return nil, err
	}
	v := &foreseen{form: f, Foresight: seen.Anonymous(r.knows), From: min(r.namedFrom(), seen.People), Meets: seen.Elsewhere(r.org.Slug)}
	if ownerless {
		v.Last = r.org.Name
	}
	before := r.Request().PostForm.Get("seen")
	v.Anew = before != "" && before != seen.Digest
	for _, q := range f.Fields {
		v.Hidden = append(v.Hidden, field{Name: q.Name, Value: q.Value})
	}
	shown := v.page()
	for _, c := range shown {
		home, err := r.within(c.Home)
		if err != nil {
			v.Unnamed++
			continue
		}
		v.Shown = append(v.Shown, shownChange{c, to("organizations", home.Slug, "users", c.ID)})
	}
	if v.Next = v.From + len(shown); v.Next > namedAtMost {
		v.Rest = seen.People - v.Next
	}
	if v.Next == seen.People || v.Rest > 0 {
		v.Next = 0
	}
	return v, nil
}

// page are the changes that are shown, the gravest first.
func (v *foreseen) page() (shown []auth.Change) {
	from := v.From
	for _, k := range v.Kinds {
		begin := min(from, k.People)
		end := min(begin+namedPeople-len(shown), k.People)
		shown = append(shown, k.Changes[begin:end]...)
		from -= begin
	}
	return shown
}

// downloadForesight sends all changes as a file.
func (r *request) downloadForesight(format Format, prospect auth.Prospect) error {
	columns := []string{"organization", "connection", "id", "user_name", "display_name", "before", "role_before", "after", "role_after"}
	return r.download("preview", format, columns, func(e *Export) error {
		return prospect.Each(r.Request().Context(), nil, func(c auth.Change) error {
			c, words := c.Anonymous(r.knows), c.Words()
			return e.Row(c.Organization, c.Connection, c.ID, c.UserName, c.DisplayName, words[0], c.Before.Role, words[1], c.After.Role)
		})
	})
}
