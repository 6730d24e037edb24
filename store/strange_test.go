package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"doorlist/store"
)

// strangeTexts are what a stranger can put into a URL, a header, a form or a filter. PostgreSQL keeps neither NUL nor
// invalid UTF-8; nobody may learn that from an internal error.
var strangeTexts = []string{"\x00", "a\x00b", "\xff", "a\xc3", "\xed\xa0\x80", "'; DROP TABLE users; --", "%", "?", "$1", "@p1", `\`, `"`, "{}", "\u202e"}

func TestLookups_StrangeTextsFindNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID, "alice@mail.example"))
		w.addGroup(w.entra, groupRecord("Writers", writersOID), alice.ID)
		ctx, o, d := t.Context(), w.Organization(w.contoso.ID), w.Directory(w.entra.Directory())
		for _, text := range strangeTexts {
			check := func(what string, found int, err error) {
				t.Helper()
				if err != nil && !errors.Is(err, store.ErrNotFound) || found > 0 {
					t.Errorf("%s with %+q finds %d, %v; want nothing", what, text, found, err)
				}
			}
			_, err := w.FindOrganization(ctx, text)
			check("FindOrganization", 0, err)
			_, err = w.FindConnection(ctx, text)
			check("FindConnection", 0, err)
			people, err := o.FindPeople(ctx, text)
			check("FindPeople", len(people), err)
			local, err := w.PasswordPeople(ctx, text)
			check("PasswordPeople", len(local), err)
			events, err := o.Events(ctx, store.EventQuery{SubjectID: text})
			check("Events", len(events), err)
			decisions, err := o.Decisions(ctx, store.DecisionQuery{UserID: text, Reason: text})
			check("Decisions", len(decisions), err)
			members, err := d.Members(ctx, text, text, 0)
			check("Members", len(members), err)
			_, err = d.User(ctx, text)
			check("User", 0, err)
			for _, path := range [][]string{{"id"}, {"username"}, {"externalid"}, {"displayname"}, {"title"}, {text}, {"urn:acme", text}} {
				for _, op := range []store.Op{store.Equal, store.Contains, store.StartsWith, store.EndsWith} {
					page, err := d.Users(ctx, store.Query{Where: store.Compare{Path: path, Op: op, Value: text + "x"}, Limit: 5})
					check(fmt.Sprintf("Users %+q %s", path, op), page.Total, err)
				}
			}
			page, err := d.Users(ctx, store.Query{Where: store.Element{Path: []string{"emails"}, Where: equal(text, "value")}, Limit: 5})
			check("Users by e-mail", page.Total, err)
			groups, err := d.Groups(ctx, store.Query{Where: store.Element{Path: []string{"members"}, Where: equal(text, "value")}, Limit: 5})
			check("Groups by member", groups.Total, err)
			err = w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.UserByName(text)
				check("UserByName", 0, err)
				users, err := d.UsersByExternalID(text)
				check("UsersByExternalID", len(users), err)
				users, err = d.UsersByGUID(text)
				check("UsersByGUID", len(users), err)
				return nil
			})
			check("the change", 0, err)
		}
	})
}

func TestWrites_StrangeTextsAreKeptOrRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		for i, text := range strangeTexts {
			kept := func(what string, err error) {
				t.Helper()
				if err != nil {
					t.Errorf("%s with %+q: %v; want it kept in some form", what, text, err)
				}
			}
			actor := store.Actor{Kind: store.Person, ID: text, Name: text, RequestID: text, Address: text}
			kept("a session", w.Write(t.Context(), actor, func(tx *store.Tx) error {
				n := newSession(alice.ID, w.entra.ID, fmt.Sprint("secret", i))
				n.ProviderSID, n.Subject, n.ClientID, n.Address, n.UserAgent = text, text, text, text, text
				_, err := tx.Directory(w.entra.Directory()).StartSession(n)
				return err
			}))
			in := w.pendingSignIn()
			in.ReturnTo = "/" + text
			kept("a sign-in", w.StartSignIn(t.Context(), "state of "+text, in))
			_, err := w.ConsumeSignIn(t.Context(), "state of "+text)
			kept("its return", err)
			kept("a decision", w.inContoso(func(o *store.OrganizationTx) error {
				_, err := o.RecordDecision(store.Decision{UserName: text, Subject: text, TenantID: text, Reason: "not_provisioned",
					Detail: text, Grants: []store.Grant{{Name: text}}, Address: text, UserAgent: text, RequestID: text})
				return err
			}))
			refusedOrKept := func(what string, err error) {
				t.Helper()
				if _, invalid := errors.AsType[*store.InvalidError](err); err != nil && !invalid {
					t.Errorf("%s with %+q: %v; want it kept or refused", what, text, err)
				}
			}
			refusedOrKept("a user", w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.CreateUser(store.UserRecord{UserName: "u" + text, ExternalID: text, DisplayName: text, Document: "{}", Keys: "{}",
					Emails: []store.Email{{Value: text, Type: text}}, AppRoles: []string{text}})
				return err
			}))
			refusedOrKept("a user update", w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				before, err := d.UserByName("alice@contoso.com")
				if err != nil {
					return err
				}
				r := before.UserRecord
				r.DisplayName, r.Emails, r.Document = text, []store.Email{{Value: text}}, fmt.Sprintf(`{"emails":[%d]}`, i)
				_, err = d.UpdateUser(before, r)
				return err
			}))
			refusedOrKept("a group", w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.CreateGroup(store.GroupRecord{DisplayName: "g" + text, ExternalID: text, Document: "{}", Keys: "{}"},
					[]store.NewMember{{ID: text, Display: text}, {ID: alice.ID, Display: text}})
				return err
			}))
			refusedOrKept("a mapping", w.inContoso(func(o *store.OrganizationTx) error {
				_, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "reader").ID, GroupExternalID: "x" + text})
				return err
			}))
			refusedOrKept("an app role", w.inContoso(func(o *store.OrganizationTx) error {
				_, err := o.CreateMapping(store.Mapping{ConnectionID: w.entra.ID, RoleID: w.role(w.contoso, "reader").ID, AppRole: "x" + text})
				return err
			}))
			refusedOrKept("a role", w.inContoso(func(o *store.OrganizationTx) error {
				_, err := o.CreateRole(store.Role{Name: "x" + text, Rank: 100 + i})
				return err
			}))
			refusedOrKept("a token", w.inContoso(func(o *store.OrganizationTx) error {
				_, _, err := o.CreateToken(w.entra.ID, text, time.Time{})
				return err
			}))
			refusedOrKept("an organization's name", w.inContoso(func(o *store.OrganizationTx) error { _, err := o.Update("", text); return err }))
			c := entraConnection(fmt.Sprint("c", i))
			c.Name, c.ClientID = text, text
			_, err = w.createConnection(c, text)
			refusedOrKept("a connection", err)
		}
	})
}
