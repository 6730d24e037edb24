package admin

import (
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

var homeTemplate = parsePage("home")

// overview is an organization with how it does.
type overview struct {
	store.Organization
	Connections []status
	Health      []health // the worst first
	Alerts      []alert
	Consent     string // where a tenant can consent; "" where the server has no application for it
	SignIns     string
	Charts      []chart
	Local       localSignIns
	Lockouts    lockouts // of the last 30 days
}

// localSignIns are those of accounts that no provider has sent, such as break-glass ones, within 30 days.
type localSignIns struct {
	Count int
	Last  time.Time // the beginning of the hour
}

// homeContent is the front page: all of one organization, or how several do.
type homeContent struct {
	One    *overview
	Many   []row
	Alerts []alert // of all organizations
	More   pager
}

// row is one connection of one of several organizations, or an organization without any.
type row struct {
	Organization store.Organization
	Health       *health
	Verdict      verdict
}

// homePage is of how many organizations the front page tells.
const homePage = 50

// home shows all that the caller may see, and what to do next.
func home(r *request) error {
	if len(r.reach) == 1 {
		r.org = r.reach[0]
		one, err := r.overviewOf(r.org)
		if err != nil {
			return err
		}
		return r.ok(homeTemplate, "Console", homeContent{One: &one})
	}
	content := homeContent{}
	page, next := r.organizationsHere()
	for _, o := range page {
		if err := r.addRows(&content, o); err != nil {
			return err
		}
	}
	slices.SortStableFunc(content.Many, func(a, b row) int { return int(b.Verdict.Grade) - int(a.Verdict.Grade) })
	content.More = r.pagerOf(filters{}, next)
	return r.ok(homeTemplate, "Console", content)
}

// organizationsHere are those of this page, by slug, and where the next begins.
func (r *request) organizationsHere() (page []store.Organization, next []string) {
	all := slices.Clone(r.reach)
	slices.SortFunc(all, func(a, b store.Organization) int { return strings.Compare(a.Slug, b.Slug) })
	if key := r.pageKey(); len(key) == 1 {
		all = slices.DeleteFunc(all, func(o store.Organization) bool { return o.Slug <= key[0] })
	}
	if len(all) > homePage {
		all = all[:homePage]
		next = []string{all[homePage-1].Slug}
	}
	return all, next
}

// addRows tells how an organization's connections do.
func (r *request) addRows(content *homeContent, o store.Organization) error {
	connections, err := r.statuses(o.ID)
	if err != nil {
		return err
	}
	alerts, err := r.alerts(o, connections)
	if err != nil {
		return err
	}
	for _, a := range alerts {
		content.Alerts = append(content.Alerts, alert{o.Name + ": " + a.Text, a.Address})
	}
	if len(connections) == 0 {
		content.Many = append(content.Many, row{Organization: o, Verdict: verdict{Text: "It has no connection of its own."}})
		return nil
	}
	attempts, err := r.Store.Organization(o.ID).AttemptsSince(r.Request().Context(), lastHours(r.now())[0])
	if err != nil {
		return err
	}
	all, err := r.healthOf(o, connections, attempts)
	for i := range all {
		content.Many = append(content.Many, row{o, &all[i], all[i].Verdict()})
	}
	return err
}

// overviewOf gathers all that is told of an organization.
func (r *request) overviewOf(o store.Organization) (overview, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(o.ID)
	connections, err := r.statuses(o.ID)
	if err != nil {
		return overview{}, err
	}
	v := overview{Organization: o, Connections: connections, SignIns: to("organizations", o.Slug, "sign-ins")}
	if r.Shared.ClientID != "" {
		v.Consent = to("organizations", o.Slug, "connect-microsoft")
	}
	if v.Alerts, err = r.alerts(o, connections); err != nil {
		return v, err
	}
	since := lastDays(r.now())[0]
	attempts, err := scope.AttemptsSince(ctx, since)
	if err != nil {
		return v, err
	}
	v.Charts, v.Local = r.drawn(attempts), localIn(attempts)
	if v.Health, err = r.healthOf(o, connections, attempts); err != nil {
		return v, err
	}
	v.Lockouts.Lockouts, err = scope.LockoutsSince(ctx, since)
	return v, err
}

// localIn finds who came in without a connection.
func localIn(attempts []store.Attempts) (l localSignIns) {
	for _, a := range attempts {
		if a.ConnectionID == "" && a.Reason == admittedReason {
			l.Count += a.Count
			l.Last = a.Hour
		}
	}
	return l
}

// statuses are the connections of an organization, with how far they are.
func (r *request) statuses(organizationID string) ([]status, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(organizationID)
	connections, err := scope.Connections(ctx)
	if err != nil {
		return nil, err
	}
	progress, err := scope.Progress(ctx, r.now())
	if err != nil {
		return nil, err
	}
	far := map[string]store.Progress{}
	for _, p := range progress {
		far[p.ConnectionID] = p
	}
	list := make([]status, len(connections))
	for i, c := range connections {
		p := far[c.ID]
		shared := !p.HasSecret && r.Shared.Serves(c)
		p.HasSecret = p.HasSecret || shared
		places, err := r.placesOf(c)
		if err != nil {
			return nil, err
		}
		list[i] = status{Connection: c, Progress: p, Shared: shared, places: places, who: r.who}
	}
	return list, nil
}
