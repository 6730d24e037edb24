package store

import (
	"fmt"
	"strings"
)

// maxApplicationPaths bounds what is read for a request at the door.
const maxApplicationPaths = 1000

// CreateApplication adds an application with its paths. Of the roles only the ids are read.
func (o *OrganizationTx) CreateApplication(a Application) (Application, error) {
	if err := checkSlug(a.Slug); err != nil {
		return Application{}, err
	}
	r, err := o.role(a.Role.ID, o.tx.d.forShare)
	if err != nil {
		return Application{}, err
	}
	paths := a.Paths
	a.ID, a.Role, a.Paths = o.tx.store.newID(), r, nil
	_, err = o.tx.do("INSERT INTO applications (organization_id, id, slug, role_id, second_factor, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		o.id, a.ID, a.Slug, r.ID, a.SecondFactor, micros(o.tx.now))
	if err != nil {
		return Application{}, err
	}
	o.note("application.created", a.ID, detail{"after": a.settings()})
	for _, p := range paths {
		if err := o.AddApplicationPath(a.ID, p); err != nil {
			return Application{}, err
		}
	}
	return o.application(a.ID, "")
}

func (a Application) settings() detail {
	return detail{"slug": a.Slug, "role": a.Role.Name, "second_factor": a.SecondFactor}
}

// application reads an application; lock keeps it as it is until the change ends.
func (o *OrganizationTx) application(id, lock string) (Application, error) {
	if !validID(o.id) || !validID(id) {
		return Application{}, ErrNotFound
	}
	var one int
	if err := o.tx.get("SELECT 1 FROM applications WHERE organization_id = ? AND id = ?"+lock, []any{o.id, id}, &one); err != nil {
		return Application{}, err
	}
	return first(o.tx.applications(o.tx.ctx, " AND a.id = ?", o.id, id))
}

// UpdateApplication changes the slug, the role and the second factor of the application with a.ID; its paths stay.
func (o *OrganizationTx) UpdateApplication(a Application) (Application, error) {
	if err := checkSlug(a.Slug); err != nil {
		return Application{}, err
	}
	was, err := o.application(a.ID, o.tx.d.forUpdate)
	if err != nil {
		return Application{}, err
	}
	r, err := o.role(a.Role.ID, o.tx.d.forShare)
	if err != nil {
		return Application{}, err
	}
	a.Role, a.Paths = r, was.Paths
	if a.Slug == was.Slug && a.Role == was.Role && a.SecondFactor == was.SecondFactor {
		return was, nil
	}
	err = o.tx.doOne("UPDATE applications SET slug = ?, role_id = ?, second_factor = ? WHERE organization_id = ? AND id = ?",
		a.Slug, r.ID, a.SecondFactor, o.id, a.ID)
	if err != nil {
		return Application{}, err
	}
	o.note("application.updated", a.ID, detail{"before": was.settings(), "after": a.settings()})
	return a, nil
}

// RemoveApplication deletes an application with its paths. From then on the door demands nothing particular there.
func (o *OrganizationTx) RemoveApplication(id string) error {
	a, err := o.application(id, o.tx.d.forDelete)
	if err != nil {
		return err
	}
	if _, err := o.tx.do("DELETE FROM application_paths WHERE organization_id = ? AND application_id = ?", o.id, id); err != nil {
		return err
	}
	if err := o.tx.doOne("DELETE FROM applications WHERE organization_id = ? AND id = ?", o.id, id); err != nil {
		return err
	}
	o.note("application.removed", id, detail{"before": a.settings()})
	return nil
}

// AddApplicationPath adds a part to an application. *ConflictError where the host and path belong to one already.
func (o *OrganizationTx) AddApplicationPath(id string, p ApplicationPath) error {
	if err := p.complete(); err != nil {
		return err
	}
	a, err := o.application(id, o.tx.d.forShare)
	if err != nil {
		return err
	}
	if p.Role.ID != "" {
		if p.Role, err = o.role(p.Role.ID, o.tx.d.forShare); err != nil {
			return err
		}
	}
	var n int
	if err := o.tx.get("SELECT count(*) FROM application_paths WHERE organization_id = ?", []any{o.id}, &n); err != nil {
		return err
	}
	if n >= maxApplicationPaths {
		return &RefusedError{fmt.Sprintf("an organization can have %d paths of applications: remove some first", maxApplicationPaths)}
	}
	_, err = o.tx.do("INSERT INTO application_paths (organization_id, application_id, host, path, path_key, role_id) VALUES (?, ?, ?, ?, ?, ?)",
		o.id, id, p.Host, p.Path, strings.ToLower(p.Path), nullID(p.Role.ID))
	if err == nil {
		o.note("application.path_added", id, detail{"slug": a.Slug, "host": p.Host, "path": p.Path, "role": p.Role.Name})
	}
	return err
}

// RemoveApplicationPath takes a part off an application.
func (o *OrganizationTx) RemoveApplicationPath(id string, p ApplicationPath) error {
	if err := p.complete(); err != nil {
		return err
	}
	a, err := o.application(id, o.tx.d.forShare)
	if err != nil {
		return err
	}
	err = o.tx.doOne("DELETE FROM application_paths WHERE organization_id = ? AND application_id = ? AND host = ? AND path_key = ?",
		o.id, id, p.Host, strings.ToLower(p.Path))
	if err == nil {
		o.note("application.path_removed", id, detail{"slug": a.Slug, "host": p.Host, "path": p.Path})
	}
	return err
}

// complete brings a host and a path into the one form in which requests are compared with them.
func (p *ApplicationPath) complete() error {
	p.Host = strings.TrimSuffix(strings.ToLower(p.Host), ".")
	setDefault(&p.Path, "/")
	if !isHostPattern(p.Host) {
		return &InvalidError{"host", `must be a host name without port as browsers send it, such as wiki.example.com, or *.example.com for every host one label longer; write other scripts in the form xn--…`}
	}
	if len(p.Path) > 1 && !strings.HasSuffix(p.Path, "//") {
		p.Path = strings.TrimSuffix(p.Path, "/")
	}
	if !isPlainPath(p.Path) {
		return &InvalidError{"path", `must begin with "/" and stand decoded, such as /wiki/admin: without "//", "..", and the characters % ; \ ? #`}
	}
	return nil
}

func isHostPattern(host string) bool {
	name, wildcard := strings.CutPrefix(host, "*.")
	labels := strings.Split(name, ".")
	if len(host) > 253 || wildcard && len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func isPlainPath(path string) bool {
	if len(path) > 1024 || !isStorable(path) || strings.ContainsAny(path, `%;\?#`) || strings.ContainsFunc(path, isControl) {
		return false
	}
	rest, ok := strings.CutPrefix(path, "/")
	if !ok || rest == "" {
		return ok
	}
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == "" || strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") {
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
