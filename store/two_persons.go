package store

import (
	"context"
	"errors"
)

// ruledBy is a condition: the two-person rule holds for the organization of a parameter, by itself or by one above.
const ruledBy = `SELECT 1 FROM organization_lines l JOIN two_persons t ON t.organization_id = l.ancestor_id WHERE l.organization_id = ? LIMIT 1`

// TwoPersons says whether what an owner can change in the organization takes two of them: by its own rule, or by that of an organization
// above it.
func (o *OrganizationScope) TwoPersons(ctx context.Context) (bool, error) {
	if !o.valid() {
		return false, nil
	}
	return found(o.row(ctx, ruledBy, []any{o.id}, new(int)))
}

// OwnTwoPersons says whether the organization itself has the two-person rule.
func (o *OrganizationScope) OwnTwoPersons(ctx context.Context) (bool, error) {
	if !o.valid() {
		return false, nil
	}
	return found(o.row(ctx, "SELECT 1 FROM two_persons WHERE organization_id = ?", []any{o.id}, new(int)))
}

// found tells a row that is not there from a failure.
func found(err error) (bool, error) {
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ownersInLine has the people with the console right to own in the organization or one above it, by hand or by a group.
const ownersInLine = `SELECT a.organization_id, u.directory_id, u.id FROM organization_lines l
		JOIN role_assignments a ON a.organization_id = l.ancestor_id
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id AND r.console = 'own'
		JOIN users u ON u.directory_id = a.directory_id AND u.id = a.user_id AND u.active WHERE l.organization_id = ?
	UNION SELECT mp.organization_id, u.directory_id, u.id FROM organization_lines l
		JOIN mappings mp ON mp.organization_id = l.ancestor_id AND mp.app_role_key = ''
		JOIN roles r ON r.organization_id = mp.organization_id AND r.id = mp.role_id AND r.console = 'own'
		JOIN groups g ON g.directory_id = mp.directory_id AND g.external_key = mp.external_key AND (mp.group_id IS NULL OR mp.group_id = g.id)
		JOIN members m ON m.directory_id = g.directory_id AND m.group_id = g.id
		JOIN users u ON u.directory_id = m.directory_id AND u.id = m.member_id AND u.active WHERE l.organization_id = ?`

// twoOwners counts ownersInLine up to two.
const twoOwners = "SELECT count(*) FROM (SELECT DISTINCT directory_id, id FROM (" + ownersInLine + ") line LIMIT 2) owners"

// OwnerInLine is somebody whom an organization, or one above it, gives the console right to own. Whether they can sign in is not said.
type OwnerInLine struct{ OrganizationID, UserID string }

// OwnersInLine lists those who are switched on.
func (o *OrganizationScope) OwnersInLine(ctx context.Context) ([]OwnerInLine, error) {
	if !o.valid() {
		return nil, nil
	}
	var list []OwnerInLine
	err := o.rows(ctx, ownersInLine, []any{o.id, o.id}, func(scan scanner) error {
		var owner OwnerInLine
		err := scan(&owner.OrganizationID, new(string), &owner.UserID)
		list = append(list, owner)
		return err
	})
	return list, err
}

// SetTwoPersons switches the two-person rule of the organization on or off. *RefusedError where fewer than two people could decide.
func (o *OrganizationTx) SetTwoPersons(on bool) error {
	if err := o.lock(); err != nil {
		return err
	}
	was, err := found(o.tx.get("SELECT 1 FROM two_persons WHERE organization_id = ?", []any{o.id}, new(int)))
	if err != nil || was == on {
		return err
	}
	if !on {
		err = o.tx.doOne("DELETE FROM two_persons WHERE organization_id = ?", o.id)
	} else if err = o.hasTwoOwners(); err == nil {
		_, err = o.tx.do("INSERT INTO two_persons (organization_id, since) VALUES (?, ?)", o.id, micros(o.tx.now))
	}
	if err == nil {
		o.note("organization.two_persons", o.id, detail{"before": was, "after": on})
	}
	return err
}

func (o *OrganizationTx) hasTwoOwners() error {
	var n int
	if err := o.tx.get(twoOwners, []any{o.id, o.id}, &n); err != nil {
		return err
	}
	if n < 2 {
		return &RefusedError{"nobody could agree to anything: there are fewer than two owners. Make another one first, with `doorlist owner create` or by a role"}
	}
	return nil
}
