package store

import (
	"slices"
	"strings"
)

// Scopes is what a credential of SCIM may do, as OAuth writes it (RFC 6749 section 3.3): words separated by spaces.
type Scopes string

// The scopes. Each of them allows reading, because a provider looks up what it is about to write.
const (
	ScopeRead   = "read"   // nothing more
	ScopeUsers  = "users"  // changing users
	ScopeGroups = "groups" // changing groups and who is in them
)

// AllScopes is what a credential has for which nobody chose.
const AllScopes Scopes = ScopeRead + " " + ScopeUsers + " " + ScopeGroups

// ParseScopes reads scopes separated by spaces or commas and puts them in order; none are AllScopes.
func ParseScopes(text string) (Scopes, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) == 0 {
		return AllScopes, nil
	}
	var found []string
	for _, known := range strings.Fields(string(AllScopes)) {
		if slices.Contains(words, known) {
			found = append(found, known)
		}
	}
	for _, word := range words {
		if !AllScopes.Has(word) {
			return "", &InvalidError{"scope", "must be some of: " + strings.ReplaceAll(string(AllScopes), " ", ", ")}
		}
	}
	return Scopes(strings.Join(found, " ")), nil
}

// Has says whether a scope is among them.
func (s Scopes) Has(scope string) bool { return slices.Contains(strings.Fields(string(s)), scope) }

// Within says whether others let do all that they let. Every scope lets read.
func (s Scopes) Within(others Scopes) bool {
	for _, scope := range strings.Fields(string(s)) {
		if !others.Has(scope) && (scope != ScopeRead || others == "") {
			return false
		}
	}
	return true
}
