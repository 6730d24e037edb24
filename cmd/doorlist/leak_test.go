package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"doorlist/store/storetest"
)

// A server that has stopped leaves nothing running: neither what it began at its start, nor what requests began behind their answers. It is no parallel
// test, because others would begin and end goroutines meanwhile.
func TestServe_LeavesNoGoroutine(t *testing.T) {
	var turn sync.Mutex
	storetest.EachURL(t, func(t *testing.T, url string) {
		turn.Lock()
		defer turn.Unlock()
		c := newTerminal(t, url)
		target := c.scimServer("", "contoso")
		before := goleak.IgnoreCurrent()
		n := c.serve()
		target.URL = n.url
		if create(target, "alice@contoso.com") == "" {
			t.Error("no user could be created")
		}
		for _, path := range []string{"/login", "/login/contoso", "/readyz", "/metrics", "/auth/verify"} {
			fetch(t, http.MethodGet, n.url+path)
		}
		guess, err := http.Post(n.url+"/password", formType, strings.NewReader("user_name=alice&password=wrong"))
		if err != nil {
			t.Fatal(err)
		}
		guess.Body.Close()
		n.stop(t)
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("testing.tRunner"))
	})
}
