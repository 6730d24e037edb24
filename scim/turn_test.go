package scim

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// queue is what a server asks before it works on a request.
type queue struct {
	mu      sync.Mutex
	demands []Demand
	inside  int
	refuses *BusyError
}

func (q *queue) enter(_ context.Context, d Demand) (func(), error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.demands = append(q.demands, d)
	if q.refuses != nil && d.Known {
		return nil, q.refuses
	}
	q.inside++
	return func() { q.mu.Lock(); q.inside--; q.mu.Unlock() }, nil
}

// asked is what was asked for since the last time. Nobody may be inside any longer.
func (q *queue) asked(t *testing.T) []Demand {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.inside != 0 {
		t.Errorf("%d requests have not left", q.inside)
	}
	demands := q.demands
	q.demands = nil
	return demands
}

// newQueue is a door where requests wait, and what its requests ask.
func newQueue(t *testing.T, d *door) *queue {
	t.Helper()
	q := &queue{}
	handler, err := New(Config{Store: d.store, Logger: slog.New(slog.DiscardHandler), Log: d.log, Enter: q.enter})
	if err != nil {
		t.Fatal(err)
	}
	d.server.Close()
	d.server = httptest.NewServer(handler)
	t.Cleanup(d.server.Close)
	return q
}

func TestTurn_WhatARequestAsksOfTheServer(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	q := newQueue(t, d)
	user := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	first := q.asked(t)
	if len(first) != 2 || first[0].Known || first[0].Caller != "127.0.0.1" || !first[1].Known || first[1].Caller != d.connection.OrganizationID {
		t.Errorf("the first request asked for %+v; want an unknown caller by address, then a known one by organization", first)
	}
	off := `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`
	for _, tc := range []struct {
		method, path, body string
		status             int
		revokes            bool
	}{
		{"GET", user, "", 200, false},
		{"PATCH", user, `{"Operations":[{"op":"Replace","path":"title","value":"x"}]}`, 200, false},
		{"PATCH", user, off, 200, true},
		{"DELETE", user, "", 204, true},
		{"POST", "/nothing", `{}`, 404, false},
	} {
		d.must(tc.status, tc.method, tc.path, tc.body)
		want := Demand{Caller: d.connection.OrganizationID, Known: true, Revokes: tc.revokes, Body: len(tc.body)}
		if got := q.asked(t); len(got) != 1 || got[0] != want {
			t.Errorf("%s %s asked for %+v, want %+v", tc.method, tc.path, got, want)
		}
	}
}

// By what is remembered of a credential it is decided who waits, and not who may.
func TestTurn_ARevokedCredentialIsNoneAtOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	q := newQueue(t, d)
	d.must(200, "GET", "/Users", "")
	err := d.store.Write(t.Context(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) error {
		return tx.Organization(d.connection.OrganizationID).RevokeToken(d.tokenID)
	})
	if err != nil {
		t.Fatal(err)
	}
	q.asked(t)
	for i, known := range []bool{true, false} {
		d.must(401, "POST", "/Users", `{"userName":"u"}`)
		if got := q.asked(t); len(got) != 1 || got[0].Known != known {
			t.Errorf("request %d asked for %+v, want known %t", i, got, known)
		}
	}
}

func TestTurn_Refused(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	q := newQueue(t, d)
	d.must(200, "GET", "/Users", "")
	for _, tc := range []struct {
		refuses *BusyError
		status  int
		says    string
	}{
		{&BusyError{After: 7 * time.Second}, 503, "More is asked of the server"},
		{&BusyError{TooMany: true, After: 7 * time.Second}, 429, "more requests at once than its share"},
	} {
		q.refuses = tc.refuses
		for range 3 {
			got := d.do("POST", "/Users", `{"userName":"u"}`)
			detail, _ := got.json["detail"].(string)
			if got.status != tc.status || got.header.Get("Retry-After") != "7" || got.header.Get("Content-Type") != contentType ||
				!strings.Contains(detail, tc.says) || !strings.Contains(detail, "after 7 seconds") {
				t.Errorf("%d %v %s", got.status, got.header, got.text)
			}
		}
	}
	q.refuses = nil
	q.asked(t)
	if d.total("/Users", `userName pr`) != 0 {
		t.Error("a refused request was done")
	}
	kept := 0
	for _, r := range d.requests() {
		if r.Status == http.StatusServiceUnavailable || r.Status == http.StatusTooManyRequests {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("the log of the connection has %d of 6 refusals within a minute, want 1", kept)
	}
}

// A body that is still coming keeps nobody waiting.
func TestTurn_NobodyIsInsideWhileABodyComes(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	q := newQueue(t, d)
	d.must(200, "GET", "/Users", "")
	q.asked(t)
	body, client := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.server.URL+"/scim/v2/Users", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	answered := make(chan int, 1)
	go func() {
		response, err := d.server.Client().Do(request)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		response.Body.Close()
		answered <- response.StatusCode
	}()
	for _, part := range []string{`{"user`, `Name":`, `"slow"`} {
		io.WriteString(client, part)
		if got := q.asked(t); len(got) != 0 {
			t.Errorf("after %q it asked for %+v", part, got)
		}
	}
	io.WriteString(client, "}")
	client.Close()
	if status := <-answered; status != http.StatusCreated || len(q.asked(t)) != 1 {
		t.Errorf("status %d", status)
	}
}

// What large bodies take of the memory is bounded, and half of it is left for other organizations.
func TestReceive_LargeBodiesHaveRoomTogether(t *testing.T) {
	t.Parallel()
	var all bodies
	large := bytes.Repeat([]byte("x"), maxBody)
	read := func(by string, body []byte) (*reserved, bool) {
		room := &reserved{bodies: &all, by: by}
		text, busy, err := readInto(room, bytes.NewReader(body))
		if err != nil || !busy && !bytes.Equal(text, body) {
			t.Fatalf("%d bytes of %d, %v", len(text), len(body), err)
		}
		return room, busy
	}
	for _, by := range []string{"contoso", "fabrikam"} {
		var rooms []*reserved
		for {
			room, busy := read(by, large)
			rooms = append(rooms, room)
			if busy {
				if !room.ownDoing {
					t.Errorf("%s was refused because of others", by)
				}
				break
			}
		}
		if len(rooms) < 4 {
			t.Errorf("%s had room for %d bodies", by, len(rooms)-1)
		}
		if _, busy := read(by, large[:smallBody-1]); busy {
			t.Error("a small body was refused")
		}
		defer func() {
			for _, room := range rooms {
				room.free()
				room.free()
			}
			if by == "contoso" && (all.all != 0 || len(all.by) != 0) {
				t.Errorf("%d bytes are not given back: %v", all.all, all.by)
			}
		}()
	}
	if room, busy := read("tailspin", large); !busy || room.ownDoing {
		t.Error("a third organization had room, or was told that it is its own doing")
	}
}

// BenchmarkRecall is what a request pays for finding out whose turn it is.
func BenchmarkRecall(b *testing.B) {
	c, r := newCallers(), httptest.NewRequest(http.MethodGet, "/scim/v2/Users", nil)
	r.Header.Set("Authorization", "Bearer dls_"+strings.Repeat("x", 43))
	c.remember(r, caller{"contoso", "entra"})
	for b.Loop() {
		if _, known := c.recall(r); !known {
			b.Fatal("forgotten")
		}
	}
}
