package admin

import (
	"doorlist/auth"
	"doorlist/store"
)

// noChoice takes a choice about single sign-on back.
const noChoice = "none"

// chooseSSO says whether single sign-on applies to one person.
func chooseSSO(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	choice := field{Name: "choice", Label: "Single sign-on", Type: "choice", Value: orElse(p.WaysIn.Choice, noChoice)}
	for _, o := range []option{{noChoice, "as the organization has it"}, {"on", "on"}, {"off", "off"}} {
		choice.Options = append(choice.Options, option{o.Value, o.Label + ": " + r.wayWith(p, o.Value)})
	}
	f := form{
		Heading: "Single sign-on of " + called(p), Submit: "Save", Fields: []field{choice},
		Lead: "Sessions that are there go on. It holds from the next sign-in.",
	}
	return r.personPlan(p, f, "saved", func(tx *store.Tx, v values) error {
		said := v["choice"]
		if said == noChoice {
			said = ""
		}
		return tx.Organization(p.Organization.ID).SetSSOChoice(p.Directory.DirectoryID, p.User.ID, said)
	})
}

// wayWith says how the person would sign in with a choice.
func (r *request) wayWith(p store.PersonRecord, said string) string {
	if said == noChoice {
		said = ""
	}
	person := store.SyncedPerson{User: p.User, ConnectionOn: p.Connection.Enabled, WaysIn: p.WaysIn}
	would := auth.PreviewSSO([]store.SyncedPerson{person}, r.now(), p.WaysIn.Mode, func(of store.SyncedPerson) store.WaysIn {
		of.WaysIn.Choice = said
		return of.WaysIn
	})
	switch {
	case len(would.NoWayIn) > 0 && would.SSO > 0:
		return "through the provider, whose connection is off"
	case len(would.NoWayIn) > 0:
		return "with a password, and there is none yet: invite the person to choose one"
	case would.SSO > 0:
		return "signs in through the provider"
	}
	return "signs in with a password"
}
