package auth

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"doorlist/policy"
	"doorlist/store"
)

// Kind is people for whom a change means the same.
type Kind struct {
	Words   string   `json:"words"` // such as "2 become admin"
	Changes []Change `json:"-"`
	weight  int
}

// Kinds gathers the changes by what they mean, the gravest first.
func (f Foresight) Kinds() []Kind {
	byPattern := map[string]*Kind{}
	for _, c := range f.Changes {
		weight, one, many := c.kind()
		k := byPattern[many]
		if k == nil {
			k = &Kind{weight: weight}
			byPattern[many] = k
		}
		if k.Changes = append(k.Changes, c); len(k.Changes) == 1 {
			k.Words = "1 " + one
			continue
		}
		k.Words = fmt.Sprintf("%d %s", len(k.Changes), many)
	}
	kinds := make([]Kind, 0, len(byPattern))
	for _, k := range byPattern {
		kinds = append(kinds, *k)
	}
	slices.SortFunc(kinds, func(a, b Kind) int { return cmp.Or(cmp.Compare(a.weight, b.weight), cmp.Compare(a.Words, b.Words)) })
	return kinds
}

// kind puts what happens to a person into words, for one of them and for several. Less weight is graver.
func (c Change) kind() (weight int, one, many string) {
	was, will := c.Before, c.After
	switch {
	case was.Admitted && !will.Admitted:
		return 0, "loses access", "lose access"
	case !was.Admitted && will.Admitted:
		return 1, "gets in as " + will.Role, "get in as " + will.Role
	case !will.Admitted:
		return 5, "stays out, with another role, reason or way", "stay out, with another role, reason or way"
	case was.Role != will.Role:
		return 2, "becomes " + will.Role, "become " + will.Role
	case was.Console != will.Console:
		right := fmt.Sprintf(" the role %s, now with the console right %q", will.Role, will.Console)
		return 3, "keeps" + right, "keep" + right
	}
	return 4, "signs in " + will.way() + " from then on", "sign in " + will.way() + " from then on"
}

// Summary says all changes in one sentence: "14 people change: 2 become admin, 3 lose access."
func (f Foresight) Summary() string {
	if len(f.Changes) == 0 {
		return "Nobody's role or way in changes."
	}
	var parts []string
	for _, k := range f.Kinds() {
		parts = append(parts, k.Words)
	}
	subject := fmt.Sprintf("%d people change: ", len(f.Changes))
	if len(f.Changes) == 1 {
		subject = "1 person changes: "
	}
	return subject + strings.Join(parts, ", ") + "."
}

// Stranded counts who had a way in and would have none, for want of a password.
func (f Foresight) Stranded() (n int) {
	for _, c := range f.Changes {
		if c.Before.Admitted && c.After.Reason == string(policy.PasswordRequired) {
			n++
		}
	}
	return n
}

// Anonymous takes the names from people of organizations that whoever looks does not know.
func (f Foresight) Anonymous(known func(organizationID string) bool) Foresight {
	list := slices.Clone(f.Changes)
	for i := range list {
		if c := &list[i]; !known(c.Home) {
			c.ID, c.UserName, c.DisplayName = "", "", ""
		}
	}
	return Foresight{list}
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
