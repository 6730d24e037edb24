package main

import (
	"fmt"
	"time"

	"doorlist/store"
)

// setBrake lets the brake hold everybody who leaves from now on, or nobody.
func (c *comparison) setBrake() {
	brake := store.Brake{Hold: oneOf(c, 0, time.Hour, 3*time.Hour)}
	c.tell("the brake holds everybody for %v", brake.Hold)
	c.model.hold = brake.Hold
	c.server.write(func(tx *store.Tx) error { return tx.Directory(c.server.conn.Directory()).SetBrake(brake) })
}

// decide lets the pushes take effect on those who wait, or on one person whom the brake keeps, or else keeps them.
func (c *comparison) decide(person int) {
	method, change, word := (*store.DirectoryTx).ApplyHeld, c.model.apply, "applied to"
	if c.rng.IntN(2) == 0 {
		method, change, word = (*store.DirectoryTx).ReleaseHeld, c.model.keep, "kept from"
	}
	id := c.server.ids[person]
	if id == "" || c.rng.IntN(3) == 0 {
		id = ""
		c.tell("what the brake holds is %s all who wait", word)
		for i := range c.model.people {
			if c.model.people[i].waits() {
				change(i)
			}
		}
	} else {
		c.tell("what the brake holds is %s %d", word, person)
		change(person)
	}
	c.server.write(func(tx *store.Tx) error {
		_, err := method(tx.Directory(c.server.conn.Directory()), id)
		return err
	})
}

// applyDue is the server's upkeep: pushes take effect on those whose time is over.
func (c *comparison) applyDue() {
	c.tell("the upkeep looks whose time is over")
	for i := range c.model.people {
		if p := &c.model.people[i]; p.waits() && !c.model.now.Before(p.until) {
			c.model.apply(i)
		}
	}
	c.server.must(c.server.store.ApplyDue(c.server.t.Context()))
}

// pushed is a request of the provider, the status that it should be answered with, and what it changes.
type pushed struct {
	method, path, body string
	status             int
	change             func()
}

// aboutParted pushes something about somebody whom the provider has deleted, and the brake keeps.
func (c *comparison) aboutParted(person int) pushed {
	s := c.server
	nothing := func() {}
	switch user := "/Users/" + s.ids[person]; c.rng.IntN(4) {
	case 0:
		return pushed{"PATCH", user, `{"Operations":[{"op":"Replace","path":"active","value":true}]}`, 404, nothing}
	case 1:
		return pushed{"DELETE", user, "", 404, nothing}
	case 2:
		body := fmt.Sprintf(`{"Operations":[{"op":"Remove","path":"members","value":[{"value":%q}]}]}`, s.ids[person])
		return pushed{"PATCH", "/Groups/" + s.groups[c.rng.IntN(3)], body, 204, nothing}
	}
	return pushed{"POST", "/Users", c.resource(person), 201, func() { c.model.revive(person) }}
}

// resource is a person as the provider sends them at first.
func (c *comparison) resource(person int) string {
	return fmt.Sprintf(`{"userName":%q,"externalId":%q,"active":true}`, c.server.names[person], c.server.tenant[person].ObjectID)
}
