package admin

import (
	"slices"

	"doorlist/store"
)

var reviewsTemplate = parsePage("reviews")

type reviewsContent struct {
	Path    string // of the organization
	Reviews []store.Review
}

// showReviews lists whom a change of the object id behind their record holds back.
func showReviews(r *request) error {
	list, err := r.reviews()
	if err != nil {
		return err
	}
	return r.ok(reviewsTemplate, "Held back for review", reviewsContent{r.orgPath(), list})
}

func (r *request) reviews() ([]store.Review, error) {
	return r.Store.Organization(r.org.ID).Reviews(r.Request().Context())
}

// review finds who the address is about.
func (r *request) review() (store.Review, error) {
	list, err := r.reviews()
	if err != nil {
		return store.Review{}, err
	}
	i := slices.IndexFunc(list, func(v store.Review) bool { return v.User.ID == r.Param("person") })
	if i < 0 {
		return store.Review{}, store.ErrNotFound
	}
	return list[i], nil
}

// objectIDs are what tells the person before from the one of today.
func objectIDs(v store.Review) []Value {
	return []Value{
		{Label: "User name", Value: v.User.UserName}, {Label: "Object ID before", Value: orElse(v.Before, "not on record")},
		{Label: "Object ID now", Value: orElse(v.User.ExternalID, "none")},
	}
}

// confirmSamePerson lets somebody in again whose account was made anew.
func confirmSamePerson(r *request) error {
	v, err := r.review()
	if err != nil {
		return err
	}
	f := form{
		Heading: v.User.UserName + " is the same person", Submit: "Let them in again", Back: r.orgPath("reviews"), Values: objectIDs(v),
		Lead:    "The account was made anew at the provider, for the same human being. Everything stays theirs: roles, groups, and what applications know of them.",
		Warning: "If it is somebody else, they get what the person before had. Ask whoever manages the accounts.",
	}
	return r.ask(f, func(values) (string, error) {
		return r.orgPath("reviews") + "?done=released", r.write(func(tx *store.Tx) error { return tx.Directory(v.Directory).ReleaseUser(v.User.ID) })
	})
}

// confirmNewPerson lets the one of today begin afresh, and deletes the person before.
func confirmNewPerson(r *request) error {
	v, err := r.review()
	if err != nil {
		return err
	}
	f := form{
		Heading: v.User.UserName + " is a new person", Submit: "Delete the person before", Back: r.orgPath("reviews"), Values: objectIDs(v),
		Lead:    "The one of today gets a new id and what the provider says of them, and nothing else: no groups, no roles, no password.",
		Warning: "The person before is deleted, for good. Then provision the person of today on demand at the provider, or restart provisioning, so that their groups arrive.",
	}
	return r.ask(f, func(values) (string, error) {
		return r.orgPath("reviews") + "?done=replaced", r.write(func(tx *store.Tx) error {
			_, err := tx.Directory(v.Directory).ReplaceUser(v.User.ID)
			return err
		})
	})
}
