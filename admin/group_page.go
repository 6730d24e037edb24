package admin

import (
	"errors"
	"net/http"

	"doorlist/store"
)

var groupTemplate = parsePage("group")

// How much a group's page shows at once.
const (
	listedMembers = 50
	listedNested  = 20
)

// shownMember is a member of a group, and where there is more about them.
type shownMember struct {
	store.Member
	Address string
}

// Nested says that the member is a group.
func (m shownMember) Nested() bool { return m.Kind == store.GroupMember }

type groupContent struct {
	store.Group
	Groups        string // where groups are
	Connection    store.Connection
	Users, Inner  int // direct members; Users are at most one more than store.CountedMembers
	Nested        []store.Group
	In            []store.UserGroup // groups that it is a member of
	Mappings      []shownMapping
	Mapped        string // where its mappings are changed
	Give          string
	MembersFilter filters
	Members       []shownMember
	Pager         pager
	History       []pastEvent
	Whole         string // where the rest is; "" where there is no more
}

// People says how many people are direct members.
func (c groupContent) People() string {
	switch {
	case c.Users == 1:
		return "1 person"
	case c.Users > store.CountedMembers:
		return "more than " + grouped(store.CountedMembers) + " people"
	}
	return grouped(c.Users) + " people"
}

// showGroup shows a group: whom it has, what it gives, and what became of it.
func showGroup(r *request) error {
	g, c, err := r.groupNamed(r.Param("group"))
	if err != nil {
		return err
	}
	of := *r
	of.connection = c
	content := groupContent{Group: g, Groups: r.orgPath("groups"), Connection: c, Mapped: of.connectionPath("mappings"),
		Give: of.connectionPath("mappings", "add") + "?group=" + g.ID}
	mappings, err := of.mappings(r.Request().Context())
	if err != nil {
		return err
	}
	for _, m := range mappings {
		if m.AppRole == "" && m.maps(g) {
			content.Mappings = append(content.Mappings, m)
		}
	}
	if err := r.relatives(&content); err != nil {
		return err
	}
	var next []string
	if content.History, next, err = r.eventsOf(g.ID, g.DisplayName, ""); err != nil {
		return err
	}
	if next != nil {
		content.Whole = r.orgPath("groups", g.ID, "history")
	}
	good, err := r.membersOf(&content)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !good {
		status = http.StatusUnprocessableEntity
	}
	return r.show(status, groupTemplate, g.DisplayName, content)
}

// showGroupHistory lists all that happened to a group, a page at a time.
func showGroupHistory(r *request) error {
	g, _, err := r.groupNamed(r.Param("group"))
	if err != nil {
		return err
	}
	return r.showWholeHistory("group", g.ID, g.DisplayName, r.orgPath("groups", g.ID))
}

// groupNamed finds a group of the organization's own connections.
func (r *request) groupNamed(id string) (store.Group, store.Connection, error) {
	ctx := r.Request().Context()
	connections, err := r.Store.Organization(r.org.ID).Connections(ctx)
	if err != nil {
		return store.Group{}, store.Connection{}, err
	}
	for _, c := range connections {
		g, err := r.Store.Directory(c.Directory()).Group(ctx, id)
		if err == nil || !errors.Is(err, store.ErrNotFound) {
			return g, c, err
		}
	}
	return store.Group{}, store.Connection{}, store.ErrNotFound
}

// relatives fills in the groups around a group, and how many members it has.
func (r *request) relatives(content *groupContent) (err error) {
	ctx, d := r.Request().Context(), r.Store.Directory(content.Connection.Directory())
	if content.Users, content.Inner, err = d.CountMembers(ctx, content.ID); err != nil {
		return err
	}
	if content.Inner > 0 {
		if content.Nested, err = d.NestedGroups(ctx, content.ID, listedNested); err != nil {
			return err
		}
	}
	in, _, err := d.GroupsOf(ctx, []string{content.ID})
	content.In = in[content.ID]
	return err
}

// membersOf fills in a page of the members. It is false if what is searched for cannot be meant.
func (r *request) membersOf(content *groupContent) (bool, error) {
	ctx, d := r.Request().Context(), r.Store.Directory(content.Connection.Directory())
	content.MembersFilter = filters{Results: "members", Fields: []field{{Name: "q", Label: "Member", Type: "search", Hint: "The beginning of a name."}}}
	answers, good := r.filtered(&content.MembersFilter)
	after := ""
	if key := r.pageKey(); len(key) == 1 {
		after = key[0]
	}
	var list []store.Member
	var err error
	if text := answers["q"]; text != "" {
		list, err = d.FindMembers(ctx, content.ID, text, after, listedMembers+1)
	} else {
		list, err = d.Members(ctx, content.ID, after, listedMembers+1)
	}
	var next []string
	if len(list) > listedMembers {
		list = list[:listedMembers]
		next = []string{list[listedMembers-1].ID}
	}
	for _, m := range list {
		shown := shownMember{m, r.orgPath("users", m.ID)}
		if m.Kind == store.GroupMember {
			shown.Address = r.orgPath("groups", m.ID)
		}
		content.Members = append(content.Members, shown)
	}
	content.Pager = r.pagerOf(content.MembersFilter, next)
	return good, err
}
