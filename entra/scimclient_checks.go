package entra

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// The rules that an answer is held to. The text is what a report prints.
const (
	ruleContentType = "answers carry application/scim+json"
	ruleHTML        = "no answer is an HTML page"
	ruleServerError = "no request of Entra's is answered 5xx"
	ruleThrottled   = "25 requests a second pass without 429, for custom apps have no rate limiter"
	ruleErrorBody   = "a failure is a SCIM error document (RFC 7644 section 3.12)"
	ruleListBody    = "a query is answered with a ListResponse, whatever it finds"
	ruleFilter      = "a filter returns only what matches it"
	ruleID          = "every resource has a non-empty string id"
	ruleDisjoint    = "no id belongs to a user and to a group, for a nested group would be ambiguous"
	ruleStatus      = "success is 201 for POST, 200 for GET, 200 or 204 for PATCH, 204 for DELETE"
	ruleActive      = "active is returned as a JSON boolean"
	ruleManager     = "manager is returned as a complex value with value, below the enterprise URN"
	ruleFidelity    = "a value is returned as it was sent, or it is sent again in every cycle"
	ruleMembers     = "excludedAttributes=members is honored"
	ruleDuplicate   = "the same POST again is answered 409"
	ruleIdempotent  = "the same PATCH or DELETE again succeeds, or is answered 404"
	rulePaging      = "pages follow startIndex and count exactly and echo startIndex"
)

// Complaint is a rule that answers broke, with the first answer that broke it.
type Complaint struct {
	Rule   string `json:"rule"`
	Detail string `json:"detail"`
	Count  int    `json:"count"`
	Method string `json:"method"`
	URL    string `json:"url"`
}

func (c Complaint) String() string {
	return fmt.Sprintf("%s: %s (%d times, first at %s %s)", c.Rule, c.Detail, c.Count, c.Method, c.URL)
}

// checkAnswer looks at what every answer has in common.
func (t *task) checkAnswer(c call, a answer) {
	if a.status >= 500 {
		t.complain(c, ruleServerError, fmt.Sprintf("%s was answered %d", c.step, a.status))
	}
	if a.status == http.StatusTooManyRequests {
		t.complain(c, ruleThrottled, c.step+" was answered 429")
	}
	body := bytes.TrimSpace(a.body)
	if len(body) == 0 {
		return
	}
	if body[0] == '<' {
		t.complain(c, ruleHTML, fmt.Sprintf("%s was answered %d with %s", c.step, a.status, shorten(body)))
		return
	}
	if kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type")); err != nil || kind != "application/scim+json" {
		t.complain(c, ruleContentType, fmt.Sprintf("%s was answered with Content-Type %q", c.step, a.header.Get("Content-Type")))
	}
	if a.status >= 400 && !hasSchema(body, errorSchema) {
		t.complain(c, ruleErrorBody, fmt.Sprintf("%s was answered %d with %s", c.step, a.status, shorten(body)))
	}
}

// checkStatus complains of a success that has another code than Entra expects.
func (t *task) checkStatus(c call, a answer) {
	want := map[string][]int{
		http.MethodGet:    {http.StatusOK},
		http.MethodPost:   {http.StatusCreated},
		http.MethodPatch:  {http.StatusOK, http.StatusNoContent},
		http.MethodDelete: {http.StatusNoContent},
	}[c.method]
	if a.ok() && !slices.Contains(want, a.status) {
		t.complain(c, ruleStatus, fmt.Sprintf("%s was answered %d", c.step, a.status))
	}
}

// checkRepeat judges the answer to a request that had already been answered.
func (t *task) checkRepeat(c call, first, again answer) {
	t.checkAnswer(c, again)
	if !first.ok() {
		return
	}
	switch c.method {
	case http.MethodPost:
		if again.status != http.StatusConflict {
			t.complain(c, ruleDuplicate, fmt.Sprintf("%s was answered %d and then %d", c.step, first.status, again.status))
		}
	case http.MethodPatch, http.MethodDelete:
		if !again.ok() && again.status != http.StatusNotFound {
			t.complain(c, ruleIdempotent, fmt.Sprintf("%s was answered %d and then %d", c.step, first.status, again.status))
		}
	}
}

// checkResource looks at a user or group that the server returned.
func (t *task) checkResource(c call, r resource) {
	if r.id() == "" {
		t.complain(c, ruleID, fmt.Sprintf("%s returned a resource with id %v", c.step, r["id"]))
	}
	if active, ok := r.find("active"); ok {
		if _, isBool := active.(bool); !isBool {
			t.complain(c, ruleActive, fmt.Sprintf("%s returned %T %v", c.step, active, active))
		}
	}
	if manager, ok := r.find(managerPath); ok && manager != nil {
		if _, isObject := manager.(map[string]any); !isObject {
			t.complain(c, ruleManager, fmt.Sprintf("%s returned %T %v", c.step, manager, manager))
		}
	}
	if strings.Contains(c.query, "excludedAttributes=members") {
		if _, ok := r.find("members"); ok {
			t.complain(c, ruleMembers, c.step+" returned members")
		}
	}
}

// checkDisjoint looks at the id of a new object: members are sent without a type.
func (t *task) checkDisjoint(c call, o subject, id string) {
	other := groupKind
	if o.noun == groupKind.noun {
		other = userKind
	}
	if _, clash := t.run.p.holder(other.path + "/" + id); clash {
		t.complain(c, ruleDisjoint, fmt.Sprintf("the new %s got id %q, which a %s has", o.noun, id, other.noun))
	}
}

// checkFidelity compares a returned resource with values that the server had acknowledged.
func (t *task) checkFidelity(c call, r resource, acknowledged map[string]string) {
	for path, sent := range acknowledged {
		if got := r.text(path); got != sent {
			t.complain(c, ruleFidelity, fmt.Sprintf("%s: sent %q, returned %q", path, sent, got))
		}
	}
}

func (t *task) complain(c call, rule, detail string) {
	t.run.complain(Complaint{
		Rule: rule, Detail: detail, Count: 1,
		Method: c.method, URL: t.run.p.endpoint.url(c.path, c.query),
	})
}

func hasSchema(body []byte, schema string) bool {
	var doc struct {
		Schemas []string `json:"schemas"`
	}
	return json.Unmarshal(body, &doc) == nil && slices.Contains(doc.Schemas, schema)
}

// shorten keeps a body readable in one line of a report.
func shorten(body []byte) string {
	text := strings.Join(strings.Fields(string(body)), " ")
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200]) + "..."
	}
	return text
}
