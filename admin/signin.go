package admin

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

var signInTemplate = parsePage("signin")

// signInContent is one attempt to enter with the facts that it rested on.
type signInContent struct {
	store.Decision
	Outcome    string
	Fix        string
	Connection store.Connection // zero for local people, and for one that is gone
	From       string           // what Connection is called, also where it is gone
	Way        string           // address of its page; "" where whoever looks has none
	Who        string           // by what explain finds the person
	Known      bool             // the person has a page
	Sections   sectionPaths
}

// sectionPaths are where pages of the organization lead.
type sectionPaths struct{ SignIns, Explain, Users string }

func (r *request) sectionPaths() sectionPaths {
	p := sectionPaths{SignIns: r.orgPath("sign-ins"), Explain: r.orgPath("explain")}
	if r.has("users") {
		p.Users = r.orgPath("users")
	}
	return p
}

// showSignIn shows one attempt.
func showSignIn(r *request) error {
	d, err := r.Store.Organization(r.org.ID).FindDecision(r.Request().Context(), r.Param("decision"))
	if err != nil {
		return err
	}
	names, err := r.connectionNames()
	if err != nil {
		return err
	}
	c := signInContent{Decision: d, Outcome: outcome(d.Reason), Fix: fixHere(auth.FixOf(d)), From: names.of(d), Connection: names[d.ConnectionID], Sections: r.sectionPaths()}
	c.Who = d.UserName
	if c.Who == "" {
		c.Who = d.Subject
	}
	if _, err := r.within(c.Connection.OrganizationID); err == nil {
		c.Way = to("connections", c.Connection.Slug)
	}
	if _, err = r.visitor(d.UserID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	c.Known = err == nil && c.Sections.Users != ""
	heading := "Turned away: " + c.Outcome
	if d.Admitted {
		heading = "Came in"
	}
	return r.ok(signInTemplate, heading, c)
}

// connectionNames are the connections by which people can come to an organization, by id.
type connectionNames map[string]store.Connection

func (r *request) connectionNames() (connectionNames, error) {
	all, err := r.Store.Organization(r.org.ID).ReachableConnections(r.Request().Context())
	names := connectionNames{}
	for _, c := range all {
		names[c.Connection.ID] = c.Connection
	}
	return names, err
}

// of says by which connection an attempt was made.
func (n connectionNames) of(d store.Decision) string {
	switch c, known := n[d.ConnectionID]; {
	case known:
		return c.Name
	case d.ConnectionID != "":
		return "a connection that is gone"
	}
	return "local password"
}

// signInFilters are what the list can be narrowed by.
func signInFilters(names connectionNames) filters {
	reasons := []option{{"refused", "turned away, for whatever reason"}}
	for _, code := range auth.Reasons() {
		reasons = append(reasons, option{code, outcome(code)})
	}
	var connections []option
	for _, c := range names {
		connections = append(connections, option{c.Slug, c.Name})
	}
	slices.SortFunc(connections, func(a, b option) int { return strings.Compare(a.Value, b.Value) })
	return filters{Results: "list", Fields: []field{
		{Name: "person", Label: "Person", Type: "search", Hint: "User name, e-mail address or object ID; or the name that a stranger gave."},
		{Name: "outcome", Label: "Outcome", Type: "choice", Options: reasons},
		{Name: "connection", Label: "Connection", Type: "choice", Options: connections, Rare: true},
		{Name: "method", Label: "Method", Type: "choice", Options: []option{{"sso", "single sign-on"}, {"password", "password"}}, Rare: true},
		{Name: "address", Label: "IP address", Rare: true},
		{Name: "since", Label: "From day (UTC)", Type: "date"},
		{Name: "until", Label: "To day (UTC)", Type: "date"},
	}}
}

// signInFilter is what the answers select; accused are those that cannot be meant.
func (r *request) signInFilter(f *filters, names connectionNames) (q store.DecisionFilter, ok bool, err error) {
	v, ok := r.filtered(f)
	if !ok {
		return q, false, nil
	}
	q.Method, q.Address = v["method"], v["address"]
	if q.Refused = v["outcome"] == "refused"; !q.Refused {
		q.Reason = v["outcome"]
	}
	for id, c := range names {
		if c.Slug == v["connection"] {
			q.ConnectionID = id
		}
	}
	if q.Address != "" {
		address, err := netip.ParseAddr(q.Address)
		if err != nil {
			f.accuse("address", "Write one address, such as 192.0.2.7 or 2001:db8::7.")
			return q, false, nil
		}
		q.Address = address.String()
	}
	q.Since, q.Until = dayOf(v["since"]), dayOf(v["until"])
	if !q.Until.IsZero() {
		q.Until = q.Until.AddDate(0, 0, 1)
		if !q.Since.IsZero() && !q.Since.Before(q.Until) {
			f.accuse("until", "This is before the first day.")
			return q, false, nil
		}
	}
	if v["person"] != "" {
		q.Claimed = v["person"]
		q.UserIDs, err = r.idsOf(v["person"])
	}
	return q, true, err
}

// idsOf finds the people of a name, also those who are deleted.
func (r *request) idsOf(who string) (ids []string, err error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	people, err := scope.FindVisitors(ctx, who)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		ids = append(ids, p.User.ID)
	}
	deleted, err := scope.FindDeleted(ctx, who)
	for _, t := range deleted {
		ids = append(ids, t.ID)
	}
	return ids, err
}

// decisionKey and decisionPlace write a place in the list as the key of a page and read it.
func decisionKey(k store.DecisionKey) []string {
	if k.ID == "" {
		return nil
	}
	return []string{strconv.FormatInt(k.At.UnixMicro(), 10), k.ID}
}

func decisionPlace(key []string) (k store.DecisionKey) {
	if len(key) != 2 {
		return k
	}
	us, err := strconv.ParseInt(key[0], 10, 64)
	if err != nil {
		return k
	}
	return store.DecisionKey{At: time.UnixMicro(us).UTC(), ID: key[1]}
}
