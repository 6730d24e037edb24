package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// pastRole is a role with the organization whose ladder it is on: that of a ceiling is its connection's owner's.
type pastRole struct {
	Role
	organizationID string
}

// readRules reads what is now.
func (p *Past) readRules(ctx context.Context) (err error) {
	o := p.scope
	if p.organization, err = o.findOrganization(ctx, o.id); err != nil {
		return err
	}
	above, err := o.Above(ctx)
	if err != nil {
		return err
	}
	p.line = []string{o.id}
	for _, a := range above {
		p.line = append(p.line, a.ID)
	}
	for _, id := range p.line {
		if err := p.readRulesOf(ctx, id); err != nil {
			return err
		}
	}
	return o.rows(ctx, "SELECT id, connection_id, role_id, coalesce(CAST(group_id AS text), ''), app_role, directory_id, external_key FROM mappings WHERE organization_id = ?",
		[]any{o.id}, func(scan scanner) error {
			var m pastMapping
			err := scan(&m.ID, &m.ConnectionID, &m.RoleID, &m.GroupID, &m.AppRole, &m.DirectoryID, &m.ExternalKey)
			p.mappings[m.ID] = m
			return err
		})
}

// readRulesOf reads the rules of an organization of the line.
func (p *Past) readRulesOf(ctx context.Context, id string) error {
	ladder, err := p.scope.roles(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range ladder {
		p.roles[r.ID] = pastRole{r, id}
	}
	connections, err := p.scope.connections(ctx, " WHERE c.organization_id = ?", id)
	if err != nil {
		return err
	}
	for _, c := range connections {
		p.connections[c.ID] = c
	}
	limits, err := p.scope.ceilings(ctx, id)
	if err != nil {
		return err
	}
	for connection, r := range limits {
		p.ceilings[connection] = r.ID
	}
	var start int64
	err = p.scope.row(ctx, "SELECT coalesce(max(at), 0) FROM trail_starts WHERE organization_id = ?", []any{id}, &start)
	if err != nil {
		return err
	}
	p.trailFrom(fromMicros(start))
	return p.scope.rows(ctx, "SELECT connection_id, said FROM attachments WHERE organization_id = ?", []any{id}, func(scan scanner) error {
		var connection, said string
		err := scan(&connection, &said)
		p.said[attached{id, connection}] = said
		return err
	})
}

// trailFrom says that the trail tells nothing sure of earlier instants.
func (p *Past) trailFrom(at time.Time) {
	if at.After(p.Since) {
		p.Since = at
	}
}

// undoRules undoes the changes of rules since, the latest first.
func (p *Past) undoRules(ctx context.Context) error {
	var changes []Event
	for _, id := range p.line {
		list, err := p.scope.concerning(ctx, id, []string{id}, p.At)
		if err != nil {
			return err
		}
		changes = append(changes, list...)
	}
	slices.SortFunc(changes, func(a, b Event) int { return strings.Compare(b.ID, a.ID) })
	for _, e := range changes {
		var d toldRule
		if err := json.Unmarshal([]byte(e.Detail), &d); err != nil {
			return err
		}
		p.undoRule(e, d)
	}
	return nil
}

// toldRule is what an event tells of a rule.
type toldRule struct {
	Before      json.RawMessage `json:"before"`
	BeforeName  string          `json:"before_name"`
	BeforeID    string          `json:"before_id"`
	Setting     Setting         `json:"setting"`
	Directory   string          `json:"directory"`
	ExternalKey string          `json:"external_key"`
	Ceiling     string          `json:"ceiling"`
}

// text is what was before where that is a text.
func (d toldRule) text() (was string) {
	_ = json.Unmarshal(d.Before, &was) // no text is none
	return was
}

func (p *Past) undoRule(e Event, d toldRule) {
	switch kind, verb, _ := strings.Cut(e.Action, "."); kind {
	case "role":
		p.undoRole(verb, e, d)
	case "mapping":
		p.undoMapping(verb, e, d)
	case "connection":
		p.undoConnection(verb, e, d)
	case "organization":
		p.undoOrganization(verb, e, d)
	}
}

func (p *Past) undoRole(verb string, e Event, d toldRule) {
	if verb == "created" {
		delete(p.roles, e.SubjectID)
		return
	}
	was := struct {
		Name       string  `json:"name"`
		Rank       int     `json:"rank"`
		Console    Console `json:"console"`
		SharedOnly bool    `json:"shared_only"`
	}{}
	if json.Unmarshal(d.Before, &was) == nil {
		p.roles[e.SubjectID] = pastRole{Role{e.SubjectID, was.Name, was.Rank, was.Console, was.SharedOnly}, e.OrganizationID}
	}
}

func (p *Past) undoMapping(verb string, e Event, d toldRule) {
	if verb == "created" {
		delete(p.mappings, e.SubjectID)
		return
	}
	was := struct {
		Connection string `json:"connection"`
		RoleID     string `json:"role_id"`
		GroupID    string `json:"group_id"`
		AppRole    string `json:"app_role"`
	}{}
	if e.OrganizationID == p.organization.ID && json.Unmarshal(d.Before, &was) == nil {
		p.mappings[e.SubjectID] = pastMapping{Mapping{ID: e.SubjectID, ConnectionID: was.Connection, RoleID: was.RoleID, GroupID: was.GroupID, AppRole: was.AppRole},
			d.Directory, d.ExternalKey}
	}
}

func (p *Past) undoConnection(verb string, e Event, d toldRule) {
	switch verb {
	case "created":
		delete(p.connections, e.SubjectID)
		delete(p.said, attached{e.OrganizationID, e.SubjectID})
	case "removed":
		p.ceilings[e.SubjectID] = d.Ceiling
		c := Connection{ID: e.SubjectID, OrganizationID: e.OrganizationID, DirectoryID: d.Directory}
		p.connections[c.ID] = c.told(d.Before)
	case "updated":
		p.connections[e.SubjectID] = p.connections[e.SubjectID].told(d.Before)
	case "ceiling_changed":
		p.ceilings[e.SubjectID] = d.BeforeID
	case "attachment_changed":
		p.said[attached{e.OrganizationID, e.SubjectID}] = d.text()
	}
}

// told gives a connection the settings that an event tells: see settings.
func (c Connection) told(settings json.RawMessage) Connection {
	s := struct {
		Slug, Name, Kind, Issuer, Match, Admit, Roles string
		Enabled                                       bool
		TenantID                                      string `json:"tenant_id"`
		ClientID                                      string `json:"client_id"`
		SubjectClaim                                  string `json:"subject_claim"`
		AllowGuests                                   bool   `json:"allow_guests"`
	}{}
	if json.Unmarshal(settings, &s) != nil {
		return c
	}
	c.Slug, c.Name, c.Kind, c.Enabled, c.TenantID, c.Issuer = s.Slug, s.Name, ConnectionKind(s.Kind), s.Enabled, s.TenantID, s.Issuer
	c.ClientID, c.SubjectClaim, c.Match, c.Admit, c.Roles, c.AllowGuests = s.ClientID, s.SubjectClaim, Match(s.Match), s.Admit, s.Roles, s.AllowGuests
	return c
}

func (p *Past) undoOrganization(verb string, e Event, d toldRule) {
	if e.OrganizationID != p.organization.ID {
		return
	}
	switch {
	case verb == "created":
		p.Made = e.At
	case verb == "moved":
		p.trailFrom(e.At) // the line was another one
	case verb == "default_role_changed":
		p.organization.DefaultRole = d.BeforeName
	case verb == "ambiguous_roles_changed", d.Setting == AmbiguousRolesSetting:
		p.organization.AmbiguousRoles = d.text()
	case d.Setting == DefaultRoleSetting:
		p.organization.DefaultRole = d.text()
	}
}

// asItWas is the organization, with the default role that was on its ladder.
func (p *Past) asItWas() Organization {
	o := p.organization
	o.DefaultRoleID = ""
	for _, r := range p.roles {
		if r.organizationID == o.ID && Fold(r.Name) == o.DefaultRole && r.checkDefault() == nil && o.DefaultRole != "" {
			o.DefaultRoleID = r.ID
		}
	}
	return o
}
