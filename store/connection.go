package store

import (
	"context"
	"time"
)

// ConnectionKind is the protocol of a connection.
type ConnectionKind string

// The kinds of connections.
const (
	EntraConnection ConnectionKind = "entra" // Microsoft Entra ID over OIDC
	OIDCConnection  ConnectionKind = "oidc"  // another OIDC provider
	SAMLConnection  ConnectionKind = "saml"  // a SAML 2.0 provider, which Microsoft Entra ID can be too
)

// Match says how a sign-in is matched with a user.
type Match string

// The ways to match.
const (
	MatchObjectID Match = "object_id" // the immutable object id against externalId
	MatchUserName Match = "user_name" // the claimed user name against userName: only by an owner's choice, because names are reused
)

// Connection links an organization to an identity provider.
type Connection struct {
	ID, OrganizationID, DirectoryID string
	Slug, Name                      string // the slug is unique on the whole server: it stands in /login/{connection}
	Kind                            ConnectionKind
	Enabled                         bool
	TenantID                        string // Entra, over OIDC or SAML: GUID, lower case
	Authority                       string // Entra: e.g. https://login.microsoftonline.com
	Issuer                          string // SAML: the provider's entity id, once its metadata is known
	ClientID                        string
	SubjectClaim                    string // OIDC, and SAML but for Entra: the claim or attribute that holds the stable id
	Match                           Match
	Admit                           string // who may enter: "provisioned" people, or also "role_assigned" ones
	Roles                           string // where roles come from: "entra", "local" or "hybrid"
	AllowGuests                     bool
	ArmedAt                         time.Time // when an administrator last signed in through it as it is configured; zero for never
	ArmedBy                         string    // that administrator's user name
	CreatedAt                       time.Time
}

// Directory is the key of the connection's directory.
func (c Connection) Directory() DirectoryKey {
	return DirectoryKey{OrganizationID: c.OrganizationID, DirectoryID: c.DirectoryID}
}

// OfEntra says whether the provider is a tenant of Microsoft Entra ID, whose people have object ids.
func (c Connection) OfEntra() bool {
	return c.Kind == EntraConnection || c.Kind == SAMLConnection && c.TenantID != ""
}

const connectionColumns = `c.id, c.organization_id, c.directory_id, c.slug, c.name, c.kind, c.enabled, c.tenant_id, c.authority,
	c.issuer, c.client_id, c.subject_claim, c.matching, c.admit, c.roles, c.allow_guests, c.armed_at, c.armed_by,
	c.created_at`

// connectionRow receives connectionColumns.
type connectionRow struct {
	c              Connection
	armed, created int64
}

func (r *connectionRow) fields() []any {
	c := &r.c
	return []any{&c.ID, &c.OrganizationID, &c.DirectoryID, &c.Slug, &c.Name, &c.Kind, &c.Enabled, &c.TenantID, &c.Authority,
		&c.Issuer, &c.ClientID, &c.SubjectClaim, &c.Match, &c.Admit, &c.Roles, &c.AllowGuests, &r.armed, &c.ArmedBy, &r.created}
}

func (r *connectionRow) connection() Connection {
	r.c.ArmedAt, r.c.CreatedAt = fromMicros(r.armed), fromMicros(r.created)
	return r.c
}

func (c conn) connections(ctx context.Context, condition string, args ...any) ([]Connection, error) {
	var list []Connection
	err := c.rows(ctx, "SELECT "+connectionColumns+" FROM connections c"+condition+" ORDER BY c.slug", args, func(scan scanner) error {
		var row connectionRow
		err := scan(row.fields()...)
		list = append(list, row.connection())
		return err
	})
	return list, err
}

// Connections lists the connections of all organizations by slug.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	return s.read.connections(ctx, "")
}

// Connections lists the organization's connections by slug.
func (o *OrganizationScope) Connections(ctx context.Context) ([]Connection, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.connections(ctx, " WHERE c.organization_id = ?", o.id)
}

// FindConnection finds a connection by its slug or id.
func (s *Store) FindConnection(ctx context.Context, slugOrID string) (Connection, error) {
	if !isStorable(slugOrID) {
		return Connection{}, ErrNotFound
	}
	condition := " WHERE c.slug = ?"
	if validID(slugOrID) {
		condition = " WHERE c.id = ?"
	}
	return first(s.read.connections(ctx, condition, slugOrID))
}

// first is the only item of a list, or ErrNotFound.
func first[T any](list []T, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	if len(list) == 0 {
		return none, ErrNotFound
	}
	return list[0], nil
}

func (o *OrganizationTx) connection(id string) (Connection, error) {
	if !validID(o.id) || !validID(id) {
		return Connection{}, ErrNotFound
	}
	return first(o.tx.connections(o.tx.ctx, " WHERE c.organization_id = ? AND c.id = ?", o.id, id))
}

// CreateConnection adds a connection with an empty directory. Slug and Kind are required, and per kind: TenantID and
// ClientID (Entra), Issuer, ClientID and SubjectClaim (OIDC). What is left empty gets the safe default. It is
// enabled, and attached to the organization.
func (o *OrganizationTx) CreateConnection(c Connection, clientSecret string) (Connection, error) {
	if _, err := o.find(); err != nil {
		return Connection{}, err
	}
	c.ID, c.OrganizationID, c.DirectoryID = o.tx.store.newID(), o.id, o.tx.store.newID()
	c.ArmedAt, c.ArmedBy = time.Time{}, ""
	c.Enabled, c.CreatedAt = true, o.tx.now
	if err := c.complete(); err != nil {
		return Connection{}, err
	}
	_, err := o.tx.do(`INSERT INTO connections (organization_id, id, directory_id, slug, name, kind, enabled, tenant_id, authority, issuer,
		client_id, client_secret, subject_claim, matching, admit, roles, allow_guests, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.OrganizationID, c.ID, c.DirectoryID, c.Slug, c.Name, string(c.Kind), c.Enabled, c.TenantID, c.Authority, c.Issuer,
		c.ClientID, []byte{}, c.SubjectClaim, string(c.Match), c.Admit, c.Roles, c.AllowGuests, micros(o.tx.now))
	if err != nil {
		return Connection{}, err
	}
	if err := o.tx.refuseRetired(connectionSlug, c.Slug, c.ID); err != nil {
		return Connection{}, err
	}
	if err := o.tx.insertDirectory(c.Directory(), c.ID); err != nil {
		return Connection{}, err
	}
	o.note("connection.created", c.ID, detail{"after": c.settings(), "directory": c.DirectoryID})
	if clientSecret != "" {
		if _, err := o.AddProviderCredential(c.ID, ProviderCredential{Kind: SecretCredential}, clientSecret); err != nil {
			return Connection{}, err
		}
	}
	return c, o.attach(c.ID, "on")
}

// UpdateConnection changes the settings of the connection with c.ID. Kind and directory stay as they are. Switching a
// connection off ends the sessions of its people. Nobody else gets the slug that it had.
func (o *OrganizationTx) UpdateConnection(c Connection) (Connection, error) {
	was, err := o.connection(c.ID)
	if err != nil {
		return Connection{}, err
	}
	c.OrganizationID, c.DirectoryID, c.Kind, c.CreatedAt = was.OrganizationID, was.DirectoryID, was.Kind, was.CreatedAt
	if err := c.complete(); err != nil {
		return Connection{}, err
	}
	if c.ArmedAt, c.ArmedBy = was.ArmedAt, was.ArmedBy; !c.recognizesAs(was) {
		c.ArmedAt, c.ArmedBy = time.Time{}, ""
	}
	if c == was {
		return c, nil
	}
	err = o.tx.doOne(`UPDATE connections SET slug = ?, name = ?, enabled = ?, tenant_id = ?, authority = ?, issuer = ?, client_id = ?,
		subject_claim = ?, matching = ?, admit = ?, roles = ?, allow_guests = ?, armed_at = ?, armed_by = ? WHERE organization_id = ? AND id = ?`,
		c.Slug, c.Name, c.Enabled, c.TenantID, c.Authority, c.Issuer, c.ClientID, c.SubjectClaim, string(c.Match), c.Admit,
		c.Roles, c.AllowGuests, micros(c.ArmedAt), c.ArmedBy, o.id, c.ID)
	if err != nil {
		return Connection{}, err
	}
	if err := o.replaceSlug(connectionSlug, was.Slug, c.Slug, c.ID); err != nil {
		return Connection{}, err
	}
	o.note("connection.updated", c.ID, detail{"before": was.settings(), "after": c.settings()})
	if was.Enabled && !c.Enabled {
		return c, o.tx.endSessionsOf(c.Directory(), "connection_off")
	}
	return c, nil
}

// RemoveConnection deletes a connection with its directory, tokens, mappings and sessions. Its slug stays taken.
func (o *OrganizationTx) RemoveConnection(id string) error {
	if err := o.tx.demandKnownSchema(o.tx.ctx, "remove the connection"); err != nil {
		return err
	}
	c, err := o.connection(id)
	if err != nil {
		return err
	}
	ceilings, err := o.tx.ceilings(o.tx.ctx, o.id)
	if err != nil {
		return err
	}
	if err := o.tx.unmap(c); err != nil {
		return err
	}
	for _, table := range append([]string{"role_assignments", "sessions", "one_time_secrets", "outage_people", "challenges", "outbox"}, directoryTables...) {
		if _, err := o.tx.do("DELETE FROM "+table+" WHERE directory_id = ?", c.DirectoryID); err != nil {
			return err
		}
	}
	if err := o.tx.unattach("connection_id = ?", id); err != nil { // what organizations below say of it, too
		return err
	}
	for _, table := range connectionTables {
		if _, err := o.tx.do("DELETE FROM "+table+" WHERE organization_id = ? AND connection_id = ?", o.id, id); err != nil {
			return err
		}
	}
	if err := o.tx.doOne("DELETE FROM connections WHERE organization_id = ? AND id = ?", o.id, id); err != nil {
		return err
	}
	if err := o.retireSlug(connectionSlug, c.Slug, id); err != nil {
		return err
	}
	o.note("connection.removed", id, detail{"before": c.settings(), "directory": c.DirectoryID, "ceiling": ceilings[id].ID})
	return nil
}

// recognizesAs says whether people are recognized in the same way as before: what proved that the connection works then
// still does.
func (c Connection) recognizesAs(was Connection) bool {
	return c.TenantID == was.TenantID && c.Issuer == was.Issuer && c.ClientID == was.ClientID && c.SubjectClaim == was.SubjectClaim && c.Match == was.Match
}

// settings is what an event tells of a connection: all but the secret.
func (c Connection) settings() detail {
	return detail{"slug": c.Slug, "name": c.Name, "kind": c.Kind, "enabled": c.Enabled, "tenant_id": c.TenantID, "issuer": c.Issuer,
		"client_id": c.ClientID, "subject_claim": c.SubjectClaim, "match": c.Match, "admit": c.Admit, "roles": c.Roles, "allow_guests": c.AllowGuests}
}
