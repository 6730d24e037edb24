package overload

import "time"

// Class is what a request is for. The lower the number, the earlier it is served.
type Class int

// The classes, highest first.
const (
	Check        Class = iota // may this request pass, and who is this: on the way of every request to every application
	Revocation                // what takes access away: leavers must leave, even under attack
	Provisioning              // what else a provider sends
	Unknown                   // what a caller sends who has shown no good credential yet
	Finishing                 // the second half of a sign-in: refused, the first was in vain
	SignIn                    // what else people do to come in
	Console                   // what administrators look at and change, and exports
	classes
)

// terms are the rights of the classes.
var terms = [classes]struct {
	name string
	// share, in sixteenths of the slots, is what the class and all below it may have together.
	share int
	// patience is how long a request may wait. A proxy gives up on a check soon; a provider comes back for the rest of a cycle after 40 minutes, so that
	// waiting is better than refusing.
	patience time.Duration
}{
	Check:        {"check", 16, 250 * time.Millisecond},
	Revocation:   {"revocation", 15, 5 * time.Second},
	Provisioning: {"provisioning", 14, 250 * time.Millisecond},
	Unknown:      {"unknown", 12, 250 * time.Millisecond},
	Finishing:    {"finishing", 8, 2 * time.Second},
	SignIn:       {"sign_in", 6, 2 * time.Second},
	Console:      {"console", 4, time.Second},
}

const (
	sixteenths = 16
	// passes is how often a class that waits is passed over before it is next.
	passes = 16
	// depth is how many may wait in a class, for each slot: a queue is for a burst.
	depth = 32
)

// String is the name of the class in metrics.
func (c Class) String() string { return terms[c].name }

// room is how many of the slots a class may have, together with all below it.
func (c Class) room(slots int) int { return max(1, slots*terms[c].share/sixteenths) }
