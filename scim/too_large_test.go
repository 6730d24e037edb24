package scim

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"doorlist/store/storetest"
)

// TestServer_TooLargeABodyIsRefusedUnread announces 100 MiB and sends none of it: the answer must come nevertheless.
func TestServer_TooLargeABodyIsRefusedUnread(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	conn, err := net.Dial("tcp", d.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /scim/v2/Users HTTP/1.1\r\nHost: door.example\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n", d.token, 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer before the body: %v", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge || response.Header.Get("Content-Type") != contentType || !response.Close {
		t.Errorf("status %d, content type %q, closes %v; want 413, %s, and the connection closed",
			response.StatusCode, response.Header.Get("Content-Type"), response.Close, contentType)
	}
}
