package store

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Console is what a role may do in the console.
type Console string

// The console rights, each including the ones before it.
const (
	ConsoleNone   Console = "none"
	ConsoleRead   Console = "read"
	ConsoleManage Console = "manage"
	ConsoleOwn    Console = "own"
)

// Role is a step on the ladder of an organization.
type Role struct {
	ID      string
	Name    string // unique in the organization under Fold
	Rank    int    // unique in the organization; higher is more privileged; 1 to 1,000,000
	Console Console
	// SharedOnly: the role opens only what demands a role of this kind (see policy.Role).
	SharedOnly bool
}

// defaultLadder is the ladder of a new organization, with room between the steps.
var defaultLadder = []Role{
	{Name: "contributor", Rank: 10, Console: ConsoleNone, SharedOnly: true},
	{Name: "reader", Rank: 20, Console: ConsoleNone},
	{Name: "writer", Rank: 30, Console: ConsoleNone},
	{Name: "admin", Rank: 40, Console: ConsoleManage},
	{Name: "owner", Rank: 50, Console: ConsoleOwn},
}

func (c conn) roles(ctx context.Context, organizationID string) ([]Role, error) {
	var list []Role
	err := c.rows(ctx, "SELECT id, name, rank, console, shared_only FROM roles WHERE organization_id = ? ORDER BY rank", []any{organizationID},
		func(scan scanner) error {
			var r Role
			err := scan(&r.ID, &r.Name, &r.Rank, &r.Console, &r.SharedOnly)
			list = append(list, r)
			return err
		})
	return list, err
}

// Roles lists the ladder, lowest first.
func (o *OrganizationScope) Roles(ctx context.Context) ([]Role, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.roles(ctx, o.id)
}

// role reads a role; lock keeps it from being removed, or from getting new mappings, until the change ends.
func (o *OrganizationTx) role(id, lock string) (Role, error) {
	if !validID(o.id) || !validID(id) {
		return Role{}, ErrNotFound
	}
	var one int
	if err := o.tx.get("SELECT 1 FROM roles WHERE organization_id = ? AND id = ?"+lock, []any{o.id, id}, &one); err != nil {
		return Role{}, err
	}
	list, err := o.tx.roles(o.tx.ctx, o.id)
	if err != nil {
		return Role{}, err
	}
	for _, r := range list {
		if r.ID == id {
			return r, nil
		}
	}
	return Role{}, ErrNotFound
}

func (r *Role) complete() error {
	r.Name = strings.TrimSpace(r.Name)
	setDefault((*string)(&r.Console), string(ConsoleNone))
	if r.Name == "" || utf8.RuneCountInString(r.Name) > 64 || strings.ContainsAny(r.Name, ",\r\n") || !isStorable(r.Name) {
		return &InvalidError{"name", "must be 1 to 64 characters without commas or line breaks"}
	}
	if r.Rank < 1 || r.Rank > 1_000_000 {
		return &InvalidError{"rank", "must be between 1 and 1000000; higher is more privileged"}
	}
	if !oneOf(string(r.Console), "none read manage own") {
		return &InvalidError{"console", "must be none, read, manage or own"}
	}
	return nil
}

func (r Role) settings() detail {
	return detail{"name": r.Name, "rank": r.Rank, "console": r.Console, "shared_only": r.SharedOnly}
}

// CreateRole adds a step to the ladder.
func (o *OrganizationTx) CreateRole(r Role) (Role, error) {
	r.ID = o.tx.store.newID()
	return o.createRole(r)
}

// createRole is CreateRole under an id of the caller's.
func (o *OrganizationTx) createRole(r Role) (Role, error) {
	if err := r.complete(); err != nil {
		return Role{}, err
	}
	if _, err := o.find(); err != nil {
		return Role{}, err
	}
	_, err := o.tx.do("INSERT INTO roles (organization_id, id, name, name_key, rank, console, shared_only, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		o.id, r.ID, r.Name, Fold(r.Name), r.Rank, string(r.Console), r.SharedOnly, micros(o.tx.now))
	if err != nil {
		return Role{}, err
	}
	o.note("role.created", r.ID, detail{"after": r.settings()})
	return r, nil
}

// UpdateRole changes the role with r.ID.
func (o *OrganizationTx) UpdateRole(r Role) (Role, error) {
	if err := r.complete(); err != nil {
		return Role{}, err
	}
	was, err := o.role(r.ID, o.tx.d.forUpdate)
	if err != nil || r == was {
		return was, err
	}
	org, err := o.find()
	if err != nil {
		return Role{}, err
	}
	if err := r.checkDefault(); err != nil && org.DefaultRoleID == r.ID {
		return Role{}, err
	}
	owners, err := o.owners()
	if err != nil {
		return Role{}, err
	}
	err = o.tx.doOne("UPDATE roles SET name = ?, name_key = ?, rank = ?, console = ?, shared_only = ? WHERE organization_id = ? AND id = ?",
		r.Name, Fold(r.Name), r.Rank, string(r.Console), r.SharedOnly, o.id, r.ID)
	if err != nil {
		return Role{}, err
	}
	o.note("role.updated", r.ID, detail{"before": was.settings(), "after": r.settings()})
	if org.DefaultRoleID == r.ID {
		if err := o.renameDefault(r); err != nil {
			return Role{}, err
		}
	}
	return r, o.keepsOwner(owners)
}

// SwapRoles lets two steps of the ladder change places.
func (o *OrganizationTx) SwapRoles(a, b string) error {
	first, err := o.role(a, o.tx.d.forUpdate)
	if err != nil {
		return err
	}
	second, err := o.role(b, o.tx.d.forUpdate)
	if err != nil || a == b {
		return err
	}
	const aside = -1 // ranks are unique at every moment
	for _, to := range []Role{{ID: a, Rank: aside}, {ID: b, Rank: first.Rank}, {ID: a, Rank: second.Rank}} {
		if err := o.tx.doOne("UPDATE roles SET rank = ? WHERE organization_id = ? AND id = ?", to.Rank, o.id, to.ID); err != nil {
			return err
		}
	}
	for _, was := range []Role{first, second} {
		after := was
		after.Rank = first.Rank + second.Rank - was.Rank
		o.note("role.updated", was.ID, detail{"before": was.settings(), "after": after.settings()})
	}
	return nil
}

type roleUse struct{ table, verb, what string }

// roleUses are the tables that point to roles, and what a row of each is called.
var roleUses = []roleUse{
	{"mappings", "given by", "mapping"}, {"role_assignments", "given by", "assignment"},
	{"applications", "demanded by", "application"}, {"application_paths", "demanded by", "application path"},
	{"connection_ceilings", "the ceiling of", "connection"},
}

func (u roleUse) words(n int) string {
	if n == 1 {
		return u.what
	}
	return u.what + "s"
}

// RemoveRole deletes a role. It is refused while something rests on it.
func (o *OrganizationTx) RemoveRole(id string) error {
	r, err := o.role(id, o.tx.d.forDelete)
	if err != nil {
		return err
	}
	for _, use := range roleUses {
		var n int
		if err := o.tx.get("SELECT count(*) FROM "+use.table+" WHERE organization_id = ? AND role_id = ?", []any{o.id, id}, &n); err != nil {
			return err
		}
		if n > 0 {
			return &RefusedError{fmt.Sprintf("the role %s is still %s %d %s: change or remove first what uses it", r.Name, use.verb, n, use.words(n))}
		}
	}
	if org, err := o.find(); err != nil {
		return err
	} else if org.DefaultRoleID == id {
		return &RefusedError{"the role " + r.Name + " is the organization's default role: choose another default first"}
	}
	if err := o.tx.doOne("DELETE FROM roles WHERE organization_id = ? AND id = ?", o.id, id); err != nil {
		return err
	}
	o.note("role.removed", id, detail{"before": r.settings()})
	return nil
}

// AssignRole gives a person, whom the organization or a connection of one above it has, a role by hand. Repeating it changes nothing.
func (o *OrganizationTx) AssignRole(directoryID, userID, roleID string) error {
	r, err := o.role(roleID, o.tx.d.forShare)
	if err != nil {
		return err
	}
	if err := o.hasUser(directoryID, userID); err != nil {
		return err
	}
	n, err := o.tx.do(`INSERT INTO role_assignments (organization_id, directory_id, user_id, role_id, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, o.id, directoryID, userID, roleID, micros(o.tx.now))
	if err == nil && n > 0 {
		o.tx.note(o.id, directoryID, "user.role_assigned", userID, detail{"role": r.Name, "role_id": r.ID})
	}
	return err
}

// UnassignRole takes a role back that was given by hand. ErrNotFound when it was not.
func (o *OrganizationTx) UnassignRole(directoryID, userID, roleID string) error {
	r, err := o.role(roleID, o.tx.d.forUpdate)
	if err != nil {
		return err
	}
	if err := o.hasUser(directoryID, userID); err != nil {
		return err
	}
	owners, err := o.owners()
	if err != nil {
		return err
	}
	err = o.tx.doOne("DELETE FROM role_assignments WHERE organization_id = ? AND directory_id = ? AND user_id = ? AND role_id = ?",
		o.id, directoryID, userID, roleID)
	if err == nil {
		o.tx.note(o.id, directoryID, "user.role_unassigned", userID, detail{"role": r.Name, "role_id": r.ID})
		err = o.keepsOwner(owners)
	}
	return err
}

// hasUser demands that a user is of one of the organization's directories, or of a connection of one above it.
func (o *OrganizationTx) hasUser(directoryID, userID string) error {
	if !validID(directoryID) || !validID(userID) {
		return ErrNotFound
	}
	var one int
	return o.tx.get(`SELECT 1 FROM organization_lines l
		JOIN directories d ON d.organization_id = l.ancestor_id AND (l.distance = 0 OR d.connection_id IS NOT NULL)
		JOIN users u ON u.directory_id = d.id WHERE l.organization_id = ? AND d.id = ? AND u.id = ?`+o.tx.d.forShare, []any{o.id, directoryID, userID}, &one)
}
