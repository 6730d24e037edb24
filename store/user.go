package store

import (
	"context"
	"time"
)

// UserRecord is what a directory says of a person.
type UserRecord struct {
	UserName    string // unique in the directory under Fold
	ExternalID  string // kept byte for byte; for Entra the object id
	DisplayName string
	Active      bool
	// Document is the resource in answer form: a JSON object without "id" and "meta".
	Document string
	// Keys is the comparison document: the same attributes with lower-case names, text folded unless case-exact,
	// dateTimes as integer microseconds since 1970. Filters on attributes without a column of their own read it.
	Keys   string
	Emails []Email
	// AppRoles are the values of the "roles" attribute, as pushed.
	AppRoles []string
	// PasswordHash is the hash of a new password; "" removes the one there is, nil keeps it. It is never read back.
	PasswordHash *string
}

// Email is one address of a user, kept beside the document because it is searched.
type Email struct {
	Value   string
	Type    string
	Primary bool
}

// Link says whether a user can be recognized at sign-in.
type Link string

// The states of a link. Only a linked user can sign in.
const (
	Linked      Link = "linked"      // the external id is a GUID, hence can be an Entra object id
	Unlinkable  Link = "unlinkable"  // the external id is missing or no GUID
	Quarantined Link = "quarantined" // the external id changed from one GUID to another: perhaps another person
)

// Origin says who has made a user.
type Origin string

// The origins. A sign-in's user becomes provisioning's with the first change that provisioning makes.
const (
	FromProvisioning  Origin = "scim"
	FromAdministrator Origin = "local"
	FromSignIn        Origin = "sign_in"
)

// User is a person of a directory as stored.
type User struct {
	ID string
	UserRecord
	Origin     Origin
	Link       Link
	Version    int64 // 1 at creation, one more at each change of content
	CreatedAt  time.Time
	ModifiedAt time.Time
	// Held says that provisioning has switched the user off, or deleted them, and that the brake keeps that from taking effect.
	Held bool
	// Parted says that provisioning has deleted the user, who is Held.
	Parted bool
	// LastSignInAt is zero before the first sign-in.
	LastSignInAt time.Time
	// Groups are the user's groups, if they were asked for, are few, and are in no groups themselves; nil otherwise, which
	// says nothing: GroupsOf tells.
	Groups []UserGroup
}

const (
	userColumns = userColumnsBefore + "u.keys, " + userColumnsBehind
	// shownUserColumns leave the comparison document out, which is as long as the document and nobody is shown.
	shownUserColumns = userColumnsBefore + "'', " + userColumnsBehind

	userColumnsBefore = "u.id, u.user_name, u.external_id, u.display_name, u.active, u.origin, u.quarantined, u.document, "
	userColumnsBehind = "u.version, u.created_at, u.modified_at, u.held, u.parted <> '', u.last_sign_in_at"
)

func scanUser(scan scanner, more ...any) (User, error) {
	var u User
	var quarantined bool
	var created, modified, signedIn int64
	err := scan(append([]any{&u.ID, &u.UserName, &u.ExternalID, &u.DisplayName, &u.Active, &u.Origin, &quarantined, &u.Document,
		&u.Keys, &u.Version, &created, &modified, &u.Held, &u.Parted, &signedIn}, more...)...)
	u.Link = link(u.ExternalID, quarantined)
	u.CreatedAt, u.ModifiedAt, u.LastSignInAt = fromMicros(created), fromMicros(modified), fromMicros(signedIn)
	return u, err
}

// MayEnter says whether the user counts as switched on at the door.
func (u User) MayEnter() bool { return u.Active || u.Held }

func link(externalID string, quarantined bool) Link {
	switch {
	case quarantined:
		return Quarantined
	case isGUID(externalID):
		return Linked
	}
	return Unlinkable
}

// User returns the user with the id. Emails and AppRoles are not filled: they stand in the document.
func (d *Directory) User(ctx context.Context, id string) (User, error) {
	return d.user(ctx, id, "")
}

func (d *Directory) user(ctx context.Context, id, lock string) (User, error) {
	return d.readUser(ctx, userColumns, id, lock, func(scan scanner) (User, error) { return scanUser(scan) })
}

// UserWithGroups is User with User.Groups and without Keys, in one statement.
func (d *Directory) UserWithGroups(ctx context.Context, id string) (User, error) {
	return d.readUser(ctx, userGroupsColumns(d.d), id, "", scanUserWithGroups)
}

func (d *Directory) readUser(ctx context.Context, columns, id, lock string, read func(scan scanner) (User, error)) (u User, err error) {
	if !d.valid() || !validID(id) {
		return u, ErrNotFound
	}
	found := ErrNotFound
	err = d.joint().rows(ctx, "SELECT "+columns+" FROM users u WHERE u.directory_id = ? AND u.id = ?"+d.key.present("u")+lock,
		[]any{d.key.DirectoryID, id}, func(scan scanner) error {
			found = nil
			u, err = read(scan)
			return err
		})
	if err != nil {
		return u, err
	}
	return u, found
}

var userGroupsColumns = perDialect(func(d *dialect) string { return shownUserColumns + ", " + d.fewGroupsOf() })

func scanUserWithGroups(scan scanner) (User, error) {
	var text string
	u, err := scanUser(scan, &text)
	if err != nil {
		return u, err
	}
	u.Groups, err = parseFewGroups(text)
	return u, err
}

// Users lists users, without Keys. Groups are read with them only if the query can find no more than a few users: for a page, GroupsOf is
// cheaper.
func (d *Directory) Users(ctx context.Context, q Query) (UserPage, error) {
	columns, read := shownUserColumns, func(scan scanner) (User, error) { return scanUser(scan) }
	if q.Groups && d.valid() && identifies(q.Where) {
		columns, read = userGroupsColumns(d.d), scanUserWithGroups
	}
	users, extent, err := page(ctx, d, userTable, columns, q, read)
	return UserPage{extent, users}, err
}

// identifies says that a condition can hold for few users only: it asks for an id, a userName or an external id.
func identifies(c Where) bool { return userTable.pins(c) }
