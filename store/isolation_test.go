package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// target holds every id and name by which something of another organization could be asked for.
type target struct {
	Organization, Connection, Directory, User, Group, Role, Mapping, Token, Session, Event, Outage, Application, Client, ClientSecret, AccessToken, Credential string
	UserName, Email, ExternalID, GroupName, GroupExternalID, Deleted, DeletedName, Schema, SAML, DomainToken, Request, Cycle, Proposal, Decision               string
}

// randomTarget names nothing.
func randomTarget() target {
	var x target
	for v, i := reflect.ValueOf(&x).Elem(), 0; i < v.NumField(); i++ {
		v.Field(i).SetString(uuid.NewString())
	}
	x.UserName, x.Email, x.Schema = x.UserName+"@none.example", x.Email+"@mail.example", "urn:"+x.Schema
	return x
}

// anonymous replaces a target's texts by their names, so that answers about two targets can be compared.
func (x target) anonymous(text string) string {
	v := reflect.ValueOf(x)
	for i := range v.NumField() {
		text = strings.ReplaceAll(text, v.Field(i).String(), "<"+v.Type().Field(i).Name+">")
	}
	return text
}

// fillFabrikam puts one of everything into fabrikam.
func fillFabrikam(w *world) target {
	x := target{Organization: w.fabrikam.ID, Connection: w.other.ID, Directory: w.other.DirectoryID, UserName: "victim@fabrikam.com",
		Email: "victim@mail.example", ExternalID: bobOID, GroupName: "secret group", GroupExternalID: writersOID, Schema: "urn:fabrikam:secret"}
	x.User = w.addUser(w.other, person(x.UserName, x.ExternalID, x.Email)).ID
	x.Group = w.addGroup(w.other, groupRecord(x.GroupName, x.GroupExternalID), x.User).ID
	x.Role = w.role(w.fabrikam, "writer").ID
	x.Session = w.signIn(w.other, x.User, "victim's").ID
	w.startDevice("device", waitingCode)
	w.startDevice("approved device", "APPROVED")
	w.must(func(tx *store.Tx) error {
		session := w.visit("victim's").Session
		return tx.Directory(w.other.Directory()).DecideDevice(session, "APPROVED", true)
	})
	stranger := w.addUser(w.other, person("stranger@fabrikam.com", aliceOID))
	w.must(func(tx *store.Tx) error {
		_, err := tx.Directory(w.other.Directory()).UpdateUser(stranger, edited(stranger, func(r *store.UserRecord) { r.ExternalID = tenantID }))
		return err
	})
	w.fillHandover(x)
	leaver := w.addUser(w.other, person("leaver@fabrikam.com", ""))
	err := w.Write(w.t.Context(), store.Actor{Kind: store.Provisioner}, func(tx *store.Tx) error {
		return tx.Directory(w.other.Directory()).DeleteUser(leaver.ID, 0)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	x.DeletedName = "gone@fabrikam.com"
	x.Deleted = w.addUser(w.other, person(x.DeletedName, x.ExternalID)).ID
	w.must(func(tx *store.Tx) error { return tx.Directory(w.other.Directory()).DeleteUser(x.Deleted, 0) })
	w.must(func(tx *store.Tx) error {
		o := tx.Organization(w.fabrikam.ID)
		m, err := o.CreateMapping(store.Mapping{ConnectionID: x.Connection, RoleID: x.Role, GroupID: x.Group})
		if err != nil {
			return err
		}
		if _, err := o.CreateMapping(store.Mapping{ConnectionID: x.Connection, RoleID: x.Role, AppRole: "Task.Write"}); err != nil {
			return err
		}
		token, _, err := o.CreateToken(x.Connection, "victim's", time.Time{})
		if err != nil {
			return err
		}
		x.Mapping, x.Token = m.ID, token.ID
		if err := x.fillClients(o, w.other); err != nil {
			return err
		}
		outage, err := o.StartOutage("the provider is down", "root", time.Hour, []store.OutagePerson{{DirectoryID: x.Directory, UserID: x.User}})
		if err != nil {
			return err
		}
		x.Outage = outage.ID
		a, err := o.CreateApplication(store.Application{Slug: "secret", Role: store.Role{ID: x.Role}, Paths: []store.ApplicationPath{{Host: "secret.example.com"}}})
		if err != nil {
			return err
		}
		x.Application = a.ID
		if err := o.SetContact("fabrikam's"); err != nil {
			return err
		}
		for _, slug := range []string{"fabrikam-before", "fabrikam"} {
			if _, err := o.Update(slug, ""); err != nil {
				return err
			}
		}
		credential, err := o.AddProviderCredential(x.Connection, store.ProviderCredential{Kind: store.SecretCredential}, "another secret")
		if err != nil {
			return err
		}
		x.Credential = credential.ID
		if err := o.SetSSOChoice(x.Directory, x.User, "off"); err != nil {
			return err
		}
		if err := o.DeclareSchema(store.Schema{URN: x.Schema, ResourceType: "User", Document: "{}"}); err != nil {
			return err
		}
		if err := o.SetCeiling(x.Connection, x.Role); err != nil {
			return err
		}
		if err := o.SetConnectionDomains(x.Connection, []string{"fabrikam.example"}); err != nil {
			return err
		}
		asked, err := o.ChallengeDomain(x.Connection, "asked.example")
		if err != nil {
			return err
		}
		x.DomainToken = asked.Token
		proposal, err := o.Propose(store.Proposal{Title: "victim's", Address: "/admin", Form: "victim's", HomeID: x.Organization})
		if err != nil {
			return err
		}
		x.Proposal = proposal.ID
		if err := store.Execute(tx, "INSERT INTO two_persons (organization_id, since) VALUES (?, 1)", x.Organization); err != nil {
			return err
		}
		if err := store.Execute(tx, "INSERT INTO resyncs (organization_id, connection_id, copied_at, restored_at, counted_to) VALUES (?, ?, 1, 1, ?)", x.Organization, x.Connection, x.User); err != nil {
			return err
		}
		if err := store.Execute(tx, "INSERT INTO unnamed_people (directory_id, user_id) VALUES (?, ?)", x.Directory, x.User); err != nil {
			return err
		}
		proved, err := o.ChallengeDomain(x.Connection, "proved.example")
		if err != nil {
			return err
		}
		if err := o.ProveDomain(proved); err != nil {
			return err
		}
		decided, err := o.RecordDecision(store.Decision{UserID: x.User, UserName: x.UserName, Reason: "admitted", Admitted: true})
		if err != nil {
			return err
		}
		x.Decision = decided.ID
		d := tx.Directory(w.other.Directory())
		if _, _, err := d.Invite(x.User, store.ToInvite); err != nil {
			return err
		}
		if err := d.QueueMail(x.User, store.Mail{To: x.Email, Subject: "You are invited", Text: "a link"}); err != nil {
			return err
		}
		if err := d.EnrollSecondFactor(x.User, "victim's", 1, []string{"recovery"}); err != nil {
			return err
		}
		if err := d.StartChallenge(secretHash("victim's challenge"), store.Challenge{UserID: x.User, ExpiresAt: w.Now().Add(time.Hour)}); err != nil {
			return err
		}
		saml, err := o.CreateConnection(store.Connection{Slug: "victim-saml", Kind: store.SAMLConnection}, "")
		if err != nil {
			return err
		}
		x.SAML = saml.ID
		if err := o.CreateSAML(saml.ID, store.SAMLSettings{Certificate: []byte("victim's")}, "victim's"); err != nil {
			return err
		}
		return o.AssignRole(x.Directory, x.User, x.Role)
	})
	for _, c := range []store.MemberChange{{Remove: []string{x.User}}, {Add: []store.NewMember{{ID: x.User}}}} {
		err := w.Write(w.t.Context(), store.Actor{Kind: store.Provisioner}, func(tx *store.Tx) error {
			_, err := tx.Directory(w.other.Directory()).UpdateGroup(store.Group{ID: x.Group}, nil, c)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.StartConsent(w.t.Context(), "victim's consent", store.Consent{OrganizationID: w.fabrikam.ID, SessionID: x.Session, Slug: "more", ExpiresAt: w.Now().Add(time.Hour)}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Watch(w.t.Context(), w.other, w.Now().Add(time.Hour)); err != nil {
		w.t.Fatal(err)
	}
	w.logged(scimRequest(w.other, w.Now(), func(r *store.SCIMRequest) {
		r.SubjectID, r.RequestID, r.Body, r.BodyBytes = x.User, "fabrikam's", "{}", 2
	}))
	requests, err := w.Organization(w.fabrikam.ID).Requests(w.t.Context(), store.SCIMRequestQuery{})
	if err != nil || len(requests.Requests) != 1 {
		w.t.Fatalf("Requests = %v, %v", requests, err)
	}
	cycles, err := w.Organization(w.fabrikam.ID).Cycles(w.t.Context(), w.other.ID, "", 0)
	if err != nil || len(cycles) != 1 {
		w.t.Fatalf("Cycles = %v, %v", cycles, err)
	}
	x.Request, x.Cycle = requests.Requests[0].ID, cycles[0].ID
	w.must(func(tx *store.Tx) error { return tx.Organization(w.fabrikam.ID).SetLogDays(w.other.ID, 7) })
	w.fillOverview(x)
	events, err := w.Organization(w.fabrikam.ID).Events(w.t.Context(), store.EventQuery{SubjectID: x.User})
	if err != nil || len(events) == 0 {
		w.t.Fatalf("Events = %v, %v", events, err)
	}
	x.Event = events[0].ID
	return x
}

// fillOverview puts a row into each table of what is counted.
func (w *world) fillOverview(x target) {
	w.t.Helper()
	for _, sql := range []string{
		"INSERT INTO lockouts (organization_id, session_id, user_id, reason, since, refused_at, served) SELECT organization_id, id, user_id, 'inactive', 1, 2, 0 FROM sessions WHERE id = ?",
		"INSERT INTO headcounts (directory_id, counted_at, took_micros, people, switched_off, in_review, unlinked, without_role, without_method) SELECT directory_id, 1, 1, 7, 0, 0, 0, 0, 0 FROM sessions WHERE id = ?",
		"INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) SELECT organization_id, 1, 'victim', 'guest', 1 FROM sessions WHERE id = ?",
		"INSERT INTO decision_tallies (organization_id, tallied_to) SELECT organization_id, 1 FROM sessions WHERE id = ?",
	} {
		if err := w.exec(sql, x.Session); err != nil {
			w.t.Fatal(err)
		}
	}
}

// fillClients puts a row into each table of what a provider's access is kept in.
func (x *target) fillClients(o *store.OrganizationTx, c store.Connection) error {
	if err := o.ChangeSCIMAccess(c.ID, func(a *store.SCIMAccess) { a.Networks = "192.0.2.0/24" }); err != nil {
		return err
	}
	if _, err := o.RecordWriter(store.Credential{Kind: store.TokenCredential, TokenID: x.Token, Connection: c}, "192.0.2.1"); err != nil {
		return err
	}
	client, err := o.CreateClient(store.Client{ConnectionID: c.ID, Label: "victim's"})
	if err != nil {
		return err
	}
	secret, _, err := o.AddClientSecret(client.ID, time.Time{})
	if err != nil {
		return err
	}
	x.Client, x.ClientSecret = client.ID, secret.ID
	x.AccessToken, _, err = o.IssueAccessToken(store.NewAccessToken{
		ClientID: client.ID, SecretID: secret.ID, Scopes: store.AllScopes, AssertionID: "victim's", AssertionEnds: time.Now().AddDate(9, 0, 0),
	})
	return err
}

// TestIsolation_ForeignIDsAreRandomIDs calls every method of every scope of contoso with what belongs to fabrikam, and
// again with what belongs to nobody, and demands the same answer. A method without a case fails.
func TestIsolation_ForeignIDsAreRandomIDs(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		foreign, random := fillFabrikam(w), randomTarget()
		tables, ids := tableNames(t, w.Store), []string{w.fabrikam.ID, w.fabrikam.LocalDirectory.DirectoryID, w.other.DirectoryID}
		before := dump(t, tables, ids, func(sql string) ([]map[string]any, error) { return store.Rows(t.Context(), w.Store, sql) })
		if len(before) < 20 {
			t.Fatalf("fabrikam has %d rows: too few to prove anything", len(before))
		}
		check := func(method string, call func(x target, after func(tx *store.Tx)) string) {
			untouched := func(tx *store.Tx) {
				after := dump(t, tables, ids, func(sql string) ([]map[string]any, error) { return store.RowsIn(tx, sql) })
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("%s changed rows of another organization:\n%s", method, diff)
				}
			}
			got, want := foreign.anonymous(call(foreign, untouched)), random.anonymous(call(random, untouched))
			if got != want {
				t.Errorf("%s tells a foreign id from a random one:\nforeign: %s\nrandom:  %s", method, got, want)
			}
		}
		for _, method := range methodsOf[*store.Directory](t, directoryCases) {
			check(method, func(x target, _ func(*store.Tx)) string {
				return answer(directoryCases[method](w, w.Directory(w.entra.Directory()), x))
			})
		}
		for _, method := range methodsOf[*store.OrganizationScope](t, organizationCases) {
			check(method, func(x target, _ func(*store.Tx)) string {
				return answer(organizationCases[method](w, w.Organization(w.contoso.ID), x))
			})
		}
		for _, method := range methodsOf[*store.DirectoryTx](t, directoryTxCases) {
			check(method, func(x target, after func(*store.Tx)) string {
				return tried(w, after, func(tx *store.Tx) (any, error) {
					return directoryTxCases[method](w, tx.Directory(w.entra.Directory()), x)
				})
			})
		}
		for _, method := range methodsOf[*store.OrganizationTx](t, organizationTxCases) {
			check(method, func(x target, after func(*store.Tx)) string {
				return tried(w, after, func(tx *store.Tx) (any, error) {
					return organizationTxCases[method](w, tx.Organization(w.contoso.ID), x)
				})
			})
		}
	})
}

// methodsOf lists the exported methods of a scope and demands a case for each, and a method for each case.
func methodsOf[T, C any](t *testing.T, cases map[string]C) []string {
	t.Helper()
	scope := reflect.TypeFor[T]()
	var methods []string
	for i := range scope.NumMethod() {
		name := scope.Method(i).Name
		if _, ok := cases[name]; !ok {
			t.Errorf("no isolation case for %s.%s", scope.Elem().Name(), name)
			continue
		}
		methods = append(methods, name)
	}
	if len(methods) != len(cases) {
		t.Errorf("%d isolation cases for %d methods of %s", len(cases), len(methods), scope.Elem().Name())
	}
	return methods
}

func answer(value any, err error) string { return fmt.Sprintf("%+v, error %v", value, err) }

var errUndo = errors.New("undo")

// tried is the answer of a change that is undone again; a change that was made is first shown to after.
func tried(w *world, after func(tx *store.Tx), fn func(tx *store.Tx) (any, error)) string {
	var got string
	err := w.write(func(tx *store.Tx) error {
		value, err := fn(tx)
		if err == nil {
			_, err = store.RowsIn(tx, "SELECT 1") // nothing waits any more
		}
		got = answer(value, err)
		if err != nil {
			return err
		}
		after(tx)
		return errUndo
	})
	if err == nil {
		w.t.Error("an undone change succeeded")
	}
	return got
}
