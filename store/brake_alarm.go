package store

import (
	"fmt"
	"time"
)

// alarm tells the trail, and the organization's owners as far as they have addresses, that many people leave at once.
func (d *DirectoryTx) alarm(b Brake, leavers, people int) error {
	c, err := d.connection()
	if err != nil {
		return err
	}
	if err := d.tx.doOne("UPDATE brakes SET alarmed_at = ? WHERE directory_id = ?", micros(d.tx.now), d.key.DirectoryID); err != nil {
		return err
	}
	action := "brake.engaged"
	if b.Hold == 0 {
		action = "brake.alarm"
	}
	d.note(action, c.ID, detail{"leavers": leavers, "people": people, "brake": b.settings()})
	return d.tx.Organization(d.key.OrganizationID).tellOwners(func(owner Owner) Mail {
		return brakeLetter(owner, c, b, leavers, people, d.tx.now)
	})
}

// tellOwners sends a letter to each owner of the organization who has an address.
func (o *OrganizationTx) tellOwners(letter func(Owner) Mail) error {
	org, err := o.find()
	if err != nil {
		return err
	}
	owners, err := o.tx.owners(o.tx.ctx, org.ID)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if !IsAddress(owner.Email) {
			continue
		}
		if err := o.tx.Directory(org.LocalDirectory).QueueMail(owner.ID, letter(owner)); err != nil {
			return err
		}
	}
	return nil
}

func brakeLetter(owner Owner, c Connection, b Brake, leavers, people int, now time.Time) Mail {
	what := fmt.Sprintf(`Whoever follows loses their access at once, too. To hold them instead, until you have decided:

  doorlist brake set --connection %s --hold 24h
`, c.Slug)
	if b.Hold > 0 {
		what = fmt.Sprintf(`Whoever is switched off or deleted from now on is held: they keep coming in until you decide, at most for %d hours each.

  doorlist brake show --connection %[2]s       who is held
  doorlist brake apply --connection %[2]s      it was meant so: they lose their access now
  doorlist brake release --connection %[2]s    it was a mistake: they stay
`, int(b.Hold/time.Hour), c.Slug)
	}
	return Mail{To: owner.Email, ExpiresAt: now.Add(24 * time.Hour), Subject: "Many people are being switched off: " + c.Slug, Text: fmt.Sprintf(
		`Provisioning through the connection %s has switched off or deleted %d of %d people within an hour.
%s
If you did not expect this, look at the provider, and revoke the provisioning token.
`, c.Slug, leavers, people, what)}
}
