package entra

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// resource is a user or group as a server returned it. Names are looked up without regard to case.
type resource map[string]any

// list is a page of resources.
type list struct {
	Schemas      []string    `json:"schemas"`
	TotalResults json.Number `json:"totalResults"`
	StartIndex   json.Number `json:"startIndex"`
	Resources    []resource  `json:"Resources"`
}

var errNotListResponse = errors.New("the answer is not a ListResponse with schemas and totalResults")

func parseList(body []byte) (list, error) {
	var l list
	if err := decode(body, &l); err != nil {
		return list{}, err
	}
	if _, err := l.TotalResults.Int64(); err != nil || !slices.Contains(l.Schemas, listSchema) {
		return list{}, errNotListResponse
	}
	return l, nil
}

// total is the number of resources that the server says there are.
func (l list) total() int {
	n, err := l.TotalResults.Int64()
	if err != nil {
		return -1 // parseList has refused it
	}
	return int(n)
}

func parseResource(body []byte) (resource, error) {
	var r resource
	if err := decode(body, &r); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errors.New("the answer is null where a resource was expected")
	}
	return r, nil
}

func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("not able to deserialize the answer: %w", err)
	}
	return nil
}

func (r resource) id() string {
	id, _ := r["id"].(string)
	return id
}

// find returns the value at a path such as name.givenName, emails[type eq "work"].value or URN:department.
func (r resource) find(path string) (any, bool) {
	p := parsePath(path)
	from := map[string]any(r)
	if p.urn != "" {
		extension, _ := lookupFold(from, p.urn)
		from, _ = extension.(map[string]any)
	}
	value, ok := lookupFold(from, p.name)
	if ok && p.filterName != "" {
		value, ok = element(value, p)
	}
	if !ok || p.sub == "" {
		return value, ok
	}
	complexValue, _ := value.(map[string]any)
	return lookupFold(complexValue, p.sub)
}

// text is find as a string: "" for nothing, "True" and "False" for booleans, value for a complex attribute.
func (r resource) text(path string) string {
	v, _ := r.find(path)
	return asText(v)
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return DialectClassic.boolean(v).(string)
	case json.Number:
		return v.String()
	case map[string]any:
		value, _ := lookupFold(v, "value")
		return asText(value)
	}
	return ""
}

// element picks the element of a multi-valued attribute that the path's filter selects.
func element(v any, p attributePath) (any, bool) {
	elements, _ := v.([]any)
	for _, e := range elements {
		o, _ := e.(map[string]any)
		key, _ := lookupFold(o, p.filterName)
		if o != nil && strings.EqualFold(asText(key), p.filterValue) {
			return o, true
		}
	}
	return nil, false
}

// values lists the value of each element of a multi-valued attribute.
func (r resource) values(path string) []string {
	v, _ := r.find(path)
	elements, _ := v.([]any)
	out := make([]string, 0, len(elements))
	for _, e := range elements {
		out = append(out, asText(e))
	}
	return out
}

func lookupFold(o map[string]any, name string) (any, bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	for k, v := range o {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}
