package main

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorlist/store/storetest"
)

// TestE2E_AFlood asks the built server for many times what it can do: what it does costs it no more than before, checks and leavers and other organizations
// are served, the rest is refused in order and at once, and when it is over all is as it was.
func TestE2E_AFlood(t *testing.T) {
	t.Parallel()
	file := builtProgram(t)
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 1)
		wendy := w.visitor("wendy.writer")
		if reason := wendy.signIn(w.nodes[0]); reason != "" {
			t.Fatalf("Wendy was refused: %s", reason)
		}
		session, quiet := wendy.cookieHeader(w.nodes[0]), w.terminal.scimServer(w.nodes[0].url, "fabrikam")
		var leavers []string
		for i := range 60 {
			leavers = append(leavers, create(quiet, fmt.Sprintf("leaver%d@fabrikam.com", i)))
		}
		w.nodes[0].stop(t)
		b := w.terminal.start(file, "")

		push := func(name string, workers int) *client {
			return &client{name: name, workers: workers, header: bearer(w.token), ask: func(n int64) (string, string, string) {
				if n%4 == 0 {
					return "POST", "/scim/v2/Users", fmt.Sprintf(`{"userName":"%s-%d@contoso.com","active":true}`, name, n)
				}
				return "GET", fmt.Sprintf("/scim/v2/Users?filter=userName+eq+%%22nobody%d%%22", n), ""
			}}
		}
		check := &client{name: "check", workers: 2, pause: 20 * time.Millisecond, header: session, ask: func(int64) (string, string, string) { return "GET", "/auth/verify", "" }}
		leave := &client{name: "leave", workers: 1, pause: 50 * time.Millisecond, header: bearer(quiet.Token), ask: func(n int64) (string, string, string) {
			return "PATCH", "/scim/v2/Users/" + leavers[int(n)%len(leavers)], `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`
		}}
		other := &client{name: "other", workers: 1, pause: 50 * time.Millisecond, header: bearer(quiet.Token), ask: func(int64) (string, string, string) {
			return "GET", "/scim/v2/Users?filter=userName+sw+%22leaver1%22", ""
		}}
		usual, busy, flood, hurried := push("usual", 16), push("busy", 160), push("flood", 1200), push("hurried", 1200)
		hurried.hurried = true
		b.perCPU(time.Second, usual, check, leave, other) // until all is warm
		share := map[*client]float64{}                    // of what is served for a second of CPU when all is as usual
		for range 2 {
			usually := b.perCPU(2*time.Second, usual, check, leave, other)
			for _, c := range []*client{busy, hurried} {
				share[c] = max(share[c], b.perCPU(2*time.Second, c, check, leave, other)/usually)
			}
			share[flood] = max(share[flood], b.perCPU(time.Second, flood, check, leave, other)/usually)
		}
		for _, c := range []*client{busy, flood, hurried} {
			t.Logf("%s: %d clients, share %.2f; %d served within %s and %s, %d refused within %s and %s", c.name, c.workers, share[c],
				c.served.Load(), c.within(50, true), c.within(99, true), c.refused.Load(), c.within(50, false), c.within(99, false))
			if share[c] < 0.7 { // less than half where each refusal is made at once
				t.Errorf("%s: of what a second of CPU does for %d clients it does %.2f for %d", c.name, usual.workers, share[c], c.workers)
			}
		}
		if busy.refused.Load() > 0 || flood.refused.Load() == 0 || hurried.refused.Load() == 0 {
			t.Errorf("%d of the clients that find room were refused, and %d and %d of those that do not, want some of both", busy.refused.Load(), flood.refused.Load(), hurried.refused.Load())
		}
		if flood.within(50, false) > flood.within(50, true) {
			t.Errorf("a refusal takes %s, an answer %s", flood.within(50, false), flood.within(50, true))
		}
		for _, c := range []*client{check, leave, other} {
			most := c.served.Load() / 100
			if c == leave {
				most = 0
			}
			if c.served.Load() == 0 || c.refused.Load() > most {
				t.Errorf("%s: %d were served and %d refused, want %d at most", c.name, c.served.Load(), c.refused.Load(), most)
			}
		}
		if memory := b.metric("process_resident_memory_bytes", ""); memory > 256<<20 {
			t.Errorf("the server takes %.0f MiB", memory/(1<<20))
		}
		b.perCPU(time.Second, usual, check, leave, other)
		if usual.refused.Load() > 0 || b.metric("doorlist_requests_waiting", "") != 0 {
			t.Errorf("behind the flood %d of the usual requests were refused", usual.refused.Load())
		}
		b.slowClients(w.token)
	})
}

// TestE2E_AFloodOfPasswords guesses from many addresses: each guess costs 64 MiB and a good part of a second. The memory is bounded all the same, and checks
// and a provider are served.
func TestE2E_AFloodOfPasswords(t *testing.T) {
	t.Parallel()
	w := newTenantWorld(t, "sqlite:"+t.TempDir()+"/doorlist.db", 1)
	wendy := w.visitor("wendy.writer")
	if reason := wendy.signIn(w.nodes[0]); reason != "" {
		t.Fatalf("Wendy was refused: %s", reason)
	}
	session := wendy.cookieHeader(w.nodes[0])
	w.nodes[0].stop(t)
	w.terminal.environ = append(w.terminal.environ, "DOORLIST_TRUSTED_PROXIES=127.0.0.1")
	b := w.terminal.start(builtProgram(t), "")
	guess := &client{
		name: "guess", workers: 100, wrong: true, header: http.Header{"Content-Type": {formType}, "Sec-Fetch-Site": {"same-origin"}},
		ask: func(n int64) (string, string, string) {
			return "POST", "/password", fmt.Sprintf("user_name=person%d%%40contoso.com&password=four+words+in+a+row", n)
		},
	}
	check := &client{name: "check", workers: 2, pause: 50 * time.Millisecond, header: session, ask: func(int64) (string, string, string) { return "GET", "/auth/verify", "" }}
	push := &client{name: "push", workers: 4, pause: 50 * time.Millisecond, header: bearer(w.token), ask: func(int64) (string, string, string) {
		return "GET", "/scim/v2/Users?filter=userName+eq+%22nobody%22", ""
	}}
	b.perCPU(8*time.Second, guess, check, push)
	if guess.served.Load() == 0 || guess.refused.Load() == 0 {
		t.Errorf("of the guesses %d were looked at and %d refused, want some of both", guess.served.Load(), guess.refused.Load())
	}
	if check.served.Load() == 0 || check.refused.Load() > 0 || push.served.Load() == 0 || push.refused.Load() > 0 {
		t.Errorf("%d checks and %d requests of the provider were served, %d and %d refused", check.served.Load(), push.served.Load(), check.refused.Load(), push.refused.Load())
	}
	memory := b.metric("process_resident_memory_bytes", "")
	t.Logf("%d guesses, %d refused, %.0f MiB", guess.served.Load(), guess.refused.Load(), memory/(1<<20))
	if limit := float64(memoryLimit(runtime.GOMAXPROCS(0)) + 56<<20); memory > limit { // 256 MiB on two cores
		t.Errorf("the server takes %.0f MiB, want %.0f at most", memory/(1<<20), limit/(1<<20))
	}
}

// slowClients sends a byte now and then, and reads nothing: that takes no slot and no connection to the database.
func (b *built) slowClients(token string) {
	b.t.Helper()
	address := strings.TrimPrefix(b.url, "http://")
	for i := range 60 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.t.Fatal(err)
		}
		defer c.Close()
		head := "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Type: " + scimType + "\r\nAuthorization: Bearer " + token
		if i%2 == 0 {
			head = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: " + formType
		}
		fmt.Fprintf(c, "%s\r\nContent-Length: 1000\r\n\r\n", head)
		go func() {
			for range 20 {
				time.Sleep(100 * time.Millisecond)
				c.Write([]byte("x"))
			}
		}()
	}
	time.Sleep(time.Second)
	if held := b.metric("doorlist_requests_in_flight", "") - b.metric("doorlist_requests_in_flight", "check"); held != 0 {
		b.t.Errorf("slow clients hold %.0f slots", held)
	}
	if used := b.metric("doorlist_database_connections", `state="used"`); used > 1 { // the metrics' own
		b.t.Errorf("slow clients hold %.0f connections to the database", used)
	}
}

// With few file descriptors, and clients that take them all, people still come in, and when those are gone everybody does, without a restart.
func TestE2E_FewFileDescriptors(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	target := c.scimServer("", "contoso")
	b := c.start(builtProgram(t), "ulimit -n 256; ")
	target.URL = b.url
	var idle []net.Conn
	for range 400 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		idle = append(idle, conn)
	}
	if create(target, "alice@contoso.com") == "" {
		t.Error("beside 400 idle connections nobody is served")
	}
	for _, conn := range idle {
		conn.Close()
	}
	for i := range 20 {
		if create(target, fmt.Sprintf("person%d@contoso.com", i)) == "" {
			t.Errorf("behind the idle connections person %d is not served", i)
		}
	}
}
