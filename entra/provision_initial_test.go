package entra_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/entra"
)

// initials is everything that an initial cycle sends, in order; probes have a random GUID.
var initials = map[entra.Dialect][]string{
	entra.DialectClassic: {
		`GET /Users?filter=userName+eq+%22GUID%22`,
		`GET /Groups?excludedAttributes=members&filter=displayName+eq+%22GUID%22`,
		`GET /Users?filter=userName+eq+%22alice%40contoso.com%22`,
		`POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{enterprise}"],"externalId":"` + aliceID + `",` +
			`"userName":"alice@contoso.com","active":"True",` +
			`"addresses":[{"type":"work","formatted":"B1","locality":"Oslo"}],"displayName":"Alice Ng",` +
			`"emails":[{"primary":true,"type":"work","value":"alice@contoso.com"}],"meta":{"resourceType":"User"},` +
			`"name":{"givenName":"Alice","familyName":"Ng","formatted":"Alice Ng"},` +
			`"phoneNumbers":[{"type":"work","value":"+1 555 1"},{"type":"mobile","value":"+1 555 2"}],"roles":[],` +
			`"title":"R&D <lead>","{enterprise}":{"employeeNumber":"7","department":"Research"}}`,
		`GET /Users?filter=userName+eq+%22bob%40contoso.com%22`,
		`POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{enterprise}"],"externalId":"` + bobID + `",` +
			`"userName":"bob@contoso.com","active":"True","displayName":"Bob","meta":{"resourceType":"User"},"roles":[]}`,
		`GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Staff+%28all%29%22`,
		`POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],` +
			`"externalId":"{staff}","displayName":"Staff (all)","meta":{"resourceType":"Group"}}`,
		`PATCH /Users/u2 ~{"op":"Add","path":"{enterprise}:manager","value":"u1"}]}`,
		`PATCH /Groups/g3 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"}]}]}`,
		`PATCH /Groups/g3 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"u2"}]}]}`,
	},
	entra.DialectCompliant: {
		`GET /Users?filter=userName+eq+%22GUID%22`,
		`GET /Groups?excludedAttributes=members&filter=displayName+eq+%22GUID%22`,
		`GET /Users?filter=userName+eq+%22alice%40contoso.com%22`,
		`POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{enterprise}"],"externalId":"` + aliceID + `",` +
			`"userName":"alice@contoso.com","active":true,` +
			`"addresses":[{"type":"work","formatted":"B1","locality":"Oslo"}],"displayName":"Alice Ng",` +
			`"emails":[{"primary":true,"type":"work","value":"alice@contoso.com"}],"meta":{"resourceType":"User"},` +
			`"name":{"givenName":"Alice","familyName":"Ng","formatted":"Alice Ng"},` +
			`"phoneNumbers":[{"type":"work","value":"+1 555 1"},{"type":"mobile","value":"+1 555 2"}],"roles":[],` +
			`"title":"R&D <lead>","{enterprise}":{"employeeNumber":"7","department":"Research"}}`,
		`GET /Users?filter=userName+eq+%22bob%40contoso.com%22`,
		`POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{enterprise}"],"externalId":"` + bobID + `",` +
			`"userName":"bob@contoso.com","active":true,"displayName":"Bob","meta":{"resourceType":"User"},"roles":[]}`,
		`GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Staff+%28all%29%22`,
		`POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"{staff}","displayName":"Staff (all)",` +
			`"members":[],"meta":{"resourceType":"Group"}}`,
		`PATCH /Users/u2 ~{"op":"add","path":"{enterprise}:manager","value":"u1"}]}`,
		`PATCH /Groups/g3 ~{"op":"add","path":"members","value":[{"value":"u1"}]}]}`,
		`PATCH /Groups/g3 ~{"op":"add","path":"members","value":[{"value":"u2"}]}]}`,
	},
}

var guidPattern = regexp.MustCompile(`%22[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}%22`)

func TestInitial_Exchanges(t *testing.T) {
	t.Parallel()
	for dialect, want := range initials {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			j := newJob(t, func(o *entra.ProvisionerOptions) { o.Dialect = dialect })
			report := j.initial(t)
			wantClean(t, report)
			got := j.fake.take()
			for i, line := range got {
				got[i] = guidPattern.ReplaceAllString(line, "%22GUID%22")
			}
			if diff := cmp.Diff(j.expand(want), got); diff != "" {
				t.Errorf("exchanges (-want +got):\n%s", diff)
			}
			if report.Created != 3 || report.MembersAdded != 2 || report.ManagersSet != 1 || report.Total() != len(want) {
				t.Errorf("report = %+v", report)
			}
			j.wantVerified(t)
		})
	}
}

func TestInitial_MatchReadsByIDAndPatchesOnlyTheDifference(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	j.initial(t)
	j.fake.take()
	fresh, err := entra.NewProvisioner(entra.ProvisionerOptions{Endpoint: j.fake.URL + "/", Token: "secret", Tenant: j.tenant})
	must(t, err)
	must(t, j.tenant.RenameGroup(j.group(), "Crew"))
	must(t, j.tenant.RenameGroup(j.group(), "Staff (all)"))
	must(t, j.tenant.UpdatePerson(aliceID, func(p *entra.Person) { p.JobTitle = "CTO" }))
	report, err := fresh.Initial(t.Context())
	must(t, err)
	wantClean(t, report)
	got := j.fake.take()[2:]
	want := j.expand([]string{
		`GET /Users?filter=userName+eq+%22alice%40contoso.com%22`,
		`GET /Users/u1`,
		`PATCH /Users/u1 ~{"op":"Replace","path":"title","value":"CTO"}]}`,
		`GET /Users?filter=userName+eq+%22bob%40contoso.com%22`,
		`GET /Users/u2`,
		`GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Staff+%28all%29%22`,
		`GET /Groups/g3?excludedAttributes=members`,
		`PATCH /Groups/g3 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"u1"}]}]}`,
		`PATCH /Groups/g3 ~{"op":"Add","path":"members","value":[{"$ref":null,"value":"u2"}]}]}`,
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exchanges (-want +got):\n%s", diff)
	}
}

func TestInitial_SkipsTheDisabledAndStripsGuestNames(t *testing.T) {
	t.Parallel()
	j := newJob(t, nil)
	must(t, j.tenant.Disable(bobID))
	guest, err := j.tenant.AddGuest("eve_x@fabrikam.com", "Eve")
	must(t, err)
	must(t, j.tenant.Assign(guest.ObjectID))
	report := j.initial(t)
	if report.Skipped != 1 || report.Created != 3 {
		t.Errorf("skipped %d, created %d; want 1 and 3", report.Skipped, report.Created)
	}
	reads := j.fake.take("GET /Users?")
	if want := `GET /Users?filter=userName+eq+%22eve_x%40fabrikam.com%22`; !slices.Contains(reads, want) {
		t.Errorf("no %s among %q", want, reads)
	}
	j.wantVerified(t)
}
