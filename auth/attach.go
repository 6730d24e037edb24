package auth

import (
	"context"
	"slices"

	"doorlist/policy"
	"doorlist/store"
)

func lineOf(said []string) []policy.Attachment {
	line := make([]policy.Attachment, len(said))
	for i, s := range said {
		line[i] = policy.Attachment(s)
	}
	return line
}

// Attached says whether people may sign in where a line begins; see policy.Attached.
func Attached(line []string) bool { return policy.Attached(lineOf(line)) }

// Attach lets people of a connection sign in to an organization, its owner or one below, and to those below that; or no
// more. Sessions that lose their ground end. store.ErrNotFound for a connection that is not the organization's or of one above.
func Attach(tx *store.Tx, organizationID, connectionID string, wanted bool) error {
	org := tx.Organization(organizationID)
	line, err := org.AttachmentLine(connectionID)
	if err != nil {
		return err
	}
	if Attached(line) == wanted {
		return nil
	}
	if err := org.SayAttachment(connectionID, string(policy.Say(wanted, lineOf(line)))); err != nil {
		return err
	}
	return endDetached(tx, organizationID, connectionID)
}

// endDetached ends the sessions through a connection that is attached no more, in the organization and in those below it.
// Whoever signs in at that moment is refused with their next request, which asks about the attachment again.
func endDetached(tx *store.Tx, organizationID, connectionID string) error {
	destinations, err := tx.Organization(organizationID).AttachmentsBelow(connectionID)
	for _, d := range destinations {
		if err == nil && !Attached(d.Line) {
			err = tx.Organization(d.OrganizationID).EndConnectionSessions(connectionID, "detached")
		}
	}
	return err
}

// Move puts an organization below another one ("" for none). Sessions in it, and below it, end where the connection that they
// came by is not attached in the new place.
func Move(tx *store.Tx, organizationID, parentID string) error {
	if err := tx.MoveOrganization(organizationID, parentID); err != nil {
		return err
	}
	reach, err := tx.Organization(organizationID).ReachableConnections()
	for _, r := range reach {
		if err == nil {
			err = endDetached(tx, organizationID, r.Connection.ID)
		}
	}
	return err
}

// destination finds the organization that a sign-in through a connection is for: "" with several to choose from, or with none.
// asked is its slug where the person has named one, and returnTo where they are going afterwards.
func (d *door) destination(ctx context.Context, conn store.Connection, asked, returnTo string) (id string, open []store.Destination, err error) {
	all, err := d.store.Destinations(ctx, conn, asked)
	if err != nil {
		return "", nil, err
	}
	var hosts []string
	if to, ok := d.origin.handoverSite(returnTo); ok {
		if hosts, err = d.store.HostedBy(ctx, to.host, policy.Wildcard(to.host)); err != nil {
			return "", nil, err
		}
	}
	candidates := make([]policy.Destination, len(all))
	for i, o := range all {
		candidates[i] = policy.Destination{
			Line: lineOf(o.Line), Owner: o.OrganizationID == conn.OrganizationID, Asked: asked != "",
			Hosted: slices.Contains(hosts, o.OrganizationID),
		}
	}
	for _, i := range policy.Choose(candidates, asked != "") {
		open = append(open, all[i])
	}
	if len(open) == 1 {
		return open[0].OrganizationID, nil, nil
	}
	return "", open, nil
}

// leadsElsewhere says whether somebody whom an application of another organization refuses can sign in to that one instead,
// through the same connection.
func (d *door) leadsElsewhere(ctx context.Context, who caller, returnTo string) (bool, error) {
	v := who.visit
	if !who.verdict.Foreign || v.Connection.ID == "" || methodOf(v.Session.Method) == string(policy.Password) {
		return false, nil
	}
	id, _, err := d.destination(ctx, v.Connection, "", returnTo)
	return id != "" && id != v.Session.AdmittedTo, err
}

// leadOn finds the organization that a person with a password signs in to: that of the application where they are going, their
// own, or the only one that their connection is attached to. Nobody is asked to choose, and with several the person stays with
// their own, which refuses them.
func (d *door) leadOn(ctx context.Context, p store.PasswordPerson, returnTo string) (store.PasswordPerson, error) {
	if p.Connection.ID == "" {
		return p, nil
	}
	id, _, err := d.destination(ctx, p.Connection, "", returnTo)
	if err != nil || id == "" {
		return p, err
	}
	if p.Organization, err = d.store.FindOrganization(ctx, id); err != nil {
		return p, err
	}
	all, err := d.store.Destinations(ctx, p.Connection, p.Organization.Slug)
	if len(all) > 0 {
		p.Attachments = all[0].Line
	}
	return p, err
}
