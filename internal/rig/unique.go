package rig

import (
	"fmt"
	"strings"
)

// several is what a look-up by name reads as when it finds more than one.
const several = "several"

// checkUnique demands that no two users, and no two groups, have a name together, whatever its case, and that no id is given twice.
func checkUnique(h *History) (found []string) {
	for _, c := range h.Calls {
		if c.Do == Read && c.Got == several {
			found = append(found, "a name is taken twice: "+c.String())
		}
	}
	if h.Final == nil {
		return found
	}
	taken := map[string]string{}
	take := func(kind, name, id string) {
		for _, key := range []string{kind + " " + strings.ToLower(name), "id " + id} {
			if other, twice := taken[key]; twice {
				found = append(found, fmt.Sprintf("the %s %s (%s) and %s have it together: %s", kind, name, id, other, key))
			}
			taken[key] = id
		}
	}
	for _, u := range h.Final.Users {
		take("user", u.Name, u.ID)
	}
	for _, g := range h.Final.Groups {
		take("group", g.Name, g.ID)
	}
	return found
}
