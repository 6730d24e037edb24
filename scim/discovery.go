package scim

import (
	"net/http"
	"strings"

	"doorlist/store"
)

// Discovery documents (RFC 7644 section 4). They are made from the table in attributes.go and from the limits in the
// code, so that they cannot promise what the server does not do.

const (
	schemaSchema         = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	resourceTypeSchema   = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	providerConfigSchema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)

// jsonObject is a document that is written as it stands.
type jsonObject = map[string]any

func discovered(resources []jsonObject) jsonObject {
	return jsonObject{
		"schemas":      []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"},
		"totalResults": len(resources), "startIndex": 1, "itemsPerPage": len(resources), "Resources": resources,
	}
}

func (c *call) metaOf(resourceType, path string) jsonObject {
	return jsonObject{"resourceType": resourceType, "location": c.root + path}
}

// errDiscoveryFilter refuses a filter as RFC 7644 section 4 demands.
var errDiscoveryFilter = &statusError{http.StatusForbidden,
	"The documents of the server itself cannot be filtered. Leave the filter out, or name one document in the path."}

// unfiltered answers unless a filter was sent.
func unfiltered(answer handler) handler {
	return func(w http.ResponseWriter, c *call) error {
		if _, sent := parameter(c.URL.Query(), "filter"); sent {
			return errDiscoveryFilter
		}
		return answer(w, c)
	}
}

func (s *server) listSchemas(w http.ResponseWriter, c *call) error {
	var all []jsonObject
	for _, t := range c.types.schemas() {
		all = append(all, c.schemaDocument(t))
	}
	return writeJSON(w, http.StatusOK, discovered(all))
}

func (s *server) readSchema(w http.ResponseWriter, c *call) error {
	for _, t := range c.types.schemas() {
		if strings.EqualFold(t.urn, c.resourceID()) {
			return writeJSON(w, http.StatusOK, c.schemaDocument(t))
		}
	}
	return &statusError{http.StatusNotFound, "There is no such schema. GET /Schemas lists them."}
}

func (c *call) schemaDocument(t *schemaTable) jsonObject {
	document := define(t)
	document["meta"] = c.metaOf("Schema", "/Schemas/"+t.urn)
	return document
}

func (s *server) listResourceTypes(w http.ResponseWriter, c *call) error {
	var all []jsonObject
	for _, rt := range c.types.all() {
		all = append(all, c.resourceTypeDocument(rt))
	}
	return writeJSON(w, http.StatusOK, discovered(all))
}

func (s *server) readResourceType(w http.ResponseWriter, c *call) error {
	for _, rt := range c.types.all() {
		if rt.name == c.resourceID() {
			return writeJSON(w, http.StatusOK, c.resourceTypeDocument(rt))
		}
	}
	return &statusError{http.StatusNotFound, "There is no such resource type. GET /ResourceTypes lists them."}
}

func (c *call) resourceTypeDocument(rt *resourceType) jsonObject {
	extensions := []jsonObject{}
	for _, t := range rt.extensions {
		extensions = append(extensions, jsonObject{"schema": t.urn, "required": false})
	}
	return jsonObject{
		"schemas": []string{resourceTypeSchema}, "id": rt.name, "name": rt.name, "description": rt.description,
		"endpoint": rt.endpoint, "schema": rt.schema, "schemaExtensions": extensions,
		"meta": c.metaOf("ResourceType", "/ResourceTypes/"+rt.name),
	}
}

func (s *server) serviceProviderConfig(w http.ResponseWriter, c *call) error {
	return writeJSON(w, http.StatusOK, jsonObject{
		"schemas":        []string{providerConfigSchema},
		"patch":          jsonObject{"supported": true},
		"bulk":           jsonObject{"supported": true, "maxOperations": maxBulkOperations, "maxPayloadSize": maxBody},
		"filter":         jsonObject{"supported": true, "maxResults": maxCount},
		"changePassword": jsonObject{"supported": c.types.passwords},
		"sort":           jsonObject{"supported": true},
		"etag":           jsonObject{"supported": true},
		"pagination": jsonObject{
			"cursor": true, "index": true, "defaultPaginationMethod": "index",
			"defaultPageSize": defaultCount, "maxPageSize": maxCount, "cursorTimeout": int(cursorTimeout.Seconds()),
		},
		"authenticationSchemes": authenticationSchemes(c.credential.Access, s.base(c.Request)+"/oauth/token"),
		"meta":                  c.metaOf("ServiceProviderConfig", "/ServiceProviderConfig"),
	})
}

// authenticationSchemes are the ways in which a provider proves itself to this connection, the best known first.
func authenticationSchemes(access store.SCIMAccess, tokenAddress string) []jsonObject {
	besides := ""
	if access.Certificates != "" {
		besides += " A client certificate that is registered for the connection is demanded besides."
	}
	if access.Networks != "" {
		besides += " Requests are taken from the connection's networks only."
	}
	schemes := []jsonObject{{
		"type": "oauthbearertoken", "name": "Bearer token", "primary": true,
		"description": "The SCIM token of the connection, in the Authorization header." + besides,
		"specUri":     "https://www.rfc-editor.org/info/rfc6750",
	}, {
		"type": "oauth2", "name": "OAuth 2.0 client credentials", "primary": false,
		"description": "An access token from " + tokenAddress + ", for a client's secret in the header, in the body or in both, or for a signed assertion (RFC 7523)." + besides,
		"specUri":     "https://www.rfc-editor.org/info/rfc6749",
	}}
	if access.EntraTokens {
		schemes = append(schemes, jsonObject{
			"type": "oauthbearertoken", "name": "Token signed by Microsoft Entra ID", "primary": false,
			"description": "The token that Entra sends where the secret token is left empty, of the connection's tenant only." + besides,
			"specUri":     "https://www.rfc-editor.org/info/rfc7519",
		})
	}
	return schemes
}
