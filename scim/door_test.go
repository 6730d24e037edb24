package scim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/scim/scimtest"
	"doorlist/store"
)

// door is a SCIM server on a real store, with one connection and its token.
type door struct {
	t          testing.TB
	store      *store.Store
	server     *httptest.Server
	log        *store.RequestLog
	connection store.Connection
	tokenID    string
	token      string
	hashed     *atomic.Int32 // passwords
	logged     *bytes.Buffer // nil where nobody looks at it
}

func newDoor(t testing.TB, s *store.Store) *door {
	t.Helper()
	d := &door{t: t, store: s, log: store.NewRequestLog(s), hashed: new(atomic.Int32)}
	handler, err := New(Config{Store: s, BaseURL: scimtest.BaseURL, HashPassword: d.hash, Logger: slog.New(slog.DiscardHandler), Log: d.log})
	if err != nil {
		t.Fatal(err)
	}
	d.server = httptest.NewServer(handler)
	t.Cleanup(d.server.Close)
	err = s.Write(context.Background(), store.Actor{Kind: store.Administrator, Name: "test"}, func(tx *store.Tx) error {
		o, err := tx.CreateOrganization("contoso", "Contoso", "")
		if err != nil {
			return err
		}
		d.connection, d.tokenID, d.token, err = addConnection(tx, o.ID, "entra")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func addConnection(tx *store.Tx, organization, slug string) (store.Connection, string, string, error) {
	connection, err := tx.Organization(organization).CreateConnection(store.Connection{
		Slug: slug, Kind: store.EntraConnection, TenantID: "7d1c4e5b-38ab-4d0b-9a52-0c63e1a7f9d2", ClientID: "client",
	}, "secret")
	if err != nil {
		return store.Connection{}, "", "", err
	}
	token, secret, err := tx.Organization(organization).CreateToken(connection.ID, "nightly", time.Time{})
	return connection, token.ID, secret, err
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// do sends a request to a path below /scim/v2. header has names and values in turn.
func (d *door) do(method, path, body string, header ...string) reply {
	d.t.Helper()
	return d.send(method, "/scim/v2"+path, body, append([]string{"Authorization", "Bearer " + d.token}, header...)...)
}

func (d *door) send(method, path, body string, header ...string) reply {
	d.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	request, err := http.NewRequest(method, d.server.URL+path, content)
	if err != nil {
		d.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := d.server.Client().Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	if len(text) > 0 {
		if got := response.Header.Get("Content-Type"); got != contentType {
			d.t.Errorf("%s %s: content type %q, want %q", method, path, got, contentType)
		}
		if err := json.Unmarshal(text, &r.json); err != nil {
			d.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return r
}

// must is do with the status that has to come.
func (d *door) must(status int, method, path, body string, header ...string) reply {
	d.t.Helper()
	r := d.do(method, path, body, header...)
	if r.status != status {
		d.t.Fatalf("%s %s: status %d, want %d: %s", method, path, r.status, status, r.text)
	}
	return r
}

func (r reply) id() string {
	id, _ := r.json["id"].(string)
	return id
}

// create makes a resource and returns its id.
func (d *door) create(path, body string) string {
	d.t.Helper()
	return d.must(http.StatusCreated, http.MethodPost, path, body).id()
}

// patch sends operations.
func (d *door) patch(path, operations string) reply {
	d.t.Helper()
	return d.do(http.MethodPatch, path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":`+operations+`}`)
}

// total is how many resources a filter finds.
func (d *door) total(path, filter string) int {
	d.t.Helper()
	r := d.must(http.StatusOK, http.MethodGet, path+"?filter="+escape(filter), "")
	return int(r.json["totalResults"].(float64))
}

func escape(s string) string {
	return strings.NewReplacer("%", "%25", " ", "+", `"`, "%22", "#", "%23", "+", "%2B", "&", "%26", "[", "%5B", "]", "%5D").Replace(s)
}

// events are the actions in the audit trail about a subject.
func (d *door) events(subject string) []string {
	d.t.Helper()
	list, err := d.store.Organization(d.connection.OrganizationID).Events(context.Background(), store.EventQuery{SubjectID: subject})
	if err != nil {
		d.t.Fatal(err)
	}
	var actions []string
	for _, e := range list {
		actions = append(actions, e.Action)
	}
	return actions
}

// administer makes a change of the door's organization, as an administrator at the terminal does.
func (d *door) administer(change func(o *store.OrganizationTx) error) {
	d.t.Helper()
	err := d.store.Write(context.Background(), store.Actor{Kind: store.Administrator, Name: "test"}, func(tx *store.Tx) error {
		return change(tx.Organization(d.connection.OrganizationID))
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// declare declares schemas and returns how many resources have values that do not fit.
func (d *door) declare(resourceType, text string) (unfit int) {
	d.t.Helper()
	schemas, err := ReadSchemas([]byte(text))
	if err != nil {
		d.t.Fatal(err)
	}
	d.administer(func(o *store.OrganizationTx) error {
		unfit = 0
		for _, s := range schemas {
			n, err := DeclareSchema(o, s, resourceType)
			if unfit += n; err != nil {
				return err
			}
		}
		return nil
	})
	return unfit
}

func (d *door) undeclare(urn string) {
	d.t.Helper()
	d.administer(func(o *store.OrganizationTx) error { return o.RemoveSchema(urn) })
}

func (d *door) letPasswords(on bool) {
	d.t.Helper()
	d.administer(func(o *store.OrganizationTx) error { _, err := o.SetSCIMPasswords(on); return err })
}

// hash stands for the slow hash of package auth.
func (d *door) hash(_ context.Context, userName, password string) (string, error) {
	d.hashed.Add(1)
	if len(password) < 12 || strings.Contains(password, userName) {
		return "", &PasswordError{"Choose at least 12 characters."}
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(password))), nil
}
