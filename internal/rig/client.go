package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// callTimeout is how long a client waits for an answer before it gives up.
const callTimeout = 3 * time.Second

// client is one caller of the world's servers: it makes one call at a time and notes each.
type client struct {
	name  string
	world *world
	notes *recorder
	rng   *rand.Rand
	http  *http.Client
	texts int
	rival *client // changes something at the same time; nil for clients that take no part in the workload
}

func newClient(name string, w *world, notes *recorder, seed uint64) *client {
	return &client{
		name: name, world: w, notes: notes, rng: rand.New(rand.NewPCG(seed, 0)),
		http: &http.Client{Timeout: callTimeout, Transport: &http.Transport{}},
	}
}

// text is one that no other change writes.
func (c *client) text() string {
	c.texts++
	return fmt.Sprintf("%s-%d", c.name, c.texts)
}

// reply is an answer, or why there is none.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// outcome is what an answer tells of a call.
func (r reply) outcome() Outcome {
	switch {
	case r.err != nil || r.status >= 500:
		return Unknown
	case r.status == http.StatusTooManyRequests:
		return Shed
	case r.status/100 == 2:
		return OK
	}
	return Refused
}

// ask makes a request of a node.
func (c *client) ask(ctx context.Context, node int, method, path string, header http.Header, body string) reply {
	req, err := http.NewRequestWithContext(ctx, method, c.world.nodes[node].url()+path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	req.Header = header
	res, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, text, err}
}

// scim makes a SCIM request with a token.
func (c *client) scim(ctx context.Context, node int, token, method, path, body string) reply {
	header := http.Header{"Authorization": {"Bearer " + token}}
	if body != "" {
		header.Set("Content-Type", "application/scim+json")
	}
	return c.ask(ctx, node, method, "/scim/v2"+path, header, body)
}

// begin starts to note a call.
func (c *client) begin(node int, do Action, key, value string) Call {
	return Call{Client: c.name, Node: node, Do: do, Key: key, Value: value, Start: c.notes.now()}
}

// end notes a call with its answer.
func (c *client) end(call Call, r reply, got string) Outcome {
	return c.finish(call, r.outcome(), r.status, got)
}

// finish notes a call with what it came to.
func (c *client) finish(call Call, o Outcome, status int, got string) Outcome {
	call.End, call.Outcome, call.Status, call.Got = c.notes.now(), o, status, got
	c.notes.note(line{Call: &call})
	return o
}

// resource is what the rig reads of a user or group.
type resource struct {
	ID          string `json:"id"`
	UserName    string `json:"userName"`
	DisplayName string `json:"displayName"`
	Active      bool   `json:"active"`
	Members     []struct {
		Value string `json:"value"`
	} `json:"members"`
	Meta struct {
		Version string `json:"version"`
	} `json:"meta"`
}

// version is the number in an entity tag; -1 when there is none.
func (r resource) version() int {
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(r.Meta.Version, "W/"), `"`))
	if err != nil {
		return -1
	}
	return n
}

func (r resource) state() string { return state(r.DisplayName, r.Active) }

// resource reads one from an answer of 2xx; the zero resource from others.
func (r reply) resource() (one resource) {
	if r.outcome() == OK && len(r.body) > 0 {
		json.Unmarshal(r.body, &one) // what cannot be read shows as a state that nobody wrote
	}
	return one
}

// page is a list of resources.
type page struct {
	TotalResults int
	Resources    []resource
}

func (r reply) page() (p page, err error) {
	if r.outcome() != OK {
		return p, fmt.Errorf("status %d, %v: %.300s", r.status, r.err, r.body)
	}
	return p, json.NewDecoder(bytes.NewReader(r.body)).Decode(&p)
}

// named is the path of a look-up by a name.
func named(collection, attribute, name string) string {
	return "/" + collection + "?filter=" + url.QueryEscape(attribute+` eq "`+name+`"`)
}

// patchBody is a PATCH in one of Entra's two dialects.
func patchBody(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}
