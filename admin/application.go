package admin

import (
	"context"
	"slices"
	"strings"

	"doorlist/store"
)

var applicationsTemplate = parsePage("applications")

type applicationsContent struct {
	Path string // of the organization
	List []store.Application
}

// showApplications lists what is behind the door.
func showApplications(r *request) error {
	list, err := r.Store.Organization(r.org.ID).Applications(r.Request().Context())
	if err != nil {
		return err
	}
	return r.ok(applicationsTemplate, "Applications of "+r.org.Name, applicationsContent{r.orgPath(), list})
}

// application is the one that the address names.
func (r *request) application() (store.Application, error) {
	list, err := r.Store.Organization(r.org.ID).Applications(r.Request().Context())
	if err != nil {
		return store.Application{}, err
	}
	i := slices.IndexFunc(list, func(a store.Application) bool { return a.Slug == r.Param("application") })
	if i < 0 {
		return store.Application{}, store.ErrNotFound
	}
	return list[i], nil
}

// applicationFields ask for what opens an application.
func (r *request) applicationFields(ctx context.Context, a store.Application) ([]field, error) {
	roles, err := r.roleOptions(ctx)
	return []field{
		{Name: "slug", Label: "Name", Hint: "Lower-case letters, digits and hyphens, such as wiki. Proxies can name the application by it.", Value: a.Slug},
		{Name: "role", Label: "Least role that opens it", Type: "choice", Options: roles, Value: a.Role.ID},
		{Name: "second-factor", Label: "It opens only after a sign-in with a second factor. Entra's tokens never say so: leave this off for people who come from there",
			Type: "flag", Value: flagOf(a.SecondFactor)},
	}, err
}

// roleOptions are the roles of the ladder, the lowest first.
func (r *request) roleOptions(ctx context.Context) ([]option, error) {
	ladder, err := r.Store.Organization(r.org.ID).Roles(ctx)
	options := make([]option, len(ladder))
	for i, role := range ladder {
		options[i] = option{role.ID, role.Name}
	}
	return options, err
}

// placeFields ask for a part of an application.
func placeFields() []field {
	return []field{
		{Name: "host", Label: "Host", Hint: "As browsers know it, without a port, such as wiki.example.com; *.example.com is every host with one label more. Its domain must be one of the mail domains of your connections."},
		{Name: "path", Label: "Path", Hint: "With all below it; / is the whole host.", Value: "/"},
	}
}

// addApplication puts something behind the door.
func addApplication(r *request) error {
	fields, err := r.applicationFields(r.Request().Context(), store.Application{})
	if err != nil {
		return err
	}
	f := form{
		Heading: "New application of " + r.org.Name, Submit: "Add the application", Back: r.orgPath("applications"),
		Lead: "From the next request on the door demands the role there. A proxy has to ask the door about each request.", Fields: append(fields, placeFields()...),
	}
	return r.ask(f, func(v values) (string, error) {
		if err := r.mayHost(v["host"]); err != nil {
			return "", err
		}
		wanted := store.Application{Slug: v["slug"], Role: store.Role{ID: v["role"]}, SecondFactor: v["second-factor"] == flagOn,
			Paths: []store.ApplicationPath{{Host: v["host"], Path: v["path"]}}}
		return r.orgPath("applications") + "?done=saved", r.write(func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).CreateApplication(wanted)
			return err
		})
	})
}

// mayHost refuses a host that is nobody's in reach: people are sent to hosts with what signs them in there. Who runs the server can add
// any at its terminal.
func (r *request) mayHost(host string) error {
	name := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(host), "*."), ".")
	ctx := r.Request().Context()
	for _, o := range r.reach {
		claims, err := r.Store.Organization(o.ID).Domains(ctx)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if name == c.Domain || strings.HasSuffix(name, "."+c.Domain) {
				return nil
			}
		}
	}
	return faultIn("host", "It is in no mail domain of your connections. Prove its domain first, on a connection's page, under mail domains; whoever runs the server can add any host with doorlist application add-path.")
}

// editApplication changes an application's name and what opens it.
func editApplication(r *request) error {
	a, err := r.application()
	if err != nil {
		return err
	}
	fields, err := r.applicationFields(r.Request().Context(), a)
	if err != nil {
		return err
	}
	f := form{Heading: "Change the application " + a.Slug, Submit: "Save", Back: r.orgPath("applications"), Fields: fields,
		Warning: "It holds from the next request on, also for people who are signed in."}
	return r.ask(f, func(v values) (string, error) {
		wanted := a
		wanted.Slug, wanted.Role, wanted.SecondFactor = v["slug"], store.Role{ID: v["role"]}, v["second-factor"] == flagOn
		return r.orgPath("applications") + "?done=saved", r.write(func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).UpdateApplication(wanted)
			return err
		})
	})
}

// removeApplication forgets an application, after its name was typed.
func removeApplication(r *request) error {
	a, err := r.application()
	if err != nil {
		return err
	}
	f := form{
		Heading: "Remove the application " + a.Slug, Submit: "Remove it", Back: r.orgPath("applications"), Lists: []namedList{{Title: "What opens to everybody who is signed in", Items: placesOf(a)}},
		Warning: "The door demands nothing particular there any more.",
		Fields:  []field{{Name: "confirm", Label: "Type " + a.Slug + " to confirm"}},
	}
	return r.ask(f, func(v values) (string, error) {
		if v["confirm"] != a.Slug {
			return "", faultIn("confirm", "This is not the application's name, "+a.Slug+".")
		}
		return r.orgPath("applications") + "?done=forgotten-application", r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).RemoveApplication(a.ID) })
	})
}

func placesOf(a store.Application) (list []string) {
	for _, p := range a.Paths {
		list = append(list, p.Host+p.Path)
	}
	return list
}

// addPlace adds a host and path to an application, with a least role of its own if it has one.
func addPlace(r *request) error {
	a, err := r.application()
	if err != nil {
		return err
	}
	roles, err := r.roleOptions(r.Request().Context())
	if err != nil {
		return err
	}
	f := form{
		Heading: "Add a host and path to " + a.Slug, Submit: "Add it", Back: r.orgPath("applications"),
		Fields: append(placeFields(), field{Name: "role", Label: "Least role that opens it", Type: "choice", Value: applicationsOwn,
			Options: append([]option{{applicationsOwn, "That of the application, " + a.Role.Name}}, roles...)}),
	}
	return r.ask(f, func(v values) (string, error) {
		wanted := store.ApplicationPath{Host: v["host"], Path: v["path"]}
		if v["role"] != applicationsOwn {
			wanted.Role.ID = v["role"]
		}
		if !slices.ContainsFunc(a.Paths, func(p store.ApplicationPath) bool { return p.Host == strings.ToLower(wanted.Host) }) {
			if err := r.mayHost(wanted.Host); err != nil {
				return "", err
			}
		}
		return r.orgPath("applications") + "?done=saved", r.write(func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).AddApplicationPath(a.ID, wanted)
		})
	})
}

// applicationsOwn is the choice of no role of a path's own.
const applicationsOwn = "application"

// removePlace takes a host and path, which the query names, off an application.
func removePlace(r *request) error {
	a, err := r.application()
	if err != nil {
		return err
	}
	gone := store.ApplicationPath{Host: r.QueryParam("host"), Path: r.QueryParam("path")}
	if !slices.Contains(placesOf(a), gone.Host+gone.Path) {
		return store.ErrNotFound
	}
	f := form{
		Heading: "Take " + gone.Host + gone.Path + " off " + a.Slug, Submit: "Take it off", Back: r.orgPath("applications"),
		Warning: "The door demands nothing particular there any more, unless another path covers it.",
	}
	return r.ask(f, func(values) (string, error) {
		return r.orgPath("applications") + "?done=saved", r.write(func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).RemoveApplicationPath(a.ID, gone)
		})
	})
}
