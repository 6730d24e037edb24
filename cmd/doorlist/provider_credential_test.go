package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const credentialTenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"

// connected is a terminal at a database with the connection entra, which has no credential.
func connected(t *testing.T) *terminal {
	t.Helper()
	c := emptyTerminal(t)
	c.do("org", "add", "contoso")
	c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", credentialTenant, "--client-id", "app", "--cloud", "usgov")
	return c
}

func TestConnectionCredential_FromTheTerminal(t *testing.T) {
	t.Parallel()
	c := connected(t)
	var added providerCredentialView
	c.read(&added, "connection", "credential", "add", "--connection", "entra", "--kind", "certificate", "--generate", "--label", "made here")
	if added.Kind != "certificate" || !strings.Contains(added.Certificate, "BEGIN CERTIFICATE") || len(added.Thumbprint) != 40 || added.ExpiresAt == nil ||
		strings.Contains(added.Certificate, "PRIVATE") {
		t.Errorf("added %+v", added)
	}
	c.do("connection", "credential", "add", "--connection", "entra", "--client-secret", "value", "--expires", "2099-05-01")
	var shown connectionDetail
	c.read(&shown, "connection", "show", "entra")
	if len(shown.Credentials) != 2 || shown.Credentials[0].ExpiresAt.Format(time.DateOnly) != "2099-05-01" || shown.Issuer != "https://login.microsoftonline.us/"+credentialTenant+"/v2.0" {
		t.Errorf("shown %+v; want the secret before the certificate, in the cloud of the US government", shown)
	}
	var listed []connectionView
	c.read(&listed, "connection", "list")
	if len(listed) != 1 || len(listed[0].Credentials) != 2 {
		t.Errorf("listed %+v, want the credentials too", listed)
	}
	if text := c.do("connection", "show", "entra") + c.do("connection", "list"); !strings.Contains(text, "2099-05-01") || strings.Contains(text, "value") {
		t.Errorf("it prints\n%s", text)
	}
	c.do("connection", "credential", "remove", added.ID)
	var left []providerCredentialView
	c.read(&left, "connection", "credential", "list", "--connection", "entra")
	if len(left) != 1 || left[0].Kind != "secret" {
		t.Errorf("left are %+v, want the secret", left)
	}
}

func TestConnectionCredential_PairFromFiles(t *testing.T) {
	t.Parallel()
	c := connected(t)
	var made providerCredentialView
	c.read(&made, "connection", "credential", "add", "--connection", "entra", "--kind", "certificate", "--generate", "--expires", "48h")
	cert := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(cert, []byte(made.Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []struct{ args, says string }{
		{"--kind certificate --cert " + cert + " --key " + cert, "belong together"},
		{"--kind certificate", "either --generate, or --cert and --key"},
		{"--kind certificate --generate --cert " + cert, "either --generate, or --cert and --key"},
		{"--kind secret", "DOORLIST_CLIENT_SECRET_FILE"},
		{"--kind secret --client-secret " + credentialTenant, "copy the Value"},
		{"--kind secret --client-secret x --expires soon", "2027-05-01"},
		{"--kind federated --token-file token", "absolute path"},
		{"--kind password", "secret, certificate or federated"},
	} {
		said := c.fails(exitUsage, append([]string{"connection", "credential", "add", "--connection", "entra"}, strings.Fields(line.args)...)...)
		if !strings.Contains(said, line.says) {
			t.Errorf("%s: it says %q, want something of %q", line.args, said, line.says)
		}
	}
}

func TestMasterKey_RotatesTheFile(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "door.db")
	c := &terminal{t: t, environ: []string{"DOORLIST_DATABASE=sqlite:" + database}}
	c.do("org", "add", "contoso")
	c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", credentialTenant, "--client-id", "app", "--client-secret", "hush")
	before, err := os.ReadFile(database + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if said := c.do("masterkey", "rotate"); !strings.Contains(said, "Sealed 3 secrets anew") {
		t.Errorf("it says %q", said)
	}
	after, _ := os.ReadFile(database + ".key")
	kept, _ := os.ReadFile(database + ".key.previous")
	if string(after) == string(before) || string(kept) != string(before) {
		t.Error("the key was not replaced, or the previous one not kept")
	}
	if said := c.do("masterkey", "rotate"); !strings.Contains(said, "Sealed 0 secrets anew") || !strings.Contains(said, "Going on") {
		t.Errorf("a second time it says %q; want it to finish the first", said)
	}
	if err := os.Remove(database + ".key.previous"); err != nil {
		t.Fatal(err)
	}
	wantSecret(t, "sqlite:"+database, strings.TrimSpace(string(after)), "hush")
}

func TestMasterKey_RotatesGivenKeys(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		const fresh = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
		c := newTerminal(t, url)
		c.do("org", "add", "contoso")
		c.do("connection", "add", "entra", "--org", "contoso", "--tenant-id", credentialTenant, "--client-id", "app", "--client-secret", "hush")
		_, old, _ := strings.Cut(c.environ[1], "=")
		if said := c.fails(exitUsage, "masterkey", "rotate"); !strings.Contains(said, "--master-key-previous") {
			t.Errorf("without a previous key it says %q", said)
		}
		c.environ[1] = "DOORLIST_MASTER_KEY=" + fresh
		c.environ = append(c.environ, "DOORLIST_MASTER_KEY_PREVIOUS="+old)
		if said := c.do("masterkey", "rotate"); !strings.Contains(said, "Sealed 3 secrets anew") {
			t.Errorf("it says %q", said)
		}
		wantSecret(t, url, fresh, "hush")
	})
}

// wantSecret opens the client secret of the only connection with one key.
func wantSecret(t *testing.T, url, key, want string) {
	t.Helper()
	master, err := decodeMasterKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: url, MasterKey: master})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	connection, err := s.FindConnection(t.Context(), "entra")
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.ProviderCredentials(t.Context(), connection)
	if err != nil || len(list) != 1 {
		t.Fatalf("ProviderCredentials = %v, %v", list, err)
	}
	if got, err := s.OpenProviderCredential(list[0]); err != nil || got != want {
		t.Errorf("the new key alone opens %q, %v; want %q", got, err, want)
	}
}

// While two master keys are in use, applications must know the keys of both: nodes sign with either.
func TestMasterKey_BothPublishTheirAssertionKeys(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	count := func() int {
		n := c.serve()
		defer n.stop(t)
		res, err := http.Get(n.url + "/.well-known/jwks.json")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var set struct{ Keys []json.RawMessage }
		if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
			t.Fatal(err)
		}
		return len(set.Keys)
	}
	alone := count()
	c.environ = append(c.environ, "DOORLIST_MASTER_KEY_PREVIOUS=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
	if both := count(); both != 2*alone {
		t.Errorf("%d keys are published with two master keys, and %d with one", both, alone)
	}
}
