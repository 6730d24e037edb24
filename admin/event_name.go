package admin

import (
	"cmp"

	"doorlist/store"
)

// eventNames are what an event is about, and the only member whom it adds or removes, as they are called today. "" is where the
// event itself says more, or nothing is known.
type eventNames struct{ subject, member string }

// ofOneMember says of one member by name what the sentences say of several.
var ofOneMember = map[string]string{
	"group.members_added":   "{member} was added to {subject}",
	"group.members_removed": "{member} was taken out of {subject}",
	"group.members_cleared": "{member} was taken out of {subject}, which was emptied",
}

// namesOf finds the names for an event with a detail.
func (r *request) namesOf(e store.Event, t told) (eventNames, error) {
	subject, err := r.subjectName(e, t)
	if err != nil {
		return eventNames{}, err
	}
	member, err := r.memberName(e, t)
	return eventNames{subject, member}, err
}

// subjectName is how what an event is about is called today.
func (r *request) subjectName(e store.Event, t told) (string, error) {
	if e.SubjectKind == "connection" {
		c, err := r.Store.FindConnection(r.Request().Context(), e.SubjectID)
		if err != nil || c.OrganizationID != r.org.ID {
			return "", unlessGone(err)
		}
		return c.Name, nil
	}
	if e.SubjectKind == "mapping" {
		return r.mappedName(t)
	}
	if e.DirectoryID == "" || t.name() != "" {
		return "", nil
	}
	switch e.SubjectKind {
	case "group":
		g, err := r.directoryOf(e).Group(r.Request().Context(), e.SubjectID)
		return g.DisplayName, unlessGone(err)
	case "user", "sso":
		u, err := r.directoryOf(e).User(r.Request().Context(), e.SubjectID)
		return u.UserName, unlessGone(err)
	}
	return "", nil
}

// mappedName is how the group of a mapping is called today, if the event does not tell how it was called then.
func (r *request) mappedName(t told) (string, error) {
	if t["group"] != nil {
		return "", nil
	}
	of := func(name string) string {
		now, _ := t.at("after." + name).(string)
		was, _ := t.at("before." + name).(string)
		return cmp.Or(now, was)
	}
	c, err := r.Store.FindConnection(r.Request().Context(), of("connection"))
	if err == nil {
		_, err = r.within(c.OrganizationID)
	}
	if err != nil {
		return "", unlessGone(err)
	}
	name, err := groupName(r.Request().Context(), r.Store, c, store.Mapping{GroupID: of("group_id"), GroupExternalID: of("group_external_id")})
	if err != nil || name == "" {
		return "", err
	}
	return "the group " + name, nil
}

// memberName is how the only member whom an event adds or removes is called today; "" where there are several, or none is here.
func (r *request) memberName(e store.Event, t told) (string, error) {
	ids, _ := t["members"].([]any)
	if ofOneMember[e.Action] == "" || e.DirectoryID == "" || len(ids) != 1 {
		return "", nil
	}
	id, _ := ids[0].(string)
	u, err := r.directoryOf(e).User(r.Request().Context(), id)
	if err == nil {
		return u.UserName, nil
	}
	if err = unlessGone(err); err != nil {
		return "", err
	}
	g, err := r.directoryOf(e).Group(r.Request().Context(), id) // a nested one
	return g.DisplayName, unlessGone(err)
}

// subjectPage is the address of the person or the group that an event is about; "" for one who is gone, and for anything else.
func (r *request) subjectPage(e store.Event) (string, error) {
	if e.DirectoryID == "" {
		return "", nil
	}
	var err error
	folder := "users"
	switch e.SubjectKind {
	case "user", "sso", "sign_in":
		_, err = r.directoryOf(e).User(r.Request().Context(), e.SubjectID)
	case "group":
		folder = "groups"
		_, err = r.directoryOf(e).Group(r.Request().Context(), e.SubjectID)
	default:
		return "", nil
	}
	if err != nil {
		return "", unlessGone(err)
	}
	return r.orgPath(folder, e.SubjectID), nil
}

func (r *request) directoryOf(e store.Event) *store.Directory {
	return r.Store.Directory(store.DirectoryKey{OrganizationID: r.org.ID, DirectoryID: e.DirectoryID})
}
