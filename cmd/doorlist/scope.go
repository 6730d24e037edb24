package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

// right is what somebody may do in the console, and so by commands at a server: "read", "manage" or "own".
type right int

const (
	noRight right = iota
	mayRead
	mayManage
	mayOwn
)

func rightOf(console string) right {
	return right(max(0, slices.Index([]string{"none", "read", "manage", "own"}, console)))
}

// scope is what a person at another machine may reach: their own organization, and in it nothing above themselves. Who
// runs commands at the server's own database has none, and reaches everything.
//
// It travels in the context, because every command looks organizations, connections, roles and people up by the functions
// of this file, and writes by write: a command that knows nothing of scopes keeps to them.
type scope struct {
	actor          store.Actor
	organizationID string
	who            auth.Caller
	right          right
}

type scopeKey struct{}

func withScope(ctx context.Context, s *scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

// scopeOf is the scope of a command, nil for none.
func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// actorOf is on whose behalf a command changes something.
func actorOf(ctx context.Context) store.Actor {
	if s := scopeOf(ctx); s != nil {
		return s.actor
	}
	return administrator()
}

// organizations are all that the command may reach.
func organizations(ctx context.Context, s *store.Store) ([]store.Organization, error) {
	limit := scopeOf(ctx)
	if limit == nil {
		return s.Organizations(ctx)
	}
	own, err := s.FindOrganization(ctx, limit.organizationID)
	return []store.Organization{own}, err
}

// trails are the ids of all organizations with a trail, removed ones too, as far as the command may reach them.
func trails(ctx context.Context, s *store.Store) ([]string, error) {
	if limit := scopeOf(ctx); limit != nil {
		return []string{limit.organizationID}, nil
	}
	return s.Trails(ctx)
}

func findOrg(ctx context.Context, s *store.Store, name string) (store.Organization, error) {
	o, err := s.FindOrganization(ctx, name)
	limit := scopeOf(ctx)
	if errors.Is(err, store.ErrNotFound) || err == nil && limit != nil && o.ID != limit.organizationID {
		return store.Organization{}, fmt.Errorf("there is no organization %q; `doorlist org list` shows them", name)
	}
	return o, err
}

// connections are all that the command may reach.
func connections(ctx context.Context, s *store.Store) ([]store.Connection, error) {
	if limit := scopeOf(ctx); limit != nil {
		return s.Organization(limit.organizationID).Connections(ctx)
	}
	return s.Connections(ctx)
}

func findConnection(ctx context.Context, s *store.Store, name string) (store.Connection, error) {
	c, err := s.FindConnection(ctx, name)
	limit := scopeOf(ctx)
	if errors.Is(err, store.ErrNotFound) || err == nil && limit != nil && c.OrganizationID != limit.organizationID {
		return store.Connection{}, fmt.Errorf("there is no connection %q; `doorlist connection list` shows them", name)
	}
	return c, err
}

// findReachable finds a connection of the organization or of one above it, which people may come by.
func findReachable(ctx context.Context, s *store.Store, o store.Organization, name string) (store.Connection, error) {
	reach, err := s.Organization(o.ID).ReachableConnections(ctx)
	for _, r := range reach {
		if r.Connection.Slug == name || r.Connection.ID == name {
			return r.Connection, err
		}
	}
	if err == nil {
		err = fmt.Errorf("there is no connection %q of %s or of an organization above it", name, o.Slug)
	}
	return store.Connection{}, err
}

// destinations are the organizations that people of a connection may sign in to, as far as the command may know them.
func destinations(ctx context.Context, s *store.Store, c store.Connection) ([]store.Destination, error) {
	all, err := s.Destinations(ctx, c, "")
	if limit := scopeOf(ctx); limit != nil && c.OrganizationID != limit.organizationID {
		all = slices.DeleteFunc(all, func(d store.Destination) bool { return d.OrganizationID != limit.organizationID })
	}
	return all, err
}

// mayGrant refuses to hand out a role, or to take it away, that is above the person's own.
func mayGrant(ctx context.Context, r store.Role) error {
	if limit := scopeOf(ctx); limit != nil {
		return limit.who.MayGrant(limit.organizationID, r)
	}
	return nil
}

// mayShape refuses to make or change a role that is not below the person's own, unless they own the organization.
func mayShape(ctx context.Context, r store.Role) error {
	if limit := scopeOf(ctx); limit != nil {
		return limit.who.MayShape(limit.organizationID, r)
	}
	return nil
}

// mayChange refuses to touch a person who has a role above one's own, such as a break-glass owner.
func mayChange(ctx context.Context, who store.PersonRecord) error {
	for _, g := range who.Grants {
		if mayGrant(ctx, g.Role) != nil {
			return fmt.Errorf("%s has the role %s, which is above yours: somebody who has it must do that", who.User.UserName, g.Role.Name)
		}
	}
	return nil
}

// mayChangeAll refuses what concerns people of every role to anybody but owners.
func mayChangeAll(ctx context.Context) error {
	if limit := scopeOf(ctx); limit != nil && limit.right < mayOwn {
		return errors.New("that concerns people of every role: an owner must do it")
	}
	return nil
}
