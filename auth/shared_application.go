package auth

import "doorlist/store"

// SharedApplication is an application at Entra that several tenants consent to, so that their connections need none of their own. It is
// registered in one cloud, whose authority it names. The zero value is none.
type SharedApplication struct {
	ClientID, Secret string
	Authority        string // e.g. https://login.microsoftonline.com
}

// Serves says whether a connection signs people in through the application. The authority must be the application's own: the secret must
// not go to a host that somebody gave a connection by hand.
func (a SharedApplication) Serves(c store.Connection) bool {
	return a.ClientID != "" && c.Kind == store.EntraConnection && c.ClientID == a.ClientID && c.Authority == a.Authority
}

// sharedProof is how a connection without credentials of its own proves itself: as the application, where that serves it.
func (d *door) sharedProof(c store.Connection) proof {
	if !d.shared.Serves(c) {
		return proof{}
	}
	return proof{secret: d.shared.Secret}
}
