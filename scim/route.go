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
	switch len(rest) {
	case 0:
		return endpoint{http.MethodGet: byAddress(s.listAll)}
	case 1:
		return s.collection(rest[0])
	case 2:
		if rest[1] == searchPath {
			return s.search(rest[0])
		}
		return s.item(rest[0])
	}
	return nil
}

// searchPath behind an endpoint makes a query of a POST (RFC 7644 section 3.4.3).
const searchPath = ".search"

func (s *server) search(name string) endpoint {
	switch strings.ToLower(name) {
	case "users":
		return endpoint{http.MethodPost: byBody(s.listUsers)}
	case "groups":
		return endpoint{http.MethodPost: byBody(s.listGroups)}
	}
	return nil
}

func (s *server) collection(name string) endpoint {
	switch strings.ToLower(name) {
	case "users":
		return endpoint{http.MethodGet: byAddress(s.listUsers), http.MethodPost: s.createUser}
	case "groups":
		return endpoint{http.MethodGet: byAddress(s.listGroups), http.MethodPost: s.createGroup}
	case "bulk":
		return endpoint{http.MethodPost: s.bulk}
	case searchPath:
		return endpoint{http.MethodPost: byBody(s.listAll)}
	case "me":
		return endpoint{http.MethodGet: s.me, http.MethodPost: s.me, http.MethodPut: s.me, http.MethodPatch: s.me, http.MethodDelete: s.me}
	case "schemas":
		return endpoint{http.MethodGet: unfiltered(s.listSchemas)}
	case "resourcetypes":
		return endpoint{http.MethodGet: unfiltered(s.listResourceTypes)}
	case "serviceproviderconfig", staleConfigPath:
		return endpoint{http.MethodGet: unfiltered(s.serviceProviderConfig)}
	}
	return nil
}

func (s *server) me(http.ResponseWriter, *call) error { return notMe }

func (s *server) item(name string) endpoint {
	switch strings.ToLower(name) {
	case "users":
		return endpoint{http.MethodGet: s.readUser, http.MethodPut: s.replaceUser, http.MethodPatch: s.patchUser, http.MethodDelete: s.deleteUser}
	case "groups":
		return endpoint{http.MethodGet: s.readGroup, http.MethodPut: s.replaceGroup, http.MethodPatch: s.patchGroup, http.MethodDelete: s.deleteGroup}
	case "schemas":
		return endpoint{http.MethodGet: unfiltered(s.readSchema)}
	case "resourcetypes":
		return endpoint{http.MethodGet: unfiltered(s.readResourceType)}
	}
	return nil
}
