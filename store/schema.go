package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Schema is a schema of extension attributes that an organization declares.
type Schema struct {
	URN          string // unique in the organization under Fold
	ResourceType string // "User" or "Group"
	Document     string // RFC 7643 section 7, as it was given
	CreatedAt    time.Time
}

// maxSchemas bounds the schemas of an organization: all of them are read when one changes.
const maxSchemas = 50

// Schemas lists the organization's schemas by URN.
func (o *OrganizationScope) Schemas(ctx context.Context) ([]Schema, error) {
	if !o.valid() {
		return nil, nil
	}
	return o.schemas(ctx, "", o.id)
}

func (c conn) schemas(ctx context.Context, condition string, args ...any) ([]Schema, error) {
	var list []Schema
	err := c.rows(ctx, "SELECT urn, resource_type, document, created_at FROM schemas WHERE organization_id = ?"+condition+" ORDER BY urn_key",
		args, func(scan scanner) error {
			var s Schema
			var created int64
			err := scan(&s.URN, &s.ResourceType, &s.Document, &created)
			s.CreatedAt = fromMicros(created)
			list = append(list, s)
			return err
		})
	return list, err
}

// DeclareSchema adds a schema, or replaces the one of the same URN. The next request on any node goes by it. Repeating it
// changes nothing.
func (o *OrganizationTx) DeclareSchema(s Schema) error {
	if _, known := schemaTables[s.ResourceType]; !known {
		return &InvalidError{"resource type", "must be User or Group"}
	}
	if err := o.lock(); err != nil {
		return err
	}
	before, err := o.schema(s.URN)
	switch {
	case errors.Is(err, ErrNotFound):
		err = o.checkRoom()
	case before.Document == s.Document && before.ResourceType == s.ResourceType && before.URN == s.URN:
		return err
	}
	if err != nil {
		return err
	}
	_, err = o.tx.do(`INSERT INTO schemas (organization_id, urn_key, urn, resource_type, document, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (organization_id, urn_key) DO UPDATE SET urn = excluded.urn, resource_type = excluded.resource_type, document = excluded.document`,
		o.id, Fold(s.URN), s.URN, s.ResourceType, s.Document, micros(o.tx.now))
	if err != nil {
		return err
	}
	o.note("schema.declared", s.URN, detail{"resource_type": s.ResourceType, "before": raw(before.Document), "after": raw(s.Document)})
	return o.renewSettings()
}

// RemoveSchema takes a declaration back. Values stay: they are then those of an extension that nothing describes.
func (o *OrganizationTx) RemoveSchema(urn string) error {
	if err := o.lock(); err != nil {
		return err
	}
	s, err := o.schema(urn)
	if err != nil {
		return err
	}
	if err := o.tx.doOne("DELETE FROM schemas WHERE organization_id = ? AND urn_key = ?", o.id, Fold(urn)); err != nil {
		return err
	}
	o.note("schema.removed", s.URN, detail{"resource_type": s.ResourceType, "before": raw(s.Document)})
	return o.renewSettings()
}

func (o *OrganizationTx) schema(urn string) (Schema, error) {
	if !isStorable(urn) {
		return Schema{}, ErrNotFound
	}
	return first(o.tx.schemas(o.tx.ctx, " AND urn_key = ?", o.id, Fold(urn)))
}

func (o *OrganizationTx) checkRoom() error {
	all, err := o.tx.schemas(o.tx.ctx, "", o.id)
	if err == nil && len(all) >= maxSchemas {
		return &RefusedError{fmt.Sprintf("the organization has %d schemas, which is the most there can be: remove one first", maxSchemas)}
	}
	return err
}

// lock keeps others from changing the organization's settings until the change ends.
func (o *OrganizationTx) lock() error {
	if !validID(o.id) {
		return ErrNotFound
	}
	var revision int64
	return o.tx.get("SELECT settings_revision FROM organizations WHERE id = ?"+o.tx.d.forUpdate, []any{o.id}, &revision)
}

// renewSettings makes every node notice the change of a setting with its next request.
func (o *OrganizationTx) renewSettings() error {
	return o.tx.doOne("UPDATE organizations SET settings_revision = settings_revision + 1 WHERE id = ?", o.id)
}

// SetSCIMPasswords says whether SCIM may set the passwords of the organization's people. Repeating it changes nothing.
func (o *OrganizationTx) SetSCIMPasswords(on bool) (Organization, error) {
	org, changed, err := o.set(SCIMPasswordsSetting, on)
	if err != nil || !changed {
		return org.Organization, err
	}
	o.note("organization.updated", o.id, detail{"before": detail{"scim_passwords": org.SCIMPasswords}, "after": detail{"scim_passwords": on}})
	org.SCIMPasswords = on
	return org.Organization, nil
}
