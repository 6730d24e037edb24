package main

import (
	"encoding/json"
	"fmt"
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
	resp := w.scim("GET", "/Users?count=0&filter=active+eq+true", "")
	defer resp.Body.Close()
	var list struct{ TotalResults int }
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		w.t.Fatal(err)
	}
	return list.TotalResults
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
	if said := w.terminal.do("brake", "show", "--connection", "entra"); !strings.Contains(said, "beyond 1 people and 0% of all, for 2h") {
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
