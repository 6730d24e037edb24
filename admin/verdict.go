package admin

import (
	"fmt"
	"slices"
	"time"
)

// grade says how bad it is.
type grade int

const (
	healthy grade = iota
	settingUp
	troubled
	broken
)

// verdict is how a connection does in a sentence, with what to do next.
type verdict struct {
	Grade     grade
	Text      string
	Label, To string // of the next step; "" where there is none
}

// Mark is the style of the verdict.
func (v verdict) Mark() string { return [...]string{"good", "", "soon", "bad"}[v.Grade] }

// Limits beyond which something is wrong.
const (
	endsSoon  = 30 * 24 * time.Hour
	fewErrors = 5  // in a day, and
	muchWrong = 20 // of a hundred
	fewPeople = 5
)

// Verdict is the worst that can be said of the connection; of several things, the first one in this order.
func (h health) Verdict() verdict {
	for _, judge := range []func() (verdict, bool){h.judgeSetUp, h.judgeEnds, h.judgeResync, h.judgeSilence, h.judgeErrors, h.judgeSignIns, h.judgeWaiting, h.judgePeople, h.judgeEndsSoon} {
		if v, wrong := judge(); wrong {
			return v
		}
	}
	return verdict{Grade: healthy, Text: "Healthy"}
}

func (h health) at(more ...string) string {
	return to(append([]string{"connections", h.Slug}, more...)...)
}

func (h health) judgeSetUp() (verdict, bool) {
	next := h.status.Next()
	if next == nil {
		return verdict{}, false
	}
	v := verdict{settingUp, "Being set up. Next:", next.Label, next.Address}
	if !h.Enabled {
		v.Grade, v.Text = troubled, next.Text
	}
	if !h.LastRequest.IsZero() && h.Progress.Ways == 0 && h.Enabled {
		v.Grade, v.Text = broken, "The provider cannot push any more: no SCIM token, OAuth client or other credential of its is in force. Nobody is switched off meanwhile who should be."
	}
	return v, true
}

func (h health) judgeEnds() (verdict, bool) {
	for _, e := range h.Ends {
		if !h.now.Before(e.At) {
			return verdict{broken, fmt.Sprintf("%s expired %s ago: sign-ins through the connection fail.", e.What, ago(h.now.Sub(e.At))), "Renew it", h.at(e.page)}, true
		}
	}
	return verdict{}, false
}

// judgeResync: who left since a copy was made is back with it, and no provider notices.
func (h health) judgeResync() (verdict, bool) {
	if h.Resync.RestoredAt.IsZero() {
		return verdict{}, false
	}
	return verdict{troubled, fmt.Sprintf("The people here were restored from a copy of %s, and the provider has not named %d of them since: who has left meanwhile can come in again. Restart provisioning at the provider.",
		h.Resync.CopiedAt.Format("2 Jan 2006, 15:04 UTC"), h.Resync.Unnamed), "Watch what arrives", h.at("watch")}, true
}

// judgeSilence: Entra comes in every cycle, even where nothing has changed. Other providers come when something has.
func (h health) judgeSilence() (verdict, bool) {
	silent := h.now.Sub(h.LastRequest)
	if !h.OfEntra() || h.LastRequest.IsZero() || silent < max(2*time.Hour, 3*h.Next.Sub(h.LastRequest)) {
		return verdict{}, false
	}
	v := verdict{troubled, "Entra has not come for " + ago(silent) + ", so that nobody is added or switched off. Look in Entra whether provisioning is on, and not in quarantine.",
		"Watch what arrives", h.at("watch")}
	if silent > 24*time.Hour {
		v.Grade = broken
	}
	return v, true
}

func (h health) judgeErrors() (verdict, bool) {
	if h.Errors < fewErrors || h.Errors*100 < muchWrong*h.Requests {
		return verdict{}, false
	}
	v := verdict{troubled, fmt.Sprintf("%d of the provider's %d requests in the last 24 hours were refused or failed.", h.Errors, h.Requests), "See what was refused", h.Provisioning}
	if v.To == "" {
		v.Label, v.To = "Watch what arrives", h.at("watch")
	}
	return v, true
}

func (h health) judgeSignIns() (verdict, bool) {
	if h.Failed < fewErrors || h.Failed*2 < h.Tried {
		return verdict{}, false
	}
	return verdict{troubled, fmt.Sprintf("%d of %d sign-ins in the last 24 hours failed at the provider, or with an answer that cannot be trusted.", h.Failed, h.Tried),
		"See why", h.signInsAt}, true
}

func (h health) judgeWaiting() (verdict, bool) {
	switch {
	case h.Held > 0:
		return verdict{troubled, capital(counted(h.Held, "person is held by the brake", "people are held by the brake")) + ": the provider has switched them off or deleted them, and whoever could come in still can, until an owner decides.",
			"Decide", h.at("brake")}, true
	case h.Reviews > 0:
		return verdict{troubled, capital(counted(h.Reviews, "person is held back", "people are held back")) + ", because the record of one became that of another.",
			"Review", h.reviewsAt}, true
	}
	return verdict{}, false
}

func (h health) judgePeople() (verdict, bool) {
	n := h.Headcount
	active := n.People - n.SwitchedOff
	if active < fewPeople || n.CanSignIn()*2 >= active {
		return verdict{}, false
	}
	worst := slices.DeleteFunc(h.Lacks(), func(l lack) bool { return l.What == isSwitchedOff })[0]
	v := verdict{troubled, fmt.Sprintf("Only %d of %d people who are switched on can sign in: %d are %s.", n.CanSignIn(), active, worst.People, worst.What), "Roles from groups", h.at("mappings")}
	if h.Users != "" {
		v.Label, v.To = "See who", h.Users
	}
	return v, true
}

func (h health) judgeEndsSoon() (verdict, bool) {
	for _, e := range h.Ends {
		if left := e.At.Sub(h.now); left < endsSoon {
			return verdict{troubled, e.What + " expires in " + days(left) + ".", "Renew it", h.at(e.page)}, true
		}
	}
	return verdict{}, false
}

// ago is a length of time in the words of somebody who waits.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d/time.Hour))
	}
	return days(d)
}
