package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"doorlist/store/storetest"
)

// laterRequests is how many requests are made, over all nodes, after the acknowledgement of what shuts people out.
const laterRequests = 10_000

// cookieHeader is how the visitor's browser names its session.
func (v *visitor) cookieHeader(n *node) http.Header {
	v.t.Helper()
	at, err := url.Parse(n.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(at) {
		if c.Name == "doorlist" {
			return http.Header{"Cookie": {c.Name + "=" + c.Value}}
		}
	}
	v.t.Fatal("the visitor has no session")
	return nil
}

// bearerHeader is how a terminal that is signed in at the node names its session.
func (c *terminal) bearerHeader(n *node) http.Header {
	c.t.Helper()
	var kept credentials
	content, err := os.ReadFile(strings.TrimPrefix(c.environ[1], "DOORLIST_CREDENTIALS="))
	if err == nil {
		err = json.Unmarshal(content, &kept)
	}
	if err != nil || kept.Servers[n.url].Token == "" {
		c.t.Fatalf("the sign-ins are %+v, %v", kept, err)
	}
	return http.Header{"Authorization": {"Bearer " + kept.Servers[n.url].Token}}
}

// hammer asks all nodes without a pause, before, while and after shutOut runs, until count requests have begun after it had
// returned. It says how many of all, and how many of those, were let through.
func hammer(t *testing.T, nodes []*node, sessions []http.Header, count int64, shutOut func()) (before, later int64) {
	t.Helper()
	const workers = 6
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	var acknowledged atomic.Bool
	var started, passedBefore, passedLater atomic.Int64
	var all sync.WaitGroup
	warm := make(chan struct{}, workers)
	for i := range workers {
		all.Go(func() {
			for n := i; started.Load() < count; n++ {
				after := acknowledged.Load()
				if after {
					started.Add(1)
				}
				if passes(t, client, nodes[n%len(nodes)].url, sessions[n/len(nodes)%len(sessions)]) {
					if after {
						passedLater.Add(1)
					} else {
						passedBefore.Add(1)
					}
				}
				if n == i+2*len(nodes) {
					warm <- struct{}{}
				}
			}
		})
	}
	for range workers {
		<-warm
	}
	shutOut()
	acknowledged.Store(true)
	all.Wait()
	return passedBefore.Load(), passedLater.Load()
}

// passes says whether a request with the session's header gets through a node.
func passes(t *testing.T, client *http.Client, base string, session http.Header) bool {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/auth/verify", nil)
	if err != nil {
		t.Error(err)
		return false
	}
	req.Header = session
	res, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if err != nil || res.StatusCode >= http.StatusInternalServerError {
		t.Errorf("%s, %v", res.Status, err)
	}
	return res.StatusCode == http.StatusOK
}

// Once a deactivation, the loss of the last role, the end of a session or a connection's being switched off is acknowledged,
// not one request that begins later is let through, on any node, with a cookie or a program's secret.
func TestRevocation_NotOneRequestLater(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newTenantWorld(t, url, 3)
		push := func(change func(objectID string) error, alias string) {
			t.Helper()
			if err := change(w.person(alias).ObjectID); err != nil {
				t.Fatal(err)
			}
			w.push()
		}
		for _, tc := range []struct {
			name, alias string
			shutOut     func()
		}{
			{"disabled in Entra", "wendy.writer", func() { push(w.tenant.Disable, "wendy.writer") }},
			{"out of the last group", "rita.reader", func() { push(w.leaveGroups, "rita.reader") }},
			{"ended at the terminal", "adam.admin", func() { w.terminal.do("session", "end", "--user", "adam.admin@contoso.com") }},
			{"the connection is off", "olivia.owner", func() { w.terminal.do("connection", "set", "entra", "--enabled=false") }},
		} {
			v, laptop := w.visitor(tc.alias), remoteTerminal(t, w.nodes[0])
			if reason := v.signIn(w.nodes[0]); reason != "" {
				t.Fatalf("%s was refused: %s", tc.alias, reason)
			}
			if code, printed := laptop.login(v, w.nodes[0], "approve"); code != exitDone {
				t.Fatalf("%s: the terminal: %s", tc.alias, printed)
			}
			sessions := []http.Header{v.cookieHeader(w.nodes[0]), laptop.bearerHeader(w.nodes[0])}
			before, later := hammer(t, w.nodes, sessions, laterRequests/4, tc.shutOut)
			if before == 0 || later != 0 {
				t.Errorf("%s: %d requests passed before and %d later, want some and none", tc.name, before, later)
			}
		}
	})
}

// leaveGroups takes a person out of every group of the tenant.
func (w *tenantWorld) leaveGroups(objectID string) error {
	for _, g := range w.tenant.Groups() {
		if err := w.tenant.RemoveMember(g.ObjectID, objectID); err != nil {
			return err
		}
	}
	return nil
}
