package store_test

import (
	"fmt"
	"strings"

	"doorlist/store"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// The changes that a changing world makes.

func (c *changing) organization() store.Organization {
	return pick(c, []store.Organization{c.top, c.branch})
}

func (c *changing) directory() store.DirectoryKey {
	return pick(c, append([]store.DirectoryKey{c.connections[0].Directory(), c.connections[1].Directory(), c.connections[1].Directory()}, c.locals...))
}

func (c *changing) synced() store.Connection { return pick(c, c.connections) }

func (c *changing) name(what string) string { c.named++; return fmt.Sprintf("%s%d", what, c.named) }

func (c *changing) appRoles() []string {
	return rapid.SampledFrom([][]string{nil, {"Task.Read"}, {"Task.Write", "task.write "}, {"Task.Read", "Task.Write"}}).Draw(c.T, "app roles")
}

func (c *changing) createUser(tx *store.Tx) error {
	in := c.directory()
	r := person(c.name("user")+"@example.com", uuid.NewString())
	r.AppRoles, r.Active = c.appRoles(), rapid.Bool().Draw(c.T, "active")
	u, err := tx.Directory(in).CreateUser(documented(r))
	if err == nil {
		c.users[in] = append(c.users[in], u.ID)
	}
	return err
}

func (c *changing) updateUser(tx *store.Tx) error {
	in := c.directory()
	u, err := c.w.Directory(in).User(c.w.t.Context(), pick(c, c.users[in]))
	if err != nil {
		return err
	}
	r := u.UserRecord
	switch rapid.IntRange(0, 5).Draw(c.T, "update") {
	case 0:
		r.UserName = c.name("renamed") + "@example.com"
	case 1:
		r.ExternalID = rapid.SampledFrom([]string{"", "no object id", uuid.NewString()}).Draw(c.T, "external id")
	case 2:
		r.AppRoles = c.appRoles()
	case 3:
		r.DisplayName = c.name("Name ")
	default:
		r.Active = !r.Active
	}
	_, err = tx.Directory(in).UpdateUser(u, documented(r))
	return err
}

func (c *changing) deleteUser(tx *store.Tx) error {
	in := c.directory()
	return tx.Directory(in).DeleteUser(pick(c, c.users[in]), 0)
}

func (c *changing) review(tx *store.Tx) error {
	in := c.directory()
	id := pick(c, c.users[in])
	if rapid.Bool().Draw(c.T, "release") {
		return tx.Directory(in).ReleaseUser(id)
	}
	u, err := tx.Directory(in).ReplaceUser(id)
	if err == nil {
		c.users[in] = append(c.users[in], u.ID)
	}
	return err
}

func (c *changing) decideHeld(tx *store.Tx) error {
	d := tx.Directory(c.synced().Directory())
	decide := d.ApplyHeld
	if rapid.Bool().Draw(c.T, "keep") {
		decide = d.ReleaseHeld
	}
	_, err := decide("")
	return err
}

func (c *changing) newcomer(tx *store.Tx) error {
	d := tx.Directory(c.connections[1].Directory())
	p := store.Profile{UserName: c.name("newcomer") + "@example.com", ExternalID: uuid.NewString(), AppRoles: c.appRoles()}
	u, err := d.CreateNewcomer(p)
	if err == nil {
		c.users[c.connections[1].Directory()] = append(c.users[c.connections[1].Directory()], u.ID)
	}
	return err
}

func (c *changing) createGroup(tx *store.Tx) error {
	in := c.synced().Directory()
	g, err := tx.Directory(in).CreateGroup(groupRecord(c.name("group"), uuid.NewString()), adding(c.users[in]...).Add)
	if err == nil {
		c.groups[in] = append(c.groups[in], g.ID)
	}
	return err
}

func (c *changing) updateGroup(tx *store.Tx) error {
	in := c.synced().Directory()
	g, err := c.w.Directory(in).Group(c.w.t.Context(), pick(c, c.groups[in]))
	if err != nil {
		return err
	}
	r := groupRecord(c.name("renamed"), rapid.SampledFrom([]string{g.ExternalID, uuid.NewString()}).Draw(c.T, "external id"))
	_, err = tx.Directory(in).UpdateGroup(g, &r, store.MemberChange{})
	return err
}

func (c *changing) changeMembers(tx *store.Tx) error {
	in := c.synced().Directory()
	change := adding(pick(c, c.users[in]))
	switch rapid.IntRange(0, 3).Draw(c.T, "members") {
	case 0:
		change.Clear = true
	case 1:
		change = store.MemberChange{Remove: []string{pick(c, c.users[in])}}
	}
	_, err := tx.Directory(in).UpdateGroup(store.Group{ID: pick(c, c.groups[in])}, nil, change)
	return err
}

func (c *changing) deleteGroup(tx *store.Tx) error {
	in := c.synced().Directory()
	return tx.Directory(in).DeleteGroup(pick(c, c.groups[in]), 0)
}

func (c *changing) roleOf(o store.Organization) string {
	roles, err := c.w.Organization(o.ID).Roles(c.w.t.Context())
	if err != nil {
		c.Fatal(err)
	}
	return pick(c, roles).ID
}

func (c *changing) createMapping(tx *store.Tx) error {
	o, connection := c.organization(), c.synced()
	m := store.Mapping{ConnectionID: connection.ID, RoleID: c.roleOf(o)}
	group := pick(c, c.groups[connection.Directory()])
	switch rapid.IntRange(0, 2).Draw(c.T, "mapping") {
	case 0:
		m.AppRole = rapid.SampledFrom([]string{"Task.Read", "TASK.WRITE"}).Draw(c.T, "app role")
	case 1:
		m.GroupID = group
	default:
		g, err := c.w.Directory(connection.Directory()).Group(c.w.t.Context(), group)
		if err != nil {
			return err
		}
		m.GroupExternalID = strings.ToUpper(g.ExternalID)
	}
	_, err := tx.Organization(o.ID).CreateMapping(m)
	return err
}

func (c *changing) changeMapping(tx *store.Tx) error {
	o := c.organization()
	all, err := c.w.Organization(o.ID).Mappings(c.w.t.Context())
	if err != nil {
		return err
	}
	if rapid.Bool().Draw(c.T, "remove") {
		return tx.Organization(o.ID).RemoveMapping(pick(c, all).ID)
	}
	_, err = tx.Organization(o.ID).UpdateMapping(pick(c, all).ID, c.roleOf(o))
	return err
}

func (c *changing) changeRole(tx *store.Tx) error {
	o := c.organization()
	r := store.Role{ID: c.roleOf(o), Name: c.name("role"), Rank: rapid.IntRange(1, 90).Draw(c.T, "rank"),
		Console: rapid.SampledFrom([]store.Console{store.ConsoleNone, store.ConsoleRead}).Draw(c.T, "console")}
	var err error
	switch rapid.IntRange(0, 2).Draw(c.T, "role") {
	case 0:
		_, err = tx.Organization(o.ID).CreateRole(r)
	case 1:
		_, err = tx.Organization(o.ID).UpdateRole(r)
	default:
		err = tx.Organization(o.ID).RemoveRole(r.ID)
	}
	return err
}

func (c *changing) assign(tx *store.Tx) error {
	o, in := c.organization(), c.directory()
	id, role := pick(c, c.users[in]), c.roleOf(o)
	if rapid.IntRange(0, 2).Draw(c.T, "give") > 0 {
		return tx.Organization(o.ID).AssignRole(in.DirectoryID, id, role)
	}
	return tx.Organization(o.ID).UnassignRole(in.DirectoryID, id, role)
}

func (c *changing) setPolicy(tx *store.Tx) error {
	o := c.organization()
	switch rapid.IntRange(0, 3).Draw(c.T, "policy") {
	case 0:
		return tx.Organization(o.ID).SetAmbiguousRoles(rapid.SampledFrom([]string{"highest", "refuse"}).Draw(c.T, "ambiguous"))
	case 1:
		return tx.Organization(o.ID).Inherit(rapid.SampledFrom([]store.Setting{store.AmbiguousRolesSetting, store.DefaultRoleSetting}).Draw(c.T, "setting"))
	case 2:
		return tx.Organization(o.ID).SetDefaultRole("")
	}
	return tx.Organization(o.ID).SetDefaultRole(c.roleOf(o))
}

func (c *changing) limit(tx *store.Tx) error {
	i := rapid.IntRange(0, 1).Draw(c.T, "owner")
	o := []store.Organization{c.top, c.branch}[i]
	role := c.roleOf(o)
	if rapid.Bool().Draw(c.T, "lift") {
		role = ""
	}
	return tx.Organization(o.ID).SetCeiling(c.connections[i].ID, role)
}

func (c *changing) changeConnection(tx *store.Tx) error {
	i := rapid.IntRange(0, 1).Draw(c.T, "owner")
	o := []store.Organization{c.top, c.branch}[i]
	if rapid.Bool().Draw(c.T, "attach") {
		return tx.Organization(c.branch.ID).SayAttachment(c.connections[0].ID, rapid.SampledFrom([]string{"", "on", "off"}).Draw(c.T, "said"))
	}
	connection, err := c.w.FindConnection(c.w.t.Context(), c.connections[i].ID)
	if err != nil {
		return err
	}
	connection.Enabled = rapid.Bool().Draw(c.T, "enabled")
	connection.Roles = rapid.SampledFrom([]string{"entra", "local", "hybrid"}).Draw(c.T, "roles")
	_, err = tx.Organization(o.ID).UpdateConnection(connection)
	return err
}
