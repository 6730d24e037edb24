package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// sentWhole are requests whose body is refused before its end, and what says so.
var sentWhole = map[string]struct {
	path, kind, credential string
	bytes                  int64
	status                 int
	says                   string
}{
	"SCIM":                {"/scim/v2/Users", "application/scim+json", "SCIM token", 12 << 20, http.StatusRequestEntityTooLarge, "larger than 1048576 bytes"},
	"SCIM for a stranger": {"/scim/v2/Users", "application/scim+json", "", 12 << 20, http.StatusUnauthorized, "Bearer"},
	"a token":             {"/oauth/token", formType, "", 12 << 20, http.StatusBadRequest, "at most 16 KiB"},
	"a SAML response":     {"/saml/contoso-code/acs", formType, "", 12 << 20, http.StatusForbidden, "bad_response"},
	"a sign-in":           {"/login", formType, "", 12 << 20, http.StatusRequestEntityTooLarge, "Too much was sent"},
	"a password":          {"/password", formType, "", 200 << 10, http.StatusRequestEntityTooLarge, "Too much was sent"},
	"a console form":      {"/admin/organizations/contoso/roles/add", formType, "session", 12 << 20, http.StatusUnprocessableEntity, "with less in it"},
	"a command":           {"/admin/api/commands", "application/json", "program", 12 << 20, http.StatusBadRequest, "at most 2 MiB"},
	"an upload": {"/admin/organizations/contoso/drift", "multipart/form-data; boundary=cut", "session", 64 << 20, http.StatusUnprocessableEntity,
		"larger than 50 MB"},
}

const formType = "application/x-www-form-urlencoded"

// Many clients send all of a body before they read anything. They must get to know why it was refused.
func TestServer_WhoSendsTooMuchCanReadTheAnswer(t *testing.T) {
	t.Parallel()
	w := newIsolated(t, storetest.New(t))
	w.addSAML("contoso-code")
	address := w.listen()
	for name, asked := range sentWhole {
		for _, connection := range []string{"keep-alive", "close"} {
			t.Run(name+", "+connection, func(t *testing.T) {
				t.Parallel()
				c, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				c.SetDeadline(time.Now().Add(time.Minute))
				begin := "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\r\n"
				head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nSec-Fetch-Site: same-origin\r\n",
					asked.path, proxyHost, connection, asked.kind, asked.bytes)
				for header, values := range w.credentials[asked.credential] {
					head += header + ": " + values[0] + "\r\n"
				}
				body := io.LimitReader(io.MultiReader(strings.NewReader(begin), endless{}), asked.bytes)
				if _, err := io.Copy(c, io.MultiReader(strings.NewReader(head+"\r\n"), body)); err != nil {
					t.Fatalf("the connection broke while the body was sent: %v", err)
				}
				res, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				text, err := io.ReadAll(res.Body)
				if told := fmt.Sprint(res.Header, string(text)); err != nil || res.StatusCode != asked.status || !strings.Contains(told, asked.says) {
					t.Errorf("%d, %v: %s\nwant %d and %q", res.StatusCode, err, told, asked.status, asked.says)
				}
			})
		}
	}
}

// endless is text without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// listen serves over real connections.
func (w *isolated) listen() (address string) {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	server := newServer(w.handler, slog.New(slog.DiscardHandler))
	go server.Serve(newLingering(listener, new(atomic.Bool), maxConnections))
	w.t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// addSAML adds a SAML connection to contoso.
func (w *isolated) addSAML(slug string) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		org := tx.Organization(w.entra.org.ID)
		c, err := org.CreateConnection(store.Connection{Slug: slug, Kind: store.SAMLConnection, Roles: "local"}, "")
		if err != nil {
			return err
		}
		return org.CreateSAML(c.ID, store.SAMLSettings{Certificate: []byte("ours")}, "key")
	})
}

// A server that stops closes connections that wait for the next request, and must not read one any more.
func TestLingeringConn_StopsWithTheServer(t *testing.T) {
	t.Parallel()
	var stopping atomic.Bool
	stopping.Store(true)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := newLingering(listener, &stopping, maxConnections).Accept()
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := server.Read(make([]byte, 1))
		read <- err
	}()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err == nil {
		t.Error("a read of a closed connection goes on")
	}
}
