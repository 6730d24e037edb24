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
	// burst is how long a request may wait while the queue is younger than that: a provider that is refused comes back after 40 minutes, so that
	// waiting is better. patience is how long it may wait in a queue that stands: there it only makes everybody late (Nichols and Jacobson,
	// Controlling Queue Delay, ACM Queue 2012). A proxy gives up on a check soon, and leavers are worth waiting for.
	burst, patience time.Duration
}{
	Check:        {"check", 16, 500 * time.Millisecond, 250 * time.Millisecond},
	Revocation:   {"revocation", 15, 10 * time.Second, 5 * time.Second},
	Provisioning: {"provisioning", 14, 5 * time.Second, 250 * time.Millisecond},
	Unknown:      {"unknown", 12, 5 * time.Second, 250 * time.Millisecond},
	Finishing:    {"finishing", 8, 5 * time.Second, 2 * time.Second},
	SignIn:       {"sign_in", 6, 5 * time.Second, time.Second},
	Console:      {"console", 4, 5 * time.Second, time.Second},
}

const (
	sixteenths = 16
	// passes is how often a class that waits is passed over before it is next.
	passes = 16
	// depth is how many may wait in a class, for each slot: a queue is for a burst.
	depth = 48
	// refusals is how many are refused at once in a second, for each slot. A client that ignores when it is to come back is there again within a
	// millisecond: a few hundred of them take half of the processors' time for nothing but refusals.
	refusals = 25
	// refusalWait is how long those wait who cannot be refused at once, where their class does not wait longer. Who finds room in the queue may be served meanwhile.
	refusalWait = 750 * time.Millisecond
)

// String is the name of the class in metrics.
func (c Class) String() string { return terms[c].name }

// room is how many of the slots a class may have, together with all below it.
func (c Class) room(slots int) int { return max(1, slots*terms[c].share/sixteenths) }
