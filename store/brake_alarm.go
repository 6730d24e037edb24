package store

import (
	"fmt"
	"time"
)

// alarm tells the trail, and the organization's owners as far as they have addresses, that the brake has begun to hold people.
func (d *DirectoryTx) alarm(b Brake, leavers, people int, until time.Time) error {
	c, err := d.connection()
	if err != nil {
		return err
	}
	d.note("brake.engaged", c.ID, detail{"leavers": leavers, "people": people, "brake": b.settings(), "until": until})
	org, err := d.tx.Organization(d.key.OrganizationID).find()
	if err != nil {
		return err
	}
	owners, err := d.tx.owners(d.tx.ctx, org.ID)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if !IsAddress(owner.Email) {
			continue
		}
		if err := d.tx.Directory(org.LocalDirectory).QueueMail(owner.ID, brakeLetter(owner, c, leavers, people, until)); err != nil {
			return err
		}
	}
	return nil
}

func brakeLetter(owner Owner, c Connection, leavers, people int, until time.Time) Mail {
	return Mail{To: owner.Email, ExpiresAt: until, Subject: "Many people are being switched off: " + c.Slug, Text: fmt.Sprintf(
		`Provisioning through the connection %s has switched off %d of %d people within an hour. Whoever follows is held: they
keep coming in until you decide, or until %s.

  doorlist brake show --connection %s       who is held
  doorlist brake apply --connection %s      it was meant so: they lose their access now
  doorlist brake release --connection %s    it was a mistake: they stay

If you did not expect this, look at the provider, and revoke the provisioning token.
`, c.Slug, leavers, people, until.UTC().Format("2 January 2006, 15:04 UTC"), c.Slug, c.Slug, c.Slug)}
}
