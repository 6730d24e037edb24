package admin

import (
	"net/http"
	"slices"

	"doorlist/store"
)

var groupsTemplate = parsePage("groups")

// listedGroups is how many groups a page lists.
const listedGroups = 50

// shownGroup is a group with the connection that it is from.
type shownGroup struct {
	store.ListedGroup
	Connection store.Connection
	Give       string // the address where it is given a role
}

// Many says that the members were not counted to the end.
func (g shownGroup) Many() bool { return g.Members == store.ManyMembers }

type groupsContent struct {
	Path    string
	Filters filters
	Groups  []shownGroup
	Pager   pager
}

// showGroups lists the groups of all connections.
func showGroups(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	connections, err := scope.Connections(ctx)
	if err != nil {
		return err
	}
	content := groupsContent{Path: r.orgPath("groups"), Filters: filters{Results: "results", Fields: []field{
		{Name: "q", Label: "Name", Type: "search", Hint: "Or the beginning of an object ID."},
		{Name: "connection", Label: "Connection", Type: "choice"},
		{Name: "mapped", Label: "Gives a role", Type: "choice", Options: []option{{"yes", "Yes"}, {"no", "No"}}},
		{Name: "sort", Label: "Order", Type: "choice", Unset: "by name", Options: []option{{"newest", "the newest first"}}},
	}}}
	for _, c := range connections {
		content.Filters.Fields[1].Options = append(content.Filters.Fields[1].Options, option{c.Slug, c.Name})
	}
	answers, good := r.filtered(&content.Filters)
	if !good {
		return r.show(http.StatusUnprocessableEntity, groupsTemplate, "Groups of "+r.org.Name, content)
	}
	at := func(match func(store.Connection) bool) (c store.Connection) {
		if i := slices.IndexFunc(connections, match); i >= 0 {
			c = connections[i]
		}
		return c
	}
	q := store.GroupListQuery{Search: answers["q"], Mapped: answers["mapped"], Newest: answers["sort"] == "newest", Limit: listedGroups}
	q.ConnectionID = at(func(c store.Connection) bool { return c.Slug == answers["connection"] }).ID
	if key := r.pageKey(); len(key) == 3 {
		q.After = store.GroupPlace{NameKey: key[0], DirectoryID: key[1], ID: key[2]}
	}
	list, err := scope.ListGroups(ctx, q)
	if err != nil {
		return err
	}
	var next []string
	if len(list) > listedGroups {
		list = list[:listedGroups]
		last := list[listedGroups-1].Place
		next = []string{last.NameKey, last.DirectoryID, last.ID}
	}
	for _, g := range list {
		c := at(func(c store.Connection) bool { return c.ID == g.ConnectionID })
		content.Groups = append(content.Groups, shownGroup{g, c, to("connections", c.Slug, "mappings", "add") + "?group=" + g.Place.ID})
	}
	content.Pager = r.pagerOf(content.Filters, next)
	return r.ok(groupsTemplate, "Groups of "+r.org.Name, content)
}
