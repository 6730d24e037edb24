package auth

import (
	"context"
	"strings"

	"doorlist/policy"
	"doorlist/store"
)

// way is one way to sign in, as a page offers it.
type way struct {
	Label, Note, Address string // a name, what tells it apart, where it leads
	Microsoft            bool
}

type pickBody struct {
	Ways           []way
	Password, Back string // addresses: of the form for local people, and of the page before
}

// discover asks the rules what comes after an identifier, and gives the ways through a provider.
func (d *door) discover(ctx context.Context, identifier, returnTo string) (policy.Next, []way, error) {
	leads, err := d.store.Leads(ctx, store.DomainOf(identifier))
	if err != nil {
		return "", nil, err
	}
	facts := make([]policy.Lead, len(leads))
	for i, l := range leads {
		facts[i] = policy.Lead{
			On: l.Connection.Enabled && offersSignIn(l.Connection), Mode: policy.Mode(l.Mode), Exceptions: l.Exceptions,
			Outage: l.Outage, Armed: !l.Connection.ArmedAt.IsZero(),
		}
	}
	next, counting := policy.Discover(facts)
	var ways []way
	for _, i := range counting {
		ways = append(ways, wayThrough(leads[i], next, identifier, returnTo))
	}
	return next, ways, nil
}

func wayThrough(l store.Lead, next policy.Next, identifier, returnTo string) way {
	w := way{
		Label: l.Connection.Name, Note: l.Organization, Microsoft: l.Connection.OfEntra(),
		Address: loginPath(l.Connection.Slug, returnTo, "login_hint", loginHint(identifier)),
	}
	if w.Microsoft && next != policy.AskWhich { // among several, the connection's own name says more
		w.Label, w.Note = "Microsoft", l.Connection.Name
	}
	return w
}

// loginHint is the identifier if a provider can make sense of it, and "" otherwise.
func loginHint(identifier string) string {
	identifier, ok := readIdentifier(identifier)
	if !ok || strings.Count(identifier, "@") != 1 {
		return ""
	}
	return identifier
}
