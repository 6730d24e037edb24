package admin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// entry is one of the values of an attribute that has several, or sub-attributes.
type entry struct {
	Value string   // "" where there are sub-attributes alone
	Tags  []string // its type, and whether it is the primary one
	Parts []Value  // the other sub-attributes
}

// partOrder is the order in which the parts of an address are written; others follow by name.
var partOrder = []string{"formatted", "streetAddress", "locality", "region", "postalCode", "country"}

// entriesOf takes a value of a record apart; nil for a single text.
func entriesOf(value any) (list []entry) {
	switch v := value.(type) {
	case []any:
		for _, inner := range v {
			list = append(list, entryOf(inner))
		}
	case map[string]any:
		list = append(list, entryOf(v))
	}
	return list
}

func entryOf(value any) entry {
	object, ok := value.(map[string]any)
	if !ok {
		return entry{Value: brief(shown(value))}
	}
	e := entry{Value: brief(shown(object["value"]))}
	if kind := shown(object["type"]); kind != "" {
		e.Tags = append(e.Tags, kind)
	}
	if object["primary"] == true {
		e.Tags = append(e.Tags, "primary")
	}
	parts := map[string]string{}
	for name, inner := range object {
		if !slices.Contains([]string{"value", "type", "primary"}, name) {
			flatten(parts, name, inner)
		}
	}
	names := slices.Collect(maps.Keys(parts))
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(partRank(a), partRank(b)), cmp.Compare(a, b)) })
	for _, name := range names {
		e.Parts = append(e.Parts, Value{Label: name, Value: brief(parts[name])})
	}
	return e
}

func partRank(name string) int {
	if i := slices.Index(partOrder, name); i >= 0 {
		return i
	}
	return len(partOrder)
}

// maxShown is how much of a value a table shows, in bytes. The record as it was sent has all of it.
const maxShown = 500

// brief is a value that fits into a table.
func brief(text string) string {
	if len(text) <= maxShown {
		return text
	}
	end := maxShown
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d bytes in all)", text[:end], len(text))
}
