package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"doorlist/entra"
	"doorlist/store/storetest"
)

// grow adds people to the tenant until the door has so many who are switched on, and lets everybody in as a reader.
func (w *tenantWorld) grow(people int) {
	w.t.Helper()
	for i := w.active(); i < people; i++ {
		p, err := w.tenant.AddPerson(entra.Person{MailNickname: fmt.Sprintf("extra%d", i), GivenName: "Extra", Surname: fmt.Sprint(i)})
		if err == nil {
			err = w.tenant.Assign(p.ObjectID)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.push()
	if got := w.active(); got != people {
		w.t.Fatalf("the door has %d people, want %d", got, people)
	}
	w.terminal.do("org", "set", "contoso", "--default-role", "reader")
}

// active asks by SCIM how many people are switched on.
func (w *tenantWorld) active() int {
	w.t.Helper()
	return w.total("/Users", "active eq true")
}

func (w *tenantWorld) brake() (v brakeView) {
	w.t.Helper()
	w.terminal.read(&v, "brake", "show", "--connection", "entra")
	return v
}

// leave takes people out of the scope of provisioning, as a mistake in a filter does, and lets the tenant push that.
func (w *tenantWorld) leave(count int) (aliases []string) {
	w.t.Helper()
	for _, p := range w.tenant.People() {
		if len(aliases) < count && strings.HasPrefix(p.MailNickname, "extra") && w.tenant.InScope(p.ObjectID) {
			if err := w.tenant.Unassign(p.ObjectID); err != nil {
				w.t.Fatal(err)
			}
			aliases = append(aliases, p.MailNickname)
		}
	}
	if len(aliases) < count {
		w.t.Fatalf("only %d people can leave", len(aliases))
	}
	w.push()
	return aliases
}

// reasons tells why each of the people can or cannot sign in.
func (w *tenantWorld) reasons(aliases []string) map[string][]string {
	w.t.Helper()
	by := map[string][]string{}
	for _, alias := range aliases {
		reason := w.explain(alias).Reason
		by[reason] = append(by[reason], alias)
	}
	return by
}

// Thirty of a hundred leave in one cycle. The first twenty are out at once; the others keep coming in, though Entra is
// answered as if they were out, until an administrator decides.
func TestE2E_BrakeOnAMassDeparture(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		w.grow(100)
		w.terminal.do("brake", "set", "--connection", "entra", "--hold", "24h")
		leavers := w.leave(30)
		by := w.reasons(leavers)
		held := w.brake().Held
		if len(by["inactive"]) != 20 || len(by["admitted"]) != 10 || len(held) != 10 || w.active() != 70 {
			t.Fatalf("%d are out, %d come in, %d are held, %d are active by SCIM; want 20, 10, 10, 70", len(by["inactive"]), len(by["admitted"]), len(held), w.active())
		}
		someone := w.visitor(by["admitted"][0])
		someone.signIn(w.nodes[0])
		expect(t, "held", someone, w.nodes[0], true, "reader")
		if said := w.terminal.do("explain", by["admitted"][0]+"@contoso.com", "--org", "contoso"); !strings.Contains(said, "brake") {
			t.Errorf("explain says nothing of the brake:\n%s", said)
		}
		if trail := w.terminal.do("audit", "list", "--org", "contoso", "--json"); strings.Count(trail, `"brake.engaged"`) != 1 || strings.Count(trail, `"user.held"`) != 10 {
			t.Error("the audit does not tell of the brake once and of ten people")
		}
		w.push() // which has nothing to send: the provider sees what it wrote
		// The provider takes one back: nothing is left of the affair. One is switched off for good, the others are kept.
		back, out, kept := by["admitted"][0], by["admitted"][1], by["admitted"][2:]
		if err := w.tenant.Assign(w.person(back).ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push()
		w.terminal.do("brake", "apply", out+"@contoso.com", "--connection", "entra")
		w.terminal.do("brake", "release", "--connection", "entra")
		expect(t, "taken back by the provider", someone, w.nodes[0], true, "reader")
		if by := w.reasons(append(kept, out, back)); !slices.Equal(by["inactive"], []string{out}) || len(by["admitted"]) != 9 {
			t.Errorf("after the decisions: %v", by)
		}
		if said := w.terminal.fails(exitFailed, "brake", "apply", out+"@contoso.com", "--connection", "entra"); !strings.Contains(said, "does not hold") {
			t.Errorf("applying to somebody who is out: %s", said)
		}
		w.terminal.do("brake", "apply", "--connection", "entra")
		if by := w.reasons(kept); len(by["admitted"]) != len(kept) {
			t.Errorf("applied to all who wait, of whom there are none: %v", by)
		}
		w.terminal.do("brake", "apply", kept[0]+"@contoso.com", "--connection", "entra")
		if by := w.reasons(kept); !slices.Equal(by["inactive"], kept[:1]) || len(w.brake().Held) != len(kept)-1 {
			t.Errorf("applied to one who was kept: %v", by)
		}
	})
}

func TestE2E_BrakeSettings(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, sqliteDatabase(t), 1)
	w.grow(60)
	w.terminal.fails(exitUsage, "brake", "set", "--connection", "entra")
	w.terminal.fails(exitUsage, "brake", "show")
	if said := w.terminal.fails(exitUsage, "brake", "set", "--connection", "entra", "--percent", "101"); !strings.Contains(said, "between 0 and 100") {
		t.Errorf("101 of a hundred: %s", said)
	}
	w.terminal.do("brake", "set", "--connection", "entra", "--people", "1", "--percent", "0", "--hold", "2h")
	if v := w.brake(); v.People != 1 || v.Percent != 0 || v.Hold != "2h" {
		t.Errorf("brake show = %+v", v)
	}
	w.leave(3)
	if v := w.brake(); len(v.Held) != 2 || v.Held[0].Since == "" || v.Held[0].Until == "" {
		t.Errorf("brake show = %+v", v)
	}
	if said := w.terminal.do("brake", "show", "--connection", "entra"); !strings.Contains(said, "beyond 1 people and 0% of all, for 2 hours") {
		t.Errorf("brake show:\n%s", said)
	}
	w.terminal.do("brake", "set", "--connection", "entra", "--percent", "100")
	w.leave(3)
	if v := w.brake(); len(v.Held) != 2 {
		t.Errorf("a brake that is off holds %d", len(v.Held))
	}
	admin := w.remote("adam.admin")
	for _, args := range [][]string{{"brake", "apply"}, {"brake", "release"}, {"brake", "set", "--percent", "1"}} {
		if said := admin.fails(exitFailed, append(args, "--connection", "entra")...); !strings.Contains(said, "higher console right") {
			t.Errorf("%v by an administrator: %s", args, said)
		}
	}
	if said := admin.do("brake", "show", "--connection", "entra"); !strings.Contains(said, "is off") {
		t.Errorf("brake show:\n%s", said)
	}
}

// Sixty of a hundred are deleted in one cycle. The first twenty are out at once, and the others come in with the roles that they had,
// though Entra is answered that there is nobody.
func TestE2E_BrakeOnAMassDeletion(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		w.grow(100)
		w.terminal.do("brake", "set", "--connection", "entra", "--hold", "24h")
		leavers := w.signedIn(60)
		group := w.groupOf(leavers)
		for _, l := range leavers {
			if err := w.tenant.HardDelete(l.objectID); err != nil {
				t.Fatal(err)
			}
		}
		w.push()
		var in []leaver
		for _, l := range leavers {
			w.wantNobody(l)
			if ok, role := l.passes(w.nodes[0]); ok {
				in = append(in, l)
				if role != l.role {
					t.Errorf("%s comes in as %s, and was %s", l.name, role, l.role)
				}
			}
		}
		if held := w.brake().Held; len(in) != 40 || len(held) != 40 || !held[0].Deleted || w.active() != 40 {
			t.Fatalf("%d of sixty come in, %d are held, %d are there by SCIM; want 40, 40, 40", len(in), len(held), w.active())
		}
		for _, member := range w.membersOf(group) {
			if slices.ContainsFunc(leavers, func(l leaver) bool { return l.id == member }) {
				t.Errorf("%s is still answered as a member", member)
			}
		}
		if said := w.terminal.do("explain", in[0].name, "--org", "contoso"); !strings.Contains(said, "has deleted the person") || !strings.Contains(said, " UTC at the latest") {
			t.Errorf("explain does not tell what is held, and until when:\n%s", said)
		}
		w.terminal.do("brake", "release", in[0].name, "--connection", "entra")
		if got := w.total("/Users", `userName eq "`+in[0].name+`"`); got != 1 {
			t.Errorf("the provider finds %d of whom the brake has released", got)
		}
		w.terminal.do("brake", "apply", "--connection", "entra")
		expect(t, "released", in[0].visitor, w.nodes[0], true, in[0].role)
		expect(t, "applied", in[1].visitor, w.nodes[0], false, "not_provisioned")
	})
}

// leaver is somebody who is signed in, and about to leave.
type leaver struct {
	*visitor
	name, id, objectID, role string
}

// signedIn lets people of the tenant sign in until so many have; some may not.
func (w *tenantWorld) signedIn(count int) (leavers []leaver) {
	w.t.Helper()
	for _, p := range w.tenant.People() {
		if _, ok := w.tenant.FindPerson(p.MailNickname + "@contoso.com"); !ok || len(leavers) == count {
			continue
		}
		l := leaver{visitor: w.visitor(p.MailNickname), name: p.UserPrincipalName, objectID: p.ObjectID}
		l.signIn(w.nodes[0])
		in, role := l.passes(w.nodes[0])
		if !in {
			continue
		}
		l.id, l.role = w.idOf(p.MailNickname), role
		leavers = append(leavers, l)
	}
	if len(leavers) < count {
		w.t.Fatalf("only %d people can leave", len(leavers))
	}
	return leavers
}

// groupOf lets the provider make a group of people.
func (w *tenantWorld) groupOf(people []leaver) (id string) {
	w.t.Helper()
	var members []string
	for _, p := range people {
		members = append(members, `{"value":"`+p.id+`"}`)
	}
	var group struct{ ID string }
	w.scimInto(&group, "POST", "/Groups", `{"displayName":"Leavers","members":[`+strings.Join(members, ",")+`]}`)
	return group.ID
}

func (w *tenantWorld) membersOf(group string) (ids []string) {
	w.t.Helper()
	var answer struct{ Members []struct{ Value string } }
	w.scimInto(&answer, "GET", "/Groups/"+group, "")
	for _, m := range answer.Members {
		ids = append(ids, m.Value)
	}
	return ids
}

// wantNobody demands that no request of the provider finds somebody.
func (w *tenantWorld) wantNobody(l leaver) {
	w.t.Helper()
	for _, request := range [][3]string{
		{"GET", "/Users/" + l.id, ""}, {"DELETE", "/Users/" + l.id, ""}, {"PUT", "/Users/" + l.id, `{"userName":"` + l.name + `"}`},
		{"PATCH", "/Users/" + l.id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`},
	} {
		resp := w.scim(request[0], request[1], request[2])
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			w.t.Errorf("%s of %s: status %d, want 404", request[0], l.name, resp.StatusCode)
		}
	}
	for _, filter := range []string{`userName eq "` + l.name + `"`, `externalId eq "` + l.objectID + `"`, `id eq "` + l.id + `"`} {
		if got := w.total("/Users", filter); got != 0 {
			w.t.Errorf("%s finds %d", filter, got)
		}
	}
	if got := w.total("/Groups", `members.value eq "`+l.id+`"`); got != 0 {
		w.t.Errorf("%d groups have %s as a member", got, l.name)
	}
}

func (w *tenantWorld) total(path, filter string) int {
	w.t.Helper()
	var list struct{ TotalResults int }
	w.scimInto(&list, "GET", path+"?filter="+url.QueryEscape(filter), "")
	return list.TotalResults
}

func (w *tenantWorld) scimInto(answer any, method, path, body string) {
	w.t.Helper()
	resp := w.scim(method, path, body)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(text, answer)
	}
	if err != nil || resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: status %d, %v: %s", method, path, resp.StatusCode, err, text)
	}
}
