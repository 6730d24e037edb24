package admin

import (
	"doorlist/auth"
	"doorlist/store"
)

var invitedTemplate = parsePage("invited")

// invitedContent is a page that shows a link, this once.
type invitedContent struct {
	Back, Name, Link string
	Provider         string // whom the link leads to instead of a password; "" for none
}

// invitePerson makes a one-time link to choose a password.
func invitePerson(r *request) error {
	p, err := r.person()
	if err != nil {
		return err
	}
	content := invitedContent{Back: r.personPath(p), Name: called(p)}
	f := form{
		Heading: "Invite " + called(p), Submit: "Make the link", Back: r.personPath(p),
		Lead:    "The link works once, for 72 hours: the person chooses a password with it. Earlier links lose their use.",
		Warning: "Whoever has the link can be that person here. Hand it over in a way that only they can read.",
	}
	if !auth.MayChoosePassword(p, r.now()) {
		content.Provider = p.Connection.Name
		f.Lead = "Single sign-on applies to the person, so that a password would be of no use: the link leads to the provider. It works for 72 hours."
	}
	return r.ask(f, func(values) (string, error) {
		if err := r.mayTouch(p); err != nil {
			return "", err
		}
		err := r.write(func(tx *store.Tx) (err error) {
			content.Link, err = auth.Invite(tx, r.door.To(""), p, false)
			return err
		})
		if err != nil {
			return "", err
		}
		return "", r.ok(invitedTemplate, "The link for "+called(p), content)
	})
}
