package admin

import (
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

var connectionTemplate = parsePage("connection")

type connectionContent struct {
	status
	Cloud       string // of Entra's; "" for other providers
	Domains     []shownClaim
	Ceiling     string // the role that is the most a push may give; "" for no limit
	Trial       string // where the test begins
	SignIn      string // where people sign in, as a link to give them
	Places      placeTable
	Credentials []shownCredential // none for who is no client of its provider
}

// showConnection shows a connection: its state, its settings, and what comes next.
func showConnection(r *request) error {
	ctx := r.Request().Context()
	all, err := r.statuses(r.org.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s status) bool { return s.ID == r.connection.ID })
	if i < 0 {
		return store.ErrNotFound
	}
	content := connectionContent{status: all[i], Cloud: cloudOf(r.connection), Trial: trialPath(r.connection.Slug), SignIn: r.door.To("/login/" + r.connection.Slug)}
	content.Places = placeTable{"Organization", all[i].places, r.who.May(store.ConsoleOwn)}
	if content.HasClient() {
		if content.Credentials, err = r.credentials(); err != nil {
			return err
		}
	}
	domains, err := r.domains()
	if err != nil {
		return err
	}
	content.Domains = domains.Claims
	ceilings, err := r.Store.Organization(r.org.ID).Ceilings(ctx)
	if err != nil {
		return err
	}
	content.Ceiling = ceilings[r.connection.ID].Name
	return r.ok(connectionTemplate, r.connection.Name, content)
}

// editConnection changes the settings that do not say who the provider is.
func editConnection(r *request) error {
	c := r.connection
	f := form{
		Heading: "Change " + c.Name, Submit: "Save", Back: r.connectionPath(),
		Warning: "Another client ID, or another way to recognize people, makes the connection unproved: single sign-on is not enforced until it is tested again. Switching it off ends the sessions of its people.",
		Fields: []field{
			{Name: "display", Label: "Name", Hint: "As people see it when they choose how to sign in.", Value: c.Name},
			{Name: "match", Label: "How people are recognized", Type: "choice", Value: string(c.Match), Options: []option{
				{string(store.MatchObjectID), "By what never changes: the object id, or the claim chosen for it"},
				{string(store.MatchUserName), "By the user name (unsafe: it passes from one person to the next)"},
			}},
			{Name: "admit", Label: "Who may come in", Type: "choice", Value: c.Admit, Options: []option{
				{"provisioned", "People whom the provider has pushed"},
				{"role_assigned", "Also people whose token holds a mapped app role"},
			}},
			{Name: "roles", Label: "Where roles come from", Type: "choice", Value: c.Roles, Options: []option{
				{"entra", "Groups and app roles of the provider"},
				{"local", "Administrators here"},
				{"hybrid", "Both; the provider's count more"},
			}},
			{Name: "enabled", Label: "Switched on", Type: "flag", Value: flagOf(c.Enabled)},
		},
	}
	if c.Kind != store.SAMLConnection {
		f.Fields = slices.Insert(f.Fields, 1, field{Name: "client-id", Label: "Application (client) ID", Value: c.ClientID})
	}
	if c.Kind == store.EntraConnection {
		f.Fields = append(f.Fields, field{Name: "guests", Label: "Guests of the tenant may come in", Type: "flag", Value: flagOf(c.AllowGuests)})
	}
	return r.weigh(f, func(v values) (plan, error) {
		wanted := c
		wanted.Match = store.Match(v["match"])
		wanted.Name, wanted.ClientID, wanted.Admit, wanted.Roles = v["display"], v["client-id"], v["admit"], v["roles"]
		wanted.Enabled, wanted.AllowGuests = v["enabled"] == flagOn, v["guests"] == flagOn
		return plan{next: r.connectionPath() + "?done=saved", change: func(tx *store.Tx) error {
			_, err := tx.Organization(r.org.ID).UpdateConnection(wanted)
			return err
		}}, nil
	})
}

func flagOf(on bool) string {
	if on {
		return flagOn
	}
	return ""
}

// removeConnection deletes a connection with its people, after its name was typed.
func removeConnection(r *request) error {
	f := form{
		Heading: "Remove " + r.connection.Name, Submit: "Remove it for good", Back: r.connectionPath(),
		Warning: "Its people, groups, tokens and mappings go with it, at once and for good. What they did stays in the audit trail.",
		Fields:  []field{{Name: "confirm", Label: "Type " + r.connection.Slug + " to confirm"}},
	}
	return r.weigh(f, func(v values) (plan, error) {
		if v["confirm"] != r.connection.Slug {
			return plan{}, faultIn("confirm", "This is not the connection's short name, "+r.connection.Slug+".")
		}
		remove := func(tx *store.Tx) error { return tx.Organization(r.org.ID).RemoveConnection(r.connection.ID) }
		return plan{next: r.orgPath() + "?done=removed", change: remove, try: func() (auth.Prospect, error) {
			return auth.TryRemoval(r.Request().Context(), r.Store, r.connection)
		}}, nil
	})
}
