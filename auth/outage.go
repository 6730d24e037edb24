package auth

import (
	"context"

	"doorlist/policy"
	"doorlist/store"
)

// homeBody is the front page of somebody who is signed in.
type homeBody struct {
	described
	Outages []store.Outage // in force; for people with a right to the console alone
}

// outagesFor finds the outages that a person should know of: who administers an organization must see while it is open in
// a way that it usually is not.
func (d *door) outagesFor(ctx context.Context, who caller) ([]store.Outage, error) {
	if who.verdict.Standing.Console() == policy.ConsoleNone {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, pageTakes)
	defer cancel()
	return d.store.Organization(who.visit.Organization.ID).OutagesInForce(ctx, d.store.Now())
}
