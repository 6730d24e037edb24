package store

// Tally counts what was changed in a directory.
type Tally struct {
	UsersCreated, UsersUpdated, UsersDisabled, UsersEnabled, UsersDeleted int64
	GroupsCreated, GroupsUpdated, GroupsDeleted                           int64
	MembersAdded, MembersRemoved                                          int64
}

// counts are the counts in the order of tallyColumns.
func (t *Tally) counts() []*int64 {
	return []*int64{&t.UsersCreated, &t.UsersUpdated, &t.UsersDisabled, &t.UsersEnabled, &t.UsersDeleted,
		&t.GroupsCreated, &t.GroupsUpdated, &t.GroupsDeleted, &t.MembersAdded, &t.MembersRemoved}
}

var tallyColumns = []string{"users_created", "users_updated", "users_disabled", "users_enabled", "users_deleted",
	"groups_created", "groups_updated", "groups_deleted", "members_added", "members_removed"}

// Total is the number of changes: of people, of groups and of memberships.
func (t Tally) Total() int64 {
	sum := int64(0)
	for _, n := range t.counts() {
		sum += *n
	}
	return sum
}

// Add adds what another tally counts.
func (t *Tally) Add(more Tally) {
	for i, n := range more.counts() {
		*t.counts()[i] += *n
	}
}

// add counts what an event tells. A user who is disabled or enabled is not counted once more as updated, which the store notes first.
func (t *Tally) add(action string, d detail) {
	switch action {
	case "user.created", "user.adopted", "user.revived":
		t.UsersCreated++
	case "user.updated":
		t.UsersUpdated++
	case "user.deactivated", "user.held":
		t.UsersDisabled++
		t.UsersUpdated = max(0, t.UsersUpdated-1)
	case "user.reactivated":
		t.UsersEnabled++
		t.UsersUpdated = max(0, t.UsersUpdated-1)
	case "user.deleted", "user.deletion_held":
		t.UsersDeleted++
	case "group.created":
		t.GroupsCreated++
	case "group.updated":
		t.GroupsUpdated++
	case "group.deleted":
		t.GroupsDeleted++
	case "group.members_added":
		t.MembersAdded += counted(d)
	case "group.members_removed", "group.members_cleared", "user.groups_left":
		t.MembersRemoved += counted(d)
	}
}

// counted is the count in an event's detail.
func counted(d detail) int64 {
	switch n := d["count"].(type) {
	case int:
		return int64(n)
	case int64:
		return n
	}
	return 0
}

// Noted is what a change has noted for the audit.
type Noted struct {
	Tally
	First, Last string // ids of its events; "" for none
}

// Noted tells what the change has noted until now.
func (tx *Tx) Noted() Noted {
	n := Noted{Tally: tx.tally}
	if len(tx.events) > 0 {
		n.First, n.Last = tx.events[0].ID, tx.events[len(tx.events)-1].ID
	}
	return n
}

// Add adds what a later change has noted.
func (n *Noted) Add(more Noted) {
	n.Tally.Add(more.Tally)
	if n.First == "" {
		n.First = more.First
	}
	if more.Last != "" {
		n.Last = more.Last
	}
}
