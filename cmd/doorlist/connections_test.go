package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fewConnections serves on at most so many connections, and returns the address.
func fewConnections(t *testing.T, most int, h http.HandlerFunc) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, accepting := newServer(h, slog.New(slog.DiscardHandler)), newLingering(listener, new(atomic.Bool), most)
	server.ConnState = accepting.all.observe
	served := make(chan error, 1)
	go func() { served <- server.Serve(accepting) }()
	t.Cleanup(func() {
		server.Close()
		select {
		case <-served:
		case <-time.After(stopTimeout):
			t.Error("the server waits for room and does not stop")
		}
	})
	return listener.Addr().String()
}

// dialed makes a connection, sends the text, and closes the connection with the test.
func dialed(t *testing.T, address, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// statusLine reads the beginning of an answer.
func statusLine(c net.Conn) (string, error) {
	begin := make([]byte, 15)
	n, err := io.ReadFull(c, begin)
	return string(begin[:n]), err
}

const plainRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// Whoever comes when there is no room gets that of a client who only keeps a connection for later.
func TestConnections_TheOldestIdleOneGoes(t *testing.T) {
	t.Parallel()
	address := fewConnections(t, 3, func(http.ResponseWriter, *http.Request) {})
	var all []net.Conn
	for i := range 12 {
		c := dialed(t, address, plainRequest)
		if got, err := statusLine(c); got != "HTTP/1.1 200 OK" {
			t.Fatalf("connection %d: %q, %v", i, got, err)
		}
		all = append(all, c)
	}
	if rest, err := io.ReadAll(all[0]); err != nil || strings.Contains(string(rest), "HTTP/1.1 4") {
		t.Errorf("the first connection was not closed in order: %q, %v", rest, err)
	}
	io.WriteString(all[11], plainRequest)
	if _, err := statusLine(all[11]); err != nil {
		t.Errorf("the last connection was closed: %v", err)
	}
}

// Where all are busy, whoever comes is served as soon as one is not.
func TestConnections_WhoComesWaitsForABusyOne(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	address := fewConnections(t, 2, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/busy" {
			<-release
		}
	})
	busy := strings.Replace(plainRequest, "/ ", "/busy ", 1)
	first, second := dialed(t, address, busy), dialed(t, address, busy)
	third := dialed(t, address, plainRequest)
	third.SetDeadline(time.Now().Add(200 * time.Millisecond))
	if got, err := statusLine(third); err == nil {
		t.Fatalf("a third connection is served beside two: %q", got)
	}
	close(release)
	third.SetDeadline(time.Now().Add(time.Minute))
	for i, c := range []net.Conn{first, second, third} {
		if got, err := statusLine(c); got != "HTTP/1.1 200 OK" {
			t.Errorf("connection %d: %q, %v", i, got, err)
		}
	}
}

// A connection that is only read from, so that its client gets to know why it was refused, makes room too.
func TestConnections_ALingeringOneGoes(t *testing.T) {
	t.Parallel()
	address := fewConnections(t, 1, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	for i := range 5 {
		c := dialed(t, address, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nx", 1<<20))
		if got, err := statusLine(c); got != "HTTP/1.1 200 OK" {
			t.Fatalf("connection %d: %q, %v", i, got, err)
		}
	}
}
