package admin_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

func TestConnection_OfSAMLHasNoClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.write(func(tx *store.Tx) error {
		o := tx.Organization(w.places["contoso"].org.ID)
		c, err := o.CreateConnection(store.Connection{Slug: "code", Name: "Code", Kind: store.SAMLConnection, TenantID: tenantID}, "")
		if err != nil {
			return err
		}
		return o.CreateSAML(c.ID, store.SAMLSettings{Certificate: []byte("ours")}, "key")
	})
	owner, base := w.contosoOwner(), w.server.URL
	page := owner.want(owner.get("/admin/connections/code"), http.StatusOK, "What comes next: Exchange metadata", tenantID)
	owner.lacks(page, "lient secret")
	owner.want(owner.get("/admin/connections/code/credentials"), http.StatusNotFound)
	owner.want(owner.get("/admin/connections/code/guide"), http.StatusOK, base+"/saml/code<", base+"/saml/code/acs", base+"/saml/code/metadata", base+"/login/code")
	owner.lacks(owner.get("/admin/connections/code/edit"), "client-id")
	owner.want(owner.save("/admin/connections/code/edit", "display", "Code for all", "match", "object_id", "admit", "provisioned", "roles", "entra", "enabled", "on"), http.StatusSeeOther)
	owner.want(owner.get("/admin/connections/code?done=saved"), http.StatusOK, "Code for all", "Saved.")
	owner.want(owner.get("/admin"), http.StatusOK, "Code for all")
}

// providerMetadata is the metadata of a SAML provider.
func providerMetadata(t *testing.T, entityID string) string {
	t.Helper()
	certificate, _, err := auth.NewSAMLKey("idp", storetest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return `<EntityDescriptor entityID="` + entityID + `" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
		`<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + base64.StdEncoding.EncodeToString(certificate) +
		`</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/>` +
		`</IDPSSODescriptor></EntityDescriptor>`
}

// upload sends a form with a file.
func (b *browser) upload(path, field, file string, fields ...string) answer {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		form.WriteField(fields[i], fields[i+1])
	}
	part, err := form.CreateFormFile(field, "metadata.xml")
	if err != nil {
		b.w.t.Fatal(err)
	}
	io.WriteString(part, file)
	form.Close()
	return b.sendBody(http.MethodPost, path, &body, "Content-Type", form.FormDataContentType())
}

func (w *world) samlOf(slug string) (store.Connection, store.SAMLSettings) {
	w.t.Helper()
	c, err := w.store.FindConnection(w.t.Context(), slug)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.store.Organization(c.OrganizationID).SAML(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return c, s
}

func TestSAML_IsSetUpInTheBrowserAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	const add, settings = "/admin/organizations/contoso/add-connection?kind=saml", "/admin/connections/code/saml"
	owner, document := w.contosoOwner(), providerMetadata(t, "https://idp.example.com")
	owner.want(owner.get("/admin/organizations/contoso"), http.StatusOK, "add-connection?kind=saml")
	owner.want(owner.get(add), http.StatusOK, w.server.URL+"/saml/SHORT-NAME/acs", "multipart/form-data")
	made := []string{"display", "Code", "slug", "code", "subject-claim", "uid", "encrypted-assertions", "on", "attach", "now"}
	owner.want(owner.post(add, append(made, "metadata", "<html>")...), http.StatusUnprocessableEntity, "no SAML metadata", "&lt;html&gt;")
	owner.want(owner.post(add, made...), http.StatusSeeOther)
	c, s := w.samlOf("code")
	if c.SubjectClaim != "uid" || !s.Encryption || s.IDPInitiated || len(s.Certificate) == 0 {
		t.Errorf("made: %+v, %+v", c, s)
	}
	owner.want(owner.get(settings), http.StatusOK, w.server.URL+"/saml/code/acs", w.server.URL+"/saml/code/metadata", "not known yet")
	owner.want(owner.get("/admin/connections/code"), http.StatusOK, "the attribute <code>uid</code>")
	owner.want(owner.post(add, "display", "Entra", "slug", "tenant", "tenant-id", newGUID("tenant"), "attach", "now"), http.StatusSeeOther)
	owner.want(owner.get("/admin/connections/tenant"), http.StatusOK, "<dt>Recognized by</dt><dd>object id</dd>")

	owner.want(owner.upload(settings, "metadata-file", "not XML", "role-attribute", "roles"), http.StatusUnprocessableEntity, "The metadata", "not XML")
	owner.want(owner.upload(settings, "metadata-file", document, "role-attribute", "roles", "idp-initiated", "on"), http.StatusSeeOther)
	if _, s = w.samlOf("code"); s.Provider.EntityID != "https://idp.example.com" || s.Attributes.Role != "roles" || s.Encryption || !s.IDPInitiated {
		t.Errorf("after a file: %+v", s)
	}

	provider := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metadata" {
			io.WriteString(out, strings.Replace(document, "https://idp.example.com\"", "https://new.example.com\"", 1))
			return
		}
		http.NotFound(out, r)
	}))
	t.Cleanup(provider.Close)
	owner.want(owner.post(settings, "metadata-url", provider.URL+"/metadata", "metadata", document), http.StatusUnprocessableEntity, "not both")
	owner.want(owner.post(settings, "metadata-url", provider.URL+"/nothing"), http.StatusUnprocessableEntity, "404")
	owner.want(owner.post(settings, "metadata-url", "http://192.0.2.1/metadata"), http.StatusUnprocessableEntity, "https://")
	if _, s = w.samlOf("code"); s.Provider.EntityID != "https://idp.example.com" {
		t.Errorf("a refused form changed %+v", s.Provider)
	}
	owner.want(owner.post(settings, "metadata-url", provider.URL+"/metadata"), http.StatusSeeOther)
	if _, s = w.samlOf("code"); s.Provider.EntityID != "https://new.example.com" || s.MetadataURL != provider.URL+"/metadata" {
		t.Errorf("after an address: %+v", s)
	}
	owner.want(owner.get(settings), http.StatusOK, "read again every day from "+provider.URL)
	owner.want(owner.post(settings), http.StatusSeeOther)
	if _, s = w.samlOf("code"); s.Provider.EntityID != "https://new.example.com" {
		t.Errorf("an empty form took the metadata away: %+v", s)
	}
	owner.want(owner.upload(settings, "metadata-file", strings.Repeat("x", 3<<20)), http.StatusUnprocessableEntity, "less in it")
}
