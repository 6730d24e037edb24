package entra

import (
	"fmt"
	"net/http"
	"net/url"
)

// personFields are the attributes that a form may set, by the names of Microsoft Graph.
var personFields = map[string]func(*Person) *string{
	"userPrincipalName": func(p *Person) *string { return &p.UserPrincipalName },
	"mailNickname":      func(p *Person) *string { return &p.MailNickname },
	"mail":              func(p *Person) *string { return &p.Mail },
	"displayName":       func(p *Person) *string { return &p.DisplayName },
	"givenName":         func(p *Person) *string { return &p.GivenName },
	"surname":           func(p *Person) *string { return &p.Surname },
	"jobTitle":          func(p *Person) *string { return &p.JobTitle },
	"department":        func(p *Person) *string { return &p.Department },
	"employeeId":        func(p *Person) *string { return &p.EmployeeID },
	"officeLocation":    func(p *Person) *string { return &p.PhysicalDeliveryOffice },
	"streetAddress":     func(p *Person) *string { return &p.StreetAddress },
	"city":              func(p *Person) *string { return &p.City },
	"state":             func(p *Person) *string { return &p.State },
	"postalCode":        func(p *Person) *string { return &p.PostalCode },
	"country":           func(p *Person) *string { return &p.Country },
	"telephoneNumber":   func(p *Person) *string { return &p.TelephoneNumber },
	"mobilePhone":       func(p *Person) *string { return &p.Mobile },
	"faxNumber":         func(p *Person) *string { return &p.Fax },
	"preferredLanguage": func(p *Person) *string { return &p.PreferredLanguage },
	"manager":           func(p *Person) *string { return &p.ManagerID },
}

func fillPerson(p *Person, form url.Values) {
	for name, field := range personFields {
		if form.Has(name) {
			*field(p) = form.Get(name)
		}
	}
}

func (s *Server) addPerson(r *http.Request, t *Tenant) (string, error) {
	var p Person
	fillPerson(&p, r.Form)
	p.Assigned = isOn(r, "assigned")
	added, err := t.AddPerson(p)
	return added.ObjectID, err
}

func (s *Server) changePerson(r *http.Request, t *Tenant) (string, error) {
	p, ok := t.FindPerson(r.PathValue("id"))
	if !ok {
		return "", fmt.Errorf("%w: person %s", ErrNotFound, r.PathValue("id"))
	}
	switch action := r.PathValue("action"); action {
	case "disable":
		return "", t.Disable(p.ObjectID)
	case "enable":
		return "", t.Enable(p.ObjectID)
	case "assign":
		return "", t.Assign(p.ObjectID)
	case "unassign":
		return "", t.Unassign(p.ObjectID)
	case "soft-delete":
		return "", t.SoftDelete(p.ObjectID)
	case "restore":
		return "", t.Restore(p.ObjectID)
	case "hard-delete":
		return "", t.HardDelete(p.ObjectID)
	case "rename":
		return "", t.Rename(p.ObjectID, r.FormValue("userPrincipalName"), r.FormValue("displayName"))
	case "update":
		return "", t.UpdatePerson(p.ObjectID, func(p *Person) { fillPerson(p, r.Form) })
	case "join", "leave":
		return "", changeMembership(t, r.FormValue("group"), p.ObjectID, action == "join")
	default:
		return "", fmt.Errorf("%w: action %s of a person", ErrNotFound, action)
	}
}

func changeMembership(t *Tenant, group, member string, join bool) error {
	g, ok := t.FindGroup(group)
	if !ok {
		return fmt.Errorf("%w: group %s", ErrNotFound, group)
	}
	if join {
		return t.AddMember(g.ObjectID, member)
	}
	return t.RemoveMember(g.ObjectID, member)
}

func (s *Server) addGroup(r *http.Request, t *Tenant) (string, error) {
	added, err := t.AddGroup(r.FormValue("displayName"))
	return added.ObjectID, err
}

func (s *Server) changeGroup(r *http.Request, t *Tenant) (string, error) {
	g, ok := t.FindGroup(r.PathValue("id"))
	if !ok {
		return "", fmt.Errorf("%w: group %s", ErrNotFound, r.PathValue("id"))
	}
	switch action := r.PathValue("action"); action {
	case "rename":
		return "", t.RenameGroup(g.ObjectID, r.FormValue("displayName"))
	case "delete":
		return "", t.DeleteGroup(g.ObjectID)
	case "assign":
		return "", t.Assign(g.ObjectID)
	case "unassign":
		return "", t.Unassign(g.ObjectID)
	default:
		return "", fmt.Errorf("%w: action %s of a group", ErrNotFound, action)
	}
}
