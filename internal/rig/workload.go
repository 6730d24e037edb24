package rig

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// work is what a client may do next, and how often among all of it.
type work struct {
	share int
	do    func(c *client, ctx context.Context, k *cast, node int) Outcome
}

// workload is the mix of calls: what a provider pushes, what proxies ask, and people who sign in.
var workload = []work{
	{30, (*client).checkSomebody},
	{12, (*client).signSomebodyIn},
	{14, (*client).changeSomebody},
	{10, (*client).readSomebody},
	{14, (*client).moveSomebody},
	{6, (*client).readGroup},
	{14, (*client).comeOrGo},
	{6, (*client).trespass},
}

// thinks is how long a client waits between two calls, so that servers and rig share a small machine, and how long after a failure.
const (
	thinks   = 2 * time.Millisecond
	recovers = 20 * time.Millisecond
)

// run works until ctx ends. A call that is under way then is finished.
func (c *client) run(ctx context.Context, k *cast) {
	for ctx.Err() == nil {
		pause := thinks
		if c.next()(c, context.WithoutCancel(ctx), k, c.rng.IntN(len(c.world.nodes))) == Unknown {
			pause = recovers
		}
		sleep(ctx, pause)
	}
}

// next chooses what to do.
func (c *client) next() func(*client, context.Context, *cast, int) Outcome {
	all := 0
	for _, w := range workload {
		all += w.share
	}
	at := c.rng.IntN(all)
	i := slices.IndexFunc(workload, func(w work) bool { at -= w.share; return at < 0 })
	return workload[i].do
}

func (c *client) somebody(k *cast) person { return k.people[c.rng.IntN(len(k.people))] }

func (c *client) checkSomebody(ctx context.Context, k *cast, node int) Outcome {
	p := c.somebody(k)
	sessions := k.sessionsOf(p.name)
	if len(sessions) == 0 {
		return c.login(ctx, node, k, p)
	}
	return c.verify(ctx, node, p, sessions[c.rng.IntN(len(sessions))])
}

// signSomebodyIn signs somebody in whose latest session is served no longer, which is asked first.
func (c *client) signSomebodyIn(ctx context.Context, k *cast, node int) Outcome {
	p := c.somebody(k)
	sessions := k.sessionsOf(p.name)
	if len(sessions) > 0 {
		if outcome := c.verify(ctx, node, p, sessions[len(sessions)-1]); outcome != Refused {
			return outcome
		}
	}
	return c.login(ctx, node, k, p)
}

// changeSomebody writes a new text and says whether its user may come in, in one request; half of the time while its rival does the same elsewhere. It reads the user
// through some node before and after, which must not remember what was.
func (c *client) changeSomebody(ctx context.Context, k *cast, node int) Outcome {
	p, reader, elsewhere := c.somebody(k), c.rng.IntN(len(c.world.nodes)), c.rng.IntN(len(c.world.nodes))
	c.readRecord(ctx, reader, p)
	var rival sync.WaitGroup
	if c.rng.IntN(2) == 0 {
		rival.Go(func() { c.rival.change(ctx, elsewhere, p, c.rival.rng.IntN(2) == 0) })
	}
	outcome := c.change(ctx, node, p, c.rng.IntN(3) > 0)
	rival.Wait()
	if outcome != OK {
		return outcome
	}
	return c.readRecord(ctx, reader, p)
}

func (c *client) change(ctx context.Context, node int, p person, active bool) Outcome {
	text := c.text()
	call := c.begin(node, Write, userKey(p.name), state(text, active))
	body := patchBody(fmt.Sprintf(`{"op":"Replace","path":"displayName","value":%q}`, text), fmt.Sprintf(`{"op":"Replace","path":"active","value":"%t"}`, active))
	if c.rng.IntN(2) == 0 {
		body = patchBody(fmt.Sprintf(`{"op":"replace","value":{"displayName":%q,"active":%t}}`, text, active))
	}
	r := c.scim(ctx, node, c.world.token, http.MethodPatch, "/Users/"+p.id, body)
	got := ""
	if r.outcome() == OK {
		got = r.resource().state()
	}
	return c.end(call, r, got)
}

func (c *client) readSomebody(ctx context.Context, k *cast, node int) Outcome {
	p := c.somebody(k)
	if c.rng.IntN(2) == 0 {
		outcome, _ := c.lookUp(ctx, node, p.name)
		return outcome
	}
	return c.readRecord(ctx, node, p)
}

// readRecord reads a user by id.
func (c *client) readRecord(ctx context.Context, node int, p person) Outcome {
	call := c.begin(node, Read, userKey(p.name), "")
	r := c.scim(ctx, node, c.world.token, http.MethodGet, "/Users/"+p.id, "")
	if r.status == http.StatusNotFound {
		return c.finish(call, OK, r.status, "")
	}
	if r.outcome() != OK {
		return c.end(call, r, "")
	}
	return c.end(call, r, r.resource().state())
}

// lookUp finds a user by name, as Entra does before each change; nil where there is none, or not one.
func (c *client) lookUp(ctx context.Context, node int, name string) (Outcome, *resource) {
	call := c.begin(node, Read, userKey(name), "")
	r := c.scim(ctx, node, c.world.token, http.MethodGet, named("Users", "userName", name), "")
	found, err := r.page()
	switch {
	case r.outcome() != OK:
		return c.end(call, r, ""), nil
	case err != nil || found.TotalResults != len(found.Resources) || found.TotalResults > 1:
		return c.end(call, r, several), nil
	case found.TotalResults == 0:
		return c.end(call, r, ""), nil
	}
	return c.end(call, r, found.Resources[0].state()), &found.Resources[0]
}

// moveSomebody lets somebody enter or leave a group.
func (c *client) moveSomebody(ctx context.Context, k *cast, node int) Outcome {
	names := sortedKeys(k.groups)
	return c.member(ctx, node, k, names[c.rng.IntN(len(names))], c.somebody(k), c.rng.IntN(5) > 1)
}

func (c *client) member(ctx context.Context, node int, k *cast, group string, p person, enter bool) Outcome {
	do, operation := Leave, fmt.Sprintf(`{"op":"Remove","path":"members[value eq \"%s\"]"}`, p.id)
	if c.rng.IntN(2) == 0 {
		operation = fmt.Sprintf(`{"op":"remove","path":"members","value":[{"value":%q}]}`, p.id)
	}
	if enter {
		do, operation = Join, fmt.Sprintf(`{"op":"Add","path":"members","value":[{"value":%q}]}`, p.id)
	}
	call := c.begin(node, do, memberKey(group, p.name), "")
	return c.end(call, c.scim(ctx, node, c.world.token, http.MethodPatch, "/Groups/"+k.groups[group], patchBody(operation)), "")
}

// readGroup reads all members at once, which is a reading of each.
func (c *client) readGroup(ctx context.Context, k *cast, node int) Outcome {
	names := sortedKeys(k.groups)
	return c.members(ctx, node, k, names[c.rng.IntN(len(names))])
}

func (c *client) members(ctx context.Context, node int, k *cast, group string) (outcome Outcome) {
	begun := c.begin(node, Read, "", "")
	r := c.scim(ctx, node, c.world.token, http.MethodGet, "/Groups/"+k.groups[group], "")
	there := map[string]string{}
	for _, m := range r.resource().Members {
		there[m.Value] = in
	}
	for _, p := range k.people {
		call := begun
		call.Key = memberKey(group, p.name)
		outcome = c.end(call, r, there[p.id])
	}
	return outcome
}

// Names of users who come and go are taken by several clients at once, and left for others after a while, so that no name's history grows without end.
const (
	fleetingNames = 5
	fleetingFor   = 5 * time.Second
)

// comeOrGo creates a user, or looks one up and deletes the one it finds.
func (c *client) comeOrGo(ctx context.Context, _ *cast, node int) Outcome {
	name := fmt.Sprintf("fleeting%d-%d@rig.example", c.notes.now()/fleetingFor, c.rng.IntN(fleetingNames))
	if c.rng.IntN(2) == 0 {
		return c.come(ctx, node, name)
	}
	outcome, found := c.lookUp(ctx, node, name)
	if found == nil {
		return outcome
	}
	return c.drop(ctx, node, name, found.state(), found.ID)
}

// come creates a user, and again as long as nobody knows whether that has happened, as a provider does whose answer was lost; with another text each time, because the
// first user may be deleted before the second is created. Half of the users are spelled in capitals: that is the same name.
func (c *client) come(ctx context.Context, node int, name string) (outcome Outcome) {
	externalID, spelled := "fleeting-"+c.text(), name
	if c.rng.IntN(2) == 0 {
		spelled = strings.ToUpper(name)
	}
	outcome = Unknown
	for try := 0; try < 3 && outcome == Unknown; try++ {
		text := c.text()
		call := c.begin(node, Create, userKey(name), state(text, true))
		outcome = c.end(call, c.scim(ctx, node, c.world.token, http.MethodPost, "/Users", userBody(spelled, externalID, text, true)), "")
	}
	return outcome
}

func (c *client) drop(ctx context.Context, node int, name, there, id string) Outcome {
	call := c.begin(node, Delete, userKey(name), there)
	return c.end(call, c.scim(ctx, node, c.world.token, http.MethodDelete, "/Users/"+id, ""), "")
}

// trespass asks in the other organization's name for something of the first: it must look as what never was.
func (c *client) trespass(ctx context.Context, k *cast, node int) Outcome {
	p := c.somebody(k)
	ways := []struct{ method, path, body string }{
		{http.MethodGet, "/Users/" + p.id, ""},
		{http.MethodPatch, "/Users/" + p.id, patchBody(`{"op":"Replace","path":"active","value":false}`)},
		{http.MethodDelete, "/Users/" + p.id, ""},
		{http.MethodGet, "/Groups/" + k.groups[readersGroup], ""},
		{http.MethodPatch, "/Groups/" + k.groups[readersGroup], patchBody(fmt.Sprintf(`{"op":"Remove","path":"members[value eq \"%s\"]"}`, p.id))},
		{http.MethodGet, named("Users", "userName", p.name), ""},
		{http.MethodGet, named("Users", "id", p.id), ""},
	}
	w := ways[c.rng.IntN(len(ways))]
	call := c.begin(node, Foreign, userKey(p.name), w.method+" "+w.path)
	r := c.scim(ctx, node, c.world.foreign, w.method, w.path, w.body)
	if outcome := r.outcome(); outcome == Unknown || outcome == Shed {
		return c.end(call, r, "")
	}
	if r.status == http.StatusNotFound || hides(r, p.id) {
		return c.finish(call, OK, r.status, "")
	}
	return c.finish(call, Refused, r.status, "it was not hidden")
}

// hides says that an answer is a list without the id.
func hides(r reply, id string) bool {
	list, err := r.page()
	return err == nil && strings.Contains(string(r.body), "ListResponse") && list.TotalResults == len(list.Resources) &&
		!slices.ContainsFunc(list.Resources, func(o resource) bool { return o.ID == id })
}
