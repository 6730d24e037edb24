package scim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// lister answers with a list. Its parameters come from the address or from a body.
type lister func(w http.ResponseWriter, c *call, q url.Values) error

// byAddress reads the parameters from the address (RFC 7644 section 3.4.2).
func byAddress(answer lister) handler {
	return func(w http.ResponseWriter, c *call) error {
		q, err := c.query()
		if err != nil {
			return err
		}
		return answer(w, c, q)
	}
}

// byBody reads the parameters from a SearchRequest (RFC 7644 section 3.4.3). They mean what they mean in an address. A
// filter in the address is refused: passed over, it would leave an unfiltered list.
func byBody(answer lister) handler {
	return func(w http.ResponseWriter, c *call) error {
		address, err := c.query()
		if err != nil {
			return err
		}
		if _, sent := parameter(address, "filter"); sent {
			return &protocolError{"A query by POST takes its parameters from the body. Send the filter there, or use GET."}
		}
		body, err := c.body(w)
		if err != nil {
			return err
		}
		q, err := searchParameters(body)
		if err != nil {
			return err
		}
		return answer(w, c, q)
	}
}

// searchMembers are the members of a SearchRequest by their lower-case names, with what they have to be.
var searchMembers = map[string]struct {
	name, kind string
	text       func(v any) (string, bool)
}{
	"filter":             {"filter", "a string", searchText},
	"sortby":             {"sortBy", "a string", searchText},
	"sortorder":          {"sortOrder", "a string", searchText},
	"startindex":         {"startIndex", "a whole number", searchNumber},
	"count":              {"count", "a whole number", searchNumber},
	"cursor":             {"cursor", "a string", searchText},
	"attributes":         {"attributes", "a list of strings", searchList},
	"excludedattributes": {"excludedAttributes", "a list of strings", searchList},
}

// searchParameters writes a SearchRequest as the query of an address. A null is as good as no member; members that it
// does not know are passed over.
func searchParameters(body map[string]any) (url.Values, error) {
	q := url.Values{}
	for name, v := range body {
		m, known := searchMembers[strings.ToLower(name)]
		if !known || v == nil {
			continue
		}
		text, ok := m.text(v)
		if !ok {
			return nil, &valueError{m.name, "has the wrong type. Send " + m.kind + "."}
		}
		q.Set(m.name, text)
	}
	return q, nil
}

func searchText(v any) (string, bool) {
	text, ok := v.(string)
	return text, ok
}

func searchNumber(v any) (string, bool) {
	number, ok := v.(json.Number)
	return number.String(), ok
}

func searchList(v any) (string, bool) {
	sent, ok := v.([]any)
	names := make([]string, len(sent))
	for i, item := range sent {
		name, isText := item.(string)
		names[i], ok = name, ok && isText
	}
	return strings.Join(names, ","), ok
}

// listAll answers a query over both types: the users first, then the groups, as one list.
func (s *server) listAll(w http.ResponseWriter, c *call, q url.Values) error {
	forUsers, err := c.listQuery(q, c.types.user, c.types.group)
	if err != nil {
		return err
	}
	forGroups, err := c.listQuery(q, c.types.group, c.types.user)
	if err != nil {
		return err
	}
	users, err := c.directory.Users(c.Context(), forUsers.Query)
	if err != nil {
		return err
	}
	forGroups.Limit -= len(users.Users)
	forGroups.Offset = max(0, forGroups.Offset-users.Total)
	groups, err := c.directory.Groups(c.Context(), forGroups.Query)
	if err != nil {
		return err
	}
	page := listPage{total: users.Total + groups.Total, startIndex: forUsers.startIndex}
	for _, user := range users.Users {
		page.resources = append(page.resources, c.types.storedUser(user))
	}
	for _, group := range groups.Groups {
		page.resources = append(page.resources, c.storedGroup(group, forGroups.projection))
	}
	return c.writeList(w, page, projections{c.types.user: forUsers.projection, c.types.group: forGroups.projection})
}
