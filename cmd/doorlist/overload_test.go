package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"doorlist/cmd/internal/overload"
	"doorlist/store/storetest"
)

// A route whose class nobody has decided waits with the wrong ones.
func TestOverload_EachRouteHasAClass(t *testing.T) {
	t.Parallel()
	for _, route := range newIsolated(t, storetest.New(t)).routes {
		if _, known := classOfPath(route.Path); !known && route.Path != "/" {
			t.Errorf("%s has no class; add it to classesOf", route.Path)
		}
	}
}

func TestOverload_TheClassOfARequest(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]overload.Class{
		"GET /auth/verify": overload.Check, "DELETE /auth/verify/some/page": overload.Check, "GET //auth/verify": overload.Check, "GET /readyz": watching, "GET /metrics": watching,
		"PATCH /scim/v2/Users/x": byCaller, "PATCH //scim/v2/Users/x": byCaller, "GET /connections/entra/scim/v2/Users": byCaller, "GET /healthz": waitless,
		"POST /logout": overload.Revocation, "POST /sessions": overload.Revocation, "GET /sessions": overload.SignIn, "POST /oauth/revoke": overload.Revocation,
		"POST /admin/organizations/contoso/users/x/end-sessions": overload.Revocation, "GET /admin/organizations/contoso/users/x/end-sessions": overload.Console,
		"POST /oauth/token": overload.Provisioning, "GET /login/callback": overload.Finishing, "GET /login": overload.SignIn, "GET /login/entra": overload.SignIn,
		"POST /saml/code/acs": overload.Finishing, "GET /": overload.SignIn, "GET /scimitar": overload.SignIn, "GET /admin/organizations/contoso/users/export": overload.Console,
	} {
		method, path, _ := strings.Cut(asked, " ")
		r := &http.Request{Method: method, URL: &url.URL{Path: path}}
		if got, waits := classOf(r); got != want || waits != (want != waitless) {
			t.Errorf("%s is of the class %d, waits %t; want %d", asked, got, waits, want)
		}
	}
}

// fullTurns are turns of which none is free, and nobody may wait.
func fullTurns(t *testing.T) *turns {
	t.Helper()
	waiting := newTurns(func(*http.Request) string { return "192.0.2.1" }, slog.New(slog.DiscardHandler))
	waiting.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("%s was let through", r.URL) })
	for waiting.slots.TryAcquire(overload.Check) != nil {
	}
	return waiting
}

// Whoever is refused is told so in their own language, and when to come back. A proxy is told nothing that would let anybody in or send them round in circles.
func TestOverload_Refuses(t *testing.T) {
	t.Parallel()
	waiting := fullTurns(t)
	for asked, says := range map[string]string{
		"GET /auth/verify": "More is asked of this server", "GET /auth/session": `"reason":"unavailable"`, "POST /oauth/device_authorization": `"error":"temporarily_unavailable"`,
		"POST /admin/api/commands": `"message":"More is asked`, "GET /login": "tries again by itself", "POST /password": "send the form once more",
		"GET /.doorlist/start": "/.doorlist/assets/", "GET /admin": "Nothing is wrong with your account",
	} {
		t.Run(asked, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(asked, " ")
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Accept", "text/html")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			w := httptest.NewRecorder()
			waiting.ServeHTTP(w, r)
			seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if w.Code != http.StatusServiceUnavailable || err != nil || seconds < 1 || w.Header().Get("Location") != "" || !strings.Contains(w.Body.String(), says) {
				t.Errorf("%d %v\n%s\nwant 503, when to come back, and %q", w.Code, w.Header(), w.Body, says)
			}
			if again := w.Header().Get("Refresh") != ""; again != (method == "GET" && strings.Contains(w.Body.String(), "<html")) {
				t.Errorf("tries again by itself: %t", again)
			}
			if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
				t.Errorf("no JSON: %s", w.Body)
			}
		})
	}
}

// A node that is only busy is not to be taken away by its balancer, nor to go dark for whoever looks into it.
func TestOverload_IsWatchedMeanwhile(t *testing.T) {
	t.Parallel()
	waiting := fullTurns(t)
	waiting.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) })
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		for range 2 * probesAtOnce {
			w := httptest.NewRecorder()
			waiting.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != http.StatusOK {
				t.Errorf("%s = %d beside a flood of checks", path, w.Code)
			}
		}
	}
}

// A client that sends or reads slowly has no place while it does.
func TestOverload_SlowClientsHaveNoPlace(t *testing.T) {
	t.Parallel()
	waiting := newTurns(func(*http.Request) string { return "192.0.2.1" }, slog.New(slog.DiscardHandler))
	waiting.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); n == 0 || err != nil {
			t.Errorf("%d bytes came, %v", n, err)
		}
		if waiting.inFlight() == 0 {
			t.Error("the request is worked on without a place")
		}
		io.Copy(w, io.LimitReader(endless{}, 64<<20)) // more than any buffer takes
	})
	server := httptest.NewServer(waiting)
	defer server.Close()
	for done, size := range []int{1000, 100_000} {
		// Of a small body all is read before the turn, of a large one a part.
		turns := int64(done)
		if size > aheadBody {
			turns++
		}
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size-1))
		eventually(t, "the request has no place while its body comes", func() bool {
			return waiting.slots.Counts()[overload.SignIn].Admitted == turns && waiting.inFlight() == 0
		})
		io.WriteString(c, "x")
		if _, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the request has no place while nobody reads the answer", func() bool { return waiting.inFlight() == 0 })
		if got := waiting.slots.Counts()[overload.SignIn].Admitted; got != int64(done)+1 {
			t.Errorf("%d turns, want %d", got, done+1)
		}
	}
	server.CloseClientConnections()
}

// inFlight is how many requests have a place.
func (t *turns) inFlight() (n int) {
	for _, c := range t.slots.Counts() {
		n += c.InFlight
	}
	return n
}

// A fault of a handler, or a client that goes away, takes no place with it.
func TestOverload_LosesNoPlace(t *testing.T) {
	t.Parallel()
	waiting := newTurns(func(*http.Request) string { return "192.0.2.1" }, slog.New(slog.DiscardHandler))
	waiting.next = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") })
	for _, path := range []string{"/auth/verify", "/login", "/admin"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the fault was swallowed", path)
				}
			}()
			waiting.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
		}()
	}
	if n := waiting.inFlight(); n != 0 {
		t.Errorf("%d places are lost", n)
	}
}

// BenchmarkOverload is what the turns add to a check and to a page where nobody waits.
func BenchmarkOverload(b *testing.B) {
	waiting := newTurns(func(*http.Request) string { return "192.0.2.1" }, slog.New(slog.DiscardHandler))
	waiting.next = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, path := range []string{"/auth/verify", "/login"} {
		b.Run(path, func(b *testing.B) {
			r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				waiting.ServeHTTP(w, r)
			}
		})
	}
}
