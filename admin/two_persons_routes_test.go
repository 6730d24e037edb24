package admin_test

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// byOne are the pages that one person may send to where two decide, and why.
var byOne = map[string]string{
	"/admin/organizations/:org/provisioning/:request":      "it is tried out and taken back",
	"/admin/organizations/:org/audit/verify":               "it changes nothing",
	"/admin/organizations/:org/drift":                      "it changes nothing",
	"/admin/organizations/:org/users/:person/end-sessions": "whoever may sign in can do so again",
	"/admin/organizations/:org/proposals/:proposal":        "it is where the second one decides",
	"/admin/connections/:connection/watch":                 "it changes nothing",
}

// unproposed are the pages that refuse where two decide, and what they say.
var unproposed = map[string]string{
	"/admin/organizations/:org/connect-microsoft":           "only one can go this way",
	"/admin/connections/:connection/domains/:domain/verify": "no TXT record",
}

// filledIn are answers that no form suggests, by the field's name.
var filledIn = map[string]string{
	"slug": "anew", "display": "Anew", "name": "anew", "rank": "33", "client-id": "another", "tenant-id": tenantID, "client-secret": "a secret", "secret": "a secret",
	"label": "A label", "domain": "anew.example", "host": "anew.contoso.test", "path": "/", "document": `{"id":"urn:new"}`, "app-role": "Task.Read",
	"match": "object_id", "console": "read", "cloud": "https://login.microsoftonline.us", "subject-claim": "sub", "people": "3", "percent": "4", "hold": "5 hours",
}

// takeTwo says what the test of a page is about, where it is not the place's own; it makes it first.
var takeTwo = map[string]func(w *world, p *place) string{
	"/admin/organizations/:org/applications/add":                    claimed("/admin/organizations/contoso/applications/add"),
	"/admin/organizations/:org/applications/:application/paths/add": claimed("/admin/organizations/contoso/applications/wiki-of-contoso/paths/add"),
	"/admin/organizations/:org/remove":                              below,
	"/admin/organizations/:org/roles/:role/remove":                  func(_ *world, p *place) string { return rolesPath + "/" + p.roles["auditor"].ID + "/remove" },
	"/admin/organizations/:org/connections/:reachable/attach":       detached,
	"/admin/organizations/:org/users/:person/unassign":              assigned,
	"/admin/organizations/:org/users/:person/reset-second-factor":   enrolled,
	"/admin/organizations/:org/undo/:event": func(w *world, _ *place) string {
		_, _, off := w.ann("ann@contoso.example")
		return "/admin/organizations/contoso/undo/" + off
	},
	"/admin/connections/:connection/undo": func(w *world, _ *place) string {
		_, first, last := w.ann("ann@contoso.example")
		return entraPath + "/undo?first=" + first + "&last=" + last
	},
	"/admin/connections/:connection/brake/apply":   func(w *world, _ *place) string { w.hold(); return entraPath + "/brake/apply" },
	"/admin/connections/:connection/brake/release": func(w *world, _ *place) string { w.hold(); return entraPath + "/brake/release" },
}

func below(w *world, _ *place) string {
	p := w.places["contoso-test"]
	w.write(func(tx *store.Tx) error {
		return tx.Organization(p.org.ID).SettleProposal(store.Proposal{ID: p.proposal}, store.Declined, "test")
	})
	return "/admin/organizations/contoso-test/remove"
}

// claimed gives contoso the domain of the applications' hosts.
func claimed(address string) func(*world, *place) string {
	return func(w *world, p *place) string {
		w.write(func(tx *store.Tx) error {
			return tx.Organization(p.org.ID).SetConnectionDomains(p.conn.ID, []string{"contoso.test"})
		})
		return address
	}
}

func detached(w *world, p *place) string {
	w.write(func(tx *store.Tx) error { return auth.Attach(tx, p.org.ID, p.spare.ID, false) })
	return "/admin/organizations/contoso/connections/" + p.spare.Slug + "/attach"
}

func assigned(w *world, p *place) string {
	w.write(func(tx *store.Tx) error {
		return tx.Organization(p.org.ID).AssignRole(p.conn.DirectoryID, p.waiting, p.roles["reader"].ID)
	})
	return "/admin/organizations/contoso/users/" + p.waiting + "/unassign"
}

func enrolled(w *world, p *place) string {
	w.write(func(tx *store.Tx) error {
		return tx.Directory(p.conn.Directory()).EnrollSecondFactor(p.waiting, "a secret", 1, nil)
	})
	return "/admin/organizations/contoso/users/" + p.waiting + "/reset-second-factor"
}

// hold lets the brake of contoso's connection hold somebody.
func (w *world) hold() {
	w.write(func(tx *store.Tx) error {
		return tx.Directory(w.places["contoso"].conn.Directory()).SetBrake(store.Brake{Hold: 24 * time.Hour})
	})
	w.leave("ann", "ben")
}

// A change that takes two owners is proposed by one of them, whichever page it is of, and done when the other has seen what it means.
func TestTwoPersons_NoPageIsAWayAroundThem(t *testing.T) {
	t.Parallel()
	pages := map[string]bool{}
	for _, p := range newWorld(t, storetest.New(t)).pages() {
		if p.method == http.MethodPost && byOne[p.path] == "" {
			pages[p.path] = true
		}
	}
	if len(pages) < 40 {
		t.Fatalf("only %d pages were found", len(pages))
	}
	for path := range pages {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w, alice, bob := ruledWorld(t, storetest.New(t))
			p := w.places["contoso"]
			address := p.at(path)
			if prepare := takeTwo[path]; prepare != nil {
				address = prepare(w, p)
			}
			w.takesTwo(alice, bob, path, address)
		})
	}
}

// takesTwo fills a page in, and demands that nothing changes before the second owner has approved it, and something then.
func (w *world) takesTwo(alice, bob *browser, path, address string) {
	t := w.t
	t.Helper()
	before, sent := w.changes(), answers(t, alice.want(alice.get(address), http.StatusOK).body)
	got := alice.send(http.MethodPost, address, sent)
	preview := got.body
	seen := confirmed.FindStringSubmatch(preview)
	if seen != nil && got.StatusCode == http.StatusOK {
		sent.Set("seen", seen[1])
		got = alice.send(http.MethodPost, address, sent)
	}
	if after := w.changes(); !slices.Equal(after, before) {
		t.Fatalf("one person has done this: %v", after[len(before):])
	}
	if words, refused := unproposed[path]; refused {
		alice.want(got, http.StatusUnprocessableEntity, words)
		return
	}
	alice.want(got, http.StatusSeeOther, "/proposals?done=proposed")
	one := alice.theProposal(strings.TrimSuffix(got.Header.Get("Location"), "?done=proposed"))
	shown := bob.want(bob.get(one), http.StatusOK, ">Approve this ")
	if seen != nil && tables(t, shown.body) != tables(t, preview) {
		t.Errorf("the first owner was shown\n%s\nthe second one\n%s", tables(t, preview), tables(t, shown.body))
	}
	if got := bob.approve(one); got.StatusCode != http.StatusSeeOther && got.StatusCode != http.StatusOK {
		t.Errorf("the second owner gets %d:\n%s", got.StatusCode, got.body)
	}
	if after := w.changes(); slices.Equal(after, before) {
		t.Error("two persons have not done it either")
	}
}

// changes are what has happened to contoso and below, without what became of proposals.
func (w *world) changes() (actions []string) {
	w.t.Helper()
	reach, err := w.store.Reach(w.t.Context(), w.places["contoso"].org.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range reach {
		events, err := w.store.Organization(o.ID).Events(w.t.Context(), store.EventQuery{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range events {
			if !strings.HasPrefix(e.Action, "proposal.") {
				actions = append(actions, o.Slug+" "+e.Action)
			}
		}
	}
	return actions
}

// tables is the text of a page's tables.
func tables(t testing.TB, page string) string {
	t.Helper()
	var b strings.Builder
	for n := range parsed(t, page).Descendants() {
		if n.Type == html.TextNode && under(n, "td", "th") {
			b.WriteString(strings.TrimSpace(n.Data) + "\n")
		}
	}
	return b.String()
}

func under(n *html.Node, kinds ...string) bool {
	for above := range n.Ancestors() {
		if slices.Contains(kinds, above.Data) {
			return true
		}
	}
	return false
}

func parsed(t testing.TB, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// typed is what a label asks to type, to confirm.
var typed = regexp.MustCompile(`Type (\S+) to confirm`)

// answers fill the first form of a page in, each differently from what it says now.
func answers(t testing.TB, page string) url.Values {
	t.Helper()
	sent := url.Values{}
	for n := range parsed(t, page).Descendants() {
		name := attribute(n, "name")
		switch {
		case n.Type != html.ElementNode || name == "" || !under(n, "main"):
		case n.Data == "select":
			sent.Set(name, cmp.Or(filledIn[name], otherOption(n)))
		case n.Data == "input" && attribute(n, "type") == "checkbox":
			if !has(n, "checked") {
				sent.Set(name, "on")
			}
		case n.Data == "input" || n.Data == "textarea":
			sent.Set(name, cmp.Or(filledIn[name], attribute(n, "value")))
		}
	}
	if slug := typed.FindStringSubmatch(page); slug != nil {
		sent.Set("confirm", slug[1])
	}
	sent.Del("seen")
	return sent
}

// otherOption is one that is not chosen, if there is one.
func otherOption(n *html.Node) (other string) {
	first := true
	for o := range n.ChildNodes() {
		if o.Data == "option" && (first || !has(o, "selected")) {
			other, first = attribute(o, "value"), false
		}
	}
	return other
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
