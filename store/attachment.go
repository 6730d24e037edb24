package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// A connection is its owner's, and applies to nobody until it is attached: to its owner, or to an organization below. What
// an organization says of a connection is "on", "off" or "" for nothing; what follows from it is policy.Attached's to say.

// lineOf is a subquery that gathers what is said of the connection c, from an organization up to the root of its tree, as JSON,
// and where the owner stands.
func (d *dialect) lineOf(organization string) string {
	return d.jsonRows("l.distance, coalesce(t.said, ''), l.ancestor_id = c.organization_id", `organization_lines l
		LEFT JOIN attachments t ON t.organization_id = l.ancestor_id AND t.connection_id = c.id WHERE l.organization_id = `+organization)
}

// readLine reads what lineOf gathers: the organization itself first, the owner last. It is empty where the owner does not stand
// above.
func readLine(text string) ([]string, error) {
	var rows [][3]any
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("reading attachments: %w", err)
	}
	slices.SortFunc(rows, func(a, b [3]any) int {
		x, _ := a[0].(float64)
		y, _ := b[0].(float64)
		return int(x - y)
	})
	line := make([]string, 0, len(rows))
	for _, r := range rows {
		line = append(line, str(r[1]))
		if truth(r[2]) {
			return line, nil
		}
	}
	return []string{}, nil
}

// AttachmentLine tells what is said of a connection, from the organization up to the one that owns it. ErrNotFound for a
// connection whose owner does not stand above.
func (o *OrganizationTx) AttachmentLine(connectionID string) ([]string, error) {
	var text string
	if !validID(o.id) || !validID(connectionID) {
		return nil, ErrNotFound
	}
	err := o.tx.get("SELECT "+o.tx.d.lineOf("?")+" FROM connections c WHERE c.id = ?", []any{o.id, connectionID}, &text)
	if err != nil {
		return nil, err
	}
	line, err := readLine(text)
	if err == nil && len(line) == 0 {
		err = ErrNotFound
	}
	return line, err
}

// SayAttachment sets what the organization says of a connection. The tree is locked from then on.
func (o *OrganizationTx) SayAttachment(connectionID, said string) error {
	if said != "" && !oneOf(said, "on off") {
		return &InvalidError{"attachment", "must be on or off"}
	}
	if err := o.tx.lockTree(o.id); err != nil {
		return err
	}
	line, err := o.AttachmentLine(connectionID)
	if err != nil || line[0] == said {
		return err
	}
	if _, err := o.tx.do("DELETE FROM attachments WHERE organization_id = ? AND connection_id = ?", o.id, connectionID); err != nil {
		return err
	}
	if said != "" {
		if err := o.attach(connectionID, said); err != nil {
			return err
		}
	}
	o.note("connection.attachment_changed", connectionID, detail{"before": line[0], "after": said})
	return nil
}

func (o *OrganizationTx) attach(connectionID, said string) error {
	_, err := o.tx.do("INSERT INTO attachments (organization_id, connection_id, said) VALUES (?, ?, ?)", o.id, connectionID, said)
	return err
}

// dropStray ends what rests on an owner that does not stand above the organization, or above one below it, any more: sessions of
// its people, and what is said of its connections, so that a move back attaches nothing.
func (o *OrganizationTx) dropStray() error {
	_, err := o.tx.endSelected("detached", `admitted_to IN (SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?)
		AND NOT EXISTS (SELECT 1 FROM organization_lines l WHERE l.organization_id = admitted_to AND l.ancestor_id = s.organization_id)`, o.id)
	if err != nil {
		return err
	}
	return o.tx.unattach(`organization_id IN (SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?)
		AND NOT EXISTS (SELECT 1 FROM connections c JOIN organization_lines l ON l.ancestor_id = c.organization_id
			WHERE c.id = attachments.connection_id AND l.organization_id = attachments.organization_id)`, o.id)
}

// unattach takes back what is said of connections, by whichever organization, where a condition holds.
func (tx *Tx) unattach(condition string, args ...any) error {
	return tx.rows(tx.ctx, "DELETE FROM attachments WHERE "+condition+" RETURNING organization_id, connection_id, said", args, func(scan scanner) error {
		var organization, connection, said string
		err := scan(&organization, &connection, &said)
		tx.changed = true
		tx.note(organization, "", "connection.attachment_changed", connection, detail{"before": said, "after": ""})
		return err
	})
}

// Destination is an organization with what is said of a connection, from it up to the owner.
type Destination struct {
	OrganizationID, Slug, Name string
	Line                       []string
}

// fewDestinations bounds the organizations that a sign-in chooses from.
const fewDestinations = 1000

// Destinations lists the owner of a connection and the organizations below it, by name; slug restricts it to one.
func (s *Store) Destinations(ctx context.Context, c Connection, slug string) ([]Destination, error) {
	if !validID(c.ID) || !validID(c.OrganizationID) || !isStorable(slug) {
		return nil, nil
	}
	return s.read.destinations(ctx, " WHERE c.organization_id = ? AND c.id = ? AND (? = '' OR g.slug = ?)", c.OrganizationID, c.ID, slug, slug)
}

func (c conn) destinations(ctx context.Context, condition string, args ...any) ([]Destination, error) {
	var list []Destination
	err := c.rows(ctx, "SELECT g.id, g.slug, g.name, "+c.d.lineOf("g.id")+` FROM connections c
		JOIN organization_lines b ON b.ancestor_id = c.organization_id
		JOIN organizations g ON g.id = b.organization_id`+condition+" ORDER BY g.name, g.slug LIMIT ?", append(args, fewDestinations),
		func(scan scanner) error {
			var d Destination
			var text string
			err := scan(&d.OrganizationID, &d.Slug, &d.Name, &text)
			if err == nil {
				d.Line, err = readLine(text)
			}
			list = append(list, d)
			return err
		})
	return list, err
}

// AttachmentsBelow lists the organization and those below it that can have the connection, with what is said of it.
func (o *OrganizationTx) AttachmentsBelow(connectionID string) ([]Destination, error) {
	if !validID(o.id) || !validID(connectionID) {
		return nil, nil
	}
	return o.tx.destinations(o.tx.ctx, ` WHERE c.id = ? AND EXISTS (SELECT 1 FROM organization_lines u
		WHERE u.organization_id = g.id AND u.ancestor_id = ?)`, connectionID, o.id)
}

// ReachableConnection is a connection with what is said of it, from an organization up to the owner.
type ReachableConnection struct {
	Connection Connection
	Line       []string
}

// ReachableConnections lists the connections of the organization and of those above it, by slug.
func (o *OrganizationScope) ReachableConnections(ctx context.Context) ([]ReachableConnection, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.reach(ctx, o.id)
}

// ReachableConnections lists the connections of the organization and of those above it, as they are in the change so far.
func (o *OrganizationTx) ReachableConnections() ([]ReachableConnection, error) {
	if !validID(o.id) {
		return nil, ErrNotFound
	}
	return o.tx.reach(o.tx.ctx, o.id)
}

func (c conn) reach(ctx context.Context, organizationID string) ([]ReachableConnection, error) {
	var list []ReachableConnection
	err := c.rows(ctx, "SELECT "+connectionColumns+", "+c.d.lineOf("?")+` FROM connections c
		JOIN organization_lines v ON v.ancestor_id = c.organization_id AND v.organization_id = ? ORDER BY c.slug`, []any{organizationID, organizationID},
		func(scan scanner) error {
			var row connectionRow
			var text string
			err := scan(append(row.fields(), &text)...)
			r := ReachableConnection{Connection: row.connection()}
			if err == nil {
				r.Line, err = readLine(text)
			}
			list = append(list, r)
			return err
		})
	return list, err
}

// reachable finds a connection of the organization or of one above it.
func (o *OrganizationTx) reachable(connectionID string) (Connection, error) {
	if !validID(o.id) || !validID(connectionID) {
		return Connection{}, ErrNotFound
	}
	return first(o.tx.connections(o.tx.ctx, ` WHERE c.id = ? AND c.organization_id IN
		(SELECT l.ancestor_id FROM organization_lines l WHERE l.organization_id = ?)`, connectionID, o.id))
}

// EndConnectionSessions ends the sessions through a connection that let into the organization.
func (o *OrganizationTx) EndConnectionSessions(connectionID, reason string) error {
	c, err := o.reachable(connectionID)
	if err != nil {
		return err
	}
	_, err = o.tx.endSelected(reason, "organization_id = ? AND directory_id = ? AND coalesce(admitted_to, organization_id) = ?",
		c.OrganizationID, c.DirectoryID, o.id)
	return err
}
