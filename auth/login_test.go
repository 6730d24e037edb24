package auth_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestSignIn_LetsAProvisionedPersonIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		b := w.browser()
		b.mustSignIn()
		b.wantVerify(http.StatusOK, "")

		got := w.decisions()[0]
		if !got.Admitted || got.Reason != "admitted" || got.UserID != w.user.ID || got.Subject != w.alice.ObjectID ||
			got.TenantID != tenantID || got.Role != "reader" || len(got.Grants) != 1 || got.RequestID == "" || got.Address != "127.0.0.1" {
			t.Errorf("the decision on record: %+v", got)
		}
		if !slices.Contains(w.seen, "sign_in admitted") {
			t.Errorf("observed %v, want the admission among them", w.seen)
		}
	})
}

// refusals sets a sign-in up so that it is refused. Every reason that can arise at a sign-in has a line.
var refusals = []struct {
	name   string
	reason string
	detail string // part of what the administrator reads
	set    func(w *world)
	// explained is what explain says of the user of that name, "" for the same reason.
	explained string
}{
	{"the directory has nobody with the object id", "not_provisioned", "no user of the directory has the external id", func(w *world) {
		w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteUser(w.user.ID, 0) })
	}, ""},
	{"the name belongs to somebody else", "not_provisioned", "the user alice@contoso.com has the external id", func(w *world) {
		w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteUser(w.user.ID, 0) })
		w.user = w.addUser(store.UserRecord{UserName: "alice@contoso.com", ExternalID: "12345678-1234-4234-8234-123456789012", Active: true})
	}, "no_role"},
	{"the external id moved from another person to her", "rebound_pending", "", func(w *world) {
		w.write(func(tx *store.Tx) error { return tx.Directory(w.conn.Directory()).DeleteUser(w.user.ID, 0) })
		w.user = w.addUser(store.UserRecord{UserName: "alice@contoso.com", ExternalID: "12345678-1234-4234-8234-123456789012", Active: true})
		w.changeUser(func(r *store.UserRecord) { r.ExternalID = w.alice.ObjectID })
	}, ""},
	{"the account is disabled", "inactive", "", func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.Active = false })
	}, ""},
	{"the last group that gives a role is left", "no_role", "", func(w *world) { w.leaveGroup(w.group) }, ""},
	{"the external id is an alias", "mapping_unsafe", "which is no object id", func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.ExternalID = "alice" })
	}, ""},
	{"two users have the object id", "mapping_unsafe", "2 users of the directory", func(w *world) {
		w.addUser(store.UserRecord{UserName: "alice2@contoso.com", ExternalID: strings.ToUpper(w.alice.ObjectID), Active: true})
	}, ""},
	{"the person is a guest", "guest", "", func(w *world) {
		guest, err := w.tenant.AddGuest("gina@fabrikam.com", "Gina Guest")
		w.must(err)
		w.alice = guest
		w.user = w.addUser(store.UserRecord{UserName: guest.UserPrincipalName, ExternalID: guest.ObjectID, Active: true})
	}, ""},
	{"local roles do not count on this connection", "no_role", "", func(w *world) {
		w.leaveGroup(w.group)
		w.write(func(tx *store.Tx) error {
			return tx.Organization(w.org.ID).AssignRole(w.conn.DirectoryID, w.user.ID, w.roles["owner"].ID)
		})
	}, ""},
}

func TestSignIn_RefusesAndExplainsWhy(t *testing.T) {
	t.Parallel()
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				w := newWorld(t, s, c.set)
				b := w.browser()
				w.wantRefused(b.signIn(w.alice.ObjectID), c.reason, c.detail)
				if b.sessionCookie() != "" {
					t.Error("a refused sign-in has set a session cookie")
				}
				w.wantExplained(cmp.Or(c.explained, c.reason))
			})
		})
	}
}

// wantRefused checks a refusal's page and its record.
func (w *world) wantRefused(res answer, reason, detail string) {
	w.t.Helper()
	if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != reason {
		w.t.Errorf("got %d %q, want 403 %q\n%s", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), reason, res.body)
	}
	if !strings.Contains(res.body, reason) {
		w.t.Errorf("the page does not name the reason %s", reason)
	}
	list := w.decisions()
	if len(list) == 0 {
		w.t.Fatal("no decision is on record")
	}
	if got := list[0]; got.Admitted || got.Reason != reason || !strings.Contains(got.Detail, detail) {
		w.t.Errorf("the decision on record says %s, %q; want %s, %q", got.Reason, got.Detail, reason, detail)
	}
}

func TestSignIn_ConnectionSwitchedOffMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	callback := b.authorize("/login/entra", "alice@contoso.com")
	w.changeConnection(func(c *store.Connection) { c.Enabled = false })
	w.wantRefused(b.get(callback), "connection_off", "while the person signed in")
	if res := b.get("/login/entra"); res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "connection_off" {
		t.Errorf("a new start: got %d %q, want 403 connection_off", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
	}
}

func TestSignIn_AtASwitchedOffConnectionIsOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) { w.changeConnection(func(c *store.Connection) { c.Enabled = false }) })
	w.wantRefused(w.browser().get("/login/entra"), "connection_off", "the connection is switched off")
	if got := w.decisions()[0]; got.ConnectionID != w.conn.ID || got.RequestID == "" {
		t.Errorf("the decision on record: %+v, want the connection and the request", got)
	}
}

func TestSignIn_ComesBackToAnAddressInASCII(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	// Some proxies decode the address once more than it was encoded.
	res := b.get(b.authorize("/login/entra?return_to="+url.QueryEscape("/wiki/\u00e9?title=\u65e5\u672c"), "alice@contoso.com"))
	if got := res.Header.Get("Location"); got != "/wiki/%C3%A9?title=%E6%97%A5%E6%9C%AC" {
		t.Errorf("got %d to %q, want it percent-encoded", res.StatusCode, got)
	}
}

func TestSignIn_RefusalsTellTheAuditTrailWhy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(w.entra.Misbehave("nonce-wrong", 1))
		w.wantRefused(w.browser().signIn("alice@contoso.com"), "bad_response", "nonce")
		events, err := s.Organization(w.org.ID).Events(context.Background(), store.EventQuery{})
		w.must(err)
		last := events[len(events)-1]
		var told struct{ Decision, Reason, Detail string }
		w.must(json.Unmarshal([]byte(last.Detail), &told))
		if dec := w.decisions()[0]; last.Action != "sign_in.refused" || told.Decision != dec.ID || told.Reason != dec.Reason || told.Detail != dec.Detail {
			t.Errorf("the event %s tells %+v, want what the decision says: %+v", last.Action, told, dec)
		}
	})
}

func TestSignIn_SubjectMustStayTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.browser().mustSignIn()
	w.must(w.entra.Misbehave("subject-other", 2))
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "subject_changed", "")

	// A replaced app registration brings new subjects for everybody; its new client id says so.
	w.write(func(tx *store.Tx) error {
		return tx.Organization(w.org.ID).SetClientSecret(w.conn.ID, clientSecret)
	})
	const replaced = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	app := w.tenant.Applications()[0]
	app.ClientID = replaced
	_, err := w.tenant.Register(app)
	w.must(err)
	w.changeConnection(func(c *store.Connection) { c.ClientID = replaced })
	w.browser().mustSignIn()
}

func TestSignIn_GuestsWhereTheOwnerAllowsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	guest, err := w.tenant.AddGuest("gina@fabrikam.com", "Gina Guest")
	w.must(err)
	u := w.addUser(store.UserRecord{UserName: "gina@fabrikam.com", ExternalID: guest.ObjectID, Active: true})
	w.addGroup("Visitors", "contributor", u.ID)
	w.wantRefused(w.browser().signIn(guest.ObjectID), "guest", "")
	w.changeConnection(func(c *store.Connection) { c.AllowGuests = true })
	if res := w.browser().signIn(guest.ObjectID); res.StatusCode != http.StatusSeeOther {
		t.Errorf("with guests allowed: got %d, want to be let in", res.StatusCode)
	}
}

func TestSignIn_GuestsLeaveWithThePolicy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, func(w *world) { w.changeConnection(func(c *store.Connection) { c.AllowGuests = true }) })
		guest, err := w.tenant.AddGuest("gina@fabrikam.com", "Gina Guest")
		w.must(err)
		u := w.addUser(store.UserRecord{UserName: "gina@fabrikam.com", ExternalID: guest.ObjectID, Active: true})
		w.addGroup("Visitors", "reader", u.ID)
		visitor, member := w.browser(), w.browser()
		visitor.signIn(guest.ObjectID)
		member.mustSignIn()
		visitor.wantVerify(http.StatusOK, "")
		w.changeConnection(func(c *store.Connection) { c.AllowGuests = false })
		visitor.wantVerify(http.StatusForbidden, "guest")
		member.wantVerify(http.StatusOK, "")
	})
}

func TestSignIn_ByUserNameOnlyWhereOptedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.changeUser(func(r *store.UserRecord) { r.ExternalID = "alice" })
		w.changeConnection(func(c *store.Connection) { c.Match = store.MatchUserName })
	})
	w.browser().mustSignIn()

	// The name changes hands: another person of the tenant now has it, with another subject.
	w.must(w.tenant.Rename(w.alice.ObjectID, "alice.old@contoso.com", "Alice"))
	_, err := w.tenant.AddPerson(w.newAlice())
	w.must(err)
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "subject_changed", "")
}

func TestSignIn_ANameWithAnotherPersonsObjectIDIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) {
		w.changeConnection(func(c *store.Connection) { c.Match = store.MatchUserName })
	})
	w.must(w.tenant.Rename(w.alice.ObjectID, "alice.old@contoso.com", "Alice"))
	_, err := w.tenant.AddPerson(w.newAlice())
	w.must(err)
	w.wantRefused(w.browser().signIn("alice@contoso.com"), "mapping_unsafe", "another person's object id")
}

func TestSignIn_OtherProvidersBySubject(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, func(w *world) { w.useOtherProvider("") })
		res := w.browser().get(w.browser().authorize("/login/other", "alice@contoso.com"))
		if res.Header.Get("X-Doorlist-Reason") != "bad_response" {
			t.Errorf("another browser: got %q, want bad_response", res.Header.Get("X-Doorlist-Reason"))
		}
		b := w.browser()
		w.wantRefused(b.get(b.authorize("/login/other", "alice@contoso.com")), "not_provisioned", "")
		subject := w.decisions()[0].Subject
		u := w.addUser(store.UserRecord{UserName: "alice", ExternalID: subject, Active: true})
		w.addGroup("Others", "writer", u.ID)
		if res := b.get(b.authorize("/login/other", "alice@contoso.com")); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("got %d %q, want to be let in", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
		}
		if got := b.wantVerify(http.StatusOK, "").Header.Get("X-Doorlist-Role"); got != "writer" {
			t.Errorf("got role %q, want writer", got)
		}
	})
}

func TestSignIn_OtherProvidersCompareByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), func(w *world) { w.useOtherProvider("oid") })
	u := w.addUser(store.UserRecord{UserName: "alice", ExternalID: strings.ToUpper(w.alice.ObjectID), Active: true})
	w.addGroup("Others", "writer", u.ID)
	b := w.browser()
	w.wantRefused(b.get(b.authorize("/login/other", "alice@contoso.com")), "not_provisioned", "")
}
