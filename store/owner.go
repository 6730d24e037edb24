package store

import (
	"context"
	"errors"
	"time"
)

// Owner is a local break-glass owner: a person of the local directory with the highest role, whom no provider can
// push, change or remove.
type Owner struct {
	ID, Email string
	CreatedAt time.Time
}

// Owners lists the local people who hold a role with the console right "own".
func (o *OrganizationScope) Owners(ctx context.Context) ([]Owner, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.owners(ctx, o.id)
}

func (c conn) owners(ctx context.Context, organizationID string) ([]Owner, error) {
	var list []Owner
	err := c.rows(ctx, `SELECT DISTINCT u.id, u.user_name, u.created_at FROM role_assignments a
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id AND r.console = 'own'
		JOIN directories d ON d.organization_id = a.organization_id AND d.id = a.directory_id AND d.connection_id IS NULL
		JOIN users u ON u.directory_id = a.directory_id AND u.id = a.user_id
		WHERE a.organization_id = ? ORDER BY u.id`, []any{organizationID}, func(scan scanner) error {
		var owner Owner
		var created int64
		err := scan(&owner.ID, &owner.Email, &created)
		owner.CreatedAt = fromMicros(created)
		list = append(list, owner)
		return err
	})
	return list, err
}

// owners counts the organization's owners.
func (o *OrganizationTx) owners() (int, error) {
	list, err := o.tx.owners(o.tx.ctx, o.id)
	return len(list), err
}

// keepsOwner refuses a change after which there is no owner where there was one: nobody could come in any more once the
// provider cannot be reached. The roles must be locked.
func (o *OrganizationTx) keepsOwner(before int) error {
	after, err := o.owners()
	if err == nil && before > 0 && after == 0 {
		err = &RefusedError{`that would leave the organization without an owner: make another first with "doorlist owner create --email E"`}
	}
	return err
}

// CreateOwner adds a local owner and returns a secret with which the password can be set once, within InviteFor. For an
// owner who is there already it makes a new secret, because links get lost; earlier ones lose their use.
func (o *OrganizationTx) CreateOwner(email string) (Owner, string, error) {
	if !IsAddress(email) {
		return Owner{}, "", &InvalidError{"email", "must be an e-mail address such as owner@example.com"}
	}
	org, err := o.find()
	if err != nil {
		return Owner{}, "", err
	}
	role, err := o.ownerRole()
	if err != nil {
		return Owner{}, "", err
	}
	u, err := o.localUser(org, email)
	if err != nil {
		return Owner{}, "", err
	}
	if err := o.AssignRole(org.LocalDirectory.DirectoryID, u.ID, role.ID); err != nil {
		return Owner{}, "", err
	}
	_, secret, err := o.tx.Directory(org.LocalDirectory).Invite(u.ID, ToInvite)
	if err != nil {
		return Owner{}, "", err
	}
	o.note("owner.invited", u.ID, detail{"email": email, "role": role.Name})
	return Owner{ID: u.ID, Email: email, CreatedAt: u.CreatedAt}, secret, nil
}

// AddLocalUser finds the local person with the address, or adds them, with a role.
func (o *OrganizationTx) AddLocalUser(email, roleID string) (User, error) {
	if !IsAddress(email) {
		return User{}, &InvalidError{"email", "must be an e-mail address such as alice@example.com"}
	}
	org, err := o.find()
	if err != nil {
		return User{}, err
	}
	u, err := o.localUser(org, email)
	if err != nil {
		return User{}, err
	}
	return u, o.AssignRole(org.LocalDirectory.DirectoryID, u.ID, roleID)
}

// localUser finds the local person with the address, or adds them.
func (o *OrganizationTx) localUser(org Organization, email string) (User, error) {
	local := o.tx.Directory(org.LocalDirectory)
	u, err := local.UserByName(email)
	if errors.Is(err, ErrNotFound) {
		return local.CreateUser(Profile{UserName: email, Email: email}.Record())
	}
	return u, err
}

// ownerRole is the highest role that owns the console.
func (o *OrganizationTx) ownerRole() (Role, error) {
	roles, err := o.tx.roles(o.tx.ctx, o.id)
	if err != nil {
		return Role{}, err
	}
	for i := len(roles) - 1; i >= 0; i-- {
		if roles[i].Console == ConsoleOwn {
			return roles[i], nil
		}
	}
	return Role{}, &RefusedError{`no role has the console right "own": add one with "doorlist role add owner --rank 50 --console own"`}
}
