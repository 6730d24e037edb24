package main

import (
	"slices"
	"testing"

	"doorlist/store/storetest"
)

// expect is one request and what should come of it.
func expect(t *testing.T, when string, v *visitor, n *node, ok bool, roleOrReason string) {
	t.Helper()
	gotOK, got := v.passes(n)
	if gotOK != ok || got != roleOrReason {
		t.Errorf("%s: passes = %v %q, want %v %q", when, gotOK, got, ok, roleOrReason)
	}
}

// The main job: Entra pushes 50 people, one signs in, loses a role, is disabled, and is out.
func TestE2E_PushedSignedInDisabledOut(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		door := w.nodes[0]
		wendy := w.visitor("wendy.writer")
		expect(t, "before the sign-in", wendy, door, false, "")
		if reason := wendy.signIn(door); reason != "" {
			t.Fatalf("Wendy was refused: %s", reason)
		}
		expect(t, "signed in", wendy, door, true, "writer")

		writers, _ := w.tenant.FindGroup("Doorlist Writers")
		if err := w.tenant.RemoveMember(writers.ObjectID, w.person("wendy.writer").ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push()
		expect(t, "out of the writers", wendy, door, true, "reader")

		if err := w.tenant.Disable(w.person("wendy.writer").ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push()
		expect(t, "disabled", wendy, door, false, "inactive")

		if err := w.tenant.Enable(w.person("wendy.writer").ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push()
		expect(t, "enabled again, with the old session", wendy, door, false, "session_revoked")
		if reason := wendy.signIn(door); reason != "" {
			t.Fatalf("Wendy was refused: %s", reason)
		}
		expect(t, "signed in again", wendy, door, true, "reader")
	})
}

// Whatever somebody was told, explain says it too, and so does the decision on record.
func TestE2E_ExplainTellsWhatTheDoorDecided(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		for _, tc := range []struct{ alias, reason, role string }{
			{"olivia.owner", "admitted", "owner"},
			{"wendy.writer", "admitted", "writer"},
			{"nora.norole", "no_role", ""},
			{"uma.unassigned", "not_provisioned", ""},
		} {
			visitor := w.visitor(tc.alias)
			refusal := visitor.signIn(w.nodes[0])
			if want := refusalOf(tc.reason); refusal != want {
				t.Errorf("%s: the door said %q, want %q", tc.alias, refusal, want)
			}
			e := w.explain(tc.alias)
			admitted := tc.reason == "admitted"
			if e.Admitted != admitted || e.Reason != tc.reason || e.Role != tc.role {
				t.Errorf("%s: explain says %+v, want %v %q %q", tc.alias, e, admitted, tc.reason, tc.role)
			}
			if e.Last == nil || e.Last.Admitted != admitted || e.Last.Reason != tc.reason || e.Last.Role != tc.role {
				t.Errorf("%s: the decision on record is %+v, want %v %q %q", tc.alias, e.Last, admitted, tc.reason, tc.role)
			}
		}
	})
}

func refusalOf(reason string) string {
	if reason == "admitted" {
		return ""
	}
	return reason
}

// Two servers on one database are one door: a session made on one is honored and revoked on the other.
func TestE2E_TwoNodesAreOneDoor(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 2)
		here, there := w.nodes[0], w.nodes[1]
		rita := w.visitor("rita.reader")
		if reason := rita.signIn(here); reason != "" {
			t.Fatalf("Rita was refused: %s", reason)
		}
		expect(t, "on the other node", rita, there, true, "reader")

		// A command is a third process at the same database.
		var mappings []mappingView
		w.terminal.read(&mappings, "mapping", "list", "--org", "contoso")
		readers := slices.IndexFunc(mappings, func(m mappingView) bool { return m.Role == "reader" })
		w.terminal.do("mapping", "set", mappings[readers].ID, "--org", "contoso", "--role", "writer")
		expect(t, "after a change at the terminal", rita, there, true, "writer")

		if err := w.tenant.Disable(w.person("rita.reader").ObjectID); err != nil {
			t.Fatal(err)
		}
		w.push() // at the first node
		expect(t, "disabled, on the other node", rita, there, false, "inactive")
		expect(t, "disabled, on this node", rita, here, false, "inactive")
	})
}

// Switching a connection off at the terminal ends everybody's way in at once.
func TestE2E_ConnectionOff(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		olivia := w.visitor("olivia.owner")
		if reason := olivia.signIn(w.nodes[0]); reason != "" {
			t.Fatalf("Olivia was refused: %s", reason)
		}
		w.terminal.do("connection", "set", "entra", "--enabled=false")
		expect(t, "with the connection off", olivia, w.nodes[0], false, "connection_off")
		if reason := olivia.signIn(w.nodes[0]); reason != "connection_off" {
			t.Errorf("a sign-in was answered %q, want connection_off", reason)
		}
	})
}

// A name that is given to somebody else must not give them the place of the person before.
func TestE2E_ReboundIsHeldBackUntilReleased(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		w.rebind("rita.reader", "0f0f0f0f-1111-4222-8333-444444444444")
		if e := w.explain("rita.reader"); e.Reason != "rebound_pending" {
			t.Errorf("explain says %q, want rebound_pending", e.Reason)
		}
		w.terminal.do("user", "release", "rita.reader@contoso.com", "--org", "contoso")
		if e := w.explain("rita.reader"); e.Reason != "admitted" {
			t.Errorf("after the release explain says %q, want admitted", e.Reason)
		}
		w.terminal.fails(exitFailed, "user", "release", "rita.reader@contoso.com", "--org", "contoso")
	})
}

func TestE2E_RoleByHand(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		w.terminal.do("connection", "set", "entra", "--roles", "hybrid")
		nora := w.visitor("nora.norole")
		w.terminal.do("user", "assign", "nora.norole@contoso.com", "--org", "contoso", "--role", "reader")
		if reason := nora.signIn(w.nodes[0]); reason != "" {
			t.Fatalf("Nora was refused: %s", reason)
		}
		expect(t, "with a role by hand", nora, w.nodes[0], true, "reader")
		w.terminal.do("user", "unassign", "nora.norole@contoso.com", "--org", "contoso", "--role", "reader")
		expect(t, "without it", nora, w.nodes[0], false, "no_role")
	})
}
