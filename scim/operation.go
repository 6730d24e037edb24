package scim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"doorlist/store"
)

// What a request asks for, in a few words for people, whether it succeeds or not.
const (
	disableUser   = "Disable user"
	enableUser    = "Enable user"
	addMembers    = "Add members"
	removeMembers = "Remove members"
	setMembers    = "Replace members"
	bulkRequest   = "Bulk request"
	readDiscovery = "Read discovery"
	otherRequest  = "Other"
)

// verbs are the words for methods on one kind of resource.
var verbs = map[string]string{http.MethodPost: "Create", http.MethodPut: "Replace", http.MethodPatch: "Update", http.MethodDelete: "Delete"}

// Operations lists everything that operationOf says, in the order in which people look for it.
var Operations = []string{
	"Create user", "Update user", disableUser, enableUser, "Replace user", "Delete user",
	"Create group", "Update group", addMembers, removeMembers, setMembers, "Replace group", "Delete group",
	store.Probe, store.LookUpUser, "Read user", "List users", store.LookUpGroup, "Read group", "List groups", bulkRequest, readDiscovery, otherRequest,
}

// subjectKind is what kind of resource a path names; "" for none.
func subjectKind(rest []string) string {
	if len(rest) == 0 {
		return ""
	}
	switch strings.ToLower(rest[0]) {
	case "users":
		return "user"
	case "groups":
		return "group"
	}
	return ""
}

func operationOf(r *http.Request, x *exchange) string {
	kind := subjectKind(x.rest)
	switch {
	case x.isBulk():
		return bulkRequest
	case kind == "" && len(x.rest) > 0 && x.rest[0] != searchPath && r.Method == http.MethodGet:
		return readDiscovery
	case kind == "":
		return otherRequest
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		query := x.query
		if query == nil { // refused before it was read
			query = r.URL.Query()
		}
		return lookUp(kind, len(x.rest), query.Get("filter"))
	case x.rest[len(x.rest)-1] == searchPath:
		return "List " + kind + "s"
	case r.Method == http.MethodPatch:
		return patchOf(kind, x.patch)
	case verbs[r.Method] == "":
		return otherRequest
	}
	return verbs[r.Method] + " " + kind
}

// probed is a filter by which an id that was made up is asked for.
var probed = regexp.MustCompile(`(?i)^\s*([a-z0-9:._\[\]" ]+?)\s+eq\s+"?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"?\s*$`)

// realIDs are attributes that a real look-up compares with such an id.
var realIDs = []string{"id", "externalid"}

func lookUp(kind string, segments int, filter string) string {
	switch {
	case segments > 1:
		return "Read " + kind
	case filter == "":
		return "List " + kind + "s"
	case probes(filter):
		return store.Probe
	case kind == "group":
		return store.LookUpGroup
	}
	return store.LookUpUser
}

// probes says that a filter asks for an id that was made up. Most ask for a name, which has no four hyphens, or for one of realIDs.
func probes(filter string) bool {
	attribute, _, _ := strings.Cut(filter, " ")
	if strings.Count(filter, "-") < 4 || slices.Contains(realIDs, strings.ToLower(attribute)) {
		return false
	}
	m := probed.FindStringSubmatch(filter)
	return m != nil && !slices.Contains(realIDs, strings.ToLower(m[1]))
}

// patchOf names a PATCH by the first of its operations that has a name of its own. One that cannot be read has none, and would update.
func patchOf(kind string, operations []operation) string {
	for _, o := range operations {
		if name := o.names(kind); name != "" {
			return name
		}
	}
	return "Update " + kind
}

// names says what an operation does where that has a name of its own.
func (o operation) names(kind string) string {
	path := strings.ToLower(o.path)
	values, _ := o.value.(map[string]any)
	if kind == "user" {
		v, given := o.value, path == "active"
		if path == "" {
			v = member(values, "active")
			given = v != nil
		}
		if !given || o.op == opRemove {
			return ""
		}
		if text, ok := v.(string); v == false || ok && strings.EqualFold(text, "false") {
			return disableUser
		}
		return enableUser
	}
	if !strings.HasPrefix(path, "members") && member(values, "members") == nil {
		return ""
	}
	switch o.op {
	case opAdd:
		return addMembers
	case opRemove:
		return removeMembers
	}
	return setMembers
}
