package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// Explanation says whether somebody can sign in now, and why.
type Explanation struct {
	Admitted     bool              `json:"admitted"`
	Reason       string            `json:"reason"`
	Method       string            `json:"method"`      // sso or password
	MethodRule   string            `json:"method_rule"` // by which the method was decided; "" for people whom nobody knows
	Role         string            `json:"role"`
	Grants       []ExplainedGrant  `json:"grants"`       // the winning one first
	Overridden   []ExplainedGrant  `json:"overridden"`   // given by hand, and without effect because the provider gives a role
	Fix          string            `json:"fix"`          // what to do; "" where nothing is wrong
	LockedUntil  *time.Time        `json:"locked_until"` // when the next password is looked at; nil where nothing is locked
	Unmapped     []ExplainedGroup  `json:"unmapped"`     // groups of somebody without a role, which could be given one; some of them where there are many
	Detail       string            `json:"detail"`
	Person       *ExplainedPerson  `json:"person"`        // nil when the directory knows nobody by that name
	LastDecision *ExplainedOutcome `json:"last_decision"` // nil when they never tried
	Others       []ExplainedPerson `json:"others"`        // further people of that name; the one explained comes closest to being admitted
}

// ExplainedGrant is one reason for a role.
type ExplainedGrant struct {
	Role    string `json:"role"`
	Source  string `json:"source"`
	Name    string `json:"name"`
	GroupID string `json:"group_id,omitempty"`
	Mapped  string `json:"mapped,omitempty"` // the role as mapped, where the connection's ceiling gives the lower one instead
}

// ExplainedPerson names a user and the connection that has them; "" for the local directory.
type ExplainedPerson struct {
	ID         string `json:"id"`
	UserName   string `json:"user_name"`
	ExternalID string `json:"external_id"`
	Connection string `json:"connection"`
}

// ExplainedOutcome is the latest decision on record.
type ExplainedOutcome struct {
	At       time.Time `json:"at"`
	Admitted bool      `json:"admitted"`
	Reason   string    `json:"reason"`
	Detail   string    `json:"detail"`
	Role     string    `json:"role"`
	Fix      string    `json:"fix"` // what to do about a refusal
}

// Explain asks the rules of admission, with the facts that a sign-in would find, about the person of the organization
// whose id, user name, external id or e-mail address is who. What only a token can tell is taken from the person's last
// attempt.
func Explain(ctx context.Context, s *store.Store, org store.Organization, who string) (Explanation, error) {
	people, err := Visitors(ctx, s, org, who)
	if err != nil {
		return Explanation{}, err
	}
	if len(people) == 0 {
		return explainUnknown(ctx, s, org, who)
	}
	cases := make([]explained, len(people))
	for i, p := range people {
		if cases[i], err = explainPerson(ctx, s, p); err != nil {
			return Explanation{}, err
		}
	}
	slices.SortStableFunc(cases, compareExplained)
	e := cases[0].explanation()
	for _, other := range cases[1:] {
		e.Others = append(e.Others, personOf(other.person))
	}
	return e, nil
}

// Visitors finds the people of a name who belong to an organization, or come to it from above through a connection that is
// attached.
func Visitors(ctx context.Context, s *store.Store, org store.Organization, who string) ([]store.PersonRecord, error) {
	people, err := s.Organization(org.ID).FindVisitors(ctx, who)
	return slices.DeleteFunc(people, comesNot), err
}

// comesNot says that a person is of another organization, and does not come to this one.
func comesNot(p store.PersonRecord) bool {
	return p.Connection.ID != "" && p.Connection.OrganizationID != p.Organization.ID && !Attached(p.Attachments)
}

// explained is the case of one person.
type explained struct {
	person  store.PersonRecord
	verdict policy.Verdict
	method  policy.Method
	rule    policy.MethodRule
	lock    lock
	last    *store.Decision
}

// compareExplained puts the person who is admitted first, then those of connections before local ones.
func compareExplained(a, b explained) int {
	order := func(x explained) int {
		switch {
		case x.verdict.Admitted():
			return 0
		case x.person.Connection.ID != "":
			return 1
		}
		return 2
	}
	return cmp.Compare(order(a), order(b))
}

func explainPerson(ctx context.Context, s *store.Store, p store.PersonRecord) (explained, error) {
	last, err := lastDecision(ctx, s.Organization(p.Organization.ID), p.User.ID, p.User.UserName, p.User.ExternalID)
	if err != nil {
		return explained{}, err
	}
	e := judged(p, last, s.Now())
	if e.verdict.Admitted() && e.method == policy.Password {
		if e.lock, err = lockOf(ctx, s, p, last); err != nil {
			return explained{}, err
		}
	}
	if !e.lock.until.IsZero() {
		e.verdict.Reason = policy.Locked
	}
	return e, nil
}

// judged asks the rules about a person whose last attempt is known; nil for none.
func judged(p store.PersonRecord, last *store.Decision, now time.Time) explained {
	facts := methodFacts(p.WaysIn, now)
	method, rule := policy.MethodFor(facts)
	e := explained{person: p, verdict: policy.Admit(personFacts(p, method, last)), method: method, rule: rule, last: last}
	if e.verdict.Admitted() && !facts.HasWayIn(true) {
		e.verdict.Reason = policy.PasswordRequired
	}
	return e
}

// ExplainPerson is Explain for a person who was found.
func ExplainPerson(ctx context.Context, s *store.Store, p store.PersonRecord) (Explanation, error) {
	e, err := explainPerson(ctx, s, p)
	if err != nil {
		return Explanation{}, err
	}
	return e.explanation(), nil
}

// methodWords say by which rule a person's method was decided.
var methodWords = map[policy.MethodRule]string{
	policy.RuleLocal:     "the person belongs to the local directory and signs in with a password",
	policy.RuleOutage:    "an outage is declared that lets the person use a password for the time being",
	policy.RuleOff:       "single sign-on is off, so synced people sign in with a password",
	policy.RuleNotChosen: "single sign-on is for chosen people, and is not switched on for this one",
	policy.RuleException: "single sign-on is for everybody but exceptions, and this person is one",
	policy.RuleNotArmed:  "nobody with a right to the console has signed in through the connection as it is configured now, so the person's password is still good",
	policy.RuleSSO:       "single sign-on applies",
}

// lastDecision finds the latest attempt of a user, or one that nobody was found for and that was made under one of the
// names. It returns nil when there is none.
func lastDecision(ctx context.Context, o *store.OrganizationScope, userID string, names ...string) (*store.Decision, error) {
	last, err := o.LastDecision(ctx, userID, names...)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &last, err
}

// personFacts are the facts of a sign-in that has not happened: the token is taken to be what it was the last time.
func personFacts(p store.PersonRecord, method policy.Method, last *store.Decision) policy.Facts {
	f := afterSignIn(connectionFacts(p.Connection, p.Attachments))
	if method == policy.Password {
		f = passwordFacts(p.Connection, p.Attachments)
	}
	f.Applies = method
	f = withUser(f, p.Organization, p.User, p.Grants)
	if p.Ambiguous && f.Match == policy.MatchObjectID {
		f.Found = policy.Several
	}
	if p.SignIn.Subject == "" {
		f.Subject = policy.FirstSubject
	}
	if last == nil {
		return f
	}
	switch policy.Reason(last.Reason) {
	case policy.Guest:
		f.Guest = true
	case policy.SubjectChanged:
		// A new client id since then, or a release by an administrator, makes the changed subject acceptable.
		if p.SignIn.Subject != "" && p.SignIn.ClientID == p.Connection.ClientID {
			f.Subject = policy.OtherSubject
		}
	}
	return f
}

func (e explained) explanation() Explanation {
	out := verdictExplanation(e.verdict)
	person := personOf(e.person)
	out.Person = &person
	out.Method, out.MethodRule = string(e.method), string(e.rule)
	out.Detail = joined(joined(methodWords[e.rule], userDetail(e.person)), standingDetail(e.verdict.Standing))
	if !e.lock.until.IsZero() {
		out.LockedUntil, out.Detail = &e.lock.until, joined(e.lock.words(), out.Detail)
	}
	if e.verdict.Reason == policy.NoRole {
		out.Unmapped = unmapped(e.person)
	}
	if e.last != nil {
		out.LastDecision = outcomeOf(*e.last)
	}
	return out
}

func verdictExplanation(v policy.Verdict) Explanation {
	return Explanation{
		Admitted: v.Admitted(), Reason: string(v.Reason), Method: "sso", Role: v.Standing.Role.Name,
		Grants: explainGrants(v.Standing.Grants), Overridden: explainGrants(v.Standing.Overridden),
		Fix: v.Words().Fix, Others: []ExplainedPerson{}, Unmapped: []ExplainedGroup{},
	}
}

func explainGrants(grants []policy.Grant) []ExplainedGrant {
	explained := make([]ExplainedGrant, len(grants))
	for i, g := range grants {
		explained[i] = ExplainedGrant{Role: g.Role.Name, Source: string(g.Source), Name: g.Name, GroupID: g.GroupID, Mapped: g.Mapped.Name}
	}
	return explained
}

// explainUnknown explains somebody whom no directory has (any more): the last attempt under that name or identity, if
// there was one, says why it failed.
func explainUnknown(ctx context.Context, s *store.Store, org store.Organization, who string) (Explanation, error) {
	deleted, err := s.Organization(org.ID).FindDeleted(ctx, who)
	if err != nil {
		return Explanation{}, err
	}
	var latest store.Tombstone
	if len(deleted) > 0 {
		latest = deleted[0]
	}
	last, err := lastDecision(ctx, s.Organization(org.ID), latest.ID, who)
	if err != nil {
		return Explanation{}, err
	}
	e := verdictExplanation(policy.Verdict{Reason: policy.NotProvisioned})
	e.Detail = fmt.Sprintf("no directory of %s has a user with the id, user name, external id or e-mail address %q", org.Slug, short(who))
	if latest.ID != "" {
		e.Detail += fmt.Sprintf("; %q, id %s, was deleted at %s", short(latest.UserNameKey), latest.ID, latest.DeletedAt.Format(time.RFC3339))
	}
	if last != nil {
		e.LastDecision = outcomeOf(*last)
	}
	return e, nil
}

func personOf(p store.PersonRecord) ExplainedPerson {
	return ExplainedPerson{ID: p.User.ID, UserName: p.User.UserName, ExternalID: p.User.ExternalID, Connection: p.Connection.Slug}
}

func outcomeOf(d store.Decision) *ExplainedOutcome {
	return &ExplainedOutcome{
		At: d.At.UTC(), Admitted: d.Admitted, Reason: d.Reason, Detail: d.Detail, Role: d.Role, Fix: policy.Reason(d.Reason).Words().Fix,
	}
}
