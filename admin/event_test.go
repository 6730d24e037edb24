package admin_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorlist/admin"
	"doorlist/store"
)

// notedActions finds the actions that the store notes: the texts of the form of an action in functions that note events.
func notedActions(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../store/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			found = append(found, actionsIn(declared)...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

var anAction = regexp.MustCompile(`^[a-z_]*\.[a-z_]+$`)

// noting are the functions that note an event of which their caller says the action.
var noting = []string{"note", "decide"}

func actionsIn(declared ast.Decl) []string {
	notes := false
	var texts []string
	ast.Inspect(declared, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			notes = notes || slices.Contains(noting, n.Sel.Name)
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind != token.STRING || err != nil || !anAction.MatchString(text) {
				return true
			}
			if strings.HasPrefix(text, ".") { // of a credential, which is of either kind
				texts = append(texts, "token"+text, "client"+text)
				return true
			}
			texts = append(texts, text)
		}
		return true
	})
	if !notes {
		return nil
	}
	return texts
}

func TestSummary_EveryActionHasASentence(t *testing.T) {
	t.Parallel()
	actions := notedActions(t)
	for _, known := range []string{"user.deactivated", "brake.applied", "token.refused", "sign_in.refused", "group.members_added"} {
		if !slices.Contains(actions, known) {
			t.Errorf("the test does not find %s in the store", known)
		}
	}
	for _, action := range actions {
		kind, _, _ := strings.Cut(action, ".")
		got := admin.Summary(store.Event{Action: action, SubjectKind: kind, Detail: "{}"})
		if got == action || strings.ContainsAny(got, "{}[]") || !regexp.MustCompile(`^([A-Z0-9]|of| )`).MatchString(got) {
			t.Errorf("%s says %q", action, got)
		}
	}
}

func TestSummary_SaysWhatTheDetailTells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ action, detail, want string }{
		{"user.deactivated", `{"user_name":"Alice Hansen"}`, "Alice Hansen was deactivated"},
		{"user.updated", `{"changed":["title","userName"],"before":{"title":"a"},"after":{"title":"b"}}`, "The user was changed: title, userName"},
		{"group.members_added", `{"display_name":"Engineering","count":3,"members":["1"]}`, "3 members were added to Engineering"},
		{"group.members_removed", `{"display_name":"Engineering","count":1}`, "1 member was taken out of Engineering"},
		{"group.members_added", `{"display_name":"{count} [x]","count":2}`, "2 members were added to {count} [x]"},
		{"sign_in.refused", `{"user_name":"bob","reason":"not_provisioned"}`, "bob was refused: not provisioned"},
		{"outage.started", `{"reason":"Entra is down","ends_at":"2026-11-21T10:00:00.5Z"}`, "An outage was declared until 21 Nov 2026, 10:00 UTC: Entra is down"},
		{"connection.ceiling_changed", `{"before":"","after":"writer"}`, "The highest role through the connection was changed to writer"},
		{"mail.queued", `{"to":"a@b.example","subject":"Welcome"}`, "A message was written to a@b.example: Welcome"},
		{"role.created", `{"after":{"name":"auditor","rank":15}}`, "The role auditor was added to the ladder"},
		{"connection.armed", `{"by":"olivia"}`, "The connection is proved: olivia signed in through it"},
		{"user.deactivated", `not JSON`, "The user was deactivated"},
		{"user.invented_tomorrow", `{}`, "user.invented_tomorrow"},
	} {
		kind, _, _ := strings.Cut(c.action, ".")
		if got := admin.Summary(store.Event{Action: c.action, SubjectKind: kind, Detail: c.detail}); got != c.want {
			t.Errorf("%s %s says %q, want %q", c.action, c.detail, got, c.want)
		}
	}
}
