package admin_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

var actionLabel = regexp.MustCompile(`<a class="button[^"]*" href="[^"]*">([^<]*)</a>`)

// offers are the labels of what a person's page offers to do, and each leads somewhere.
func (b *browser) offers(id string) string {
	b.w.t.Helper()
	_, rest, _ := strings.Cut(b.want(b.get(usersPath+"/"+id), http.StatusOK).body, `<div class="actions">`)
	block, _, _ := strings.Cut(rest, "</div>")
	var labels []string
	for _, found := range actionLabel.FindAllStringSubmatch(block, -1) {
		labels = append(labels, found[1])
	}
	return strings.Join(labels, ", ")
}

// A person's page offers what has an effect on that kind of person, and nothing else.
func TestUser_OffersWhatHasAnEffect(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p, staff := w.places["contoso"], w.addStaff()
		add := func(in store.DirectoryKey, name string, ways ...string) string {
			var u store.User
			w.write(func(tx *store.Tx) (err error) {
				d := tx.Directory(in)
				u, err = d.CreateUser(store.UserRecord{UserName: name, ExternalID: newGUID(name), Active: true, Document: "{}", Keys: "{}"})
				if err == nil && slices.Contains(ways, "password") {
					err = d.SetPassword(u.ID, "a hash", "")
				}
				if err == nil && slices.Contains(ways, "factor") {
					err = d.EnrollSecondFactor(u.ID, "a secret", 1, nil)
				}
				return err
			})
			return u.ID
		}
		entra, local := p.conn.Directory(), p.org.LocalDirectory
		people := []struct{ kind, id, offers string }{
			{"single sign-on", staff["alice"].ID, "Give a role, Single sign-on"},
			{"single sign-on, and a factor of another time", add(entra, "old@contoso.example", "factor"), "Give a role, Single sign-on"},
			{"both, while the connection is not armed", add(entra, "both@contoso.example", "password", "factor"), "Give a role, Single sign-on, Reset the second factor"},
			{"an exception without a password", staff["dave"].ID, "Give a role, Single sign-on, Invite to choose a password"},
			{"switched off", staff["bob"].ID, "Give a role, Single sign-on"},
			{"held back for review", p.waiting, "Decide who it is"},
			{"local, invited", add(local, "new@contoso.example"), "Give a role, Invite to choose a password"},
			{"local", add(local, "root@contoso.example", "password", "factor"), "Give a role, Make a link to a new password, Reset the second factor"},
			{"roles from the provider alone", add(p.spare.Directory(), "erin@contoso.example"), "Single sign-on"},
		}
		w.write(func(tx *store.Tx) error {
			_, err := tx.Organization(p.org.ID).UpdateConnection(entraRoles(p.spare))
			return err
		})
		owner, admin := w.contosoOwner(), w.signIn("contoso", "admin", w.clock.Now())
		for _, person := range people {
			if got := owner.offers(person.id); got != person.offers {
				t.Errorf("%s: %q is offered, want %q", person.kind, got, person.offers)
			}
		}
		if got := admin.offers(staff["alice"].ID); got != "Give a role" {
			t.Errorf("without the right to own, %q is offered", got)
		}
		owner.want(owner.get(usersPath+"/"+people[8].id), http.StatusOK, "Map one of the groups below, or put the person into a mapped group")
		w.write(func(tx *store.Tx) error { return tx.Organization(p.org.ID).SetSSOMode(store.SSOOff) })
		if got := owner.offers(staff["alice"].ID); got != "Give a role, Invite to choose a password" {
			t.Errorf("without single sign-on, %q is offered", got)
		}
	})
}
