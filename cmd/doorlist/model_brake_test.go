package main

import "time"

// mayEnter: what the brake keeps from taking effect does not count at the door.
func (p *modelPerson) mayEnter() bool { return p.active || p.kept || p.parted }

// waits says that the push takes effect by itself, and not before an administrator's word.
func (p *modelPerson) waits() bool { return (p.kept || p.parted) && !p.until.IsZero() }

// switchOff is the provider's word that somebody is switched off.
func (m *model) switchOff(person int) {
	p := &m.people[person]
	switch {
	case !p.active:
		return
	case m.hold > 0:
		p.kept, p.until = true, m.now.Add(m.hold)
	default:
		m.end(person, "", "inactive")
	}
	p.active = false
}

// remove is the provider's word that somebody is deleted. Who waits already waits no longer for that.
func (m *model) remove(person int) {
	p := &m.people[person]
	if !m.parts(p) {
		m.forget(person)
		return
	}
	if !p.waits() {
		p.until = m.now.Add(m.hold)
	}
	p.parted = true
}

// parts says whether the brake holds the deletion of somebody.
func (m *model) parts(p *modelPerson) bool { return m.hold > 0 && p.mayEnter() && !p.held }

func (m *model) forget(person int) {
	p := &m.people[person]
	p.known, p.kept, p.parted, p.until = false, false, false, time.Time{}
	m.end(person, "", "deleted")
}

// revive is the provider's word that somebody whom it had deleted is there, switched on, and in no group yet.
func (m *model) revive(person int) {
	p := &m.people[person]
	p.active, p.kept, p.parted, p.until, p.member = true, false, false, time.Time{}, [3]int{}
}

// apply lets what the provider has said of somebody take effect.
func (m *model) apply(person int) {
	p := &m.people[person]
	switch {
	case p.parted:
		m.forget(person)
	case p.kept:
		p.kept, p.until = false, time.Time{}
		m.end(person, "", "inactive")
	}
}

// keep lets somebody stay until the provider switches them on.
func (m *model) keep(person int) {
	p := &m.people[person]
	if p.parted {
		p.parted, p.kept = false, !p.active
	}
	p.until = time.Time{}
}
