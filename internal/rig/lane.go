package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"doorlist/entra"
)

// lane is a client of a sweep with a node of its own, and with whom or what its present trial is about.
type lane struct {
	*client
	node    int
	members []string // ids of users who are in groups
	person  person   // who signs in
	program url.Userinfo
	trials  int

	name, id string // of the subject; the id is "" where no events are about it
	cookie   http.Header
	token    string
}

func newLane(ctx context.Context, w *world, node int, seed uint64) (*lane, error) {
	c := newClient(fmt.Sprintf("lane%d", node), w, nil, seed+uint64(node))
	// A connection for each request: which of its bytes is which must not depend on the request before.
	c.http.Transport = &http.Transport{DisableKeepAlives: true}
	l := &lane{client: c, node: node}
	for i := range 3 {
		id, err := l.create(ctx, "Users", userBody(fmt.Sprintf("%s-member%d@rig.example", c.name, i), "", "a member", true))
		if err != nil {
			return nil, err
		}
		l.members = append(l.members, id)
	}
	if err := l.enroll(ctx); err != nil {
		return nil, err
	}
	out, err := w.command(ctx, "client", "create", "--connection", "entra", "--label", c.name, "--json")
	if err != nil {
		return nil, err
	}
	var made struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	err = json.Unmarshal(out, &made)
	l.program = *url.UserPassword(made.ID, made.Secret)
	return l, err
}

// enroll makes somebody who may come in.
func (l *lane) enroll(ctx context.Context) (err error) {
	known, err := l.world.tenant.AddPerson(entra.Person{UserPrincipalName: l.client.name + "@rig.example", Assigned: true})
	if err != nil {
		return err
	}
	l.person = person{name: known.UserPrincipalName, entra: known}
	if l.person.id, err = l.create(ctx, "Users", userBody(known.UserPrincipalName, known.ObjectID, "a visitor", true)); err != nil {
		return err
	}
	found, err := l.push(ctx, http.MethodGet, named("Groups", "displayName", readersGroup), "").page()
	if err != nil {
		return err
	}
	if len(found.Resources) == 0 {
		_, err = l.create(ctx, "Groups", membersBody(readersGroup, readersID, l.person.id))
		return err
	}
	r := l.push(ctx, http.MethodPatch, "/Groups/"+found.Resources[0].ID, patchBody(`{"op":"Add","path":"members","value":`+valuesOf(l.person.id)+`}`))
	if r.outcome() != OK {
		return fmt.Errorf("a visitor gets no role: status %d, %w", r.status, r.err)
	}
	return nil
}

// begin makes what the trial of a request is about.
func (l *lane) begin(ctx context.Context, q request) error {
	l.trials++
	l.name, l.id = fmt.Sprintf("%s-%d@rig.example", l.client.name, l.trials), ""
	return q.prepare(ctx, l)
}

// proxy is that of a wire; nil where there is none.
func (l *lane) proxy(w wire) *Proxy {
	if w.database {
		return l.world.nodes[l.node].database
	}
	return l.world.nodes[l.node].clients
}

// push makes a SCIM request.
func (l *lane) push(ctx context.Context, method, path, body string) reply {
	return l.scim(ctx, l.node, l.world.token, method, path, body)
}

// surely repeats a request that nothing disturbs any more until it is answered: connections that were cut before may yet be found broken.
func (l *lane) surely(ctx context.Context, method, path, body string) (r reply, err error) {
	for range manyTries {
		if r = l.push(ctx, method, path, body); r.outcome() != Unknown {
			return r, nil
		}
		sleep(ctx, recovers)
	}
	return r, fmt.Errorf("%s %s is not answered: status %d, %w: %.300s", method, path, r.status, r.err, r.body)
}

// create makes a resource and returns its id.
func (l *lane) create(ctx context.Context, collection, body string) (string, error) {
	r, err := l.surely(ctx, http.MethodPost, "/"+collection, body)
	if err == nil && r.status != http.StatusCreated {
		err = fmt.Errorf("creating one of %s: status %d: %.300s", collection, r.status, r.body)
	}
	return r.resource().ID, err
}

func membersBody(name, objectID string, ids ...string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%q,"externalId":%q,"members":%s}`, name, objectID, valuesOf(ids...))
}

// valuesOf names members as a request does.
func valuesOf(ids ...string) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// lookAtUser finds the subject by name: its state, or "" for nobody.
func lookAtUser(ctx context.Context, l *lane) (string, error) {
	one, err := l.find(ctx, "Users", "userName")
	if err != nil || one == nil {
		return "", err
	}
	return one.state(), nil
}

// lookAtGroup finds the subject by name: the numbers of its members in brackets, or "" for none.
func lookAtGroup(ctx context.Context, l *lane) (string, error) {
	one, err := l.find(ctx, "Groups", "displayName")
	if err != nil || one == nil {
		return "", err
	}
	var list []int
	for _, m := range one.Members {
		list = append(list, slices.Index(l.members, m.Value))
	}
	slices.Sort(list)
	return fmt.Sprint(list), nil
}

// find looks the subject up and takes its id down; nil for none. More than one is an error.
func (l *lane) find(ctx context.Context, collection, attribute string) (*resource, error) {
	r, err := l.surely(ctx, http.MethodGet, named(collection, attribute, l.name), "")
	if err != nil {
		return nil, err
	}
	p, err := r.page()
	if err != nil || len(p.Resources) == 0 {
		return nil, err
	}
	if len(p.Resources) > 1 {
		return nil, errors.New("there are several of the name " + l.name)
	}
	l.id = p.Resources[0].ID
	return &p.Resources[0], nil
}

// signIn begins a session for the lane's visitor.
func (l *lane) signIn(ctx context.Context) (r reply) {
	l.cookie, r = l.throughTenant(ctx, l.node, l.person)
	if l.cookie == nil && r.outcome() == OK {
		r.err = errors.New("signed in without a session")
	}
	return r
}

// lookAtSession asks whether the session is served.
func lookAtSession(ctx context.Context, l *lane) (string, error) {
	if l.cookie == nil {
		return "out", nil
	}
	return l.served(ctx, "/auth/verify", l.cookie)
}

// lookAtToken asks whether the token is good.
func lookAtToken(ctx context.Context, l *lane) (string, error) {
	if l.token == "" {
		return "out", nil
	}
	return l.served(ctx, "/scim/v2/ServiceProviderConfig", http.Header{"Authorization": {"Bearer " + l.token}})
}

func (l *lane) served(ctx context.Context, path string, header http.Header) (string, error) {
	var r reply
	for range manyTries {
		switch r = l.ask(ctx, l.node, http.MethodGet, path, header.Clone(), ""); r.outcome() {
		case OK:
			return "in", nil
		case Refused:
			return "out", nil
		}
		sleep(ctx, recovers)
	}
	return "", fmt.Errorf("%s is not answered: status %d, %w", path, r.status, r.err)
}

// form posts a form.
func (l *lane) form(ctx context.Context, path string, header http.Header, fields url.Values) reply {
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return l.ask(ctx, l.node, http.MethodPost, path, header, fields.Encode())
}
