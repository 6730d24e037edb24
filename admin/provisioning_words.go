package admin

import (
	"fmt"
	"strings"
	"time"

	"doorlist/store"
)

// summary says in words what was changed.
func summary(t store.Tally) string {
	var said []string
	for _, c := range []struct {
		n         int64
		one, many string
	}{
		{t.UsersCreated, "person created", "people created"}, {t.UsersUpdated, "person updated", "people updated"},
		{t.UsersDisabled, "person disabled", "people disabled"}, {t.UsersEnabled, "person enabled", "people enabled"},
		{t.UsersDeleted, "person deleted", "people deleted"}, {t.GroupsCreated, "group created", "groups created"},
		{t.GroupsUpdated, "group updated", "groups updated"}, {t.GroupsDeleted, "group deleted", "groups deleted"},
		{t.MembersAdded, "membership added", "memberships added"}, {t.MembersRemoved, "membership removed", "memberships removed"},
	} {
		if c.n == 1 {
			said = append(said, "1 "+c.one)
		} else if c.n > 1 {
			said = append(said, fmt.Sprint(c.n, " ", c.many))
		}
	}
	if len(said) == 0 {
		return "Nothing changed"
	}
	return strings.Join(said, ", ")
}

// lasted says how long something took, in words.
func lasted(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return fmt.Sprint(d.Milliseconds(), " ms")
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprint(int(d.Minutes()), " min ", int(d.Seconds())%60, " s")
}
