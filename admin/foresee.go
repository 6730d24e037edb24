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
	next    string // where it leads
	change  func(tx *store.Tx) error
	foresee func(auth.Progress) (auth.Foresight, error) // nil: by trying the change out
}

// foreseen is the page that shows it.
type foreseen struct {
	form
	auth.Foresight
	Shown   []shownChange // a page of the changes
	Digest  string        // of all that is shown
	Hidden  []field       // the answers
	From    int           // how many come before them
	Next    int           // where the next page begins; 0 for none
	Unnamed int           // how many of those shown belong to organizations that the caller does not see
	Meets   bool          // that other organizations than the page's are concerned
	Self    auth.Change   // the caller's own; zero for none
	Last    string        // the organization that would be without an owner; "" for none
	Anew    bool          // it is not what was shown before
}

// shownChange is a change with the address of the person's page.
type shownChange struct {
	auth.Change
	Address string
}

// namedPeople is how many people a page names.
const namedPeople = 50

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
	var seen auth.Foresight
	if err == nil {
		_, r.waiting.silent = r.wantsList()
		seen, err = r.foresight(p, r.expect(f.Heading, "people looked at"))
	}
	if r.approval != nil {
		r.approval.now, f.Submit = now, submit
		return r.considerPlan(f, p, seen, err)
	}
	if err == nil && posted && r.Request().PostForm.Get("seen") == seen.Digest() {
		next := p.next
		if r.ruled { // the foresight has tried it already
			next, err = r.putUp(f, seen.Digest())
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
	if format, ok := r.wantsList(); ok {
		return r.downloadForesight(format, seen)
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

func (r *request) foresight(p plan, tell auth.Progress) (auth.Foresight, error) {
	if p.foresee != nil {
		return p.foresee(tell)
	}
	return auth.Foresee(r.Request().Context(), r.Store, r.org.ID, r.who.Actor(), tell, p.change)
}

// anonymous is what is foreseen, without the names of those who belong to organizations out of reach.
func (r *request) anonymous(seen auth.Foresight) auth.Foresight {
	return seen.Anonymous(func(id string) bool { _, err := r.within(id); return err == nil })
}

// foreseen tells whom a change concerns, some people at a time.
func (r *request) foreseen(f form, seen auth.Foresight) (*foreseen, error) {
	posted, digest := r.Request().PostForm, seen.Digest()
	ownerless, err := seen.Ownerless(r.Request().Context(), r.Store, r.org)
	if err != nil {
		return nil, err
	}
	seen = r.anonymous(seen)
	v := &foreseen{form: f, Foresight: seen, Digest: digest}
	if ownerless {
		v.Last = r.org.Name
	}
	v.Anew = posted.Get("seen") != "" && posted.Get("seen") != digest
	for _, q := range f.Fields {
		v.Hidden = append(v.Hidden, field{Name: q.Name, Value: q.Value})
	}
	v.From, _ = strconv.Atoi(posted.Get("from"))
	v.From = min(max(v.From, 0), len(seen.Changes))
	var all []auth.Change // the gravest first
	for _, k := range seen.Kinds() {
		all = append(all, k.Changes...)
	}
	shown := all[v.From:min(v.From+namedPeople, len(all))]
	for _, c := range shown {
		home, err := r.within(c.Home)
		if err != nil {
			v.Unnamed++
			continue
		}
		v.Shown = append(v.Shown, shownChange{c, to("organizations", home.Slug, "users", c.ID)})
	}
	if end := v.From + len(shown); end < len(seen.Changes) {
		v.Next = end
	}
	for _, c := range seen.Changes {
		v.Meets = v.Meets || c.Organization != r.org.Slug
		if c.ID == r.who.UserID && c.Before.Admitted {
			v.Self = c
		}
	}
	return v, nil
}

// downloadForesight sends all changes as a file.
func (r *request) downloadForesight(format Format, seen auth.Foresight) error {
	seen = r.anonymous(seen)
	columns := []string{"organization", "connection", "id", "user_name", "display_name", "before", "role_before", "after", "role_after"}
	return r.download("preview", format, columns, func(e *Export) error {
		for _, c := range seen.Changes {
			words := c.Words()
			err := e.Row(c.Organization, c.Connection, c.ID, c.UserName, c.DisplayName, words[0], c.Before.Role, words[1], c.After.Role)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
