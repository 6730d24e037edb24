package admin

import (
	"strings"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

// peopleOrders are the orders by what the address calls them; a hyphen turns one around.
var peopleOrders = []option{
	{"-name", "name, from Z"}, {"user_name", "user name, from A"}, {"-user_name", "user name, from Z"},
	{"-last_sign_in", "last sign-in, the latest first"}, {"last_sign_in", "last sign-in, never first"},
	{"-created", "the newest first"}, {"created", "the oldest first"}, {"-changed", "changed last"}, {"changed", "not changed for longest"},
}

// peopleFilter reads what is asked for. With a fault it is not to be used.
func (r *request) peopleFilter() (filters, auth.PeopleFilter, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	connections, err := scope.Connections(ctx)
	if err != nil {
		return filters{}, auth.PeopleFilter{}, err
	}
	roles, err := scope.Roles(ctx)
	if err != nil {
		return filters{}, auth.PeopleFilter{}, err
	}
	f := filters{Results: "people", Fields: peopleFields(connections, roles)}
	answers, good := r.filtered(&f)
	if !good {
		return f, auth.PeopleFilter{}, nil
	}
	q := peopleQuery(answers)
	for _, c := range connections {
		if c.Slug == answers["connection"] {
			q.ConnectionID = c.ID
		}
	}
	for _, role := range roles {
		if role.Name == answers["role"] {
			q.RoleID = role.ID
		}
	}
	if answers["seen"] == "never" && (answers["since"] != "" || answers["before"] != "") {
		f.accuse("seen", "Somebody who never signed in did not do so on a day either. Choose one of them.")
	}
	return f, q, nil
}

// peopleFields are the questions above a list of people.
func peopleFields(connections []store.Connection, roles []store.Role) []field {
	var from, ladder []option
	for _, c := range connections {
		from = append(from, option{c.Slug, c.Name})
	}
	for i := range roles {
		ladder = append(ladder, option{roles[len(roles)-1-i].Name, roles[len(roles)-1-i].Name})
	}
	return []field{
		{Name: "q", Label: "Search", Type: "search", Hint: "The beginning of a name, an e-mail address or an object ID."},
		{Name: "state", Label: "State", Type: "choice", Options: []option{
			{"can", "can sign in"}, {"cannot", "cannot sign in"}, {"active", "switched on"}, {"inactive", "switched off"},
		}},
		{Name: "role", Label: "Role", Type: "choice", Options: ladder},
		{Name: "connection", Label: "Connection", Type: "choice", Options: from},
		{Name: "origin", Label: "Comes from", Type: "choice", Rare: true, Options: []option{
			{string(store.FromProvisioning), "provisioning"}, {string(store.FromSignIn), "a sign-in"}, {string(store.FromAdministrator), "an administrator (local)"},
		}},
		{Name: "sso", Label: "Single sign-on", Type: "choice", Rare: true, Options: []option{{"on", "on"}, {"off", "off: password"}}},
		{Name: "seen", Label: "Last sign-in", Type: "choice", Rare: true, Options: []option{{"never", "never"}, {"once", "at least once"}}},
		{Name: "since", Label: "Last sign-in since", Type: "date", Rare: true},
		{Name: "before", Label: "Last sign-in before", Type: "date", Rare: true},
		{Name: "sort", Label: "Order", Type: "choice", Options: peopleOrders, Unset: "name, from A", Rare: true},
	}
}

// peopleQuery is what the answers mean.
func peopleQuery(answers values) auth.PeopleFilter {
	var q auth.PeopleFilter
	yes, no := true, false
	q.Search, q.Origin = answers["q"], store.Origin(answers["origin"])
	switch answers["state"] {
	case "can":
		q.CanSign = &yes
	case "cannot":
		q.CanSign = &no
	case "active":
		q.Active = &yes
	case "inactive":
		q.Active = &no
	}
	q.Method = map[string]string{"on": "sso", "off": "password"}[answers["sso"]]
	q.NeverSignedIn = answers["seen"] == "never"
	q.SignedInSince, q.SignedInBefore = dayOf(answers["since"]), dayOf(answers["before"])
	if answers["seen"] == "once" && q.SignedInSince.IsZero() {
		q.SignedInSince = time.UnixMicro(1)
	}
	order, descending := strings.CutPrefix(answers["sort"], "-")
	q.Descending = descending
	switch order {
	case "", "name":
		q.Order = store.ByName
	case "created":
		q.Order = store.ByCreation
	default:
		q.Order = store.PeopleOrder(order)
	}
	return q
}

// dayOf is the beginning of a day in UTC; zero for none.
func dayOf(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return day
}
