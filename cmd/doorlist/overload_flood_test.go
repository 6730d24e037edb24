package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/store/storetest"
)

// built is a running server that was built as it is shipped.
type built struct {
	t      *testing.T
	url    string
	client *http.Client
}

// start runs the built program behind a command of the shell.
func (c *terminal) start(file, before string) *built {
	c.t.Helper()
	program := exec.Command("sh", "-c", before+`exec "$0" serve --listen 127.0.0.1:0 --stop-delay 0s`, file)
	program.Env = c.environ
	out, err := program.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		c.t.Fatal(err)
	}
	b := &built{t: c.t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2000}, Timeout: time.Minute}}
	c.t.Cleanup(func() {
		b.client.CloseIdleConnections()
		program.Process.Kill()
		program.Wait() // says that it was killed
	})
	r := bufio.NewReader(out)
	line, err := r.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	b.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return b
}

// metric is the sum of the values of a metric whose labels contain the text.
func (b *built) metric(name, labels string) (sum float64) {
	b.t.Helper()
	res, err := b.client.Get(b.url + "/metrics")
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), " ")
		if strings.HasPrefix(key, name) && strings.Contains(key, labels) {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.t.Fatalf("%s: %v", lines.Text(), err)
			}
			sum += v
		}
	}
	return sum
}

// client is one sort of client: so many that ask again and again, with a pause between.
type client struct {
	name    string
	workers int
	pause   time.Duration
	header  http.Header
	ask     func(n int64) (method, path, body string)

	asked, served, refused atomic.Int64
	mu                     sync.Mutex
	waited                 map[bool][]time.Duration // by whether it was served
}

// refusedPause is how soon a refused client comes back: after half the time that it is asked for at least.
const refusedPause = time.Second

// ask1 asks once, and demands a right answer or a refusal in order.
func (c *client) ask1(b *built) {
	method, path, body := c.ask(c.asked.Add(1))
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return
	}
	req.Header = c.header
	began := time.Now()
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Errorf("%s: %v", c.name, err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	took, ok := time.Since(began), res.StatusCode < 300
	c.mu.Lock()
	c.waited[ok] = append(c.waited[ok], took)
	c.mu.Unlock()
	if ok {
		c.served.Add(1)
		time.Sleep(c.pause)
		return
	}
	c.refused.Add(1)
	if after, e := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || e != nil || after < 1 || res.StatusCode != 503 && res.StatusCode != 429 ||
		strings.HasPrefix(path, "/scim/") && !bytes.Contains(text, []byte(`"urn:ietf:params:scim:api:messages:2.0:Error"`)) {
		b.t.Errorf("%s: %s %v %.200s", c.name, res.Status, res.Header, text)
	}
	time.Sleep(refusedPause)
}

func (c *client) reset() {
	c.served.Store(0)
	c.refused.Store(0)
	c.waited = map[bool][]time.Duration{}
}

func (c *client) median(ok bool) time.Duration {
	list := c.waited[ok]
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// perCPU lets the clients ask for a time, and returns how many requests of the first were served for a second of the server's processor time. That does not
// depend on what else the machine does.
func (b *built) perCPU(lasts time.Duration, all ...*client) float64 {
	b.t.Helper()
	before := b.metric("process_cpu_seconds_total", "")
	end := time.Now().Add(lasts)
	var asking sync.WaitGroup
	for _, c := range all {
		c.reset()
		for range c.workers {
			asking.Go(func() {
				for time.Now().Before(end) {
					c.ask1(b)
				}
			})
		}
	}
	asking.Wait()
	return float64(all[0].served.Load()) / (b.metric("process_cpu_seconds_total", "") - before)
}

const scimType = "application/scim+json"

func bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {scimType}}
}

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

		push := func(workers int) *client {
			return &client{name: "push", workers: workers, header: bearer(w.token), ask: func(n int64) (string, string, string) {
				if n%4 == 0 {
					return "POST", "/scim/v2/Users", fmt.Sprintf(`{"userName":"%d-%d@contoso.com","active":true}`, workers, n)
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
		usual, busy, flood := push(16), push(160), push(800)
		var usually, busily float64
		b.perCPU(time.Second, usual, check, leave, other) // until all is warm
		for range 2 {
			usually = max(usually, b.perCPU(2*time.Second, usual, check, leave, other))
			busily = max(busily, b.perCPU(2*time.Second, busy, check, leave, other))
		}
		if busily < 0.8*usually || busy.refused.Load() > 0 {
			t.Errorf("ten times as many clients let the server do %.2f of what it did, want 0.8, and %d were refused", busily/usually, busy.refused.Load())
		}
		flooded := b.perCPU(7*time.Second, flood, check, leave, other)
		t.Logf("served for a second of CPU: 16 clients %.0f, 160 %.2f of it, 800 %.2f; of the last %d were served and %d refused, medians %s and %s", usually,
			busily/usually, flooded/usually, flood.served.Load(), flood.refused.Load(), flood.median(true), flood.median(false))
		if flood.refused.Load() == 0 || flood.served.Load() == 0 {
			t.Errorf("of the flood %d were served and %d refused, want some of both", flood.served.Load(), flood.refused.Load())
		}
		if flood.median(false) > flood.median(true) {
			t.Errorf("a refusal takes %s, an answer %s", flood.median(false), flood.median(true))
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
