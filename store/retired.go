package store

import "fmt"

// A name that stands in addresses is retired when its owner is removed or renamed: links, bookmarks and the settings of
// providers still bear it, and must not lead to somebody else. Whoever had it can have it back.

// slugKind says whose names must not return: each kind has its own.
type slugKind string

const (
	organizationSlug slugKind = "organization"
	connectionSlug   slugKind = "connection"
)

// retireSlug keeps the name that the organization, or a connection of it, had.
func (o *OrganizationTx) retireSlug(kind slugKind, slug, subjectID string) error {
	_, err := o.tx.do(`INSERT INTO retired_slugs (organization_id, kind, slug, subject_id, retired_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, o.id, string(kind), slug, subjectID, micros(o.tx.now))
	return err
}

// replaceSlug retires the name that a change has taken away, and refuses the new one where it was somebody else's.
func (o *OrganizationTx) replaceSlug(kind slugKind, was, is, subjectID string) error {
	if was == is {
		return nil
	}
	if err := o.tx.refuseRetired(kind, is, subjectID); err != nil {
		return err
	}
	return o.retireSlug(kind, was, subjectID)
}

// retireConnectionSlugs keeps the names of all connections of the organization.
func (o *OrganizationTx) retireConnectionSlugs() error {
	all, err := o.tx.connections(o.tx.ctx, " WHERE c.organization_id = ?", o.id)
	for _, c := range all {
		if err == nil {
			err = o.retireSlug(connectionSlug, c.Slug, c.ID)
		}
	}
	return err
}

// refuseRetired refuses a name that somebody else had. It is asked when the name has been written: whoever gave it up a moment
// ago had to be waited for until then, and has retired it.
func (tx *Tx) refuseRetired(kind slugKind, slug, subjectID string) error {
	var others int
	err := tx.get("SELECT count(*) FROM retired_slugs WHERE kind = ? AND slug = ? AND subject_id <> ?",
		[]any{string(kind), slug, subjectID}, &others)
	if err == nil && others > 0 {
		err = &RefusedError{fmt.Sprintf("the name %s belonged to another %s before, and old links still bear it: choose a name that was never used", slug, kind)}
	}
	return err
}
