package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/scim/scimtest"
	"doorlist/store/storetest"
)

// TestE2E_AKilledServerLosesNoEvent: what the built program has acknowledged when it is killed without a last word is put into the
// chain by the next one.
func TestE2E_AKilledServerLosesNoEvent(t *testing.T) {
	t.Parallel()
	file := builtProgram(t)
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		target := c.scimServer("", "contoso")
		var acknowledged []string
		for left := c.killed(file, target, &acknowledged); left == 0; {
			left = c.killed(file, target, &acknowledged) // it died just after a pass
		}
		c.serve()
		eventually(t, "the next server puts into the chain what the killed one left", func() bool { return c.waiting() == 0 })
		c.do("audit", "verify", "--org", "contoso")
		for _, id := range acknowledged {
			if got := c.events("contoso", id); len(got) != 1 || got[0] != "user.created" {
				t.Errorf("of user %s the trail has %q", id, got)
			}
		}
	})
}

// killed runs the built program, kills it while it answers, and returns how many events are in no block.
func (c *terminal) killed(file string, target scimtest.Server, acknowledged *[]string) (left int64) {
	c.t.Helper()
	program := exec.Command(file, "serve", "--listen", "127.0.0.1:0")
	program.Env = c.environ
	out, err := program.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		c.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	target.URL = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	var mu sync.Mutex
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				id := create(target, fmt.Sprintf("%d-%d-%d@contoso.com", client, i, time.Now().UnixNano()))
				if id == "" {
					return
				}
				mu.Lock()
				*acknowledged = append(*acknowledged, id)
				mu.Unlock()
			}
		})
	}
	time.Sleep(time.Second)
	if err := program.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	clients.Wait()
	program.Wait() // says that it was killed
	return c.waiting()
}

// create makes a user and returns its id; "" when the server answers no more.
func create(target scimtest.Server, userName string) (id string) {
	body := strings.NewReader(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + userName + `"}`)
	req, err := http.NewRequest(http.MethodPost, target.URL+"/scim/v2/Users", body)
	if err != nil {
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+target.Token)
	req.Header.Set("Content-Type", "application/scim+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	var user struct{ ID string }
	if res.StatusCode != http.StatusCreated || json.NewDecoder(res.Body).Decode(&user) != nil {
		return ""
	}
	return user.ID
}

// waiting is how many events are in no block.
func (c *terminal) waiting() int64 {
	c.t.Helper()
	var r reportView
	c.read(&r, "audit", "verify", "--org", "contoso")
	return r.Waiting
}
