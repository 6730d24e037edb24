package store

// DirectoryKey names a directory. Take it whole from a Connection, Credential or Organization: the two ids belong together.
type DirectoryKey struct {
	OrganizationID, DirectoryID string
	// Pushed makes it the directory as whoever provisions it sees it: without the people whom they have deleted and the brake keeps.
	// The key of a Credential is.
	Pushed bool
}

// Directory reads one directory. It sees nothing of any other: another directory's id is as unknown as a random one.
type Directory struct {
	conn
	key    DirectoryKey
	places *places // nil inside a transaction, where nothing is remembered
}

// Directory opens a directory for reading. An unknown key gives an empty one.
func (s *Store) Directory(key DirectoryKey) *Directory { return &Directory{s.read, key, s.places} }

func (d *Directory) valid() bool { return validID(d.key.DirectoryID) && validID(d.key.OrganizationID) }

// DirectoryTx changes one directory.
type DirectoryTx struct {
	tx   *Tx
	key  DirectoryKey
	into string // see Into; "" for the directory's own organization
}

// Directory opens a directory for changing. To those who push, it is Pushed.
func (tx *Tx) Directory(key DirectoryKey) *DirectoryTx {
	key.Pushed = key.Pushed || tx.actor.Kind == Provisioner
	return &DirectoryTx{tx: tx, key: key}
}

// Into looks at the directory's people as those who sign in to another organization, below its own: their grants, what
// decides about their way in, and the sessions that they start are that organization's. Of one that is not below, nobody is
// found.
func (d *DirectoryTx) Into(organizationID string) *DirectoryTx {
	return &DirectoryTx{d.tx, d.key, organizationID}
}

// destination is the organization that the directory's people sign in to.
func (d *DirectoryTx) destination() string {
	if d.into != "" {
		return d.into
	}
	return d.key.OrganizationID
}

// Stepwise has the whole change wait for each of its statements, so that a failure is told by the method that it is of, and not by a later one or
// the commit.
func (d *DirectoryTx) Stepwise() { d.tx.eager = true }

// read reads the directory inside the transaction.
func (d *DirectoryTx) read() *Directory { return &Directory{d.tx.conn, d.key, nil} }

func (d *DirectoryTx) note(action, subjectID string, more detail) {
	d.tx.note(d.key.OrganizationID, d.key.DirectoryID, action, subjectID, more)
}
