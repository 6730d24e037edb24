package main

import (
	"context"
	"errors"

	"doorlist/admin"
	"doorlist/scim"
	"doorlist/store"
)

// replay tries requests of the provisioning log out for the console, which does not know package scim.
func replay(served scim.Config) func(ctx context.Context, r store.SCIMRequest) (admin.Replayed, error) {
	return func(ctx context.Context, r store.SCIMRequest) (admin.Replayed, error) {
		now, err := scim.Replay(ctx, served, r)
		if impossible, ok := errors.AsType[*scim.ReplayError](err); ok {
			return admin.Replayed{}, &admin.ReplayError{Message: impossible.Message}
		}
		return admin.Replayed{Status: now.Status, Answer: now.Answer, Events: now.Events, Tally: now.Noted.Tally}, err
	}
}
