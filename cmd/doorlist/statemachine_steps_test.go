package main

import (
	"fmt"
	"strconv"
	"time"

	"doorlist/store"
)

// oneOf takes one of the values.
func oneOf[T any](c *comparison, values ...T) T { return values[c.rng.IntN(len(values))] }

// administer changes something as an administrator's command does.
func (c *comparison) administer(person int) {
	p, s := &c.model.people[person], c.server
	switch c.rng.IntN(20) {
	case 0:
		c.model.mode = oneOf(c, "off", "per_user", "all", "all", "all")
		c.tell("the mode is %s", c.model.mode)
		s.inOrg(func(o *store.OrganizationTx) error { return o.SetSSOMode(store.SSOMode(c.model.mode)) })
	case 1, 2:
		c.mapGroup(c.rng.IntN(3), oneOf(c, 0, 1, 2, 3, 3))
	case 3:
		c.switchConnection()
	case 4:
		c.tell("the connection is configured in another way, and not armed")
		c.model.armed = false
		s.conn.SubjectClaim = oneOf(c, "a", "b", "c") + strconv.Itoa(len(c.told))
		s.inOrg(func(o *store.OrganizationTx) error { _, err := o.UpdateConnection(s.conn); return err })
	case 5:
		c.endOutages()
	case 6:
		c.tell("password sessions end")
		s.inOrg((*store.OrganizationTx).EndPasswordSessions)
		for i := range machinePeople {
			c.model.end(i, "password", "administrator")
		}
	case 7:
		c.setBrake()
	case 8, 9:
		c.decide(person)
	case 10, 11:
		c.applyDue()
	default:
		if p.known {
			c.administerPerson(person)
		}
	}
}

// administerPerson changes something for one person whom the directory has.
func (c *comparison) administerPerson(person int) {
	p, s := &c.model.people[person], c.server
	inDirectory := func(fn func(d *store.DirectoryTx) error) {
		s.write(func(tx *store.Tx) error { return fn(tx.Directory(s.keys[person])) })
	}
	switch c.rng.IntN(7) {
	case 0:
		p.choice = oneOf(c, "on", "off", "")
		c.tell("the choice for %d is %q", person, p.choice)
		s.inOrg(func(o *store.OrganizationTx) error {
			return o.SetSSOChoice(s.keys[person].DirectoryID, s.ids[person], p.choice)
		})
	case 1:
		lasts := oneOf(c, 10*time.Minute, time.Hour, 5*time.Hour)
		c.tell("an outage of %v for %d", lasts, person)
		if until := c.model.now.Add(lasts); until.After(p.outage) {
			p.outage = until
		}
		var out store.Outage
		s.inOrg(func(o *store.OrganizationTx) (err error) {
			out, err = o.StartOutage("", "test", lasts, []store.OutagePerson{{DirectoryID: s.keys[person].DirectoryID, UserID: s.ids[person]}})
			return err
		})
		s.outages = append(s.outages, out.ID)
	case 2, 3, 4:
		if p.parted { // nothing of the record can be changed before the decision
			return
		}
		c.tell("%d gets a password", person)
		p.password = true
		c.model.end(person, "password", "password_changed")
		before, err := s.store.Directory(s.keys[person]).User(s.t.Context(), s.ids[person])
		s.must(err)
		after := before.UserRecord
		after.PasswordHash = &cheapHash
		inDirectory(func(d *store.DirectoryTx) error { _, err := d.UpdateUser(before, after); return err })
	case 5:
		c.tell("the password of %d is wiped", person)
		p.password = false
		inDirectory(func(d *store.DirectoryTx) error { return d.WipePassword(s.ids[person]) })
	case 6:
		c.tell("%d is released", person)
		if p.held {
			p.held, p.proven = false, ""
		}
		inDirectory(func(d *store.DirectoryTx) error { return d.ReleaseUser(s.ids[person]) })
	}
}

func (c *comparison) mapGroup(group, role int) {
	s := c.server
	c.tell("the group %d gives the role %d", group, role)
	c.model.groups[group] = role
	was, made := s.mappings[group], store.Mapping{}
	s.inOrg(func(o *store.OrganizationTx) (err error) {
		switch {
		case role > 0 && was != "":
			made, err = o.UpdateMapping(was, s.roles[role].ID)
		case role > 0:
			made, err = o.CreateMapping(store.Mapping{ConnectionID: s.conn.ID, RoleID: s.roles[role].ID, GroupID: s.groups[group]})
		case was != "":
			err = o.RemoveMapping(was)
		}
		return err
	})
	s.mappings[group] = made.ID
}

func (c *comparison) switchConnection() {
	s := c.server
	c.model.on = !c.model.on || c.rng.IntN(3) > 0
	c.tell("the connection is on: %t", c.model.on)
	if s.conn.Enabled = c.model.on; !c.model.on {
		for i := range machinePeople {
			c.model.end(i, "", "connection_off")
		}
	}
	s.inOrg(func(o *store.OrganizationTx) error { _, err := o.UpdateConnection(s.conn); return err })
}

func (c *comparison) endOutages() {
	s := c.server
	c.tell("the outages are ended")
	for i := range c.model.people {
		if p := &c.model.people[i]; c.model.now.Before(p.outage) {
			p.outage = time.Time{}
			c.model.end(i, "password", "outage_over")
		}
	}
	s.inOrg(func(o *store.OrganizationTx) error {
		for _, id := range s.outages {
			if err := o.EndOutage(id); err != nil {
				return err
			}
		}
		return nil
	})
	s.outages = nil
}

// provision pushes something as the provider does, and returns the status of the answer. While the connection is off, a
// push is refused and changes nothing.
func (c *comparison) provision(person int) (got, want string) {
	p, s := &c.model.people[person], c.server
	oid := s.tenant[person].ObjectID
	method, path, body, status := "PATCH", "/Users/"+s.ids[person], "", 200
	var change func()
	patch := func(attribute, value string) {
		body = fmt.Sprintf(`{"Operations":[{"op":"Replace","path":%q,"value":%q}]}`, attribute, value)
	}
	switch n := c.rng.IntN(16); {
	case !p.known:
		method, path, body, status = "POST", "/Users", c.resource(person), 201
		change = func() { *p = modelPerson{known: true, active: true, identity: "own", life: p.life + 1} }
	case p.parted:
		about := c.aboutParted(person)
		method, path, body, status, change = about.method, about.path, about.body, about.status, about.change
	case n == 0:
		if c.model.parts(p) && p.identity != "own" { // whom the tenant sends next would be another person of that name
			return "", ""
		}
		method, status = "DELETE", 204
		change = func() { c.model.remove(person) }
	case n < 3:
		patch("active", "false")
		change = func() { c.model.switchOff(person) }
	case n < 5:
		patch("active", "true")
		change = func() { p.active, p.kept, p.until = true, false, time.Time{} }
	case n < 8:
		identity := oneOf(c, "own", "own", "own", "alias", "other")
		patch("externalId", map[string]string{"own": oid, "alias": "alias", "other": "ffffffff" + oid[8:]}[identity])
		change = func() { c.identify(person, identity) }
	default:
		group, member := c.rng.IntN(3), oneOf(c, 0, 1, 1)
		path, status = "/Groups/"+s.groups[group], 204
		body = fmt.Sprintf(`{"Operations":[{"op":%q,"path":"members","value":[{"value":%q}]}]}`, []string{"Remove", "Add"}[member], s.ids[person])
		change = func() { p.member[group] = member }
	}
	c.tell("push for %d: %s %s %s", person, method, path, body)
	if c.model.on {
		change()
	} else {
		status = 401
	}
	code, id := s.scim(method, path, body)
	if method == "POST" && code == 201 {
		s.ids[person] = id
	}
	return strconv.Itoa(code), strconv.Itoa(status)
}

// identify changes the external id of a person's record: one object id in the place of another may be another person.
func (c *comparison) identify(person int, identity string) {
	p := &c.model.people[person]
	if identity == p.identity {
		return
	}
	if identity != "alias" {
		p.held = p.held || p.identity != "alias" || p.proven != "" && p.proven != identity
	}
	p.identity = identity
	c.model.end(person, "", "identity")
}
