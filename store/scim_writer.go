package store

// RecordWriter remembers that a credential writes from an address, and alarms the audit when it has not done so before:
// that is how a stolen token shows. elsewhere says that it is the first time, and that it has written from other addresses.
func (o *OrganizationTx) RecordWriter(c Credential, address string) (elsewhere bool, err error) {
	if _, err := o.connection(c.Connection.ID); err != nil {
		return false, err
	}
	if !validID(c.TokenID) {
		return false, ErrNotFound
	}
	var others int
	err = o.tx.get("SELECT count(*) FROM scim_writers WHERE organization_id = ? AND credential_id = ?", []any{o.id, c.TokenID}, &others)
	if err != nil {
		return false, err
	}
	n, err := o.tx.do(`INSERT INTO scim_writers (organization_id, connection_id, credential_id, address, first_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, o.id, c.Connection.ID, c.TokenID, storable(AddressGroup(address), maxClaimed), micros(o.tx.now))
	if err != nil || n == 0 {
		return false, err
	}
	o.note(string(c.Kind)+".new_address", c.TokenID, detail{"connection": c.Connection.Slug, "label": c.Label, "address": address, "others": others})
	return others > 0, nil
}

// RecordSCIMRefusal notes that a credential was good and its caller refused all the same: because of "address" or
// "certificate".
func (o *OrganizationTx) RecordSCIMRefusal(c Credential, reason string) error {
	if _, err := o.connection(c.Connection.ID); err != nil {
		return err
	}
	o.note(string(c.Kind)+".refused", c.TokenID, detail{"connection": c.Connection.Slug, "label": c.Label, "reason": reason})
	return nil
}
