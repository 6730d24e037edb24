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
			{Name: "contact", Label: "Whom its people may ask", Hint: "Shown where somebody is turned away, such as: IT help desk, it@example.com", Value: r.org.Contact, Optional: true},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		return r.orgPath() + "?done=saved", r.write(func(tx *store.Tx) error {
			scope := tx.Organization(r.org.ID)
			if _, err := scope.Update("", v["display"]); err != nil {
				return err
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
