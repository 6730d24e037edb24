package scim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// TestServer_AnswersAboutThePartedAsAboutTheDeleted says the same words to two servers: one whose brake keeps everybody who is deleted,
// and one that deletes at once. No answer may differ, but for ids.
func TestServer_AnswersAboutThePartedAsAboutTheDeleted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		held, deleted := newTwin(t, s), newTwin(t, storetest.New(t))
		held.hold()
		for _, w := range []*twin{held, deleted} {
			w.populate()
		}
		for _, step := range twinSteps() {
			if diff := cmp.Diff(deleted.ask(step), held.ask(step)); diff != "" {
				t.Errorf("%s (-deleted +held):\n%s", step, diff)
			}
		}
		if kept, err := s.CountHeld(t.Context()); err != nil || kept != 4 {
			t.Errorf("the brake keeps %d people, %v; want the four who were deleted", kept, err)
		}
		// Who is sent again is the same person, where there is still somebody to be.
		for _, step := range []string{
			`revived = POST /Users {"userName":"alice.b@contoso.com","externalId":"` + twinOID(0) + `","active":true}`,
			`GET /Users/{revived}`, `GET /Users?sortBy=userName`, `GET /Users?filter=externalId+eq+%22` + twinOID(0) + `%22`, `GET /Groups`,
			`PATCH /Groups/{only} ` + operations(`{"op":"Add","path":"members","value":[{"value":"{revived}"}]}`), `GET /Groups/{only}`,
			`DELETE /Users/{revived}`, `GET /Users/{revived}`, `GET /Users?sortBy=userName`, `GET /Groups/{only}`,
		} {
			if diff := cmp.Diff(unversioned(deleted.ask(step)), unversioned(held.ask(step))); diff != "" {
				t.Errorf("%s (-deleted +held):\n%s", step, diff)
			}
		}
		if held.ids["revived"] != held.ids["alice"] || deleted.ids["revived"] == deleted.ids["alice"] {
			t.Error("who is sent again while the brake keeps them is not the same person")
		}
	})
}

// twin is a door with people of known names.
type twin struct {
	*door
	ids map[string]string // by name
}

func newTwin(t *testing.T, s *store.Store) *twin { return &twin{newDoor(t, s), map[string]string{}} }

func (w *twin) hold() {
	w.t.Helper()
	err := w.store.Write(w.t.Context(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) error {
		return tx.Directory(w.connection.Directory()).SetBrake(store.Brake{Hold: 24 * time.Hour})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

var twinPeople = strings.Fields("alice bob carol dave erin frank")

func twinOID(i int) string { return fmt.Sprintf("aaaaaaaa-0000-4000-8000-00000000000%d", i) }

// populate makes people and groups, and deletes four of six.
func (w *twin) populate() {
	w.t.Helper()
	for i, name := range twinPeople {
		manager := ""
		if i > 0 {
			manager = `,"` + enterpriseSchema + `":{"manager":{"value":"{` + twinPeople[i-1] + `}"}}`
		}
		w.ask(fmt.Sprintf(`%s = POST /Users {"userName":"%s@contoso.com","externalId":"%s","displayName":"%s","active":%t,"emails":[{"value":"%s@mail.example","type":"work","primary":true}]%s}`,
			name, name, twinOID(i), name, i != 5, name, manager))
	}
	w.ask(`writers = POST /Groups {"displayName":"Writers","members":[{"value":"{alice}"},{"value":"{bob}"},{"value":"{carol}","display":"Sent"}]}`)
	w.ask(`only = POST /Groups {"displayName":"Only","members":[{"value":"{alice}"}]}`)
	w.ask(`outer = POST /Groups {"displayName":"Outer","members":[{"value":"{writers}"},{"value":"{dave}"},{"value":"{frank}"}]}`)
	for _, name := range strings.Fields("alice carol dave erin") {
		if got := w.ask("DELETE /Users/{" + name + "}"); !strings.HasPrefix(got, "204") {
			w.t.Fatalf("DELETE: %s", got)
		}
	}
}

var twinRequest = regexp.MustCompile(`^(?:(\w+) = )?(\w+) (\S+)(?: (.*))?$`)

// ask sends a request, in which {name} stands for an id, and returns the answer in the same way.
func (w *twin) ask(step string) string {
	w.t.Helper()
	parts := twinRequest.FindStringSubmatch(step)
	if parts == nil {
		w.t.Fatalf("%q is no request", step)
	}
	r := w.do(parts[2], w.named(parts[3]), w.named(parts[4]))
	if parts[1] != "" {
		w.ids[parts[1]] = r.id()
	}
	told := fmt.Sprint(r.status, " ", r.header.Get("ETag"), " ", r.header.Get("Location"), " ", twinCursor.ReplaceAllString(r.text, "$1"))
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(w.ids))) { // revived goes before alice
		if id := w.ids[name]; id != "" {
			told = strings.ReplaceAll(told, id, "{"+name+"}")
		}
	}
	return told
}

func (w *twin) named(text string) string {
	for name, id := range w.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

var (
	twinCursor  = regexp.MustCompile(`("(?:next|previous)Cursor":)"[^"]*"`)
	twinVersion = regexp.MustCompile(`W/\\?"\d+\\?"`)
)

// unversioned leaves the versions out of an answer: those of somebody who was there before are higher.
func unversioned(answer string) string { return twinVersion.ReplaceAllString(answer, "") }

func operations(list ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(list, ",") + `]}`
}

// twinSteps are requests of every shape in which somebody who is deleted could appear.
func twinSteps() (steps []string) {
	for _, filter := range []string{
		`userName eq "alice@contoso.com"`, `userName eq "ALICE@contoso.com"`, `userName sw "a"`, `userName ne "bob@contoso.com"`, `not (userName eq "bob@contoso.com")`,
		`externalId eq "` + twinOID(0) + `"`, `id eq "{alice}"`, `displayName co "a"`, `active eq true`, `active eq false`, `emails.value eq "alice@mail.example"`,
		`emails[type eq "work" and value sw "c"]`, `groups.value eq "{writers}"`, `groups.value eq "{outer}"`, `groups.display eq "Only"`, `groups pr`, `not (groups pr)`,
		enterpriseSchema + `:manager.value eq "{alice}"`, `meta.created gt "2020-01-01T00:00:00Z"`, `meta.lastModified lt "2099-01-01T00:00:00Z" and userName pr`,
		`id eq "{alice}" or id eq "{bob}"`,
	} {
		steps = append(steps, "GET /Users?filter="+escape(filter), "POST /Users/.search "+`{"filter":`+quoteJSON(filter)+`}`)
	}
	for _, filter := range []string{`members.value eq "{alice}"`, `members eq "{carol}"`, `members.display eq "Sent"`, `members.display eq "alice"`, `members pr`, `not (members pr)`,
		`members[type eq "User"]`, `members.type eq "user"`, `displayName eq "Only"`} {
		steps = append(steps, "GET /Groups?filter="+escape(filter), "GET /Groups?excludedAttributes=members&filter="+escape(filter))
	}
	steps = append(steps, strings.Split(`GET /Users
GET /Users?count=0
GET /Users?startIndex=2&count=2
GET /Users?attributes=userName,groups
GET /Users?sortBy=userName
GET /Users?sortBy=displayName&sortOrder=descending&count=3
GET /Users?sortBy=emails
GET /Users?sortBy=groups
GET /Users?cursor&count=1
GET /Users?cursor&count=1&sortBy=userName
GET /Groups
GET /Groups?sortBy=members
GET /Groups?cursor&count=2
GET /
GET /?filter=displayName+pr
POST /.search {"filter":"displayName pr","count":3}
GET /Users/{alice}
GET /Users/{alice}?attributes=groups
GET /Users/{bob}
GET /Users/{carol}
GET /Groups/{writers}
GET /Groups/{only}
GET /Groups/{outer}
DELETE /Users/{alice}
PUT /Users/{alice} {"userName":"alice@contoso.com"}
PATCH /Users/{bob} `+operations(`{"op":"Replace","path":"`+enterpriseSchema+`:manager","value":"{alice}"}`)+`
GET /Users/{bob}
PATCH /Users/{alice} `+operations(`{"op":"Replace","path":"active","value":"False"}`)+`
PATCH /Groups/{only} `+operations(`{"op":"Add","path":"members","value":[{"value":"{alice}"},{"value":"{bob}"}]}`)+`
GET /Groups/{only}
PATCH /Groups/{only} `+operations(`{"op":"Remove","path":"members[value eq \"{alice}\"]"}`)+`
PATCH /Groups/{only} `+operations(`{"op":"Remove","path":"members","value":[{"value":"{alice}"}]}`)+`
GET /Groups/{only}
PUT /Groups/{writers} {"displayName":"Writers","members":[{"value":"{alice}"},{"value":"{carol}"}]}
GET /Groups/{writers}
PATCH /Groups/{writers} `+operations(`{"op":"Remove","path":"members"}`)+`
GET /Groups/{writers}
POST /Bulk {"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/{alice}"},{"method":"PATCH","path":"/Users/{carol}","data":`+operations(`{"op":"Replace","path":"active","value":true}`)+`},{"method":"PATCH","path":"/Groups/{writers}","data":`+operations(`{"op":"Add","path":"members","value":[{"value":"{dave}"},{"value":"{frank}"}]}`)+`}]}
GET /Groups/{writers}
namesake = POST /Users {"userName":"Alice@Contoso.com","externalId":"`+twinOID(9)+`"}
again = POST /Users {"userName":"alice@contoso.com","externalId":"`+twinOID(8)+`"}
GET /Users?filter=userName+eq+%22alice@contoso.com%22
PATCH /Users/{bob} `+operations(`{"op":"Replace","path":"userName","value":"carol@contoso.com"}`)+`
PATCH /Users/{bob} `+operations(`{"op":"Remove","path":"`+enterpriseSchema+`:manager"}`)+`
PATCH /Groups/{only} `+operations(`{"op":"Remove","path":"members[value eq \"{bob}\"]"}`)+`
GET /Users?sortBy=userName
DELETE /Groups/{outer}
GET /Groups`, "\n")...)
	return steps
}
