package main

import (
	"slices"
	"time"
)

// model is what the door should do, told without a database, HTTP or package policy: one organization with one connection,
// a few people, and a session for each browser. TestStateMachine demands that the server does the same.
type model struct {
	now       time.Time
	on, armed bool          // the connection; armed: an administrator has come in through it
	mode      string        // of single sign-on
	hold      time.Duration // for which the brake holds everybody who leaves; 0 holds nobody
	groups    [3]int        // the role that each group gives; 0 is none
	people    []modelPerson
	browsers  []modelSession
}

type modelPerson struct {
	local, known, active, held, password bool // held: the record was tied to another person
	life, role                           int  // which life, after a deletion; the role given by hand
	identity, proven, choice             string
	member                               [3]int    // 1 where the person is in the group
	outage                               time.Time // until when it lets them use a password
	kept, parted                         bool      // by the brake, of those whom the provider has switched off, and deleted
	until                                time.Time // when that takes effect by itself; zero for never
}

type modelSession struct {
	person, life int // nobody is -1
	method, over string
	idle, end    time.Time
}

func (m *model) method(p *modelPerson) string {
	notChosen := m.mode == "off" || m.mode == "per_user" && p.choice != "on" || m.mode == "all" && p.choice == "off"
	if p.local || notChosen || p.password && (m.now.Before(p.outage) || !m.armed) {
		return "password"
	}
	return "sso"
}

func (m *model) role(p *modelPerson) int {
	return max(p.role, m.groups[0]*p.member[0], m.groups[1]*p.member[1], m.groups[2]*p.member[2])
}

// judge says why a person who has proved who they are may not be here; "-" for one who may.
func (m *model) judge(p *modelPerson, method string, applies bool) string {
	sso := method == "sso"
	fails := []bool{!p.local && !m.on, !p.known, !p.mayEnter(), p.held, sso && p.identity == "alias", !applies && sso, !applies, m.role(p) == 0, true}
	return []string{"connection_off", "not_provisioned", "inactive", "rebound_pending", "mapping_unsafe", "password_required", "sso_required", "no_role", "-"}[slices.Index(fails, true)]
}

func (m *model) signIn(browser, person int, method string) string {
	p, lasts := &m.people[person], 10*time.Hour
	why, other := m.judge(p, method, method == m.method(p)), method == "sso" && m.on && p.known && p.identity != "own"
	switch {
	case method == "password" && !(p.known && p.password):
		return "bad_credentials"
	case other:
		return map[bool]string{true: "mapping_unsafe", false: "not_provisioned"}[p.identity == "alias" && !p.held]
	case why != "-":
		return why
	case method == "password" && m.now.Before(p.outage):
		lasts = min(lasts, p.outage.Sub(m.now))
	}
	m.armed = m.armed || method == "sso" && m.role(p) == 3
	if p.identity != "alias" {
		p.proven = p.identity
	}
	m.browsers[browser] = modelSession{person, p.life, method, "", m.now.Add(time.Hour), m.now.Add(lasts)}
	return "admitted"
}

func (m *model) request(browser int) string {
	s := &m.browsers[browser]
	p := m.people[max(s.person, 0)]
	p.known = p.known && p.life == s.life
	switch why := m.judge(&p, s.method, true); {
	case s.person < 0:
		return "nobody"
	case s.over == "password_changed":
		return "session_revoked"
	case !m.now.Before(s.idle), !m.now.Before(s.end):
		return "session_expired"
	case why != "-":
		return why
	case s.over != "":
		return "session_revoked"
	}
	s.idle = m.now.Add(time.Hour)
	return []string{"", "reader", "writer", "admin"}[m.role(&p)] // with which the browser passes
}

// end ends the sessions of a person (all: -1) that were begun by a method ("": by any).
func (m *model) end(person int, method, why string) {
	for i := range m.browsers {
		if s := &m.browsers[i]; (s.person == person || person < 0) && s.over == "" && (method == "" || s.method == method) {
			s.over = why
		}
	}
}
