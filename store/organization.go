package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Organization is a customer. Organizations form a tree, in which a setting that one does not have of its own is the one
// above's: what stands here is what counts.
type Organization struct {
	ID, Slug, Name string
	ParentID       string // "" for the topmost
	LocalDirectory DirectoryKey
	SSOMode        SSOMode
	SCIMPasswords  bool   // SCIM may set the passwords of the organization's people
	Contact        string // whom its people may ask; "" while nobody has said
	DefaultRole    string // its name under Fold: the role of synced people whom nothing else gives one; "" refuses them
	DefaultRoleID  string // the role of that name on the organization's ladder; "" where there is none, or it has a right to the console
	AmbiguousRoles string // "highest" or "refuse": what becomes of people whose grants point to different roles
	SecondFactor   SecondFactorRule
	CreatedAt      time.Time
}

// OrganizationScope reads one organization. It sees nothing of any other.
type OrganizationScope struct {
	conn
	id string
}

// Organization opens an organization for reading. An unknown id gives an empty one.
func (s *Store) Organization(id string) *OrganizationScope { return &OrganizationScope{s.read, id} }

func (o *OrganizationScope) valid() bool { return validID(o.id) }

// OrganizationTx changes one organization.
type OrganizationTx struct {
	tx *Tx
	id string
}

// Organization opens an organization for changing.
func (tx *Tx) Organization(id string) *OrganizationTx { return &OrganizationTx{tx, id} }

func (o *OrganizationTx) note(action, subjectID string, more detail) {
	o.tx.note(o.id, "", action, subjectID, more)
}

// defaultRoleID finds an organization's default role on its ladder. A role with a right to the console never is the default,
// whatever an organization above has chosen by that name.
const defaultRoleID = `coalesce((SELECT CAST(dr.id AS text) FROM roles dr WHERE dr.organization_id = o.id AND dr.name_key = o.default_role_key
	AND dr.console = 'none'), '')`

const organizationQuery = `SELECT o.id, o.slug, o.name, o.parent_id, d.id, o.sso_mode, o.scim_passwords, o.contact,
	o.default_role_key, ` + defaultRoleID + `, o.ambiguous_roles, o.second_factor, o.created_at FROM organizations o
	JOIN directories d ON d.organization_id = o.id AND d.connection_id IS NULL`

func scanOrganization(scan scanner) (Organization, error) {
	var o Organization
	var parent *string
	var created int64
	err := scan(&o.ID, &o.Slug, &o.Name, &parent, &o.LocalDirectory.DirectoryID, &o.SSOMode, &o.SCIMPasswords, &o.Contact,
		&o.DefaultRole, &o.DefaultRoleID, &o.AmbiguousRoles, &o.SecondFactor, &created)
	if parent != nil {
		o.ParentID = *parent
	}
	o.LocalDirectory.OrganizationID, o.CreatedAt = o.ID, fromMicros(created)
	return o, err
}

func (c conn) organizations(ctx context.Context, condition string, args ...any) ([]Organization, error) {
	var list []Organization
	err := c.rows(ctx, organizationQuery+condition+" ORDER BY o.slug", args, func(scan scanner) error {
		o, err := scanOrganization(scan)
		list = append(list, o)
		return err
	})
	return list, err
}

// Organizations lists all organizations by slug.
func (s *Store) Organizations(ctx context.Context) ([]Organization, error) {
	return s.read.organizations(ctx, "")
}

// FindOrganization finds an organization by its slug or id.
func (s *Store) FindOrganization(ctx context.Context, slugOrID string) (Organization, error) {
	return s.read.findOrganization(ctx, slugOrID)
}

func (c conn) findOrganization(ctx context.Context, slugOrID string) (Organization, error) {
	if !isStorable(slugOrID) {
		return Organization{}, ErrNotFound
	}
	condition := " WHERE o.slug = ?"
	if validID(slugOrID) {
		condition = " WHERE o.id = ?"
	}
	list, err := c.organizations(ctx, condition, slugOrID)
	if err != nil {
		return Organization{}, err
	}
	if len(list) == 0 {
		return Organization{}, ErrNotFound
	}
	return list[0], nil
}

// CreateOrganization adds an organization with a local directory and the default ladder of roles. name "" repeats the
// slug; parentID "" makes it a topmost one. It inherits all settings.
func (tx *Tx) CreateOrganization(slug, name, parentID string) (Organization, error) {
	if err := checkSlug(slug); err != nil {
		return Organization{}, err
	}
	if name == "" {
		name = slug
	}
	o := builtIn
	if parentID != "" {
		above, err := tx.parent(parentID)
		if err != nil {
			return Organization{}, err
		}
		o = above
	}
	o.ID, o.Slug, o.Name, o.ParentID, o.CreatedAt = tx.store.newID(), slug, name, parentID, tx.now
	o.LocalDirectory = DirectoryKey{OrganizationID: o.ID, DirectoryID: tx.store.newID()}
	_, err := tx.do(`INSERT INTO organizations (id, parent_id, slug, name, sso_mode, second_factor, ambiguous_roles, default_role_key, contact,
		scim_passwords, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, o.ID, nullID(parentID), slug, name, string(o.SSOMode),
		string(o.SecondFactor), o.AmbiguousRoles, o.DefaultRole, o.Contact, o.SCIMPasswords, micros(tx.now))
	if err != nil {
		return Organization{}, err
	}
	if err := tx.refuseRetired(organizationSlug, slug, o.ID); err != nil {
		return Organization{}, err
	}
	if err := tx.insertLines(o.ID, parentID); err != nil {
		return Organization{}, err
	}
	if err := tx.insertDirectory(o.LocalDirectory, ""); err != nil {
		return Organization{}, err
	}
	tx.note(o.ID, "", "organization.created", o.ID, detail{"slug": slug, "name": name, "parent": parentID})
	for _, r := range defaultLadder {
		if _, err := tx.Organization(o.ID).CreateRole(r); err != nil {
			return Organization{}, err
		}
	}
	return tx.findOrganization(tx.ctx, o.ID)
}

// parent finds and locks the organization below which another one is to stand.
func (tx *Tx) parent(id string) (Organization, error) {
	if err := tx.lockTree(id); err != nil {
		if errors.Is(err, ErrNotFound) {
			err = &InvalidError{"parent", "names no organization"}
		}
		return Organization{}, err
	}
	return tx.findOrganization(tx.ctx, id)
}

func (tx *Tx) insertDirectory(key DirectoryKey, connectionID string) error {
	_, err := tx.do("INSERT INTO directories (organization_id, id, connection_id, created_at) VALUES (?, ?, ?, ?)",
		key.OrganizationID, key.DirectoryID, nullID(connectionID), micros(tx.now))
	return err
}

// Update renames the organization; "" keeps what is there. Nobody else gets the slug that it had.
func (o *OrganizationTx) Update(slug, name string) (Organization, error) {
	org, err := o.find()
	if err != nil {
		return Organization{}, err
	}
	was := org
	if slug != "" {
		if err := checkSlug(slug); err != nil {
			return Organization{}, err
		}
		org.Slug = slug
	}
	if name != "" {
		org.Name = name
	}
	if org == was {
		return org, nil
	}
	err = o.tx.doOne("UPDATE organizations SET slug = ?, name = ? WHERE id = ?", org.Slug, org.Name, o.id)
	if err != nil {
		return Organization{}, err
	}
	if err := o.replaceSlug(organizationSlug, was.Slug, org.Slug, o.id); err != nil {
		return Organization{}, err
	}
	o.note("organization.updated", o.id, detail{"before": detail{"slug": was.Slug, "name": was.Name}, "after": detail{"slug": org.Slug, "name": org.Name}})
	return org, nil
}

// maxContact bounds a contact, in bytes.
const maxContact = 200

// SetContact says whom the organization's people may ask, as in "IT help desk, it@example.com"; "" for nobody.
func (o *OrganizationTx) SetContact(contact string) error {
	if len(contact) > maxContact || strings.ContainsFunc(contact, unicode.IsControl) {
		return &InvalidError{"contact", fmt.Sprintf("must be one line of at most %d bytes, such as \"IT help desk, it@example.com\"", maxContact)}
	}
	org, changed, err := o.set(ContactSetting, contact)
	if err == nil && changed {
		o.note("organization.contact_changed", o.id, org.told(detail{"before": org.Contact, "after": contact}))
	}
	return err
}

func (o *OrganizationTx) find() (Organization, error) {
	if !validID(o.id) {
		return Organization{}, ErrNotFound
	}
	return o.tx.findOrganization(o.tx.ctx, o.id)
}

// checkSlug keeps names that stand in URLs plain.
func checkSlug(slug string) error {
	ok := len(slug) >= 1 && len(slug) <= 64 && !isGUID(slug)
	for i, c := range slug {
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		ok = ok && (letter || c == '-' && i > 0 && i < len(slug)-1)
	}
	if !ok {
		return &InvalidError{"name", `must be 1 to 64 lower-case letters, digits and inner hyphens, such as "contoso-test"; got "` + strings.ToValidUTF8(slug, "?") + `"`}
	}
	return nil
}
