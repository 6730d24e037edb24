package admin

import (
	"slices"

	"doorlist/store"
)

// alert is something of an organization that somebody should see to.
type alert struct{ Text, Address string }

// alerts are what waits for a decision in an organization, outages that are declared, and credentials that end.
func (r *request) alerts(o store.Organization, connections []status) ([]alert, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(o.ID)
	var list []alert
	add := func(text string, at ...string) { list = append(list, alert{capital(text), to(at...)}) }
	reviews, err := scope.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(reviews); n > 0 {
		add(counted(n, "person is held back: is it still the same one?", "people are held back: are they still the same ones?"), "organizations", o.Slug, "reviews")
	}
	proposals, err := scope.Proposals(ctx, r.now())
	if err != nil {
		return nil, err
	}
	if n := len(proposals); n > 0 {
		add(counted(n, "change waits for another owner.", "changes wait for another owner."), "organizations", o.Slug, "proposals")
	}
	outages, err := scope.OutagesInForce(ctx, r.now())
	if err != nil {
		return nil, err
	}
	for _, out := range outages {
		text := "an outage is declared until " + out.EndsAt.UTC().Format("2 Jan 2006, 15:04") + " UTC: " +
			counted(len(out.People), "person", "people") + " may use a password meanwhile."
		add(text, "organizations", o.Slug, "settings")
	}
	credentials, err := scope.ProviderCredentials(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		held, err := r.Store.Directory(c.Directory()).Held(ctx)
		if err != nil {
			return nil, err
		}
		waiting := slices.DeleteFunc(held, func(h store.Held) bool { return h.Since.IsZero() })
		if n := len(waiting); n > 0 {
			add(counted(n, "person whom "+c.Name+" switched off or deleted is held by the brake.", "people whom "+c.Name+" switched off or deleted are held by the brake."), "connections", c.Slug, "brake")
		}
		if state := r.worstOf(c.ID, credentials); state != "" {
			add("no good credential of "+c.Name+" is left: "+state+".", "connections", c.Slug, "credentials")
		}
	}
	return list, nil
}

// worstOf says how the newest credential of a connection stands if none of them is good; "" if one is, or if there are none.
func (r *request) worstOf(connectionID string, all []store.ProviderCredential) (state string) {
	for _, c := range all {
		if c.ConnectionID != connectionID {
			continue
		}
		shown := showCredential(c, r.now())
		if shown.Mark == "good" {
			return ""
		}
		state = orElse(state, shown.State)
	}
	return state
}
