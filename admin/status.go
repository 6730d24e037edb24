package admin

import (
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

// status is how far a connection is, for whoever looks.
type status struct {
	store.Connection
	Progress store.Progress
	Shared   bool // it signs people in through the server's own application
	places   []place
	who      auth.Caller
}

// step is something to do for a connection.
type step struct {
	Label   string
	Address string // "" for who may not do it
	Text    string
	needs   store.Console
}

// Armed says that an administrator has signed in through the connection as it is configured.
func (s status) Armed() bool { return !s.ArmedAt.IsZero() }

// HasClient says that the connection is an OAuth client at its provider, with an id and a secret.
func (s status) HasClient() bool { return s.Kind != store.SAMLConnection }

// State is the connection's state in a word.
func (s status) State() string {
	switch {
	case !s.Enabled:
		return "off"
	case s.Armed():
		return "armed"
	}
	return "not armed"
}

// Next is the next step on the way to people who sign in, nil at its end.
func (s status) Next() *step {
	next := s.next()
	if next != nil && !s.who.May(next.needs) {
		next.Address = ""
	}
	return next
}

func (s status) next() *step {
	at := func(more ...string) string { return to(append([]string{"connections", s.Slug}, more...)...) }
	switch p := s.Progress; {
	case !s.Enabled:
		return &step{"Switch it on", at("edit"), "The connection is switched off: nobody comes in through it, and nothing can be pushed.", store.ConsoleOwn}
	case !p.HasSecret && s.HasClient():
		return &step{"Enter the client secret", at("credentials", "add-secret"), "Without the application's secret nobody can sign in.", store.ConsoleOwn}
	case s.Kind == store.SAMLConnection && s.Issuer == "":
		return &step{"Exchange metadata", at("saml"), "The provider needs this server's addresses, and this server the provider's metadata. Without it nobody can sign in.", store.ConsoleOwn}
	case p.Ways == 0:
		return &step{"Make a SCIM token", at("tokens", "add"), "The provider pushes people and groups with it.", store.ConsoleOwn}
	case p.LastPush.IsZero():
		return &step{"Set up provisioning", at("guide"), "The provider has not asked for anything yet. The guide has every value to enter there.", store.ConsoleRead}
	case !p.Users:
		return &step{"Start provisioning", at("guide"), "The provider reaches this server, but has sent nobody yet. Assign people or groups to the application, and start provisioning.", store.ConsoleRead}
	case !p.Mappings:
		return &step{"Map a group to a role", at("mappings"), "Until a group gives a role, people are on the list but may do nothing.", store.ConsoleManage}
	case !s.Armed():
		return &step{"Test the sign-in", trialPath(s.Slug), "Sign in through the connection once. That arms it: single sign-on is enforced from then on.", store.ConsoleManage}
	case !slices.ContainsFunc(s.places, place.Attached):
		return &step{"Attach it", at() + "#places", "Nobody comes in through it while it is attached to no organization. Try it with one to test in, then attach it to the others.", store.ConsoleOwn}
	}
	return nil
}

// trialPath is where the door begins the test of a connection.
func trialPath(slug string) string { return "/login/" + slug + "?test=console" }
