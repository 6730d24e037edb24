package store

import (
	"errors"
	"strings"
)

// A newcomer is a user whom a first sign-in has made, before provisioning has sent the person (Origin FromSignIn). Who may
// become one is for policy.MayCreate to say.

// errThere says that somebody with the same object id is there, whom the user that is pushed must become: a sign-in has made them, or
// they are parted.
var errThere = errors.New("store: this user is there")

// notInserted tells why a user could not be added: the id had an owner before, somebody was there, or there is no such
// directory.
func (d *DirectoryTx) notInserted(u User) error {
	if _, err := d.awaited(u.ExternalID); !errors.Is(err, ErrNotFound) {
		return errors.Join(errThere, err)
	}
	if err := d.unlessBuried(u.ID); !errors.Is(err, ErrNotFound) {
		return err
	}
	err := d.tx.get("SELECT 1 FROM directories WHERE organization_id = ? AND id = ?", []any{d.key.OrganizationID, d.key.DirectoryID}, new(int))
	if err == nil {
		return errOvertaken // whoever was there is gone since
	}
	return err
}

// awaited finds the user whom a push of the external id makes known: one whom a sign-in has made, or one who is parted.
func (d *DirectoryTx) awaited(externalID string) (User, error) {
	return first(withoutParted(d.lockUsers("u.external_key = ? AND (u.origin = 'sign_in' OR u.external_key = ? AND u.parted <> '')",
		externalKey(externalID), revivingKey(externalID))))
}

// revivingKey is the external key by which a parted person is known again; "" for what can pass from one human being to another, as
// anything but an object id can.
func revivingKey(externalID string) string {
	if key := externalKey(externalID); isGUID(key) {
		return key
	}
	return ""
}

// adopt makes somebody who is there the user that is pushed.
func (d *DirectoryTx) adopt(r UserRecord) (User, error) {
	u, err := d.awaited(r.ExternalID)
	if err != nil {
		return User{}, err
	}
	if u.Parted {
		return d.revive(u, r)
	}
	return d.UpdateUser(u, r)
}

// takeOver gives a newcomer to provisioning. Without a change of content the version stays.
func (d *DirectoryTx) takeOver(u User, after UserRecord) (User, error) {
	if !d.read().valid() || !validID(u.ID) {
		return User{}, ErrNotFound
	}
	err := d.tx.doOne("UPDATE users SET origin = ? WHERE directory_id = ? AND id = ? AND version = ?",
		string(FromProvisioning), d.key.DirectoryID, u.ID, u.Version)
	if errors.Is(err, ErrNotFound) {
		err = d.lost("users", u.ID)
	}
	if err != nil {
		return User{}, err
	}
	d.note("user.adopted", u.ID, detail{"user_name": after.UserName, "external_id": after.ExternalID})
	u.Origin = FromProvisioning
	if after.Document == u.Document && after.PasswordHash == nil {
		return u, nil
	}
	return d.updateUser(u, after)
}

// CreateNewcomer adds a user whom a sign-in has made known. *ConflictError when the userName is taken.
func (d *DirectoryTx) CreateNewcomer(p Profile) (User, error) {
	r := p.Record()
	u, err := d.insertUser(r, FromSignIn)
	if errors.Is(err, errThere) {
		return User{}, &ConflictError{Field: "externalId"}
	}
	if err != nil {
		return User{}, err
	}
	told := r.created()
	told["source"] = FromSignIn
	d.note("user.created", u.ID, told)
	return u, nil
}

// RefreshNewcomer brings a newcomer's names and app roles up to date. The userName and the external id stay, and so does all of one who is
// parted.
func (d *DirectoryTx) RefreshNewcomer(u User, p Profile) error {
	p.UserName, p.ExternalID = u.UserName, u.ExternalID
	r := p.Record()
	if r.Active = u.Active; u.Origin != FromSignIn || u.Parted || r.Document == u.Document {
		return nil
	}
	_, err := d.updateUser(u, r)
	return err
}

// Buried says whether a user with the external id was deleted from the directory.
func (d *DirectoryTx) Buried(externalID string) (bool, error) {
	if !d.read().valid() || externalID == "" || !isStorable(externalID) {
		return false, nil
	}
	var one int
	err := d.tx.get(`SELECT 1 FROM tombstones t JOIN directories d ON d.id = t.directory_id
		WHERE d.organization_id = ? AND t.directory_id = ? AND t.external_key = ? LIMIT 1`,
		[]any{d.key.OrganizationID, d.key.DirectoryID, externalKey(externalID)}, &one)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// AppRoleGrants lists the grants that app roles with these values give, in the organization that the directory's
// people sign in to.
func (d *DirectoryTx) AppRoleGrants(values []string) ([]Grant, error) {
	byKey := map[string]string{}
	for _, v := range distinct(values) {
		byKey[Fold(strings.TrimSpace(v))] = v
	}
	var grants []Grant
	if !d.read().valid() || len(byKey) == 0 {
		return nil, nil
	}
	err := d.tx.rows(d.tx.ctx, `SELECT mp.id, mp.app_role_key, r.id, r.name, r.rank, r.console, r.shared_only, coalesce(CAST(cr.id AS text), ''), coalesce(cr.name, ''),
		coalesce(cr.rank, 0), coalesce(cr.console, ''), coalesce(cr.shared_only, ?) FROM mappings mp
		JOIN roles r ON r.organization_id = mp.organization_id AND r.id = mp.role_id`+ceilingJoin+`
		WHERE mp.organization_id = ? AND mp.directory_id = ? AND mp.app_role_key <> '' ORDER BY mp.id`,
		[]any{false, d.destination(), d.key.DirectoryID}, func(scan scanner) error {
			g := Grant{Source: AppRoleGrant}
			c := &g.Ceiling
			var key string
			if err := scan(&g.MappingID, &key, &g.Role.ID, &g.Role.Name, &g.Role.Rank, &g.Role.Console, &g.Role.SharedOnly,
				&c.ID, &c.Name, &c.Rank, &c.Console, &c.SharedOnly); err != nil {
				return err
			}
			if value, ok := byKey[key]; ok {
				g.Name = value
				grants = append(grants, g)
			}
			return nil
		})
	return grants, err
}

// EndSessions ends the sessions of a user.
func (d *DirectoryTx) EndSessions(userID, reason string) error {
	if !d.read().valid() || !validID(userID) {
		return ErrNotFound
	}
	if _, err := d.lockUser(userID); err != nil {
		return err
	}
	return d.endSessions(userID, reason)
}
