package scim

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// doorWithUsers has the users user0 to user5.
func doorWithUsers(t *testing.T, s *store.Store) *door {
	t.Helper()
	d := newDoor(t, s)
	for i := range 6 {
		d.create("/Users", fmt.Sprintf(`{"userName":"user%d"}`, i))
	}
	return d
}

func (d *door) refused(scimType, path string) {
	d.t.Helper()
	r := d.do(http.MethodGet, path, "")
	if r.status != http.StatusBadRequest || r.json["scimType"] != scimType || r.json["detail"] == "" {
		d.t.Errorf("%s: %s, want %s", path, r.text, scimType)
	}
}

func TestCursor_ComesFromTheServerAlone(t *testing.T) {
	t.Parallel()
	d := doorWithUsers(t, storetest.New(t))
	next := asString(d.page("/Users?count=2&sortBy=userName", "")["nextCursor"])
	if inside, _ := base64.RawURLEncoding.DecodeString(next); strings.Contains(string(inside), "user") {
		t.Errorf("%q shows where the page ends", inside)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9._~-]+$`).MatchString(next) {
		t.Errorf("cursor %s, want unreserved characters (RFC 9865 section 2)", next)
	}
	d.page("/Users?count=2&sortBy=userName", next)
	for i := range next {
		other := byte('A')
		if next[i] == other {
			other = 'B'
		}
		d.refused("invalidCursor", "/Users?count=2&sortBy=userName&cursor="+next[:i]+string(other)+next[i+1:])
	}
	for _, cursor := range []string{"x", "0", "%00", "%ff", next[:40], next[:len(next)-1], next + "A", next + "=", strings.Repeat("A", 9000), "%5B%5D", "'+or+1=1"} {
		d.refused("invalidCursor", "/Users?count=2&sortBy=userName&cursor="+cursor)
	}
}

func TestCursor_IsGoodForItsQueryAlone(t *testing.T) {
	t.Parallel()
	d := doorWithUsers(t, storetest.New(t))
	const query = "/Users?count=2&sortBy=userName&filter=userName+sw+u"
	cursor := "&cursor=" + asString(d.page(query, "")["nextCursor"])
	for _, other := range []string{
		"/Groups?count=2", "/Users?count=2", "/Users?count=2&sortBy=userName", "/Users?count=2&filter=userName+sw+u",
		"/Users?sortBy=title&filter=userName+sw+u", "/Users?sortBy=userName&filter=userName+sw+v", query + "&sortOrder=descending",
	} {
		d.refused("invalidCursor", other+cursor)
	}
	// The same query in other words, and another size of the page.
	d.must(http.StatusOK, http.MethodGet, "/Users?count=1&filter=userName+sw+u&sortBy="+userSchema+":USERNAME&sortOrder=ascending"+cursor, "")
	d.refused("invalidValue", query+cursor+"&startIndex=1")
	d.refused("invalidValue", "/Users?cursor&startIndex=1")

	// The same people, as another connection would ask.
	err := d.store.Write(t.Context(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) (err error) {
		_, _, d.token, err = addConnection(tx, d.connection.OrganizationID, "other")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.refused("invalidCursor", query+cursor)
}

func TestCursor_Expires(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := doorWithUsers(t, s)
	next := asString(d.page("/Users?count=2", "")["nextCursor"])
	storetest.ClockOf(t, s).Advance(cursorTimeout)
	d.page("/Users?count=2", next)
	storetest.ClockOf(t, s).Advance(time.Microsecond)
	d.refused("expiredCursor", "/Users?count=2&cursor="+next)
}

func TestCursor_Count(t *testing.T) {
	t.Parallel()
	d := doorWithUsers(t, storetest.New(t))
	for _, count := range []string{"201", "x", "1.5", "99999999999999999999"} {
		d.refused("invalidCount", "/Users?cursor&count="+count)
	}
	for count, want := range map[string]int{"": 6, "1": 1, "6": 6, "200": 6} {
		r := d.page("/Users?count="+count, "")
		if len(r["Resources"].([]any)) != want || r["totalResults"] != 6.0 || (r["nextCursor"] == nil) != (want == 6) || r["previousCursor"] != nil {
			t.Errorf("%s: %v", count, r)
		}
	}
}

// TestCursor_CountOfNothing asks for the total alone, at the beginning and in the middle: what was not asked for is still
// to come.
func TestCursor_CountOfNothing(t *testing.T) {
	t.Parallel()
	d := doorWithUsers(t, storetest.New(t))
	first := d.page("/Users?count=2", "")
	for _, cursor := range []string{"", asString(first["nextCursor"])} {
		want := d.page("/Users?count=3", cursor)
		for _, count := range []string{"0", "-1"} {
			none := d.page("/Users?count="+count, cursor)
			if len(none["Resources"].([]any)) != 0 || none["totalResults"] != 6.0 || none["previousCursor"] != nil {
				t.Errorf("%s: %v", count, none)
			}
			if diff := cmp.Diff(want["Resources"], d.page("/Users?count=3", asString(none["nextCursor"]))["Resources"]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", count, diff)
			}
		}
	}
}

// TestCursor_PagesThatBecameEmpty deletes everything behind a cursor, and then before it: the way back leads to what is
// left.
func TestCursor_PagesThatBecameEmpty(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"/Users?count=3", "/Users?count=3&sortBy=userName&sortOrder=descending", "/Users?count=3&sortBy=title"} {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			d := doorWithUsers(t, s)
			first := d.page(query, "")
			second := d.page(query, asString(first["nextCursor"]))
			d.deleteAll(second)
			empty := d.page(query, asString(first["nextCursor"]))
			back := d.page(query, asString(empty["previousCursor"]))
			if diff := cmp.Diff(first["Resources"], back["Resources"]); diff != "" || empty["itemsPerPage"] != 0.0 || empty["nextCursor"] != nil {
				t.Errorf("%s: (-first +back):\n%s", query, diff)
			}
			d.deleteAll(first)
			empty = d.page(query, asString(second["previousCursor"]))
			again := d.page(query, asString(empty["nextCursor"]))
			if empty["itemsPerPage"] != 0.0 || empty["previousCursor"] != nil || again["itemsPerPage"] != 0.0 || again["nextCursor"] != nil {
				t.Errorf("%s: %v, then %v", query, empty, again)
			}
		})
	}
}

func (d *door) deleteAll(page map[string]any) {
	d.t.Helper()
	for _, id := range answerIDs(page["Resources"].([]any)) {
		d.must(http.StatusNoContent, http.MethodDelete, "/Users/"+id, "")
	}
}

// TestCursor_GoesOnAtAnotherNode asks two servers with one key and store in turn, and one with another key.
func TestCursor_GoesOnAtAnotherNode(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := doorWithUsers(t, s)
	key := []byte(strings.Repeat("k", CursorKeySize))
	var nodes []*door
	for range 2 {
		handler, err := New(Config{Store: s, CursorKey: key, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		node := *d
		node.server = httptest.NewServer(handler)
		t.Cleanup(node.server.Close)
		nodes = append(nodes, &node)
	}
	next := asString(nodes[0].page("/Users?count=2", "")["nextCursor"])
	if got := at(nodes[1].page("/Users?count=2", next), "Resources", 0, "userName"); got != "user2" {
		t.Errorf("the other node goes on with %v", got)
	}
	d.refused("invalidCursor", "/Users?count=2&cursor="+next)
	if _, err := New(Config{Store: s, CursorKey: key[1:]}); err == nil {
		t.Error("a short key is accepted")
	}
}
