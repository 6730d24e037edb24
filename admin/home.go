package admin

import (
	"doorlist/store"
)

var homeTemplate = parsePage("home")

// overview is an organization with how far its connections are.
type overview struct {
	store.Organization
	Connections []status
	Alerts      []alert
	Consent     string // where a tenant can consent; "" where the server has no application for it
}

func (r *request) overviewOf(o store.Organization) (overview, error) {
	connections, err := r.statuses(o.ID)
	if err != nil {
		return overview{}, err
	}
	v := overview{Organization: o, Connections: connections}
	if r.Shared.ClientID != "" {
		v.Consent = to("organizations", o.Slug, "connect-microsoft")
	}
	v.Alerts, err = r.alerts(o, connections)
	return v, err
}

// home shows all that the caller may see, and what to do next.
func home(r *request) error {
	var list []overview
	for _, o := range r.reach {
		v, err := r.overviewOf(o)
		if err != nil {
			return err
		}
		list = append(list, v)
	}
	return r.ok(homeTemplate, "Console", list)
}

// statuses are the connections of an organization, with how far they are.
func (r *request) statuses(organizationID string) ([]status, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(organizationID)
	connections, err := scope.Connections(ctx)
	if err != nil {
		return nil, err
	}
	progress, err := scope.Progress(ctx, r.now())
	if err != nil {
		return nil, err
	}
	far := map[string]store.Progress{}
	for _, p := range progress {
		far[p.ConnectionID] = p
	}
	list := make([]status, len(connections))
	for i, c := range connections {
		p := far[c.ID]
		shared := !p.HasSecret && r.Shared.Serves(c)
		p.HasSecret = p.HasSecret || shared
		places, err := r.placesOf(c)
		if err != nil {
			return nil, err
		}
		list[i] = status{Connection: c, Progress: p, Shared: shared, places: places, who: r.who}
	}
	return list, nil
}
