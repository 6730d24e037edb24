package auth

import (
	"time"

	"doorlist/policy"
	"doorlist/store"
)

// Preview tells what a change of who uses SSO would mean, before it is made. People who are switched off are not in it.
type Preview struct {
	ToSSO      []store.SyncedPerson // sign in through the provider from then on
	ToPassword []store.SyncedPerson // sign in with a password from then on
	NoWayIn    []store.SyncedPerson // would have no way in: they need an invitation to choose a password
	// IdlePasswords are passwords that would be good for nothing.
	IdlePasswords []store.SyncedPerson
	SSO           int  // how many people would sign in through the provider
	Password      int  // how many with a password
	NewToSSO      bool // whether people who are pushed later are covered at once
}

// PreviewSSO compares what applies to the people now with what would after change.
func PreviewSSO(people []store.SyncedPerson, now time.Time, mode store.SSOMode, change func(store.SyncedPerson) store.WaysIn) Preview {
	var p Preview
	for _, person := range people {
		before, after := methodFacts(person.WaysIn, now), methodFacts(change(person), now)
		was, _ := policy.MethodFor(before)
		will, _ := policy.MethodFor(after)
		switch {
		case will == policy.SSO && was != policy.SSO:
			p.ToSSO = append(p.ToSSO, person)
		case will == policy.Password && was != policy.Password:
			p.ToPassword = append(p.ToPassword, person)
		}
		if !after.HasWayIn(person.ConnectionOn) {
			p.NoWayIn = append(p.NoWayIn, person)
		}
		if will != policy.SSO {
			p.Password++
			continue
		}
		p.SSO++
		if after.Password {
			p.IdlePasswords = append(p.IdlePasswords, person)
		}
	}
	pushed, _ := policy.MethodFor(policy.MethodFacts{Synced: true, Mode: policy.Mode(mode)})
	p.NewToSSO = pushed == policy.SSO
	return p
}
