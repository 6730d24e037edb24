package admin

import (
	"doorlist/store"
)

var organizationTemplate = parsePage("organization")

type organizationContent struct {
	overview
	Parent store.Organization // zero for none in reach
	Places placeTable         // how its own connections and those from above stand in it
	Below  []store.Organization
	Roles  []store.Role // the highest first
}

// showOrganization shows an organization: connections, the ladder of roles, what is below it.
func showOrganization(r *request) error {
	ctx := r.Request().Context()
	seen, err := r.overviewOf(r.org)
	if err != nil {
		return err
	}
	content := organizationContent{overview: seen}
	places, err := r.placesIn(r.org)
	if err != nil {
		return err
	}
	content.Places = placeTable{"Connection", places, r.who.May(store.ConsoleOwn)}
	ladder, err := r.Store.Organization(r.org.ID).Roles(ctx)
	if err != nil {
		return err
	}
	for i := range ladder {
		content.Roles = append(content.Roles, ladder[len(ladder)-1-i])
	}
	for _, o := range r.reach {
		if o.ParentID == r.org.ID {
			content.Below = append(content.Below, o)
		}
		if o.ID == r.org.ParentID {
			content.Parent = o
		}
	}
	return r.ok(organizationTemplate, r.org.Name, content)
}

// editOrganization changes what people see of an organization.
func editOrganization(r *request) error {
	f := form{
		Heading: "Change " + r.org.Name, Submit: "Save", Back: r.orgPath(),
		Fields: []field{
			{Name: "display", Label: "Name", Value: r.org.Name},
			{Name: "slug", Label: "Short name", Hint: "It stands in addresses. Old links stop working, and nobody else can have the old name.", Value: r.org.Slug},
			{Name: "contact", Label: "Whom its people may ask", Hint: "Shown where somebody is turned away, such as: IT help desk, it@example.com", Value: r.org.Contact, Optional: true},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		return to("organizations", v["slug"]) + "?done=saved", r.write(func(tx *store.Tx) error {
			scope := tx.Organization(r.org.ID)
			if _, err := scope.Update(v["slug"], v["display"]); err != nil {
				return err
			}
			if v["contact"] == r.org.Contact {
				return nil // it may be inherited, and stays so
			}
			return scope.SetContact(v["contact"])
		})
	})
}

// addOrganization makes an organization below another, such as one to test in.
func addOrganization(r *request) error {
	f := form{
		Heading: "New organization below " + r.org.Name, Submit: "Make the organization", Back: r.orgPath(),
		Lead: "Administrators of " + r.org.Name + " administer it too. It has people, connections and roles of its own.",
		Fields: []field{
			{Name: "display", Label: "Name", Hint: "As people see it."},
			{Name: "slug", Label: "Short name", Hint: "Lower-case letters, digits and hyphens, such as contoso-test. It stands in addresses."},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		err := r.write(func(tx *store.Tx) error {
			_, err := tx.CreateOrganization(v["slug"], v["display"], r.org.ID)
			return err
		})
		return to("organizations", v["slug"]) + "?done=saved", err
	})
}

// removeOrganization deletes an organization with all that it has, after its name was typed. One's own goes at the server's terminal alone: whoever
// removes it could not see what came of it.
func removeOrganization(r *request) error {
	own := r.org.ID == r.who.OrganizationID
	f := form{
		Heading: "Remove " + r.org.Name, Submit: "Remove it for good", Back: r.orgPath(),
		Warning: "Its people, groups, roles, connections and applications go with it, at once and for good, and all sessions end. What happened stays in the audit trail, and its short name stays taken.",
		Fields:  []field{{Name: "confirm", Label: "Type " + r.org.Slug + " to confirm"}},
	}
	if own {
		f.Fields, f.Submit = nil, ""
		f.Warning = "It is your own organization. Whoever runs the server can remove it: doorlist org remove " + r.org.Slug + "."
	}
	return r.ask(f, func(v values) (string, error) {
		if own {
			return "", faultIn("", f.Warning)
		}
		if v["confirm"] != r.org.Slug {
			return "", faultIn("confirm", "This is not the organization's short name, "+r.org.Slug+".")
		}
		return to() + "?done=removed-organization", r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).Remove() })
	})
}
