package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// samlMetadataFile writes the metadata of a provider and returns the name of the file.
func samlMetadataFile(t *testing.T, entityID string, until time.Time) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	document := fmt.Sprintf(`<EntityDescriptor entityID="%s" xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor protocolSupportEnumeration="x"><KeyDescriptor>`+
		`<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`+
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`,
		entityID, base64.StdEncoding.EncodeToString(der))
	file := filepath.Join(t.TempDir(), "metadata.xml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConnection_SAMLFromATerminal(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	out := c.do("connection", "add", "code", "--org", "contoso", "--kind", "saml")
	for _, words := range []string{"/saml/code\n", "/saml/code/acs", "/saml/code/metadata", "connection set code --metadata"} {
		if !strings.Contains(out, words) {
			t.Errorf("connection add does not say %q:\n%s", words, out)
		}
	}
	n := c.serve()
	res, err := http.Get(n.url + "/saml/code/metadata")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), `entityID="`+n.url+`/saml/code"`) {
		t.Errorf("our metadata: %d, %v\n%s", res.StatusCode, err, body)
	}
	const tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	file := samlMetadataFile(t, "https://sts.windows.net/"+tenant+"/", time.Now().Add(100*24*time.Hour+time.Hour))
	c.do("connection", "set", "code", "--metadata", file, "--idp-initiated", "--user-name-attribute", "login")
	c.do("connection", "set", "code", "--name", "Contoso by SAML")
	var list []connectionView
	c.read(&list, "connection", "list")
	if len(list) != 1 || list[0].SAML == nil || list[0].TenantID != tenant || list[0].Name != "Contoso by SAML" {
		t.Fatalf("the list is %+v", list)
	}
	if v := list[0].SAML; !v.Configured || !v.IDPInitiated || v.Encryption || v.Attributes.UserName != "login" || v.DaysLeft == nil || *v.DaysLeft != 100 || len(v.Certificates) != 1 {
		t.Errorf("the SAML part is %+v", v)
	}
	c.do("connection", "add", "at-once", "--org", "contoso", "--kind", "saml", "--encrypted-assertions", "--subject-claim", "uid",
		"--metadata", samlMetadataFile(t, "https://idp.example.com", time.Now().Add(time.Hour)))
	c.read(&list, "connection", "list")
	if v := list[0]; v.Slug != "at-once" || v.SubjectClaim != "uid" || v.TenantID != "" || v.Issuer != "https://idp.example.com" || !v.SAML.Encryption {
		t.Errorf("the second connection is %+v", v)
	}
}

func TestConnection_SAMLSaysWhatToGive(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	entra := []string{"connection", "add", "entra", "--org", "contoso", "--tenant-id", "72f988bf-86f1-41af-91ab-2d7cd011db47", "--client-id", "x"}
	empty := filepath.Join(t.TempDir(), "empty.xml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	add := func(more ...string) []string {
		return append([]string{"connection", "add", "code", "--org", "contoso", "--kind", "saml"}, more...)
	}
	for words, command := range map[string][]string{
		"is for --kind saml":    append(entra, "--idp-initiated"),
		"cannot be read":        add("--metadata", "/does/not/exist.xml"),
		"no SAML metadata":      add("--metadata", empty),
		"must begin with https": add("--metadata", "http://idp.example.com/metadata"),
		"directory (tenant) ID": add("--tenant-id", "contoso.com"),
		"entra, oidc or saml":   {"connection", "add", "x", "--org", "contoso", "--kind", "ws-fed"},
		"plain text of at most": add("--user-name-attribute", strings.Repeat("x", 600)),
	} {
		code := exitUsage
		if strings.Contains(strings.Join(command, " "), "--metadata") {
			code = exitFailed
		}
		if said := c.fails(code, command...); !strings.Contains(said, words) {
			t.Errorf("doorlist %s said %q, not %q", strings.Join(command, " "), said, words)
		}
	}
	var list []connectionView
	c.read(&list, "connection", "list")
	if len(list) != 0 {
		t.Errorf("refused commands left %+v", list)
	}
}
