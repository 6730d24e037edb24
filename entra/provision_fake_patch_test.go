package entra_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	elementPath = regexp.MustCompile(`^(\w+)\[type eq "(\w+)"\]\.(\w+)$`)
	memberPath  = regexp.MustCompile(`^members\[value eq "([^"]+)"\]$`)
)

// apply is one operation with a path; the path-less form arrives here key by key.
func apply(d doc, op, path string, value any) error {
	switch {
	case path == "members":
		return applyMembers(d, op, value)
	case path == enterprise+":manager":
		return applyManager(d, op, value)
	case path == "roles":
		return applyRoles(d, op, value)
	}
	if m := memberPath.FindStringSubmatch(path); m != nil && op == "remove" {
		removeMember(d, m[1])
		return nil
	}
	if op == "remove" || value == nil {
		return fmt.Errorf("%s of %s with %v", op, path, value)
	}
	if m := elementPath.FindStringSubmatch(path); m != nil {
		setElement(d, m[1], m[2], m[3], value)
		return nil
	}
	if attribute, ok := strings.CutPrefix(path, enterprise+":"); ok {
		nested(d, enterprise)[attribute] = value
		return nil
	}
	if outer, inner, ok := strings.Cut(path, "."); ok {
		nested(d, outer)[inner] = value
		return nil
	}
	if strings.ContainsAny(path, "[]: ") || path == "" {
		return fmt.Errorf("path %q", path)
	}
	d[path] = value
	return nil
}

func nested(d doc, name string) doc {
	if _, ok := d[name].(doc); !ok {
		d[name] = doc{}
	}
	return d[name].(doc)
}

func setElement(d doc, name, kind, sub string, value any) {
	list, _ := d[name].([]any)
	for _, e := range list {
		if e.(doc)["type"] == kind {
			e.(doc)[sub] = value
			return
		}
	}
	d[name] = append(list, doc{"type": kind, sub: value})
}

func memberIDs(d doc) []string {
	list, _ := d["members"].([]any)
	out := []string{}
	for _, m := range list {
		out = append(out, m.(doc)["value"].(string))
	}
	return out
}

func removeMember(d doc, id string) {
	list, ok := d["members"].([]any)
	if !ok {
		return
	}
	d["members"] = slices.DeleteFunc(list, func(m any) bool { return m.(doc)["value"] == id })
}

func applyMembers(d doc, op string, value any) error {
	values, ok := value.([]any)
	if !ok || len(values) == 0 {
		return fmt.Errorf("%s of members without a value list would empty the group", op)
	}
	for _, v := range values {
		id, _ := v.(doc)["value"].(string)
		removeMember(d, id)
		if op == "add" {
			list, _ := d["members"].([]any)
			d["members"] = append(list, doc{"value": id})
		}
	}
	return nil
}

func applyManager(d doc, op string, value any) error {
	if op == "remove" {
		delete(nested(d, enterprise), "manager")
		return nil
	}
	id, ok := value.(string)
	if !ok {
		return fmt.Errorf("manager is %T", value)
	}
	nested(d, enterprise)["manager"] = doc{"value": id}
	return nil
}

// applyRoles unwraps the JSON text that the classic dialect puts into value.
func applyRoles(d doc, op string, value any) error {
	roles, _ := d["roles"].([]any)
	if op == "replace" {
		roles = nil
	}
	for _, v := range value.([]any) {
		role := v.(doc)
		if text, _ := role["value"].(string); strings.HasPrefix(text, "{") {
			role = doc{}
			if err := json.Unmarshal([]byte(text), &role); err != nil {
				return err
			}
		}
		roles = append(roles, role)
	}
	d["roles"] = roles
	return nil
}
