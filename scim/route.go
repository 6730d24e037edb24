package scim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// endpoint is the methods of one address.
type endpoint map[string]handler

// methodError refuses a method and tells which there are.
type methodError struct{ method, allow string }

func (e *methodError) Error() string {
	return e.method + " is not possible here. Use " + e.allow + "."
}

var notHere = &statusError{http.StatusNotFound,
	"There is no such endpoint. Use /Users, /Groups, /Bulk, /.search, /Schemas, /ResourceTypes or /ServiceProviderConfig below the SCIM address."}

// notMe answers for the alias of the person who asks (RFC 7644 section 3.11): a SCIM token stands for a connection.
var notMe = &statusError{http.StatusNotImplemented,
	"/Me is not supported: the token belongs to a connection and not to a person. Use /Users with the id of the user."}

// route finds the handler of a request below the SCIM root.
func (s *server) route(method string, rest []string) (handler, error) {
	e := s.endpoint(rest)
	if e == nil {
		return nil, notHere
	}
	if method == http.MethodHead {
		method = http.MethodGet // net/http drops the body
	}
	if handle, ok := e[method]; ok {
		return handle, nil
	}
	return nil, &methodError{method, strings.Join(slices.Sorted(maps.Keys(e)), ", ")}
}

// endpoint finds an address, in any case: Microsoft's own tests ask for /users (AzureAD/SCIMReferenceCode,
// PostmanCollection.json).
func (s *server) endpoint(rest []string) endpoint {
	switch {
	case len(rest) == 0:
		return s.routes.root
	case len(rest) == 1:
		return s.routes.collections[strings.ToLower(rest[0])]
	case len(rest) == 2 && rest[1] == searchPath:
		return s.routes.searches[strings.ToLower(rest[0])]
	case len(rest) == 2:
		return s.routes.items[strings.ToLower(rest[0])]
	}
	return nil
}

// searchPath behind an endpoint makes a query of a POST (RFC 7644 section 3.4.3).
const searchPath = ".search"

// routes are all addresses below the SCIM root, by their first part in lower case.
type routes struct {
	root                         endpoint
	collections, items, searches map[string]endpoint // items have an id behind the first part, and searches searchPath
}

func (s *server) allRoutes() routes {
	config := endpoint{http.MethodGet: unfiltered(s.serviceProviderConfig)}
	return routes{
		root: endpoint{http.MethodGet: byAddress(s.listAll)},
		collections: map[string]endpoint{
			"users":                 {http.MethodGet: byAddress(s.listUsers), http.MethodPost: s.createUser},
			"groups":                {http.MethodGet: byAddress(s.listGroups), http.MethodPost: s.createGroup},
			"bulk":                  {http.MethodPost: s.bulk},
			searchPath:              {http.MethodPost: byBody(s.listAll)},
			"me":                    {http.MethodGet: s.me, http.MethodPost: s.me, http.MethodPut: s.me, http.MethodPatch: s.me, http.MethodDelete: s.me},
			"schemas":               {http.MethodGet: unfiltered(s.listSchemas)},
			"resourcetypes":         {http.MethodGet: unfiltered(s.listResourceTypes)},
			"serviceproviderconfig": config,
			staleConfigPath:         config,
		},
		items: map[string]endpoint{
			"users":         {http.MethodGet: s.readUser, http.MethodPut: s.replaceUser, http.MethodPatch: s.patchUser, http.MethodDelete: s.deleteUser},
			"groups":        {http.MethodGet: s.readGroup, http.MethodPut: s.replaceGroup, http.MethodPatch: s.patchGroup, http.MethodDelete: s.deleteGroup},
			"schemas":       {http.MethodGet: unfiltered(s.readSchema)},
			"resourcetypes": {http.MethodGet: unfiltered(s.readResourceType)},
		},
		searches: map[string]endpoint{
			"users":  {http.MethodPost: byBody(s.listUsers)},
			"groups": {http.MethodPost: byBody(s.listGroups)},
		},
	}
}

// Routes lists the methods and addresses below the SCIM root, as "GET /users/:id", for whoever has to decide about each.
func Routes() []string {
	all, list := new(server).allRoutes(), []string{}
	add := func(path string, e endpoint) {
		for method := range e {
			list = append(list, method+" "+path)
		}
	}
	add("", all.root)
	for name, e := range all.collections {
		add("/"+name, e)
	}
	for name, e := range all.items {
		add("/"+name+"/:id", e)
	}
	for name, e := range all.searches {
		add("/"+name+"/"+searchPath, e)
	}
	slices.Sort(list)
	return list
}

func (s *server) me(http.ResponseWriter, *call) error { return notMe }
