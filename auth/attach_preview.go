package auth

import (
	"slices"

	"doorlist/policy"
	"doorlist/store"
)

// AttachmentChanges lists, of the destinations of a connection, those in which Attach would let its people in, or no more.
// reach has the organization to attach to and all below it.
func AttachmentChanges(destinations []store.Destination, organizationID string, reach []store.Organization, wanted bool) []store.Destination {
	i := slices.IndexFunc(destinations, func(d store.Destination) bool { return d.OrganizationID == organizationID })
	if i < 0 || Attached(destinations[i].Line) == wanted {
		return nil
	}
	at := destinations[i].Line
	said := string(policy.Say(wanted, lineOf(at)))
	var changes []store.Destination
	for _, d := range destinations {
		if !slices.ContainsFunc(reach, func(o store.Organization) bool { return o.ID == d.OrganizationID }) {
			continue
		}
		// All lines end at the owner, so that the longer one begins further below.
		after := slices.Clone(d.Line)
		after[len(d.Line)-len(at)] = said
		if Attached(after) != Attached(d.Line) {
			changes = append(changes, d)
		}
	}
	return changes
}
