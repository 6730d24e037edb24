package scim

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestIsolation_WhateverAnotherOrganizationSends: any sequence of requests of one organization leaves every row that is not its own and every answer to
// another as they were, and tells nothing of the other, whatever names, ids, versions and cursors of the other it sends.
func TestIsolation_WhateverAnotherOrganizationSends(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, address string) {
		s, err := store.Open(t.Context(), store.Options{URL: address, MasterKey: storetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		n := newNeighbors(t, newDoor(t, s), address)
		rows, answers := n.rowsOfOthers(t), n.answers()
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 8).Draw(rt, "requests") {
				n.send(rt)
			}
			if diff := cmp.Diff(rows, n.rowsOfOthers(t)); diff != "" {
				rt.Errorf("rows of another organization changed: %s", diff)
			}
			if diff := cmp.Diff(answers, n.answers()); diff != "" {
				rt.Errorf("the other organization is answered otherwise: %s", diff)
			}
		})
	})
}

// secret is what the one organization must never be told of the other, and does not know.
const secret = "known to fabrikam alone"

// neighbors are two organizations with people and groups of the same names.
type neighbors struct {
	address       string // of the database
	ours, theirs  *door
	users, groups []string // ids of both
	cursor        string   // of theirs
	roots         []string
}

func newNeighbors(t *testing.T, ours *door, address string) *neighbors {
	t.Helper()
	theirs := *ours
	err := ours.store.Write(t.Context(), store.Actor{Kind: store.Administrator, Name: "test"}, func(tx *store.Tx) error {
		o, err := tx.CreateOrganization("fabrikam", "Fabrikam", "")
		if err != nil {
			return err
		}
		theirs.connection, theirs.tokenID, theirs.token, err = addConnection(tx, o.ID, "fabrikam")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n := &neighbors{ours: ours, theirs: &theirs, address: address}
	for _, d := range []*door{ours, &theirs} {
		own := "ours"
		if d == &theirs {
			own = secret
		}
		var members []string
		for i := range 3 {
			id := d.create("/Users", fmt.Sprintf(`{"userName":%q,"externalId":%q,"displayName":%q,"emails":[{"type":"work","value":%[1]q}]}`, userNames[i], externalIDs[i], own))
			members, n.users = append(members, fmt.Sprintf(`{"value":%q}`, id)), append(n.users, id)
		}
		n.groups = append(n.groups, d.create("/Groups", fmt.Sprintf(`{"displayName":"staff","externalId":%q,"members":[%s]}`, own, strings.Join(members, ","))))
	}
	n.cursor, _ = theirs.must(http.StatusOK, "GET", "/Users?cursor&count=1", "").json["nextCursor"].(string)
	if n.cursor == "" {
		t.Fatal("the other organization has no cursor")
	}
	for _, root := range []string{"", "/connections/entra", "/connections/" + ours.connection.ID, "/connections/fabrikam", "/connections/" + theirs.connection.ID} {
		n.roots = append(n.roots, root+"/scim/v2")
	}
	return n
}

var (
	userNames   = []string{"alice@example.com", "bob@example.com", "carol@example.com"}
	externalIDs = []string{"2f7e9d0c-0001-4000-8000-000000000001", "2f7e9d0c-0001-4000-8000-000000000002", "2f7e9d0c-0001-4000-8000-000000000003"}
)

// rowsOfOthers are the rows of the database that do not name the organization which sends, nor its directory.
func (n *neighbors) rowsOfOthers(t *testing.T) []string {
	own := n.ours.connection
	return slices.DeleteFunc(allRows(t, n.address), func(row string) bool {
		return strings.Contains(row, own.OrganizationID) || strings.Contains(row, own.DirectoryID)
	})
}

// sealedCursor is a cursor of an answer: sealed anew each time.
var sealedCursor = regexp.MustCompile(`"(next|previous)Cursor":"[^"]*"`)

// answers are what the other organization is answered.
func (n *neighbors) answers() (list []string) {
	paths := []string{"/Users", "/Groups", "/Users?count=0", "/Users?cursor=" + url.QueryEscape(n.cursor) + "&count=1", "/Users?filter=" + url.QueryEscape(`userName eq "alice@example.com"`)}
	for _, id := range n.users {
		paths = append(paths, "/Users/"+id)
	}
	for _, id := range n.groups {
		paths = append(paths, "/Groups/"+id)
	}
	for _, path := range paths {
		r := n.theirs.do("GET", path, "")
		list = append(list, fmt.Sprint(path, " ", r.status, " ", r.header.Get("ETag"), " ", sealedCursor.ReplaceAllString(r.text, "")))
	}
	return list
}

// send sends one request of ours, of which anything may be theirs.
func (n *neighbors) send(rt *rapid.T) {
	method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD"}).Draw(rt, "method")
	path, body := n.target(rt, method)
	header := []string{"Authorization", "Bearer " + n.ours.token}
	if version := rapid.SampledFrom([]string{"", "", "*", `W/"1"`, `W/"2"`}).Draw(rt, "If-Match"); version != "" {
		header = append(header, "If-Match", version)
	}
	r := n.ours.send(method, rapid.SampledFrom(n.roots).Draw(rt, "root")+path, body, header...)
	if r.status >= http.StatusInternalServerError && r.status != http.StatusNotImplemented {
		rt.Errorf("%s %s %s: %d %s", method, path, body, r.status, r.text)
	}
	if strings.Contains(r.text+fmt.Sprint(r.header), secret) {
		rt.Errorf("%s %s %s tells of the other organization: %s", method, path, body, r.text)
	}
}

// target is a path below the root, with the body that goes with it.
func (n *neighbors) target(rt *rapid.T, method string) (path, body string) {
	kind := rapid.SampledFrom([]string{"/Users", "/Groups"}).Draw(rt, "kind")
	switch {
	case method == "POST":
		switch rapid.SampledFrom([]string{"create", "create", "search", "bulk"}).Draw(rt, "post") {
		case "search":
			return kind + "/.search", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":%q}`, n.filter(rt))
		case "bulk":
			return "/Bulk", n.bulk(rt)
		}
		return kind, n.resource(rt, kind)
	case method == "PUT":
		return n.resourcePath(rt, kind), n.resource(rt, kind)
	case method == "PATCH":
		return n.resourcePath(rt, kind), n.patch(rt, kind)
	case method == "DELETE" || rapid.Bool().Draw(rt, "one"):
		return n.resourcePath(rt, kind), ""
	}
	query := rapid.SampledFrom([]string{"", "cursor=" + url.QueryEscape(n.cursor) + "&count=1", "startIndex=2&count=2", "filter=" + url.QueryEscape(n.filter(rt))}).Draw(rt, "query")
	return kind + "?" + query, ""
}

func (n *neighbors) id(rt *rapid.T, kind string) string {
	ids := n.users
	if kind == "/Groups" {
		ids = n.groups
	}
	return rapid.SampledFrom(append(slices.Clone(ids), uuid.NewString())).Draw(rt, "id")
}

func (n *neighbors) resourcePath(rt *rapid.T, kind string) string { return kind + "/" + n.id(rt, kind) }

func (n *neighbors) filter(rt *rapid.T) string {
	return rapid.SampledFrom([]string{
		`userName eq "` + rapid.SampledFrom(userNames).Draw(rt, "userName") + `"`, `externalId eq "` + rapid.SampledFrom(externalIDs).Draw(rt, "externalId") + `"`,
		`id eq "` + n.id(rt, "/Users") + `"`, `displayName sw "known"`, `displayName pr`, `members.value eq "` + n.id(rt, "/Users") + `"`, `groups.value eq "` + n.id(rt, "/Groups") + `"`,
		`emails[value ew "example.com"]`, `meta.lastModified gt "2020-01-01T00:00:00Z"`,
	}).Draw(rt, "filter")
}

func (n *neighbors) members(rt *rapid.T) string {
	var list []string
	for range rapid.IntRange(0, 2).Draw(rt, "members") {
		list = append(list, fmt.Sprintf(`{"value":%q}`, n.id(rt, rapid.SampledFrom([]string{"/Users", "/Users", "/Groups"}).Draw(rt, "of"))))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (n *neighbors) resource(rt *rapid.T, kind string) string {
	if kind == "/Groups" {
		return fmt.Sprintf(`{"displayName":%q,"id":%q,"members":%s}`, rapid.SampledFrom([]string{"staff", "others"}).Draw(rt, "displayName"), n.id(rt, kind), n.members(rt))
	}
	return fmt.Sprintf(`{"userName":%q,"externalId":%q,"id":%q,"displayName":"ours","active":%t,"groups":[{"value":%q}],"emails":[{"type":"work","value":"alice@example.com"}]}`,
		rapid.SampledFrom(userNames).Draw(rt, "userName"), rapid.SampledFrom(externalIDs).Draw(rt, "externalId"), n.id(rt, kind), rapid.Bool().Draw(rt, "active"), n.id(rt, "/Groups"))
}

func (n *neighbors) patch(rt *rapid.T, kind string) string {
	operations := []string{`{"op":"Replace","path":"displayName","value":"ours"}`, `{"op":"replace","value":` + n.resource(rt, kind) + `}`}
	if kind == "/Groups" {
		operations = append(operations, `{"op":"Add","path":"members","value":`+n.members(rt)+`}`, `{"op":"Remove","path":"members[value eq \"`+n.id(rt, "/Users")+`\"]"}`,
			`{"op":"Remove","path":"members"}`, `{"op":"Replace","path":"members","value":`+n.members(rt)+`}`)
	} else {
		operations = append(operations, `{"op":"Replace","path":"active","value":"False"}`, `{"op":"Add","path":"emails[type eq \"work\"].value","value":"bob@example.com"}`,
			`{"op":"Replace","path":"userName","value":"`+rapid.SampledFrom(userNames).Draw(rt, "to")+`"}`)
	}
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + rapid.SampledFrom(operations).Draw(rt, "operation") + `]}`
}

func (n *neighbors) bulk(rt *rapid.T) string {
	group, user := n.resourcePath(rt, "/Groups"), n.resourcePath(rt, "/Users")
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join([]string{
		bulkPost("/Users", "a", n.resource(rt, "/Users")), `{"method":"PATCH","path":"` + group + `","data":` + n.patch(rt, "/Groups") + `}`, `{"method":"DELETE","path":"` + user + `"}`,
	}, ",") + `]}`
}
