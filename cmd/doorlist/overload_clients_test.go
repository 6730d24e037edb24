package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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
	hurried bool // comes back as soon as it is refused
	wrong   bool // each comes from an address of its own with a wrong password, and is served if that is what it is told

	asked, served, refused atomic.Int64
	mu                     sync.Mutex
	waited                 map[bool][]time.Duration // by whether it was served
}

// refusedPause is how soon a refused client comes back: after half the time that it is asked for at least.
const refusedPause = time.Second

// ask1 asks once, and demands a right answer or a refusal in order.
func (c *client) ask1(b *built) {
	n := c.asked.Add(1)
	method, path, body := c.ask(n)
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return
	}
	req.Header = c.header
	if c.wrong {
		req.Header = c.header.Clone()
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", n>>8&0xff, n&0xff))
	}
	began := time.Now()
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Errorf("%s: %v", c.name, err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	took, ok := time.Since(began), res.StatusCode < 300 || c.wrong && res.StatusCode == http.StatusForbidden
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
	if !c.hurried {
		time.Sleep(refusedPause)
	}
}

func (c *client) reset() {
	c.served.Store(0)
	c.refused.Store(0)
	c.waited = map[bool][]time.Duration{}
}

// within is how long so many hundredths of those who were served, or refused, waited at most.
func (c *client) within(hundredths int, ok bool) time.Duration {
	list := c.waited[ok]
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)*hundredths/100]
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

func bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {scimType}}
}
