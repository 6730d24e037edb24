package admin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestAccess_FromWhereAndWithWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p, owner, change := w.places["contoso"], w.contosoOwner(), entraPath+"/scim-access"
	fingerprint := strings.Repeat("AB:", 31) + "AB"
	owner.want(owner.post(change, "scim-allow", "192.0.2.7\r\n2001:db8::/32", "scim-client-cert", fingerprint, "scim-entra-token", "on", "scim-entra-app", tenantID), http.StatusSeeOther, "tokens?done=saved")
	want := store.SCIMAccess{Networks: "192.0.2.7/32 2001:db8::/32", Certificates: strings.Repeat("ab", 32), EntraTokens: true, EntraApp: tenantID}
	if got, err := w.store.Organization(p.org.ID).SCIMAccess(t.Context(), p.conn.ID); err != nil || got != want {
		t.Errorf("it is %+v, %v; want %+v", got, err, want)
	}
	owner.want(owner.get(entraPath+"/tokens"), http.StatusOK, "192.0.2.7/32, 2001:db8::/32", want.Certificates, "taken, of "+tenantID, "/connections/contoso-entra/scim/v2")
	for field, says := range map[string]string{"scim-allow": "neither an address nor a network", "scim-client-cert": "64 hexadecimal digits", "scim-entra-app": "a GUID"} {
		owner.want(owner.post(change, field, "wrong"), http.StatusUnprocessableEntity, says, `id="`+field+`-fault"`)
	}
	owner.lacks(owner.get("/admin/connections/contoso-spare/scim-access"), "scim-entra-token")
	owner.want(owner.post("/admin/connections/contoso-spare/scim-access"), http.StatusSeeOther)
}

func TestClients_AreMadeAndRevoked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, owner, clients := w.places["contoso"], w.contosoOwner(), entraPath+"/clients/"
		made := owner.want(owner.post(clients+"add", "label", "job", "scope", "groups", "days", "90"), http.StatusOK, "Copy it now", "dlc_", "/oauth/token")
		_, rest, _ := strings.Cut(made.body, `id="token">`)
		secret, _, _ := strings.Cut(rest, "<")
		owner.lacks(owner.want(owner.get(entraPath+"/tokens"), http.StatusOK, ">job<", "Groups and their members alone"), secret)
		owner.want(owner.post(clients+"add?proof=assertion", "label", "wif", "scope", "users", "subject", "an object", "audience", tenantID), http.StatusSeeOther, "done=client")
		owner.want(owner.get(entraPath+"/tokens"), http.StatusOK, "assertions of <code>an object</code>")
		owner.want(owner.post(clients+"add", "label", "x", "scope", "everything", "days", "90"), http.StatusUnprocessableEntity, "Choose one")

		owner.want(owner.post(clients+p.secret.ClientID+"/add-secret", "days", "0"), http.StatusOK, "dlc_", p.secret.ClientID)
		owner.want(owner.post(clients+p.secret.ClientID+"/add-secret", "days", "0"), http.StatusUnprocessableEntity, "two secrets in use")
		old := clients + p.secret.ClientID + "/secrets/" + p.secret.ID + "/revoke"
		owner.want(owner.post(old), http.StatusSeeOther, "done=revoked")
		owner.want(owner.post(old), http.StatusNotFound)
		owner.want(owner.post(clients+p.secret.ClientID+"/revoke"), http.StatusSeeOther)
		all, err := s.Organization(p.org.ID).Clients(t.Context())
		if err != nil || !slices.ContainsFunc(all, func(c store.Client) bool { return c.ID == p.secret.ClientID && !c.RevokedAt.IsZero() }) {
			t.Errorf("the clients are %+v, %v", all, err)
		}
	})
}

// A provider that comes by an OAuth client needs no SCIM token, and what is said to end is what it comes by.
func TestHome_CountsEveryWayToSCIM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p, owner := w.places["contoso"], w.contosoOwner()
	w.write(func(tx *store.Tx) error { return tx.Organization(p.org.ID).ArmConnection(p.conn.ID, "a test") })
	owner.want(owner.post("/admin/organizations/contoso/reviews/"+p.waiting+"/same-person"), http.StatusSeeOther) // it would be said first
	owner.want(owner.post(entraPath+"/tokens/"+p.token.ID+"/revoke"), http.StatusSeeOther)
	owner.lacks(owner.get("/admin"), "cannot push any more")

	var secret string
	w.write(func(tx *store.Tx) (err error) {
		o := tx.Organization(p.org.ID)
		client, err := o.CreateClient(store.Client{ConnectionID: p.conn.ID, Label: "the <job>"})
		if err != nil {
			return err
		}
		if _, _, err = o.AddClientSecret(client.ID, w.clock.Now().AddDate(0, 0, 10)); err != nil {
			return err
		}
		secret, _, err = o.IssueAccessToken(store.NewAccessToken{ClientID: client.ID, Scopes: store.AllScopes})
		return err
	})
	owner.lacks(owner.get("/admin"), "the &lt;job&gt; expires")
	if _, err := w.store.Credential(t.Context(), secret, "192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	owner.want(owner.get("/admin"), http.StatusOK, "The secret of the OAuth client the &lt;job&gt; expires in 10 days.")
	clients, err := w.store.Organization(p.org.ID).Clients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		w.write(func(tx *store.Tx) error { return tx.Organization(p.org.ID).RevokeClient(c.ID) })
	}
	owner.want(owner.get("/admin"), http.StatusOK, "The provider cannot push any more")
}
