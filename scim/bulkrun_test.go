package scim

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// TestBulk_StopsWithTheRequest: whoever gave up waiting gets no more of it done.
func TestBulk_StopsWithTheRequest(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	ctx, cancel := context.WithCancel(context.Background())
	body, err := decodeObject([]byte(`{"Operations":[` + bulkPost("/Users", "1", `{"userName":"u"}`) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	operations, _, err := parseBulk(builtIn, body)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	job := bulkJob{call: &call{Request: httptest.NewRequestWithContext(ctx, http.MethodPost, "/", &bytes.Buffer{})}}
	job.run(operations)
	if operations[0].result != nil || d.total("/Users", `userName pr`) != 0 {
		t.Errorf("it went on: %v", operations[0].result)
	}
}

// TestBulk_EndsWithTheDatabase: operations that would only wait for it are left.
func TestBulk_EndsWithTheDatabase(t *testing.T) {
	t.Parallel()
	for err, over := range map[error]bool{store.ErrUnavailable: true, store.ErrNotFound: false, errors.New("a fault"): false} {
		job := bulkJob{
			server: &server{Config: Config{Logger: slog.New(slog.DiscardHandler)}},
			call:   &call{Request: httptest.NewRequest("POST", "/", nil)}, failOnErrors: 2,
		}
		o := &bulkOperation{method: "DELETE", rt: userType}
		job.finish(o, written{id: "x"}, err)
		if job.over != over || o.result.Response == nil || o.result.Status < "400" {
			t.Errorf("%v: over %v, want %v: %+v", err, job.over, over, o.result)
		}
	}
}
