package admin

import (
	"fmt"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

// namedPeople is how many people a page names.
const namedPeople = 50

// changeMode shows what another mode would mean for people's ways in, and sets it.
func (r *request) changeMode(choice string) error {
	ctx, scope, page := r.Request().Context(), r.Store.Organization(r.org.ID), settingPages[0]
	mode := store.SSOMode(choice)
	if choice == inherited {
		above, err := scope.Inherited(ctx)
		if err != nil {
			return err
		}
		mode = above.SSOMode
	} else if !slices.ContainsFunc(page.options, func(o option) bool { return o.Value == choice }) {
		return store.ErrNotFound
	}
	heirs, err := scope.Heirs(ctx, store.SSOModeSetting)
	if err != nil {
		return err
	}
	covered := append([]store.Organization{r.org}, heirs...)
	preview, err := r.previewMode(covered, mode)
	if err != nil {
		return err
	}
	f := describeMode(preview)
	f.Heading, f.Submit, f.Back = page.Label+": "+lower(page.words(page.options, string(mode))), "Set it", r.orgPath("settings", string(page.Setting))
	if len(heirs) > 0 {
		f.Lists = append(f.Lists, namedList{Title: "The organizations below that follow", Items: organizationNames(heirs)})
	}
	f.Fields = []field{{Name: "end-sessions", Label: "End the sessions that these people began with a password", Type: "flag"}}
	return r.ask(f, func(v values) (string, error) {
		return r.orgPath("settings") + "?done=saved", r.write(func(tx *store.Tx) error {
			if err := r.applySetting(tx.Organization(r.org.ID), page.Setting, values{"value": choice}); err != nil || v["end-sessions"] != flagOn {
				return err
			}
			for _, o := range covered {
				if err := tx.Organization(o.ID).EndPasswordSessions(); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// previewMode tells what a mode would mean for the people of the organizations.
func (r *request) previewMode(covered []store.Organization, mode store.SSOMode) (auth.Preview, error) {
	var people []store.SyncedPerson
	for _, o := range covered {
		list, err := r.Store.Organization(o.ID).SyncedPeople(r.Request().Context())
		if err != nil {
			return auth.Preview{}, err
		}
		people = append(people, list...)
	}
	return auth.PreviewSSO(people, r.now(), mode, func(person store.SyncedPerson) store.WaysIn {
		person.WaysIn.Mode = mode
		return person.WaysIn
	}), nil
}

// describeMode puts a preview into a form.
func describeMode(p auth.Preview) form {
	later := "a password"
	if p.NewToSSO {
		later = "the provider"
	}
	f := form{Lead: fmt.Sprintf("Of the people whom a provider has sent, %d would sign in through it, and %d with a password. Those who are sent later use %s.", p.SSO, p.Password, later)}
	if n := len(p.NoWayIn); n > 0 {
		f.Warning = capital(counted(n, "person would have no way in.", "people would have no way in.")) + " They need an invitation to choose a password, as from: doorlist user invite WHO"
	}
	stranded := map[string]bool{}
	for _, person := range p.NoWayIn {
		stranded[person.User.ID] = true
	}
	withWayIn := slices.DeleteFunc(slices.Clone(p.ToPassword), func(person store.SyncedPerson) bool { return stranded[person.User.ID] })
	for _, list := range []struct {
		title  string
		people []store.SyncedPerson
	}{{"Who would have no way in", p.NoWayIn}, {"Who changes to the provider", p.ToSSO}, {"Who changes to the password that they have", withWayIn}} {
		if len(list.people) == 0 {
			continue
		}
		named := namedList{Title: fmt.Sprintf("%s (%d)", list.title, len(list.people)), More: max(0, len(list.people)-namedPeople)}
		for _, person := range list.people[:len(list.people)-named.More] {
			named.Items = append(named.Items, person.User.UserName)
		}
		f.Lists = append(f.Lists, named)
	}
	return f
}
