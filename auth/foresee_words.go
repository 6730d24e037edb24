package auth

import (
	"fmt"
	"slices"
	"strings"

	"doorlist/policy"
	"doorlist/store"
)

// Kind is people for whom a change means the same.
type Kind struct {
	Words   string   `json:"words"` // such as "2 become admin"
	People  int      `json:"-"`
	Changes []Change `json:"-"` // of those who are named, by organization and user name

	weight    int // less is graver
	one, many string
}

// kind puts what happens to a person into words, for one of them and for several.
func (c Change) kind() Kind {
	was, will := c.Before, c.After
	switch {
	case was.Admitted && !will.Admitted:
		return Kind{weight: 0, one: "loses access", many: "lose access"}
	case !was.Admitted && will.Admitted:
		return Kind{weight: 1, one: "gets in as " + will.Role, many: "get in as " + will.Role}
	case !will.Admitted:
		words := " out, with another role, reason or way"
		return Kind{weight: 5, one: "stays" + words, many: "stay" + words}
	case was.Role != will.Role:
		return Kind{weight: 2, one: "becomes " + will.Role, many: "become " + will.Role}
	case was.Console != will.Console:
		right := fmt.Sprintf(" the role %s, now with the console right %q", will.Role, will.Console)
		return Kind{weight: 3, one: "keeps" + right, many: "keep" + right}
	}
	words := " in " + will.way() + " from then on"
	return Kind{weight: 4, one: "signs" + words, many: "sign" + words}
}

// Summary says all changes in one sentence: "14 people change: 2 become admin, 3 lose access."
func (f Foresight) Summary() string {
	if f.People == 0 {
		return "Nobody's role or way in changes."
	}
	parts := make([]string, len(f.Kinds))
	for i, k := range f.Kinds {
		parts[i] = k.Words
	}
	subject := fmt.Sprintf("%d people change: ", f.People)
	if f.People == 1 {
		subject = "1 person changes: "
	}
	return subject + strings.Join(parts, ", ") + "."
}

// Anonymous takes the names from people of organizations that whoever looks does not know.
func (f Foresight) Anonymous(known func(organizationID string) bool) Foresight {
	f.Kinds = slices.Clone(f.Kinds)
	for i := range f.Kinds {
		k := &f.Kinds[i]
		k.Changes = slices.Clone(k.Changes)
		for n, c := range k.Changes {
			k.Changes[n] = c.Anonymous(known)
		}
	}
	return f
}

// Anonymous takes the name from somebody of an organization that whoever looks does not know.
func (c Change) Anonymous(known func(organizationID string) bool) Change {
	if !known(c.Home) {
		c.ID, c.UserName, c.DisplayName = "", "", ""
	}
	return c
}

// Words say the outcomes before and after to an administrator.
func (c Change) Words() (pair [2]string) {
	pair = [2]string{c.Before.Words(), c.After.Words()}
	if pair[0] == pair[1] { // only the way or the console right differs of somebody who is out
		pair[0], pair[1] = pair[0]+" ("+c.Before.wayAndRight()+")", pair[1]+" ("+c.After.wayAndRight()+")"
	}
	return pair
}

// way is by what a person proves who they are.
func (o Outcome) way() string {
	if o.Method == string(policy.SSO) {
		return "through the provider"
	}
	return "with a password"
}

func (o Outcome) wayAndRight() string {
	return joinedBy(", console right ", o.way(), consoleWords(o.Console))
}

// Words say an outcome to an administrator.
func (o Outcome) Words() string {
	switch {
	case o == Outcome{}:
		return "does not belong here"
	case !o.Admitted:
		return joinedBy(", with the role ", "out: "+outWords(policy.Reason(o.Reason)), o.Role)
	}
	return o.Role + ", " + o.wayAndRight()
}

func consoleWords(right string) string {
	if right == string(store.ConsoleNone) {
		return ""
	}
	return right
}

func joinedBy(separator, text, more string) string {
	if more == "" {
		return text
	}
	return text + separator + more
}

// outWords say a refusal in a few words.
func outWords(r policy.Reason) string {
	switch r {
	case policy.NoRole:
		return "no role"
	case policy.Inactive:
		return "switched off"
	case policy.ConnectionOff:
		return "the connection is off or not attached"
	case policy.PasswordRequired:
		return "no password yet"
	case policy.MappingUnsafe:
		return "role or identity not clear"
	case policy.ReboundPending:
		return "held back for review"
	}
	return strings.ReplaceAll(string(r), "_", " ")
}
