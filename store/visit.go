package store

import (
	"context"
	"slices"
	"time"
)

// Visit is all that decides whether a session's request is served.
type Visit struct {
	Session      Session
	Organization Organization
	Connection   Connection // no ID for local people
	User         User       // no ID when the user was deleted
	Email        string     // the primary address, else the first; "" when there is none
	Grants       []Grant
	Attachments  []string // what is said of the connection, from the organization up to its owner
	RefusedFor   string   // the reason that RefuseSession last recorded
}

// visitQuery reads the visit of the session s that meets a condition, in one round trip. By its secret, it relies on
// sessions_secret and primary keys; the grants' indexes are named at grantsOf.
func (d *dialect) visitQuery(condition string) string {
	return "SELECT " + sessionColumns + ", s.refused_for, o.slug, o.name, coalesce(CAST(o.parent_id AS text), ''), o.sso_mode, " + defaultRoleID + ", o.ambiguous_roles, o.second_factor, o.created_at, l.id, " +
		"coalesce(CAST(c.id AS text), ''), coalesce(c.slug, ''), coalesce(c.name, ''), coalesce(c.kind, ''), coalesce(c.enabled, false), " +
		"coalesce(c.tenant_id, ''), coalesce(c.authority, ''), coalesce(c.issuer, ''), coalesce(c.client_id, ''), coalesce(c.subject_claim, ''), " +
		"coalesce(c.matching, ''), coalesce(c.admit, ''), coalesce(c.roles, ''), coalesce(c.allow_guests, false), coalesce(c.armed_at, 0), coalesce(c.armed_by, ''), " +
		"coalesce(c.created_at, 0), " +
		"coalesce(CAST(u.id AS text), ''), coalesce(u.user_name, ''), coalesce(u.external_id, ''), coalesce(u.display_name, ''), " +
		"coalesce(u.active, false), coalesce(u.held, false), coalesce(u.parted <> '', false), coalesce(u.origin, ''), coalesce(u.quarantined, false), coalesce(u.version, 0), coalesce(u.created_at, 0), coalesce(u.modified_at, 0), " +
		"coalesce(u.last_sign_in_at, 0), " +
		firstEmail + ", " +
		d.grantsOf("o", "c.organization_id", "c.id") + ", " + d.lineOf("o.id") + `
		FROM sessions s
		JOIN organizations o ON o.id = coalesce(s.admitted_to, s.organization_id)
		JOIN directories d ON d.organization_id = s.organization_id AND d.id = s.directory_id
		JOIN directories l ON l.organization_id = o.id AND l.connection_id IS NULL
		LEFT JOIN connections c ON c.organization_id = s.organization_id AND c.id = d.connection_id
		LEFT JOIN users u ON u.directory_id = s.directory_id AND u.id = s.user_id
		WHERE ` + condition
}

// Visit finds a session by the SHA-256 of its secret, whatever its state, with everything that decides about it, as it
// is now. ErrNotFound for a session that never was. The user's document is not read.
func (s *Store) Visit(ctx context.Context, secretHash []byte) (Visit, error) {
	return s.sharedVisit(ctx, visitAsk{secretHash: string(secretHash)}, func(ctx context.Context) (Visit, error) {
		return s.visit(ctx, s.visitSQL, secretHash)
	})
}

// visitAsk is what is asked for: the visit of a session, on the host where its secret is good, "" for the door itself.
type visitAsk struct {
	secretHash, host string
	ordinary         bool
}

func (s *Store) sharedVisit(ctx context.Context, ask visitAsk, read func(ctx context.Context) (Visit, error)) (Visit, error) {
	v, err := s.sharing.visits.read(ctx, ask, read)
	v.Grants, v.Attachments = slices.Clone(v.Grants), slices.Clone(v.Attachments)
	return v, err
}

// VisitOf reads a session that a device request or a handover names, with everything that decides about it. ErrNotFound for
// none.
func (s *Store) VisitOf(ctx context.Context, organizationID, sessionID string) (Visit, error) {
	if !validID(organizationID) || !validID(sessionID) {
		return Visit{}, ErrNotFound
	}
	return s.visit(ctx, s.dialect.visitQuery("s.organization_id = ? AND s.id = ?"), organizationID, sessionID)
}

func (s *Store) visit(ctx context.Context, sql string, args ...any) (Visit, error) {
	var v Visit
	var row sessionRow
	var grants, line string
	var quarantined bool
	var orgCreated, connArmed, connCreated, userCreated, userModified, signedIn int64
	o, c, u := &v.Organization, &v.Connection, &v.User
	dest := append(row.fields(), &v.RefusedFor, &o.Slug, &o.Name, &o.ParentID, &o.SSOMode, &o.DefaultRoleID, &o.AmbiguousRoles, &o.SecondFactor, &orgCreated, &o.LocalDirectory.DirectoryID,
		&c.ID, &c.Slug, &c.Name, &c.Kind, &c.Enabled, &c.TenantID, &c.Authority, &c.Issuer, &c.ClientID, &c.SubjectClaim, &c.Match,
		&c.Admit, &c.Roles, &c.AllowGuests, &connArmed, &c.ArmedBy, &connCreated,
		&u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &u.Active, &u.Held, &u.Parted, &u.Origin, &quarantined, &u.Version, &userCreated, &userModified, &signedIn, &v.Email)
	if err := s.read.joint().row(ctx, sql, args, append(dest, &grants, &line)...); err != nil {
		return Visit{}, err
	}
	v.Session = row.session()
	o.ID, o.LocalDirectory.OrganizationID, o.CreatedAt = v.Session.AdmittedTo, v.Session.AdmittedTo, fromMicros(orgCreated)
	if c.ID != "" {
		c.OrganizationID, c.DirectoryID = v.Session.OrganizationID, v.Session.DirectoryID
		c.ArmedAt, c.CreatedAt = fromMicros(connArmed), fromMicros(connCreated)
	}
	u.Link = link(u.ExternalID, quarantined)
	u.CreatedAt, u.ModifiedAt, u.LastSignInAt = fromMicros(userCreated), fromMicros(userModified), fromMicros(signedIn)
	var err error
	if v.Attachments, err = readLine(line); err != nil {
		return v, err
	}
	if v.Grants, err = readGrants(grants); err != nil {
		return v, err
	}
	return v, failpoint(sessionRead)
}

// RefuseSession records the decision to refuse a session's request, once for each reason in a row: a browser that keeps
// asking must not fill the record. servedAt is when the last request of the session began that was served, as far as the
// caller knows; zero if it does not.
func (s *Store) RefuseSession(ctx context.Context, v Visit, d Decision, servedAt time.Time) error {
	if v.RefusedFor == d.Reason || !validID(v.Session.ID) {
		return nil
	}
	actor := Actor{Kind: Person, ID: v.Session.UserID, Name: v.User.UserName, RequestID: d.RequestID, Address: d.Address}
	return s.Write(ctx, actor, func(tx *Tx) error {
		n, err := tx.do("UPDATE sessions SET refused_for = ? WHERE organization_id = ? AND id = ? AND refused_for <> ?",
			d.Reason, v.Session.OrganizationID, v.Session.ID, d.Reason)
		if err != nil || n == 0 {
			return err
		}
		if _, err := tx.Organization(v.Session.AdmittedTo).RecordDecision(d); err != nil {
			return err
		}
		return tx.recordLockout(v, d, servedAt)
	})
}
