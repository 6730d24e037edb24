package entra

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Difference is something at the server that is not as the directory says.
type Difference struct {
	Name string `json:"name"` // userPrincipalName or displayName
	What string `json:"what"` // attribute path, "members", or "existence"
	Want string `json:"want"`
	Got  string `json:"got"`
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s: want %q, the server has %q", d.Name, d.What, d.Want, d.Got)
}

// verifyPage is the page size of reading back.
const verifyPage = 50

// Verify reads all users and groups back, page by page, and compares them with the directory. Strangers, which this
// job neither wrote nor adopted, are no difference.
func (p *Provisioner) Verify(ctx context.Context) (Report, error) {
	r := p.newRun("verify", p.dialect)
	t := r.newTask("verify", "", "")
	v := verifier{run: r, resources: map[string]resource{}}
	for _, k := range []kind{userKind, groupKind} {
		if err := t.readAll(ctx, k, v.resources); err != nil {
			return r.finish(err), err
		}
	}
	for _, id := range r.view.order {
		if err := v.object(ctx, t, id); err != nil {
			return r.finish(err), err
		}
	}
	v.leftovers()
	return r.finish(nil), nil
}

// readAll lists every resource by its path. Pages have to be exact: the next one starts after what the last one held.
func (t *task) readAll(ctx context.Context, k kind, all map[string]resource) error {
	for start := 1; ; {
		query := fmt.Sprintf("startIndex=%d&count=%d", start, verifyPage)
		if k.excluded != "" {
			query = k.excluded + "&" + query
		}
		c := call{step: "list " + k.noun + "s", method: http.MethodGet, path: k.path, query: query}
		a, err := t.request(ctx, c)
		if err != nil {
			return err
		}
		page, err := parseList(a.body)
		if err != nil {
			return t.unreadable(c, a, err)
		}
		t.checkPage(c, page, start)
		for _, r := range page.Resources {
			t.checkResource(c, r)
			path := k.path + "/" + r.id()
			if _, twice := all[path]; twice {
				t.complain(c, rulePaging, fmt.Sprintf("%s returned one %s on two pages", c.step, k.noun))
			}
			all[path] = r
		}
		start += len(page.Resources)
		if len(page.Resources) == 0 || start > page.total() {
			return nil
		}
	}
}

func (t *task) checkPage(c call, page list, start int) {
	if len(page.Resources) > 0 && page.StartIndex.String() != fmt.Sprint(start) {
		t.complain(c, rulePaging, fmt.Sprintf("%s: startIndex is %q instead of the one asked for", c.step, page.StartIndex))
	}
	if want := max(0, min(verifyPage, page.total()-start+1)); len(page.Resources) != want {
		t.complain(c, rulePaging, fmt.Sprintf("%s: a page holds %d resources instead of %d", c.step, len(page.Resources), want))
	}
}

type verifier struct {
	run       *run
	resources map[string]resource // by path at the server
}

func (v *verifier) object(ctx context.Context, t *task, id string) error {
	l, linked := v.run.p.linked(id)
	if !linked {
		if v.run.view.provisionable(id) {
			v.differ(v.run.view.name(id), "existence", "present", "absent")
		}
		return nil
	}
	if _, group := v.run.view.groups[id]; group {
		return v.group(ctx, t, id, l)
	}
	v.person(id, l)
	return nil
}

func (v *verifier) person(id string, l link) {
	current, ok := v.resources[l.path()]
	if !ok {
		v.differ(v.run.view.name(id), "existence", "present", "absent")
		return
	}
	o := v.run.subject(id)
	if !o.covered {
		// No mapping is evaluated for them any more; only active counts.
		o.desired = []attribute{{"active", false}}
	}
	v.attributes(o, current)
	if manager, there := v.run.p.linked(v.run.view.people[id].ManagerID); there && o.covered {
		v.attributes(subject{name: o.name, desired: []attribute{{managerPath, manager.id}}}, current)
	}
}

func (v *verifier) attributes(o subject, current resource) {
	for _, a := range o.desired {
		if roles, ok := a.value.([]appRole); ok {
			v.roles(o.name, roles, current)
			continue
		}
		if want, got := asText(a.value), current.text(a.path); want != got {
			v.differ(o.name, a.path, want, got)
		}
	}
}

func (v *verifier) roles(name string, roles []appRole, current resource) {
	if len(v.run.p.compareRoles(roles, current)) == 0 {
		return
	}
	want := make([]string, len(roles))
	for i, r := range roles {
		want[i] = r.value
	}
	v.differ(name, rolesPath, strings.Join(want, ", "), strings.Join(current.values(rolesPath), ", "))
}

func (v *verifier) group(ctx context.Context, t *task, id string, l link) error {
	current, ok := v.resources[l.path()]
	if !ok {
		v.differ(v.run.view.name(id), "existence", "present", "absent")
		return nil
	}
	v.attributes(v.run.subject(id), current)
	c := call{step: "read members", method: http.MethodGet, path: l.path()}
	a, err := t.request(ctx, c)
	if err != nil {
		return err
	}
	whole, err := t.resourceFrom(c, a)
	if err != nil {
		return err
	}
	v.members(id, l.adopted, whole.values("members"))
	return nil
}

// members compares sets. An adopted group may keep members that were there before this job.
func (v *verifier) members(id string, adopted bool, have []string) {
	wanted := v.wantedMembers(id)
	present := map[string]bool{}
	for _, m := range have {
		if present[m] {
			v.differ(v.run.view.name(id), "members", m+" once", m+" twice")
		}
		present[m] = true
	}
	for _, m := range slices.Sorted(maps.Keys(wanted)) {
		if !present[m] {
			v.differ(v.run.view.name(id), "members", wanted[m]+" ("+m+")", "")
		}
	}
	for _, m := range slices.Sorted(maps.Keys(present)) {
		if wanted[m] == "" && !adopted {
			v.differ(v.run.view.name(id), "members", "", m)
		}
	}
}

// wantedMembers gives the names of the members that the server should have, by SCIM id: those in the directory that
// are at the server, except people who never were added before they went to the recycle bin.
func (v *verifier) wantedMembers(id string) map[string]string {
	wanted, acknowledged := map[string]string{}, v.run.p.members(id)
	for _, m := range v.run.view.groups[id].Members {
		if member, there := v.run.p.linked(m); there && (acknowledged[m] || v.run.joins(m)) {
			wanted[member.id] = v.run.view.name(m)
		}
	}
	return wanted
}

// leftovers finds what should be gone from the server, and people who should be switched off there for good: whoever
// left the scope before being deleted is never deleted at the server.
func (v *verifier) leftovers() {
	v.run.p.mu.Lock()
	deleted, links := maps.Clone(v.run.p.deleted), maps.Clone(v.run.p.links)
	v.run.p.mu.Unlock()
	for _, path := range slices.Sorted(maps.Keys(deleted)) {
		if v.resources[path] != nil {
			v.differ(deleted[path], "existence", "absent", "present as "+path)
		}
	}
	for _, objectID := range slices.Sorted(maps.Keys(links)) {
		l := links[objectID]
		switch {
		case v.run.view.doomed(objectID, *l):
			v.differ(l.name, "existence", "absent", "present as "+l.path())
		case !v.run.view.exists(objectID) && v.resources[l.path()].text("active") == "True":
			v.differ(l.name, "active", "False", "True")
		}
	}
}

func (v *verifier) differ(name, what, want, got string) {
	v.run.count(func(report *Report) {
		report.Differences = append(report.Differences, Difference{Name: name, What: what, Want: want, Got: got})
	})
}
