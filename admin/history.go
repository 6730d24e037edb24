package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

var historyTemplate = parsePage("history")

// historyContent says who had which role at an instant, and how somebody's changed.
type historyContent struct {
	Filters   filters
	Org       store.Organization
	At        time.Time // zero where nobody asked for a day
	Whole     bool      // the instant is the end of a day
	Since     time.Time // from when on the trail tells everything
	Early     bool      // the instant is before that
	Made      time.Time // when the organization was made, if that was later than the instant
	Gone      []store.Connection
	Who       string
	People    []heldRole
	Lines     []timeline
	Pager     pager
	CSV, JSON string // addresses of downloads
}

// heldRole is one person at an instant.
type heldRole struct {
	Person store.PersonRecord
	auth.Standing
	Name, History string // to call the person by; the address of their timeline
	Through       []grantWords
}

// timeline is how one person's role changed.
type timeline struct {
	Name, UserName string
	Then           *heldRole // at the instant that was asked for
	Stays          []stay
	More           bool
}

// stay is a row of a timeline.
type stay struct {
	auth.Stay
	Until   time.Time // zero: it lasts
	Through []grantWords
	Because phrase
	By      string
	Address string // of the event that changed it; "" where there is none
}

const (
	historyPage  = 50
	fewTimelines = 5
)

// showHistory answers "who had which role on a day", for one person or everybody.
func showHistory(r *request) error {
	f := filters{Asks: true, Fields: []field{
		{Name: "who", Label: "Who", Hint: "A user name, an e-mail address, an object ID or an ID. Empty: everybody."},
		{Name: "on", Label: "At the end of", Type: "date", Hint: "A day, by UTC."},
	}}
	answers, good := r.filtered(&f)
	content := historyContent{Org: r.org, Who: answers["who"]}
	if good {
		if content.At, content.Whole = endOfDay(answers["on"], r.now()); content.At.After(r.now()) {
			f.accuse("on", "That day is still to come. Choose today or a day in the past.")
			good = false
		}
	}
	if !good {
		content.Filters = f
		return r.show(http.StatusUnprocessableEntity, historyTemplate, "Who had which role", content)
	}
	if format := Format(r.QueryParam("format")); format != "" && !content.At.IsZero() {
		return r.downloadHistory(content.At, content.Who, format)
	}
	if err := r.fillHistory(&content, f); err != nil {
		return err
	}
	content.Filters, content.CSV, content.JSON = f, f.Answers("format", string(CSV)), f.Answers("format", string(JSONLines))
	return r.ok(historyTemplate, "Who had which role", content)
}

// endOfDay is the last instant of a day, or now where the day is not over. whole says that it is over. A day to come is left
// as it is.
func endOfDay(day string, now time.Time) (at time.Time, whole bool) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, false
	}
	if end := at.AddDate(0, 0, 1).Add(-time.Microsecond); end.Before(now) {
		return end, true
	}
	if at.After(now) {
		return at, false
	}
	return now, false
}

func (r *request) fillHistory(content *historyContent, f filters) error {
	ctx, at := r.Request().Context(), content.At
	if at.IsZero() && content.Who == "" {
		return nil
	}
	if at.IsZero() {
		at = r.now()
	}
	past, err := r.Store.Organization(r.org.ID).Past(ctx, at)
	if err != nil {
		return err
	}
	content.Since, content.Early, content.Made = past.Since, at.Before(past.Since), past.Made
	if content.Gone, err = past.Gone(ctx); err != nil {
		return err
	}
	if content.Who != "" {
		return r.fillTimelines(content, past)
	}
	after := store.PastPlace{}
	if key := r.pageKey(); len(key) == 2 {
		after = store.PastPlace{DirectoryID: key[0], UserID: key[1]}
	}
	people, next, err := past.Page(ctx, after, historyPage)
	for _, p := range people {
		if auth.ComesTo(p) {
			content.People = append(content.People, r.heldRole(p, f))
		}
	}
	content.Pager = r.pagerOf(f, nil)
	if next != (store.PastPlace{}) {
		content.Pager = r.pagerOf(f, []string{next.DirectoryID, next.UserID})
	}
	return err
}

func (r *request) heldRole(p store.PersonRecord, f filters) heldRole {
	s := auth.StandingOf(p)
	address := r.orgPath("history") + filters{Fields: []field{{Name: "who", Value: p.User.ID}}}.Answers("on", r.QueryParam("on"))
	return heldRole{Person: p, Standing: s, Name: cmp.Or(p.User.DisplayName, p.User.UserName), History: address, Through: throughWords(s.Grants)}
}

// fillTimelines tells how the people of a name were at the instant, and at all others.
func (r *request) fillTimelines(content *historyContent, past *store.Past) error {
	ctx := r.Request().Context()
	o := r.Store.Organization(r.org.ID)
	found, err := o.EverCalled(ctx, content.Who)
	if err != nil {
		return err
	}
	for _, who := range found[:min(len(found), fewTimelines)] {
		stays, more, err := auth.Timeline(ctx, o, who.DirectoryID, who.UserID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		line := timeline{More: more}
		then, err := past.Person(ctx, who.DirectoryID, who.UserID)
		if err == nil && !content.At.IsZero() && auth.ComesTo(then) {
			held := r.heldRole(then, content.Filters)
			if line.Then = &held; held.Role.ID != "" {
				err = r.tellMapping(ctx, held.Through)
			}
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := r.fillStays(&line, stays); err != nil {
			return err
		}
		content.Lines = append(content.Lines, line)
	}
	return nil
}

// fillStays writes the rows of a timeline, and by which name the person was last known.
func (r *request) fillStays(t *timeline, stays []auth.Stay) error {
	var until time.Time
	for _, s := range stays {
		row := stay{Stay: s, Until: until, Through: throughWords(s.Grants)}
		if e := s.Since.Event; e.ID != "" {
			told := readTold(e.Detail)
			names, err := r.namesOf(e, told)
			if err != nil {
				return err
			}
			row.Because, row.By, row.Address = saidOf(e, told, names), actorName(e.Actor), r.eventAddress(e)
		}
		if u := s.Since.Person.User; s.Since.On && t.UserName == "" {
			t.UserName, t.Name = u.UserName, cmp.Or(u.DisplayName, u.UserName)
		}
		t.Stays, until = append(t.Stays, row), s.Since.From
	}
	return nil
}

// grantWords say what gives a role.
type grantWords struct {
	Role, Kind, Name string
	mapping          string
	Mapped           time.Time // when it was mapped, and by whom; zero where that is not asked for
	MappedBy         string
}

var grantKinds = map[store.GrantSource]string{
	store.GroupGrant: "the group", store.AppRoleGrant: "the app role", store.LocalGrant: "given by hand", store.DefaultGrant: "the default role",
}

func throughWords(grants []store.Grant) (list []grantWords) {
	for _, g := range grants {
		list = append(list, grantWords{Role: g.Role.Name, Kind: grantKinds[g.Source], Name: g.Name, mapping: g.MappingID})
	}
	return list
}

// tellMapping finds who made the mappings.
func (r *request) tellMapping(ctx context.Context, grants []grantWords) error {
	for i := range grants {
		if grants[i].mapping == "" {
			continue
		}
		made, err := r.Store.Organization(r.org.ID).Events(ctx, store.EventQuery{SubjectID: grants[i].mapping, Limit: 1})
		if err != nil {
			return err
		}
		for _, e := range made {
			grants[i].Mapped, grants[i].MappedBy = e.At, cmp.Or(e.Actor.Name, string(e.Actor.Kind))
		}
	}
	return nil
}

// Text is the grant in one line.
func (g grantWords) Text() string { return strings.TrimSpace(g.Kind + " " + g.Name) }
