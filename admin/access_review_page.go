package admin

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

var accessReviewTemplate = parsePage("access_review")

const (
	defaultPeriod  = 90 * 24 * time.Hour
	defaultDormant = 90
	maxDormant     = 3650
	// reviewRows bounds each list on the page; a review on paper of more people than that nobody reads. The download has all.
	reviewRows = 1000
)

// accessReviewContent is the page.
type accessReviewContent struct {
	Filters filters
	Asked   bool
	Org     store.Organization
	accessReview
	Days      int // after which an account is dormant
	MadeBy    string
	MadeAt    time.Time
	Since     time.Time // from when on the trail tells everything
	Early     bool
	NotYet    time.Time // when the organization was made, if that was later than the day
	Gone      []store.Connection
	Chain     *store.Checkpoint // of the audit trail; nil before it begins
	Roles     []*roleReview
	Findings  []*reviewList
	Changes   []*reviewList
	Mappings  []mappingReview
	People    int // who could come in
	Without   int // who were on the list and could not
	CSV, JSON string
}

// roleReview is a role with those who had it.
type roleReview struct {
	store.Role
	reviewList
}

// reviewList is a list of people under a heading.
type reviewList struct {
	Title, Hint string
	People      []reviewed
	Count       int
}

func (f *reviewList) add(p reviewed) {
	if f.Count++; len(f.People) < reviewRows {
		f.People = append(f.People, p)
	}
}

// Hash is that of the newest block of the trail.
func (c accessReviewContent) Hash() string { return hex.EncodeToString(c.Chain.Hash[:]) }

// More is how many the page does not show.
func (f *reviewList) More() int { return f.Count - len(f.People) }

// mappingReview is a mapping with who made it.
type mappingReview struct {
	Role, Kind, Target, Connection, By string
	At                                 time.Time
}

// showAccessReview reports who has access, for an auditor to print and to sign.
func showAccessReview(r *request) error {
	heading := "Access review of " + r.org.Name
	f := filters{Asks: true, Fields: []field{
		{Name: "on", Label: "At the end of", Type: "date", Hint: "Empty: now."},
		{Name: "since", Label: "Changes since", Type: "date", Hint: "Empty: 90 days before."},
		{Name: "dormant", Label: "Dormant after, in days", Hint: "Without a sign-in. Empty: 90."},
	}}
	content := accessReviewContent{Org: r.org, MadeBy: r.who.Name, MadeAt: r.now(), Asked: r.QueryParams().Has("on"), Days: defaultDormant}
	answers, good := r.filtered(&f)
	if good {
		good = content.accept(answers, &f)
	}
	if !good {
		content.Filters, content.Asked = f, false
		return r.show(http.StatusUnprocessableEntity, accessReviewTemplate, heading, content)
	}
	content.Filters = f
	if !content.Asked {
		return r.ok(accessReviewTemplate, heading, content)
	}
	ctx := r.Request().Context()
	v, err := content.accessReview.begin(ctx, r.Store, r.org)
	if err != nil {
		return err
	}
	if format := Format(r.QueryParam("format")); format != "" {
		return r.download("access-review-"+content.At.Format(time.DateOnly), format, ReviewColumns, func(e *Export) error {
			return v.each(ctx, func(p reviewed) error { return reviewRow(e, p) })
		})
	}
	if content.NotYet = v.past.Made; !content.NotYet.IsZero() {
		return r.ok(accessReviewTemplate, heading, content)
	}
	content.CSV, content.JSON = f.Answers("on", answers["on"], "format", string(CSV)), f.Answers("on", answers["on"], "format", string(JSONLines))
	if err := content.fill(ctx, v, r.expect(heading, "people looked at")); err != nil {
		return err
	}
	return r.ok(accessReviewTemplate, heading, content)
}

// accept takes the answers, and accuses those that cannot be meant.
func (c *accessReviewContent) accept(answers values, f *filters) bool {
	if c.At, c.Whole = endOfDay(answers["on"], c.MadeAt); c.At.IsZero() {
		c.At = c.MadeAt
	}
	if c.At.After(c.MadeAt) {
		f.accuse("on", "That day is still to come. Choose today or a day in the past.")
		return false
	}
	c.From = c.At.Add(-defaultPeriod)
	if day, err := time.Parse(time.DateOnly, answers["since"]); err == nil {
		c.From = day
	}
	if !c.From.Before(c.At) {
		f.accuse("since", "The changes must begin before the day of the list.")
		return false
	}
	if text := answers["dormant"]; text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > maxDormant {
			f.accuse("dormant", "Write a number of days from 1 to 3650.")
			return false
		}
		c.Days = days
	}
	c.Dormant = time.Duration(c.Days) * 24 * time.Hour
	return true
}

// fill goes through everybody.
func (c *accessReviewContent) fill(ctx context.Context, v *reviewer, tell auth.Progress) (err error) {
	c.Since, c.Early = v.past.Since, c.From.Before(v.past.Since)
	if c.Gone, err = v.past.Gone(ctx); err != nil {
		return err
	}
	if chain, err := v.mine.Checkpoint(ctx); err == nil {
		c.Chain = &chain
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	byRole := map[string]*roleReview{}
	for _, role := range v.past.Roles() {
		byRole[role.ID] = &roleReview{Role: role}
		c.Roles = append(c.Roles, byRole[role.ID])
	}
	noFactor := &reviewList{Title: "Privileged, without a second factor", Hint: "Local people whose role has a right to the console. For everybody else the provider asks for further proof."}
	dormant := &reviewList{Title: "Dormant", Hint: "May come in, were added before, and have not signed in for the time above."}
	local := &reviewList{Title: "Local accounts", Hint: "Nobody’s provider takes them away: break-glass owners and others whom an administrator added."}
	in, out, changed := &reviewList{Title: "Joined"}, &reviewList{Title: "Left"}, &reviewList{Title: "Other role, or let in or kept out"}
	c.Findings, c.Changes = []*reviewList{noFactor, dormant, local}, []*reviewList{in, out, changed}
	changes := map[string]*reviewList{reviewJoined: in, reviewLeft: out, reviewChanged: changed}
	groups, looked := map[string]string{}, 0
	err = v.each(ctx, func(p reviewed) error {
		if looked++; looked%pastPage == 0 {
			if err := tell(looked, 0); err != nil {
				return err
			}
		}
		if f := changes[p.Change]; f != nil {
			f.add(p)
		}
		if p.Change == reviewLeft {
			return nil
		}
		for _, g := range p.Grants {
			groups[g.MappingID] = g.Name
		}
		for f, found := range map[*reviewList]bool{noFactor: p.NoFactor, dormant: p.Dormant, local: p.Local()} {
			if found {
				f.add(p)
			}
		}
		if role := byRole[p.Role.ID]; role != nil && p.Admits {
			c.People++
			role.add(p)
			return nil
		}
		c.Without++
		return nil
	})
	if err == nil {
		c.Mappings, err = v.mappings(ctx, groups)
	}
	return err
}

// mappings are those of the time, the highest role first. Names are of their groups, as far as anybody was in one; other groups have
// today's.
func (v *reviewer) mappings(ctx context.Context, names map[string]string) ([]mappingReview, error) {
	roles, ranks := map[string]string{}, map[string]int{}
	for _, role := range v.past.Roles() {
		roles[role.ID], ranks[role.Name] = role.Name, role.Rank
	}
	var list []mappingReview
	for _, m := range v.past.Mappings() {
		c := v.past.Connection(m.ConnectionID)
		row := mappingReview{Role: roles[m.RoleID], Kind: "group", Target: cmp.Or(names[m.ID], m.GroupExternalID, m.GroupID), Connection: c.Name}
		if m.AppRole != "" {
			row.Kind, row.Target = "app role", m.AppRole
		} else if names[m.ID] == "" {
			name, err := groupName(ctx, v.store, c, m)
			if err != nil {
				return nil, err
			}
			row.Target = cmp.Or(name, row.Target)
		}
		made, err := v.mine.Events(ctx, store.EventQuery{SubjectID: m.ID})
		if err != nil {
			return nil, err
		}
		for _, e := range made {
			if !e.At.After(v.At) && !strings.HasSuffix(e.Action, "removed") {
				row.At, row.By = e.At, cmp.Or(e.Actor.Name, string(e.Actor.Kind))
			}
		}
		list = append(list, row)
	}
	slices.SortStableFunc(list, func(a, b mappingReview) int { return ranks[b.Role] - ranks[a.Role] })
	return list, nil
}

// ReviewColumns are those of the download. The last two are for the reviewer to fill in.
var ReviewColumns = []string{"id", "user_name", "display_name", "connection", "admits", "reason", "role", "console", "source", "through", "mapping",
	"since", "last_sign_in", "dormant", "local", "no_second_factor", "change", "role_before", "keep", "reviewed_by"}

func reviewRow(e *Export, p reviewed) error {
	var first store.Grant
	if len(p.Grants) > 0 {
		first = p.Grants[0]
	}
	u := p.Person.User
	return e.Row(u.ID, u.UserName, u.DisplayName, cmp.Or(p.Person.Connection.Slug, "local"), p.Admits, p.Reason, p.Role.Name, string(p.Role.Console),
		string(first.Source), first.Name, first.MappingID, p.Since, p.LastSignIn, p.Dormant, p.Local(), p.NoFactor, p.Change, p.Was.Role.Name, "", "")
}
