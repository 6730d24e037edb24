package admin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const entraPath = "/admin/connections/contoso-entra"

func (w *world) contosoOwner() *browser { return w.signIn("contoso", "owner", w.clock.Now()) }

// lacks demands that a text is nowhere in an answer.
func (b *browser) lacks(a answer, text string) {
	b.w.t.Helper()
	if strings.Contains(a.body, text) {
		b.w.t.Errorf("%s holds %q:\n%s", a.Request.URL.Path, text, a.body)
	}
}

// Names come from directories and administrators elsewhere: none of them is markup.
func TestPages_NamesAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso"]
	const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{.}}`
	w.write(func(tx *store.Tx) error {
		o, d := tx.Organization(p.org.ID), tx.Directory(p.conn.Directory())
		if _, err := o.Update("", hostile); err != nil {
			return err
		}
		if err := o.SetContact(hostile); err != nil {
			return err
		}
		named := p.conn
		named.Name = hostile
		if _, err := o.UpdateConnection(named); err != nil {
			return err
		}
		if _, _, err := o.CreateToken(p.conn.ID, hostile, time.Time{}); err != nil {
			return err
		}
		for _, name := range []string{hostile, hostile + " mapped"} {
			g, err := d.CreateGroup(store.GroupRecord{DisplayName: name, ExternalID: name, Document: "{}", Keys: "{}"}, nil)
			if err != nil {
				return err
			}
			if strings.HasSuffix(name, "mapped") {
				_, err = o.CreateMapping(store.Mapping{ConnectionID: p.conn.ID, RoleID: p.roles["writer"].ID, GroupID: g.ID})
			}
			if err != nil {
				return err
			}
		}
		_, err := o.CreateMapping(store.Mapping{ConnectionID: p.conn.ID, RoleID: p.roles["writer"].ID, AppRole: hostile})
		return err
	})
	owner := w.contosoOwner()
	for _, r := range w.pages() {
		// Of some, the query says what they are about: a consent, and changes that are to be undone. One is of what is not there.
		asked := r.path == "/admin/*" || r.path == "/admin/connect/microsoft" || r.path == "/admin/connections/:connection/undo"
		if r.method != http.MethodGet || asked || strings.HasSuffix(r.path, "/export") {
			continue
		}
		a := owner.want(owner.get(p.at(r.path)), http.StatusOK, "<h1>")
		for _, markup := range []string{"<script>", "<img", "<style", ` style="`, "<b>owner"} {
			owner.lacks(a, markup)
		}
		if n := strings.Count(a.body, "<h1>"); n != 1 {
			t.Errorf("%s has %d headings", r.path, n)
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", r.path, csp)
		}
	}
	owner.want(owner.get(entraPath+"/mappings?q="+url.QueryEscape(hostile)), http.StatusOK, "&lt;img", "mapped")
}

func TestForms_KeepWhatWasTypedBesideTheFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	const add = "/admin/organizations/contoso/add-connection"
	good := []string{"display", "New <one>", "slug", "new", "cloud", "https://login.microsoftonline.us", "tenant-id", tenantID, "client-id", "app", "client-secret", "hush", "attach", "now"}
	for name, tc := range map[string]struct{ field, value, says string }{
		"a slug that is none":   {"slug", "Not One", "lower-case letters"},
		"a slug that is taken":  {"slug", "fabrikam-entra", "This name is taken"},
		"a reserved slug":       {"slug", "callback", "login/callback"},
		"a domain as tenant":    {"tenant-id", "contoso.com", "GUID such as"},
		"no client":             {"client-id", "", "This is needed"},
		"the ID of a secret":    {"client-secret", tenantID, "ID of the secret"},
		"a cloud that is none":  {"cloud", "https://evil.example", "Choose one"},
		"another cloud nowhere": {"cloud", "other", "Give the address"},
		"NUL":                   {"display", "a\x00b", "one line of plain text"},
		"broken UTF-8":          {"display", "a\xff", "one line of plain text"},
		"a very long name":      {"display", strings.Repeat("x", 3000), "too long"},
	} {
		form := append([]string{}, good...)
		for i := 0; i < len(form); i += 2 {
			if form[i] == tc.field {
				form[i+1] = tc.value
			}
		}
		a := owner.want(owner.save(add, form...), http.StatusUnprocessableEntity, tc.says, `aria-invalid="true"`)
		if tc.field != "display" && !strings.Contains(a.body, "New &lt;one&gt;") {
			t.Errorf("%s: what was typed is gone", name)
		}
		owner.lacks(a, "hush")
	}
	owner.want(owner.save(add, append(good, "authority", "https://login.example.com")...), http.StatusUnprocessableEntity, "another cloud than the chosen one")
	owner.want(owner.save(add, good...), http.StatusSeeOther, "/admin/connections/new")
	c, err := w.store.FindConnection(t.Context(), "new")
	if err != nil || c.Authority != "https://login.microsoftonline.us" || c.Name != "New <one>" {
		t.Errorf("it made %+v, %v", c, err)
	}
	owner.want(owner.post("/admin/organizations/contoso/add-connection?kind=oidc", "display", "Okta", "slug", "okta", "issuer", "ftp://x", "client-id", "a", "client-secret", "b", "subject-claim", "sub", "attach", "now"),
		http.StatusUnprocessableEntity, "https://")
	owner.want(owner.send(http.MethodPost, "/admin/organizations/contoso/edit", url.Values{"display": {strings.Repeat("x", 40000)}}), http.StatusUnprocessableEntity, "could not be read")
}

func TestTokens_AreShownOnceAndWorthlessWhenRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	made := owner.want(owner.post(entraPath+"/tokens/add", "label", "for Entra", "scope", "users", "days", "90"), http.StatusOK, "Copy it now", "/scim/v2")
	_, rest, _ := strings.Cut(made.body, `id="token">`)
	secret, _, _ := strings.Cut(rest, "<")
	credential, err := w.store.Credential(context.Background(), secret, "127.0.0.1")
	if err != nil || credential.Label != "for Entra" || credential.Scopes != store.ScopeUsers || credential.ExpiresAt.Sub(w.clock.Now()) != 90*24*time.Hour {
		t.Fatalf("the token %q is %+v, %v", secret, credential, err)
	}
	owner.lacks(owner.want(owner.get(entraPath+"/tokens"), http.StatusOK, "for Entra", "in force", "Users alone"), secret)
	owner.want(owner.post(entraPath+"/tokens/add", "label", "x", "scope", "read", "days", "99999999"), http.StatusUnprocessableEntity, "Choose one")
	owner.want(owner.post(entraPath+"/tokens/"+credential.TokenID+"/revoke"), http.StatusSeeOther, "done=revoked")
	if _, err := w.store.Credential(context.Background(), secret, "127.0.0.1"); err == nil {
		t.Error("a revoked token is good")
	}
	owner.want(owner.get(entraPath+"/tokens?done=revoked"), http.StatusOK, "worthless from now on", "revoked")
}

// Nobody hands out, or takes away, what is above themselves.
func TestMappings_KeepToOnesOwnRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	p := w.places["contoso"]
	owner, manager := w.contosoOwner(), w.signIn("contoso", "admin", w.clock.Now())
	add := entraPath + "/mappings/add?group=" + p.free.ID
	manager.lacks(manager.want(manager.get(add), http.StatusOK, "Others of contoso", ">admin<"), ">owner<")
	manager.want(manager.save(add, "role", p.roles["owner"].ID), http.StatusUnprocessableEntity, "Choose one")
	manager.want(manager.save(add, "role", w.places["fabrikam"].roles["reader"].ID), http.StatusUnprocessableEntity, "Choose one")
	owner.want(owner.save(add, "role", p.roles["owner"].ID), http.StatusSeeOther, "done=mapped")
	owner.want(owner.save(add, "role", p.roles["reader"].ID), http.StatusUnprocessableEntity, "gives a role already")
	mappings, err := w.store.Organization(p.org.ID).Mappings(t.Context())
	if err != nil || len(mappings) != 2 || mappings[1].GroupID != p.free.ID {
		t.Fatalf("the mappings are %+v, %v", mappings, err)
	}
	remove := entraPath + "/mappings/" + mappings[1].ID + "/remove"
	manager.want(manager.save(remove), http.StatusUnprocessableEntity, "above yours")
	owner.want(owner.save(remove), http.StatusSeeOther, "done=unmapped")
	manager.want(manager.save(entraPath+"/mappings/add", "role", p.roles["writer"].ID), http.StatusUnprocessableEntity, "either the object ID")
	manager.want(manager.save(entraPath+"/mappings/add", "role", p.roles["writer"].ID, "group-external-id", "Staff"), http.StatusUnprocessableEntity, "GUID")
	manager.want(manager.save(entraPath+"/mappings/add", "role", p.roles["writer"].ID, "group-external-id", strings.ToUpper(tenantID)), http.StatusSeeOther)
	manager.want(manager.get(entraPath+"/mappings"), http.StatusOK, "A group that was not pushed yet", strings.ToUpper(tenantID))
}

func TestConnection_ChangesAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	owner := w.contosoOwner()
	owner.want(owner.save(entraPath+"/edit", "display", "Staff", "client-id", "another", "match", "object_id", "admit", "role_assigned", "roles", "local", "enabled", "on", "guests", "on"), http.StatusSeeOther)
	c, err := w.store.FindConnection(t.Context(), "contoso-entra")
	if err != nil || c.Name != "Staff" || c.ClientID != "another" || c.Admit != "role_assigned" || !c.Enabled || !c.AllowGuests || c.TenantID != tenantID {
		t.Errorf("it is %+v, %v", c, err)
	}
	owner.want(owner.save(entraPath+"/remove", "confirm", "fabrikam-entra"), http.StatusUnprocessableEntity, "not the connection")
	// The owner is of the connection's directory, and goes with it.
	local := w.signIn("fabrikam", "owner", w.clock.Now())
	local.want(local.save("/admin/connections/fabrikam-entra/remove", "confirm", "fabrikam-entra"), http.StatusSeeOther, "/admin/organizations/fabrikam?done=removed")
	if _, err := w.store.FindConnection(t.Context(), "fabrikam-entra"); err == nil {
		t.Error("a removed connection is there")
	}
}
