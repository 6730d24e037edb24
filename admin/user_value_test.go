package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/admin"
	"doorlist/store"
	"doorlist/store/storetest"
)

// A record is for people to read: each value stands by itself, with its parts by name, whatever the provider has sent.
func TestUser_RecordIsReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	const document = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@contoso.example","name":{"givenName":"Ann"},"nickName":"",
		"emails":[{"value":"ann@contoso.example","type":"work","primary":true},{"value":"ann@home.example","type":"home","display":"Ann <at home>"}],
		"addresses":[{"type":"work","country":"NO","locality":"Oslo","streetAddress":"1 Main Street"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","manager":{"value":"42","displayName":"Bo"}},
		"urn:example:User":{"badge":{"color":"red","rooms":["1a","2b"]}},"title":"LONG"}`
	long := strings.Repeat("ÆØ", 300)
	var ann store.User
	w.write(func(tx *store.Tx) (err error) {
		ann, err = tx.Directory(w.places["contoso"].conn.Directory()).CreateUser(store.UserRecord{
			UserName: "ann@contoso.example", ExternalID: newGUID("ann"), Active: true, Keys: "{}", Document: strings.Replace(document, "LONG", long, 1)})
		return err
	})
	auditor := w.signIn("contoso", "auditor", w.clock.Now())
	page := auditor.want(auditor.get(usersPath+"/"+ann.ID), http.StatusOK,
		`<bdi>ann@contoso.example</bdi> <span class="kind"><bdi>work</bdi></span> <span class="kind"><bdi>primary</bdi></span>`,
		`<dt><bdi>display</bdi></dt><dd><bdi>Ann &lt;at home&gt;</bdi></dd>`,
		`<dt><bdi>streetAddress</bdi></dt><dd><bdi>1 Main Street</bdi></dd></div><div><dt><bdi>locality</bdi></dt><dd><bdi>Oslo</bdi></dd></div><div><dt><bdi>country</bdi></dt>`,
		`<bdi>department</bdi><span class="hint"><bdi>urn:ietf:params:scim:schemas:extension:enterprise:2.0:User</bdi></span>`,
		`<dt><bdi>displayName</bdi></dt><dd><bdi>Bo</bdi></dd>`, `<bdi>badge.color</bdi><span class="hint"><bdi>urn:example:User</bdi></span>`, `<li><bdi>2b</bdi>`,
		`<span class="hint">empty</span>`, "Ø… (1200 bytes in all)")
	table, _, _ := strings.Cut(page.body, "The record as it was sent")
	if strings.Contains(table, "{&#34;") {
		t.Errorf("the table of the record has JSON:\n%s", table)
	}
}

func TestSummary_AnAddressIsReadable(t *testing.T) {
	t.Parallel()
	said := admin.Summary(store.Event{Action: "mail.queued", SubjectKind: "mail", Detail: `{"to":[{"locality":"Oslo","country":"NO","type":"work"}],"subject":"Hi"}`})
	if want := "A message was written to locality: Oslo; country: NO (work): Hi"; said != want {
		t.Errorf("it says %q, want %q", said, want)
	}
}
