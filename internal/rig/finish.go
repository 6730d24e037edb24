package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// backWithin is how long servers may take to answer again when all is mended.
const backWithin = 60 * time.Second

// lookBack waits until every node answers again, reads through each of them what there is, and takes the trail down.
func (c *client) lookBack(ctx context.Context, k *cast) error {
	for node := range c.world.nodes {
		if err := c.await(ctx, node); err != nil {
			c.notes.trouble("node %d is not ready although all is mended: %v", node, err)
			return nil
		}
		if err := c.readAll(ctx, node, k); err != nil {
			return err
		}
	}
	if err := c.takeFinal(ctx); err != nil {
		return err
	}
	if err := c.takeTrail(ctx); err != nil {
		return err
	}
	return c.readLogs()
}

// await waits until a node is ready.
func (c *client) await(ctx context.Context, node int) error {
	ctx, cancel := context.WithTimeout(ctx, backWithin)
	defer cancel()
	for {
		r := c.ask(ctx, node, http.MethodGet, "/readyz", http.Header{}, "")
		if r.outcome() == OK {
			return nil
		}
		if !sleep(ctx, recovers) {
			return fmt.Errorf("status %d, %w: %s", r.status, r.err, r.body)
		}
	}
}

// readAll reads everybody, every group and every session through a node.
func (c *client) readAll(ctx context.Context, node int, k *cast) error {
	names := map[string]bool{}
	c.notes.mu.Lock()
	for _, call := range c.notes.history.Calls {
		if call.Do == Create {
			names[userOf(call.Key)] = true
		}
	}
	c.notes.mu.Unlock()
	for _, name := range sortedKeys(names) {
		if outcome, _ := c.lookUp(ctx, node, name); outcome != OK {
			return fmt.Errorf("looking for %s at node %d, where all is mended: %s", name, node, outcome)
		}
	}
	for _, group := range sortedKeys(k.groups) {
		c.members(ctx, node, k, group)
	}
	for _, p := range k.people {
		for _, s := range k.sessionsOf(p.name) {
			c.verify(ctx, node, p, s)
		}
	}
	return nil
}

// takeFinal reads what there is, in pages.
func (c *client) takeFinal(ctx context.Context) error {
	users, err := c.list(ctx, "/Users?")
	if err != nil {
		return err
	}
	groups, err := c.list(ctx, "/Groups?")
	if err != nil {
		return err
	}
	var f Final
	for _, u := range users {
		f.Users = append(f.Users, FinalUser{u.ID, u.UserName, u.state(), u.version()})
	}
	for _, g := range groups {
		one := FinalGroup{ID: g.ID, Name: g.DisplayName, Version: g.version()}
		for _, m := range g.Members {
			one.Members = append(one.Members, m.Value)
		}
		f.Groups = append(f.Groups, one)
	}
	c.notes.note(line{Final: &f})
	return nil
}

func (c *client) list(ctx context.Context, path string) (all []resource, err error) {
	for {
		r := c.scim(ctx, 0, c.world.token, http.MethodGet, fmt.Sprintf("%sstartIndex=%d&count=100", path, len(all)+1), "")
		p, err := r.page()
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", path, err)
		}
		all = append(all, p.Resources...)
		if len(all) >= p.TotalResults || len(p.Resources) == 0 {
			return all, nil
		}
	}
}

// takeTrail takes the audit trail down, and demands that its chain holds.
func (c *client) takeTrail(ctx context.Context) error {
	if _, err := c.world.command(ctx, "audit", "verify", "--org", "contoso"); err != nil {
		c.notes.trouble("the trail does not verify: %v", err)
	}
	events, err := c.world.events(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		c.notes.note(line{Event: &e})
	}
	return nil
}

// crashes are how a program that has failed within ends its last words, and how its server tells of a request that has.
var crashes = []string{"msg=panic", "panic:", "fatal error:", "DATA RACE"}

// readLogs looks for failures of the servers that their clients did not see.
func (c *client) readLogs() error {
	for i, n := range c.world.nodes {
		file, err := os.Open(n.log.Name())
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if slices.ContainsFunc(crashes, func(word string) bool { return strings.Contains(lines.Text(), word) }) {
				c.notes.trouble("node %d: %s", i, lines.Text())
			}
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return err
		}
	}
	return nil
}
