package admin

import "strings"

// Drift is a way in which Entra and the list can differ about somebody.
type Drift string

// The ways.
const (
	DriftMissing           Drift = "missing"            // in the export, not on the list
	DriftExtra             Drift = "extra"              // on the list, not in the export
	DriftStale             Drift = "stale"              // on both, with other attributes
	DriftMembershipMissing Drift = "membership_missing" // a member at Entra alone
	DriftMembershipExtra   Drift = "membership_extra"   // a member here alone
)

// Drifts lists the ways in the order in which they are told.
var Drifts = []Drift{DriftMissing, DriftExtra, DriftStale, DriftMembershipMissing, DriftMembershipExtra}

// Title is a heading for the people of whom it holds.
func (d Drift) Title() string {
	switch d {
	case DriftMissing:
		return "At Entra, and not on the list"
	case DriftExtra:
		return "On the list, and not in the export"
	case DriftStale:
		return "With other attributes than at Entra"
	case DriftMembershipMissing:
		return "In the group at Entra, and not here"
	}
	return "In the group here, and not at Entra"
}

// Step is what to do next about it.
func (d Drift) Step() string {
	switch d {
	case DriftMissing:
		return "Entra provisions only whom the application is assigned to. If they should come in, assign them in Entra under \"Users and groups\", and choose \"Provision on demand\" for each, or wait for the next cycle. If they are assigned, Entra's provisioning log says why they were passed over."
	case DriftExtra:
		return "If the export is of everybody, they were deleted at Entra and it did not say so. Restart provisioning in Entra; who stays after that was never its own, and can be switched off here only by deleting them with a SCIM client."
	case DriftStale:
		return "Choose \"Provision on demand\" in Entra for each of them: it sends the record as it is now. Where an attribute differs for nearly everybody, the attribute mapping in Entra sends something else on purpose."
	case DriftMembershipMissing:
		return "Choose \"Provision on demand\" in Entra for the group and these members (five at a time), or restart provisioning. Check that the group is assigned to the application: members of groups within it are not provisioned."
	}
	return "Entra does not notice what it has not changed itself. Restart provisioning in Entra, or add them to the group there and remove them again, so that it says so."
}

// DriftChange is an attribute that differs.
type DriftChange struct {
	Attribute string `json:"attribute"`
	Here      string `json:"here"`
	There     string `json:"there"`
}

// Difference is one person about whom Entra and the list differ.
type Difference struct {
	Drift       Drift         `json:"drift"`
	Line        int           `json:"line,omitempty"` // of the export; 0 for who is not in it
	UserID      string        `json:"user_id,omitempty"`
	ObjectID    string        `json:"object_id,omitempty"`
	UserName    string        `json:"user_name,omitempty"`
	DisplayName string        `json:"display_name,omitempty"`
	MatchedBy   string        `json:"matched_by,omitempty"` // "object id" or "user name"
	Changes     []DriftChange `json:"changes,omitempty"`
	Note        string        `json:"note,omitempty"`
}

// Differs says in a few words which attributes differ.
func (d Difference) Differs() string {
	texts := make([]string, len(d.Changes))
	for i, c := range d.Changes {
		texts[i] = c.Attribute + ": " + quotedOrNothing(c.Here) + " here, " + quotedOrNothing(c.There) + " at Entra"
	}
	return strings.Join(texts, "; ")
}

func quotedOrNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return `"` + text + `"`
}
