package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"

	"doorlist/entra"
)

// readersID is the object id of the group that gives a role.
const readersID = "0b6c9b7e-5a0e-4a58-9d3c-1f0a7f6f4d01"

// person is somebody who is on the list for the whole run.
type person struct {
	name, id string // id is the server's
	entra    entra.Person
}

// session is a browser that has signed in.
type session struct {
	label  string // in the history
	cookie http.Header
}

// cast is everybody and everything that the clients act upon. It is safe for concurrent use.
type cast struct {
	people []person
	groups map[string]string // ids by name

	mu       sync.Mutex
	sessions map[string][]session // by user name, the latest last
	labels   int
}

// keptSessions is how many sessions of a user are remembered, most of which have ended: those must stay ended.
const keptSessions = 6

func (k *cast) signedIn(name string, cookie http.Header, label string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := append(k.sessions[name], session{label, cookie})
	k.sessions[name] = list[max(0, len(list)-keptSessions):]
}

func (k *cast) label() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.labels++
	return fmt.Sprintf("s%d", k.labels)
}

func (k *cast) sessionsOf(name string) []session {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]session(nil), k.sessions[name]...)
}

// assemble pushes people and groups, all of whom may come in, and the same names into the other organization.
func assemble(ctx context.Context, c *client, people, groups int) (*cast, error) {
	k := &cast{groups: map[string]string{}, sessions: map[string][]session{}}
	for i := range people {
		known, err := c.world.tenant.AddPerson(entra.Person{UserPrincipalName: fmt.Sprintf("p%d@rig.example", i), Assigned: true})
		if err != nil {
			return nil, err
		}
		p := person{name: known.UserPrincipalName, entra: known}
		if p.id, err = c.pushPerson(ctx, p.name, known.ObjectID); err != nil {
			return nil, err
		}
		k.people = append(k.people, p)
		twin := userBody(p.name, known.ObjectID, "twin", true)
		if r := c.scim(ctx, 0, c.world.foreign, http.MethodPost, "/Users", twin); r.status != http.StatusCreated {
			return nil, fmt.Errorf("the other organization cannot have a user of the same name: status %d, %v: %.300s", r.status, r.err, r.body)
		}
	}
	for i := range groups {
		name, objectID := fmt.Sprintf("g%d", i), ""
		if i == 0 {
			name, objectID = readersGroup, readersID
		}
		r := c.scim(ctx, 0, c.world.token, http.MethodPost, "/Groups", groupBody(name, objectID))
		if k.groups[name] = r.resource().ID; r.status != http.StatusCreated {
			return nil, fmt.Errorf("pushing the group %s: status %d, %v: %.300s", name, r.status, r.err, r.body)
		}
	}
	for _, p := range k.people {
		if c.member(ctx, 0, k, readersGroup, p, true) != OK {
			return nil, errors.New("a user cannot join the readers")
		}
	}
	return k, nil
}

// pushPerson creates a user and returns the id.
func (c *client) pushPerson(ctx context.Context, name, objectID string) (id string, err error) {
	text := c.text()
	call := c.begin(0, Create, userKey(name), state(text, true))
	r := c.scim(ctx, 0, c.world.token, http.MethodPost, "/Users", userBody(name, objectID, text, true))
	if c.end(call, r, "") != OK {
		return "", fmt.Errorf("pushing %s: status %d, %v: %.300s", name, r.status, r.err, r.body)
	}
	return r.resource().ID, nil
}

func userBody(name, objectID, text string, active bool) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"displayName":%q,"active":%t,`+
		`"emails":[{"type":"work","primary":true,"value":%[1]q}]}`, name, objectID, text, active)
}

func groupBody(name, objectID string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%q,"externalId":%q}`, name, objectID)
}

// login signs a person in at a node, by way of the tenant, and remembers the session.
func (c *client) login(ctx context.Context, node int, k *cast, p person) Outcome {
	label := k.label()
	call := c.begin(node, Login, userKey(p.name), label)
	cookie, r := c.throughTenant(ctx, node, p)
	if cookie == nil {
		reason := r.header.Get("X-Doorlist-Reason")
		if reason == "" || reason == "unavailable" {
			return c.finish(call, Unknown, r.status, reason)
		}
		return c.finish(call, Refused, r.status, reason)
	}
	k.signedIn(p.name, cookie, label)
	return c.finish(call, OK, r.status, p.name)
}

// throughTenant does what a browser does, up to the session's cookie; nil without one.
func (c *client) throughTenant(ctx context.Context, node int, p person) (http.Header, reply) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, reply{err: err}
	}
	browser := *c
	browser.http = &http.Client{Timeout: 2 * callTimeout, Transport: c.http.Transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/authorize") {
			q := r.URL.Query()
			q.Set("sim_user", p.name)
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}}
	r := browser.ask(ctx, node, http.MethodGet, "/login/entra", http.Header{}, "")
	at, err := url.Parse(c.world.nodes[node].url())
	if err != nil {
		return nil, reply{err: err}
	}
	for _, cookie := range jar.Cookies(at) {
		if cookie.Name == "doorlist" {
			return http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}, r
		}
	}
	return nil, r
}

// verify asks as a reverse proxy does about a request of a session.
func (c *client) verify(ctx context.Context, node int, p person, s session) Outcome {
	call := c.begin(node, Verify, userKey(p.name), s.label)
	r := c.ask(ctx, node, http.MethodGet, "/auth/verify", s.cookie.Clone(), "")
	got := r.header.Get("X-Doorlist-Reason")
	if r.outcome() == OK {
		got = p.name
		if id := r.header.Get("X-Doorlist-User"); id != p.id {
			got = id
		}
	}
	return c.end(call, r, got)
}
