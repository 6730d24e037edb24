package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// How much is compared: `make statemachine` takes 100,000 steps on each database. A failure names the seed, which goes the
// same way again, and the last steps before the one where the two disagree.
var (
	machineSteps = flag.Int("steps", 5000, "steps of TestStateMachine on each database")
	machineSeed  = flag.Uint64("seed", 0, "the seed of TestStateMachine; 0 takes a new one")
)

// comparison is the server and the model, side by side.
type comparison struct {
	server *machine
	model  model
	rng    *rand.Rand
	told   []string       // the steps so far, in words
	seen   map[string]int // how often each outcome came up
}

// TestStateMachine makes random changes to the server and to a model of 170 lines, and demands at each sign-in, each
// request and each push that they agree on the outcome.
func TestStateMachine(t *testing.T) {
	t.Parallel()
	seed := *machineSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := newComparison(newMachine(t, s), seed)
		for step := range *machineSteps {
			got, want := c.step()
			if got != want {
				last := c.told[max(0, len(c.told)-80):]
				t.Fatalf("-seed %d, step %d: the server says %q, the model %q. The last steps were:\n%s", seed, step, got, want, strings.Join(last, "\n"))
			}
			if want != "" {
				c.seen[want]++
			}
		}
		t.Logf("-seed %d: %d steps; outcomes %v", seed, *machineSteps, c.seen)
		for _, outcome := range strings.Fields("admitted reader writer admin nobody session_revoked session_expired connection_off not_provisioned inactive " +
			"rebound_pending mapping_unsafe password_required sso_required no_role 201 204 404") {
			if c.seen[outcome] == 0 && *machineSteps >= 20_000 {
				t.Errorf("-seed %d: nobody was ever answered %s", seed, outcome)
			}
		}
	})
}

func newComparison(server *machine, seed uint64) *comparison {
	c := &comparison{server: server, rng: rand.New(rand.NewPCG(seed, 0)), seen: map[string]int{}}
	c.model = model{
		now: server.clock.Now(), on: true, mode: "all", people: make([]modelPerson, len(server.names)), browsers: make([]modelSession, machineBrowsers),
	}
	c.model.people[machinePeople] = modelPerson{local: true, known: true, active: true, password: true, role: 1, identity: "alias"}
	for i := range c.model.browsers {
		c.model.browsers[i].person = -1
	}
	return c
}

func (c *comparison) tell(format string, args ...any) {
	c.told = append(c.told, c.model.now.Format("02 15:04 ")+fmt.Sprintf(format, args...))
}

// step does one thing to both and returns what each says of it.
func (c *comparison) step() (got, want string) {
	person, browser := c.rng.IntN(machinePeople), c.rng.IntN(machineBrowsers)
	if c.rng.IntN(10) == 0 {
		person = machinePeople // the local one
	}
	switch n := c.rng.IntN(100); {
	case n < 38:
		c.tell("request of browser %d", browser)
		return c.server.request(browser), c.model.request(browser)
	case n < 66:
		return c.signIn(browser, person)
	case n < 67:
		c.tell("browser %d signs out", browser)
		c.server.browse(browser, "POST", "/logout", url.Values{})
		c.model.browsers[browser].person = -1
	case n < 70:
		by := oneOf(c, time.Minute, time.Minute, 5*time.Minute, 20*time.Minute, 20*time.Minute, 61*time.Minute)
		c.tell("%v pass", by)
		c.server.clock.Advance(by)
		c.model.now = c.server.clock.Now()
	case n < 73 && !c.model.on:
		c.switchConnection()
	case n < 84:
		c.administer(c.rng.IntN(machinePeople))
	default:
		return c.provision(c.rng.IntN(machinePeople))
	}
	return "", ""
}

// signIn lets people prove who they are; by password mostly those who have one, because for the others the server takes
// its time, so that nobody learns from it.
func (c *comparison) signIn(browser, person int) (got, want string) {
	p := c.model.people[person]
	if !p.local && c.rng.IntN(2) == 0 {
		c.tell("browser %d signs in as %d at the tenant", browser, person)
		return c.server.signInAtTenant(browser, person), c.model.signIn(browser, person, "sso")
	}
	if (!p.known || !p.password) && c.rng.IntN(200) > 0 {
		return "", ""
	}
	c.tell("browser %d signs in as %d by password", browser, person)
	return c.server.signInByPassword(browser, person), c.model.signIn(browser, person, "password")
}
