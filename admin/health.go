package admin

import (
	"fmt"
	"slices"
	"time"

	"doorlist/store"
)

// health is how a connection does.
type health struct {
	status
	LastRequest, LastChange time.Time
	Next                    time.Time // when the provider is expected next; zero where nobody can know
	Requests, Errors        int       // of the last 24 hours
	Pushes                  chart     // the same, by the hour
	Headcount               store.Headcount
	Reviews, Held           int    // people who wait for a decision
	Failed, Tried           int    // sign-ins of the last 24 hours: what went wrong at the provider, and all
	Ends                    []ends // credentials, the soonest end first
	Resync                  store.Resync
	Provisioning, Users     string // where more is told; "" where there is no such page
	signInsAt, reviewsAt    string
	now                     time.Time
}

// ends is the end of what a connection cannot do without.
type ends struct {
	What, page string // page of the connection, on which it is renewed
	At         time.Time
}

// Address is where it is renewed.
func (h health) Address(e ends) string { return h.at(e.page) }

// entraCycle is how often Entra comes where nothing else is known (Microsoft Learn, "How provisioning works": every 40 minutes).
const entraCycle = 40 * time.Minute

// cyclesRead is from how many of the latest cycles the pace is taken.
const cyclesRead = 12

// healthOf gathers how the connections of an organization do.
func (r *request) healthOf(o store.Organization, connections []status, attempts []store.Attempts) ([]health, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(o.ID)
	counts, err := scope.Headcounts(ctx)
	if err != nil {
		return nil, err
	}
	reviews, err := scope.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.endings(o.ID)
	if err != nil {
		return nil, err
	}
	resyncs, err := scope.Resyncs(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]health, len(connections))
	for i, c := range connections {
		h := health{status: c, now: r.now(), Ends: all[c.ID], LastRequest: c.Progress.LastPush}
		h.signInsAt, h.reviewsAt = to("organizations", o.Slug, "sign-ins")+"?outcome=refused&connection="+c.Slug, to("organizations", o.Slug, "reviews")
		if r.has("provisioning") {
			h.Provisioning = to("organizations", o.Slug, "provisioning") + "?connection=" + c.Slug
		}
		if r.has("users") {
			h.Users = to("organizations", o.Slug, "users") + "?state=cannot&connection=" + c.Slug
		}
		if n := slices.IndexFunc(counts, func(n store.Headcount) bool { return n.ConnectionID == c.ID }); n >= 0 {
			h.Headcount = counts[n]
		}
		if n := slices.IndexFunc(resyncs, func(n store.Resync) bool { return n.ConnectionID == c.ID }); n >= 0 {
			h.Resync = resyncs[n]
		}
		for _, review := range reviews {
			if review.Connection == c.Slug {
				h.Reviews++
			}
		}
		held, err := r.Store.Directory(c.Directory()).Held(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range held {
			if !p.Since.IsZero() {
				h.Held++
			}
		}
		h.signIns(attempts)
		if err := r.pushes(&h); err != nil {
			return nil, err
		}
		list[i] = h
	}
	slices.SortStableFunc(list, func(a, b health) int { return int(b.Verdict().Grade) - int(a.Verdict().Grade) })
	return list, nil
}

// has says whether the console has a section.
func (k *console) has(folder string) bool {
	return slices.ContainsFunc(k.sections, func(s section) bool { return s.folder == folder })
}

// signIns counts the attempts of the last 24 hours that came through the connection.
func (h *health) signIns(attempts []store.Attempts) {
	since := lastHours(h.now)[0]
	for _, a := range attempts {
		if a.ConnectionID != h.ID || a.Hour.Before(since) {
			continue
		}
		h.Tried += a.Count
		if a.Reason == "provider_error" || a.Reason == "bad_response" {
			h.Failed += a.Count
		}
	}
}

// pushes tells what the provider has asked for, and when it is expected again.
func (r *request) pushes(h *health) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(h.OrganizationID)
	starts := lastHours(h.now)
	hours, err := scope.Hours(ctx, h.ID, starts[0])
	if err != nil {
		return err
	}
	h.Pushes = pushChart(h.Slug, starts, hours)
	h.Errors, h.Requests = h.Pushes.Series[1].Total(), h.Pushes.Total()
	cycles, err := scope.Cycles(ctx, h.ID, "", cyclesRead)
	if err != nil || len(cycles) == 0 {
		return err
	}
	if cycles[0].End.After(h.LastRequest) {
		h.LastRequest = cycles[0].End
	}
	if changed := slices.IndexFunc(cycles, func(y store.SCIMCycle) bool { return y.Noted.Total() > 0 }); changed >= 0 {
		h.LastChange = cycles[changed].End
	}
	if h.OfEntra() {
		h.Next = cycles[0].Start.Add(pace(cycles))
	}
	return nil
}

// pushChart draws the requests of a provider, those that failed apart.
func pushChart(id string, starts []time.Time, hours []store.SCIMHour) chart {
	c := chart{ID: "pushes-" + id, Title: "Requests of the provider, last 24 hours", Unit: "requests", Starts: starts, Series: []series{
		{"answered", "bar-in", make([]int, len(starts))}, {"refused or failed", "bar-1", make([]int, len(starts))},
	}}
	for _, h := range hours {
		if i, ok := c.barOf(h.At); ok {
			c.Series[0].Counts[i] += int(h.Requests - h.Errors)
			c.Series[1].Counts[i] += int(h.Errors)
		}
	}
	return c
}

// pace is how long lies between the beginnings of cycles, as a rule: the median. The latest cycle comes first.
func pace(cycles []store.SCIMCycle) time.Duration {
	var gaps []time.Duration
	for i := 1; i < len(cycles); i++ {
		gaps = append(gaps, cycles[i-1].Start.Sub(cycles[i].Start))
	}
	if len(gaps) < 3 {
		return entraCycle
	}
	slices.Sort(gaps)
	// Provisioning on demand, and cycles that follow each other at once, are no pace.
	return max(gaps[len(gaps)/2], entraCycle)
}

// endings are the ends of the credentials of each connection: of that by which the provider comes, and of those for sign-ins that last
// longest, for the others do no harm.
func (r *request) endings(organizationID string) (map[string][]ends, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(organizationID)
	ways, err := scope.SCIMWays(ctx, r.now())
	if err != nil {
		return nil, err
	}
	credentials, err := scope.ProviderCredentials(ctx)
	if err != nil {
		return nil, err
	}
	type kind struct{ connection, what, page string }
	last, forever := map[kind]time.Time{}, map[kind]bool{}
	note := func(k kind, at time.Time) {
		if forever[k] = forever[k] || at.IsZero(); at.After(last[k]) {
			last[k] = at
		}
	}
	for _, w := range ways {
		if inUse, err := store.SCIMWayInUse(ways, w.ConnectionID); err == nil && inUse.ID == w.ID {
			note(kind{w.ConnectionID, wayWords(w), "tokens"}, w.ExpiresAt)
		}
	}
	for _, c := range credentials {
		if c.RefusedAt.IsZero() {
			what := map[store.ProviderCredentialKind]string{store.CertificateCredential: "The certificate", store.FederatedCredential: "The federated credential"}[c.Kind]
			note(kind{c.ConnectionID, orElse(what, "The client secret"), "credentials"}, c.ExpiresAt)
		}
	}
	list := map[string][]ends{}
	for k, at := range last {
		if !forever[k] && !at.IsZero() {
			list[k.connection] = append(list[k.connection], ends{k.what, k.page, at})
		}
	}
	for _, all := range list {
		slices.SortFunc(all, func(a, b ends) int { return a.At.Compare(b.At) })
	}
	return list, nil
}

// wayWords say what ends.
func wayWords(w store.SCIMWay) string {
	if w.Kind == store.ClientCredential {
		return "The secret of the OAuth client " + orElse(w.Label, "without a label")
	}
	return "The SCIM token"
}

// Counted says that there is a number of people that can be shown: nobody was counted before the provider sent the first.
func (h health) Counted() bool {
	return h.Headcount.People > 0 || !h.Headcount.At.IsZero() && h.LastChange.IsZero()
}

// lack is how many people lack the same thing.
type lack struct {
	People int
	What   string
}

const isSwitchedOff = "switched off by the provider"

// Lacks are what those who cannot sign in lack, the most frequent first.
func (h health) Lacks() []lack {
	n := h.Headcount
	all := []lack{
		{n.SwitchedOff, isSwitchedOff}, {n.WithoutRole, "without a role: no group of theirs gives one"},
		{n.Unlinked, "without an object ID, so that they cannot be recognized"}, {n.InReview, "held back for review"},
		{n.WithoutMethod, "without a password, which they would need because single sign-on does not apply to them"},
	}
	all = slices.DeleteFunc(all, func(l lack) bool { return l.People == 0 })
	slices.SortStableFunc(all, func(a, b lack) int { return b.People - a.People })
	return all
}

// lockouts words how long it took until people were turned away.
type lockouts struct{ store.Lockouts }

// Half is within which time half of them were.
func (l lockouts) Half() string { return short(l.P50) }

// Nearly is within which time 99 of 100 were.
func (l lockouts) Nearly() string { return short(l.P99) }

// short is a length of time for a figure.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return ago(d)
}
