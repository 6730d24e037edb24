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
	"There is no such endpoint. Use /Users, /Groups, /Schemas, /ResourceTypes or /ServiceProviderConfig below the SCIM address."}

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

func (s *server) endpoint(rest []string) endpoint {
	switch len(rest) {
	case 1:
		return s.collection(rest[0])
	case 2:
		return s.item(rest[0])
	}
	return nil
}

func (s *server) collection(name string) endpoint {
	switch name {
	case "Users":
		return endpoint{http.MethodGet: s.listUsers, http.MethodPost: s.createUser}
	case "Groups":
		return endpoint{http.MethodGet: s.listGroups, http.MethodPost: s.createGroup}
	case "Schemas":
		return endpoint{http.MethodGet: s.listSchemas}
	case "ResourceTypes":
		return endpoint{http.MethodGet: s.listResourceTypes}
	case "ServiceProviderConfig":
		return endpoint{http.MethodGet: s.serviceProviderConfig}
	}
	return nil
}

func (s *server) item(name string) endpoint {
	switch name {
	case "Users":
		return endpoint{http.MethodGet: s.readUser, http.MethodPut: s.replaceUser, http.MethodPatch: s.patchUser, http.MethodDelete: s.deleteUser}
	case "Groups":
		return endpoint{http.MethodGet: s.readGroup, http.MethodPut: s.replaceGroup, http.MethodPatch: s.patchGroup, http.MethodDelete: s.deleteGroup}
	case "Schemas":
		return endpoint{http.MethodGet: s.readSchema}
	case "ResourceTypes":
		return endpoint{http.MethodGet: s.readResourceType}
	}
	return nil
}
