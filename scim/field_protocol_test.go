package scim

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"doorlist/store"
)

// Queries, credentials, status codes and what surrounds a resource.
var fieldProtocol = []fieldFailure{
	{"a filter on externalId finds nothing and makes duplicates", "langwatch/langwatch#6973", func(f *field) {
		f.user(`"externalId":"jy-` + f.name + `"`)
		f.want(f.total("/Users", `externalId eq "jy-`+f.name+`"`), 1)
		f.want(f.total("/Users", `externalId eq jy-`+f.name), 1)
		f.want(f.total("/Users", `externalId eq "JY-`+f.name+`"`), 0)
	}},
	{"a query for an unknown GUID is an error", "AzureAD/SCIMReferenceCode#63", func(f *field) {
		for _, name := range []string{"userName", "externalId", "id", "active", "emails", "roles", "meta.created", enterpriseSchema + ":employeeNumber", enterpriseSchema + ":manager"} {
			f.want(f.total("/Users", name+` eq "7d420df3-5f4b-4e3f-8d1a-3a4c5b6d7e8f"`), 0)
		}
		for _, name := range []string{"displayName", "externalId", "id", "members"} {
			f.want(f.total("/Groups", name+` eq "7d420df3-5f4b-4e3f-8d1a-3a4c5b6d7e8f"`), 0)
		}
	}},
	{"a GET without Accept is 406", "MicrosoftDocs/azure-docs#94189", func(f *field) {
		f.must(http.StatusOK, http.MethodGet, "/Users?count=1", "", "Accept", "")
		f.must(http.StatusOK, http.MethodGet, "/Users?count=1", "", "Accept", "text/html")
	}},
	{"a body with a charset is ignored", "limosa-io/laravel-scim-server#8", func(f *field) {
		r := f.must(http.StatusCreated, http.MethodPost, "/Users", `{"userName":"`+f.name+`"}`, "Content-Type", "application/scim+json; charset=utf-8")
		f.want(r.json["userName"], f.name)
	}},
	{"the answer has the wrong content type", "pond/scimitar#59", func(f *field) {
		for _, path := range []string{"/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Users/none", "/nothing"} {
			f.want(f.do(http.MethodGet, path, "").header.Get("Content-Type"), "application/scim+json")
		}
	}},
	{"a token of another tenant is accepted", "AzureAD/SCIMReferenceCode#100", func(f *field) {
		path := f.user()
		other := f.otherToken()
		r := f.send(http.MethodGet, "/scim/v2"+path, "", "Authorization", "Bearer "+other)
		f.want(r.status, http.StatusNotFound)
		r = f.send(http.MethodGet, "/connections/entra/scim/v2"+path, "", "Authorization", "Bearer "+other)
		f.want(r.status, http.StatusForbidden)
	}},
	{"the audience of a token changes", "jelhub/scimgateway#21", func(f *field) {
		// Tokens are this server's own secrets and have no audience; a foreign JWT opens nothing.
		r := f.send(http.MethodGet, "/scim/v2/Users", "", "Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiI4YWRmOGU2ZSJ9.")
		f.want(r.status, http.StatusUnauthorized)
	}},
	{"nobody knows the tenant URL", "MicrosoftDocs/azure-docs#33506", func(f *field) {
		auth := []string{"Authorization", "Bearer " + f.token}
		for _, path := range []string{"/scim/v2/Users", "/scim/v2//Users", "/scim/v2/Users/", "/connections/entra/scim/v2/Users", "/scim/v2/Users?aadOptscim062020"} {
			f.want(f.send(http.MethodGet, path, "", auth...).status, http.StatusOK)
		}
		if r := f.send(http.MethodGet, "/scim/v2/Persons", "", auth...); r.status != http.StatusNotFound || !strings.Contains(r.text, "/Users") {
			f.t.Errorf("answer %d %s, want 404 that names the endpoints", r.status, r.text)
		}
	}},
	{"an HTML error page leads to quarantine", "grokability/snipe-it#14138", func(f *field) {
		r := f.must(http.StatusBadRequest, http.MethodPost, "/Users", `{"userName":`)
		f.want(r.json["schemas"], []any{"urn:ietf:params:scim:api:messages:2.0:Error"})
		f.want(r.json["status"], "400")
	}},
	{"a disable never arrives", "jelhub/scimgateway#114", func(f *field) {
		// Nothing but the provider's word changes "active": other changes, and a PUT without it, leave it.
		path := f.user(`"active":false`)
		f.want(f.patched(path, `[{"op":"Replace","path":"displayName","value":"d"}]`)["active"], false)
		f.want(f.must(http.StatusOK, http.MethodPut, path, `{"userName":"`+f.name+`"}`).json["active"], false)
	}},
	{"a new connection makes new ids", "Budibase/budibase#17628", func(f *field) {
		path := f.user(`"externalId":"` + f.name + `"`)
		r := f.send(http.MethodGet, "/scim/v2/Users?filter="+escape(`externalId eq "`+f.name+`"`), "", "Authorization", "Bearer "+f.newToken())
		f.want("/Users/"+at(r.json, "Resources", 0, "id").(string), path)
	}},
	{"a deleted user blocks its name", "open-ace/open-ace#2755", func(f *field) {
		first := f.user()
		f.must(http.StatusNoContent, http.MethodDelete, first, "")
		if second := f.user(); second == first {
			f.t.Errorf("the id %s was used again", second)
		}
	}},
	{"an assertion with the wrong audience is accepted", "pranems/SCIMServer", func(f *field) {
		r := f.send(http.MethodPost, "/scim/v2/Users", `{"userName":"`+f.name+`"}`, "Authorization", "Bearer api://8adf8e6e-67b2-4cf2-a259-e3dc5476c621")
		f.want(r.status, http.StatusUnauthorized)
		f.want(f.total("/Users", `userName eq "`+f.name+`"`), 0)
	}},
	{"429 leads to quarantine", "learn.microsoft.com/answers/questions/1922038", func(f *field) {
		path := f.user()
		var requests sync.WaitGroup
		for range 50 {
			requests.Go(func() {
				if status := f.do(http.MethodGet, path, "").status; status != http.StatusOK {
					f.t.Errorf("status %d, want 200", status)
				}
			})
		}
		requests.Wait()
	}},
	{"what a duplicate or a miss answers is unclear", "Azure/AzureAD-BYOA-Provisioning-Samples#28", func(f *field) {
		f.user()
		r := f.must(http.StatusConflict, http.MethodPost, "/Users", `{"userName":"`+strings.ToUpper(f.name)+`"}`)
		f.want(r.json["scimType"], "uniqueness")
		r = f.must(http.StatusNotFound, http.MethodGet, "/Users/"+f.name, "")
		f.want(r.json["schemas"], []any{"urn:ietf:params:scim:api:messages:2.0:Error"})
	}},
}

func (f *field) administer(fn func(tx *store.Tx) error) {
	f.t.Helper()
	if err := f.store.Write(context.Background(), store.Actor{Kind: store.Administrator, Name: "test"}, fn); err != nil {
		f.t.Fatal(err)
	}
}

// otherToken makes another connection and returns its token.
func (f *field) otherToken() (secret string) {
	f.t.Helper()
	f.administer(func(tx *store.Tx) (err error) {
		_, _, secret, err = addConnection(tx, f.connection.OrganizationID, f.name)
		return err
	})
	return secret
}

// newToken makes a second token for the same connection.
func (f *field) newToken() (secret string) {
	f.t.Helper()
	f.administer(func(tx *store.Tx) (err error) {
		_, secret, err = tx.Organization(f.connection.OrganizationID).CreateToken(f.connection.ID, "second", time.Time{})
		return err
	})
	return secret
}
