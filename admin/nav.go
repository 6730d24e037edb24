package admin

import (
	"slices"
	"strings"
)

// section is one of an organization's groups of pages: its folder below the organization, "" for the overview.
type section struct{ Label, folder string }

// link is a step to another page.
type link struct {
	Label, Address string
	Here           bool // the page is in that section
}

// sections are those of the navigation, in its order. Pages of connections belong to the overview, those to which the audit leads to it.
var sections = []section{
	{"Overview", ""},
	{"Users", "users"},
	{"Groups", "groups"},
	{"Roles", "roles"},
	{"Sign-ins", "sign-ins"},
	{"Provisioning", "provisioning"},
	{"Audit", "audit"},
	{"Drift", "drift"},
	{"Settings", "settings"},
}

// mountedSections are the sections that have a page.
func mountedSections(routes []route) []section {
	return slices.DeleteFunc(slices.Clone(sections), func(s section) bool {
		path := strings.TrimSuffix(organizationPath+"/"+s.folder, "/")
		return !slices.ContainsFunc(routes, func(r route) bool { return r.path == path })
	})
}

// nav leads through the sections of the organization that the page is about; none for a page of several.
func (r *request) nav() []link {
	if r.org.ID == "" {
		return nil
	}
	folder, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.Path(), organizationPath), "/"), "/")
	switch folder {
	case "undo", "history", "access-review": // what the audit leads to
		folder = "audit"
	}
	if !slices.ContainsFunc(r.sections, func(s section) bool { return s.folder == folder }) {
		folder = ""
	}
	list := make([]link, len(r.sections))
	for i, s := range r.sections {
		list[i] = link{s.Label, r.orgPath(), s.folder == folder}
		if s.folder != "" {
			list[i].Address = r.orgPath(s.folder)
		}
	}
	return list
}
