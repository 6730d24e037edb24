package auth

import "doorlist/store"

// ExplainedGroup is a group that a person is a direct member of.
type ExplainedGroup struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id"`
	Name       string `json:"name"`
}

// fewGroups bounds the groups that an explanation names.
const fewGroups = 20

// unmapped are groups of a person. Those of another organization's directory are for its administrators to see.
func unmapped(p store.PersonRecord) []ExplainedGroup {
	groups := []ExplainedGroup{}
	if p.Connection.OrganizationID != p.Organization.ID {
		return groups
	}
	for _, g := range p.Groups[:min(len(p.Groups), fewGroups)] {
		groups = append(groups, ExplainedGroup{ID: g.ID, ExternalID: g.ExternalID, Name: g.DisplayName})
	}
	return groups
}
