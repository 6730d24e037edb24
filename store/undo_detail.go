package store

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// undoDetail is the detail of an event, as far as an undo reads it. What before and after are depends on the action.
type undoDetail struct {
	UserName    string            `json:"user_name"`
	DisplayName string            `json:"display_name"`
	Before      json.RawMessage   `json:"before"`
	After       json.RawMessage   `json:"after"`
	Changed     []string          `json:"changed"`
	Was         json.RawMessage   `json:"was"`
	Members     json.RawMessage   `json:"members"` // a list of ids, or how many there were
	Groups      []string          `json:"groups"`
	Displays    map[string]string `json:"displays"`
	Role        string            `json:"role"`
	RoleID      string            `json:"role_id"`
	BeforeID    string            `json:"before_id"`
	AfterID     string            `json:"after_id"`
	ExternalKey string            `json:"external_key"`
	Setting     Setting           `json:"setting"`
	GivenUp     bool              `json:"given_up"`  // the organization's own value of a setting was
	Inherited   bool              `json:"inherited"` // a setting was not the organization's own before
}

func (d undoDetail) name() string {
	if d.UserName != "" {
		return d.UserName
	}
	return d.DisplayName
}

// members are the ids that an event tells.
func (d undoDetail) members() (ids []string) {
	if json.Unmarshal(d.Members, &ids) != nil {
		return nil
	}
	return ids
}

// text is a value that is a text.
func text(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// attributes are a document's, or those of it that an event tells.
func attributes(document json.RawMessage) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(document, &all) != nil || all == nil {
		all = map[string]json.RawMessage{}
	}
	return all
}

// revert takes the attributes of a document that an event changed back to what they were, but for those that have changed since, which
// it names. The attribute "schemas" follows from the others.
func revert(document string, told undoDetail, keep ...string) (reverted string, back, since []string, err error) {
	now, before, after := attributes(json.RawMessage(document)), attributes(told.Before), attributes(told.After)
	for _, name := range told.Changed {
		switch {
		case name == "schemas":
		case !same(now[name], after[name]) || slices.Contains(keep, name):
			since = append(since, name)
		default:
			back = append(back, name)
			if was, there := before[name]; there {
				now[name] = was
			} else {
				delete(now, name)
			}
		}
	}
	text, err := json.Marshal(now)
	return string(text), back, since, err
}

// same compares values of documents. Events write "<" as an escape, documents do not.
func same(a, b json.RawMessage) bool { return inEvent(a) == inEvent(b) }

// unchanged says that a document still is what an event tells.
func unchanged(document string, told json.RawMessage) bool {
	return maps.EqualFunc(attributes(json.RawMessage(document)), attributes(told), same)
}

// inEvent is a value as an event has it.
func inEvent(v json.RawMessage) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return string(v)
	}
	return string(text)
}

// final says why what an event tells stays.
func final(e Event) string {
	subject, _, _ := strings.Cut(e.Action, ".")
	switch subject {
	case "session", "device", "breakglass":
		return "Who came in was in, and sessions that ended do not come back: people sign in again."
	case "token", "client":
		return "Of a secret nothing but a fingerprint is kept: make another one."
	case "mail", "outage", "owner":
		return "It has had its effect outside already."
	}
	switch e.Action {
	case "user.password_set", "user.password_removed", "user.password_wiped", "user.second_factor_reset", "user.second_factor_enrolled", "user.recovery_codes_renewed":
		return "Passwords and second factors are not kept once they are gone: invite the person anew."
	case "user.adopted", "user.revived", "user.replaced", "user.released", "user.kept", "user.deletion_released":
		return "It is a decision about who somebody is: make it anew where it was made."
	case "event.undone":
		return "Undo the undo itself: what it did is undone with it."
	}
	return "Changes of this kind are not undone here: change it back where it is set."
}
