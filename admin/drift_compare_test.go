package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/admin"
	"doorlist/store"
	"doorlist/store/storetest"
)

// driftList is a connection's directory with people and groups.
type driftList struct {
	t      testing.TB
	store  *store.Store
	conn   store.Connection
	people map[string]string // ids by user name
}

func newDriftList(t testing.TB, s *store.Store) *driftList {
	l := &driftList{t: t, store: s, people: map[string]string{}}
	l.write(func(tx *store.Tx) error {
		o, err := tx.CreateOrganization("contoso", "Contoso", "")
		if err != nil {
			return err
		}
		l.conn, err = tx.Organization(o.ID).CreateConnection(store.Connection{Slug: "entra", Kind: store.EntraConnection, TenantID: alice, ClientID: "c"}, "hush")
		return err
	})
	return l
}

func (l *driftList) write(fn func(tx *store.Tx) error) {
	l.t.Helper()
	if err := l.store.Write(context.Background(), store.Actor{Kind: store.Provisioner}, fn); err != nil {
		l.t.Fatal(err)
	}
}

func (l *driftList) add(name, objectID, display string, active bool, emails ...string) {
	l.t.Helper()
	r := store.UserRecord{UserName: name, ExternalID: objectID, DisplayName: display, Active: active, Document: "{}", Keys: "{}"}
	for _, e := range emails {
		r.Emails = append(r.Emails, store.Email{Value: e})
	}
	l.write(func(tx *store.Tx) error {
		u, err := tx.Directory(l.conn.Directory()).CreateUser(r)
		l.people[name] = u.ID
		return err
	})
}

func (l *driftList) group(members ...string) (g store.Group) {
	l.t.Helper()
	var ids []store.NewMember
	for _, name := range members {
		ids = append(ids, store.NewMember{ID: l.people[name]})
	}
	l.write(func(tx *store.Tx) (err error) {
		g, err = tx.Directory(l.conn.Directory()).CreateGroup(store.GroupRecord{DisplayName: "Writers", Document: "{}", Keys: "{}"}, ids)
		return err
	})
	return g
}

// compare returns the report and the differences, each as "drift user: what differs | note".
func (l *driftList) compare(text string, c admin.DriftComparison) (admin.DriftReport, []string) {
	l.t.Helper()
	e, err := admin.OpenDriftFile([]byte(text))
	if err == nil {
		err = e.Check()
	}
	if err != nil {
		l.t.Fatal(err)
	}
	c.Directory = l.store.Directory(l.conn.Directory())
	var told []string
	report, err := c.Run(context.Background(), e, func(d admin.Difference) error {
		text := fmt.Sprintf("%s %s", d.Drift, d.UserName)
		for _, ch := range d.Changes {
			text += fmt.Sprintf(", %s: %s/%s", ch.Attribute, ch.Here, ch.There)
		}
		told = append(told, strings.TrimSuffix(text+" | "+d.Note, " | "))
		return nil
	}, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return report, told
}

func oid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n+1) }

func TestDriftComparison_ComparesUsers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newDriftList(t, s)
		l.add("same@contoso.com", strings.ToUpper(oid(1)), "Same", true, "same@contoso.com")
		l.add("by.name@contoso.com", "", "By Name", true)
		l.add("mail@contoso.com", oid(3), "Mapped To Mail", true)
		l.add("old@contoso.com", oid(4), "Old", true, "old@contoso.com")
		l.add("leaver@contoso.com", oid(5), "Leaver", true)
		l.add("reused@contoso.com", oid(6), "Reused", true)
		l.add("extra@contoso.com", oid(7), "Extra", true)
		l.add("gone@contoso.com", oid(8), "Gone", false)
		report, told := l.compare(strings.Join([]string{
			"id,userPrincipalName,displayName,mail,accountEnabled",
			oid(1) + ",SAME@contoso.com,Same,Same@contoso.com,True",
			oid(2) + ",by.name@contoso.com,By Name,,True",
			oid(3) + ",upn@contoso.com,Mapped To Mail,mail@contoso.com,True",
			oid(4) + ",new@contoso.com,New,new@contoso.com,True",
			oid(5) + ",leaver@contoso.com,Leaver,,False",
			oid(60) + ",reused@contoso.com,Reused,,True",
			oid(90) + ",missing@contoso.com,Missing,,True",
			oid(91) + ",disabled@contoso.com,Disabled,,False",
		}, "\n"), admin.DriftComparison{})
		want := []string{
			"stale by.name@contoso.com, object id: /" + oid(2) + " | The record may be another person's of the same name, deleted at Entra since.",
			"stale old@contoso.com, user name: old@contoso.com/new@contoso.com, display name: Old/New, mail: old@contoso.com/new@contoso.com",
			"stale leaver@contoso.com, enabled: yes/no",
			"stale reused@contoso.com, object id: " + oid(6) + "/" + oid(60) + " | The record may be another person's of the same name, deleted at Entra since.",
			"missing missing@contoso.com", "extra extra@contoso.com",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		counts := map[admin.Drift]int{admin.DriftStale: 4, admin.DriftMissing: 1, admin.DriftExtra: 1}
		if diff := cmp.Diff(admin.DriftReport{File: admin.DriftUsers, Lines: 8, People: 8, ByObjectID: 4, ByUserName: 2, Agree: 3, Residue: 1, Counts: counts}, report); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	})
}

func TestDriftComparison_ComparesMembers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newDriftList(t, s)
		for i, name := range []string{"both", "there", "here"} {
			l.add(name, oid(i), name, true)
		}
		g := l.group("both", "here")
		report, told := l.compare(strings.Join([]string{
			"id,userPrincipalName,displayName,objectType,userType,isUser,isGroup,isGuest",
			oid(0) + ",both,both,User,Member,True,False,False",
			oid(1) + ",there,there,User,Guest,True,False,True",
			oid(9) + ",new,new,User,Member,True,False,False",
			oid(10) + ",,Nested,Group,,False,True,False",
		}, "\n"), admin.DriftComparison{Group: g, Role: "writer"})
		const note = " | The group gives the role writer."
		want := []string{"membership_missing there" + note, "missing new" + note, "membership_extra here" + note}
		if diff := cmp.Diff(want, told); diff != "" || report.PassedOver != 1 || report.People != 3 || report.Agree != 1 {
			t.Errorf("%+v, told (-want +got):\n%s", report, diff)
		}
	})
}

func TestDriftComparison_ComparesTheProvisioningLog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := newDriftList(t, s)
		for i, name := range []string{"fine", "disabled", "deleted", "failing", "back"} {
			l.add(name, oid(i), name, true)
		}
		l.add("off", oid(20), "off", false)
		line := func(at, id, action, status, reason string) string {
			return strings.Join([]string{"2026-03-" + at + "T08:00:00Z", id, "x", "User", action, status, reason}, ",")
		}
		report, told := l.compare(strings.Join([]string{
			"activityDateTime,sourceIdentity.id,sourceIdentity.displayName,sourceIdentity.identityType,provisioningAction,statusInfo.status,reason",
			line("01", oid(0), "create", "success", ""),
			line("02", oid(1), "disable", "success", ""),
			line("02", oid(2), "delete", "success", ""),
			line("02", oid(3), "update", "failure", "it was busy"),
			line("05", oid(4), "update", "success", ""),
			line("04", oid(4), "disable", "success", ""),
			line("02", oid(5), "create", "success", ""),
			line("02", oid(6), "other", "skipped", "not assigned"),
			line("02", oid(7), "delete", "success", ""),
			line("02", oid(20), "disable", "success", ""),
			"2026-03-01T08:00:00Z," + oid(30) + ",Writers,Group,create,success,",
		}, "\n"), admin.DriftComparison{})
		want := []string{
			"stale disabled, enabled: yes/no", "extra deleted | Entra's log says: delete success.",
			"stale failing | Entra's log says: update failure, it was busy.",
			"missing  | Entra's log says: create success.", "missing  | Entra's log says: other skipped, not assigned.",
		}
		if diff := cmp.Diff(want, told); diff != "" || report.PassedOver != 2 || report.Agree != 4 {
			t.Errorf("%+v, told (-want +got):\n%s", report, diff)
		}
	})
}

// BenchmarkDriftComparison compares a hundred thousand lines with as many people.
func BenchmarkDriftComparison(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		const people = 100_000
		l := newDriftList(b, s)
		var text strings.Builder
		text.WriteString("id,userPrincipalName,displayName,mail,accountEnabled\n")
		for from := 0; from < people; from += 1000 {
			l.write(func(tx *store.Tx) error {
				for i := from; i < from+1000; i++ {
					name := fmt.Sprintf("user%d@contoso.com", i)
					_, err := tx.Directory(l.conn.Directory()).CreateUser(store.UserRecord{UserName: name, ExternalID: oid(i), DisplayName: name, Active: true, Document: "{}", Keys: "{}", Emails: []store.Email{{Value: name}}})
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		for i := range people {
			fmt.Fprintf(&text, "%s,user%d@contoso.com,user%d@contoso.com,,True\n", oid(i+i%100/99*people), i, i)
		}
		b.ReportAllocs()
		for b.Loop() {
			if report, _ := l.compare(text.String(), admin.DriftComparison{}); report.ByObjectID != people*99/100 || report.ByUserName != people/100 {
				b.Fatalf("%+v", report)
			}
		}
	})
}
