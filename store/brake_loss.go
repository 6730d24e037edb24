package store

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// countLosses counts people whom a push takes out of a group that gives a role, and gives the alarm when many lose such a group within
// an hour. Nobody is held: groups are answered by their members, and what a person may do is read from the same rows.
func (d *DirectoryTx) countLosses(g Group, memberIDs ...string) error {
	if d.tx.actor.Kind != Provisioner || len(memberIDs) == 0 {
		return nil
	}
	if mapped, err := d.givesRole(g); err != nil || !mapped {
		return err
	}
	b, people, err := d.lockBrake(0)
	if err != nil {
		return err
	}
	for ids := range slices.Chunk(memberIDs, insertBatch) {
		err := d.tx.later(`INSERT INTO role_losses (directory_id, user_id, lost_at) SELECT u.directory_id, u.id, ? FROM users u WHERE u.directory_id = ?
			AND u.id IN (SELECT ids.id FROM `+d.tx.d.idList+`) ON CONFLICT (directory_id, user_id) DO UPDATE SET lost_at = excluded.lost_at`,
			micros(d.tx.now), d.key.DirectoryID, d.tx.d.idParam(ids))
		if err != nil {
			return err
		}
	}
	return d.judgeLosses(b, people)
}

// givesRole says whether a mapping of the connection's organization is of the group.
func (d *DirectoryTx) givesRole(g Group) (bool, error) {
	err := d.tx.get(`SELECT 1 FROM mappings mp WHERE mp.organization_id = ? AND mp.directory_id = ? AND mp.app_role_key = ''
		AND (mp.group_id IS NULL OR mp.group_id = ?) AND mp.external_key = ? LIMIT 1`,
		[]any{d.key.OrganizationID, d.key.DirectoryID, g.ID, externalKey(g.ExternalID)}, new(int))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// judgeLosses gives the alarm where losses are above the bound of the brake. Who was taken out of one group and put into another counts.
func (d *DirectoryTx) judgeLosses(b Brake, people headcount) error {
	if d.tx.now.Sub(people.lossesAlarmed) < alarmsEvery {
		return nil
	}
	var losses int
	err := d.tx.get("SELECT count(*) FROM role_losses WHERE directory_id = ? AND lost_at > ?",
		[]any{d.key.DirectoryID, micros(d.tx.now.Add(-brakeWindow))}, &losses)
	if err != nil || losses <= b.People {
		return err
	}
	if d.tx.now.Sub(people.at) > recountAfter {
		leavers, err := d.leavers()
		if err == nil {
			people.counted, err = d.recount(leavers, noID)
		}
		if err != nil {
			return err
		}
	}
	if !b.holds(losses, people.counted) {
		return nil
	}
	return d.alarmLosses(b, losses, people.counted)
}

func (d *DirectoryTx) alarmLosses(b Brake, losses, people int) error {
	c, err := d.connection()
	if err != nil {
		return err
	}
	if err := d.tx.doOne("UPDATE brakes SET losses_alarmed_at = ? WHERE directory_id = ?", micros(d.tx.now), d.key.DirectoryID); err != nil {
		return err
	}
	d.note("brake.roles_lost", c.ID, detail{"losses": losses, "people": people, "brake": b.settings()})
	return d.tx.Organization(d.key.OrganizationID).tellOwners(func(owner Owner) Mail {
		return Mail{To: owner.Email, ExpiresAt: d.tx.now.Add(24 * time.Hour), Subject: "Many people are losing roles: " + c.Slug, Text: fmt.Sprintf(
			`Provisioning through the connection %s has taken %d of %d people out of groups that give roles, within an hour.
What those groups gave them is gone at once: nothing holds that.

If you did not expect this, look at the groups at the provider, and revoke the provisioning token.
`, c.Slug, losses, people)}
	})
}
