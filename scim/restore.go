package scim

import (
	"context"

	"doorlist/store"
)

// Records makes the records to store from stored documents, by the rules of an organization: all that is searched follows from the
// document. Who undoes a change has the document of before, and nothing else.
type Records struct{ types *types }

// RecordsOf are the rules of an organization, with the schemas that it declares.
func RecordsOf(ctx context.Context, s *store.Store, organizationID string) (Records, error) {
	schemas, err := s.Organization(organizationID).Schemas(ctx)
	if err != nil {
		return Records{}, err
	}
	declared, err := builtIn.declare(schemas)
	return Records{declared}, err
}

// User makes the record of a user.
func (r Records) User(document string) (store.UserRecord, error) {
	doc, err := decodeDocument(r.types.user, document)
	if err != nil {
		return store.UserRecord{}, err
	}
	return userRecord(r.types.user, doc)
}

// Group makes the record of a group.
func (r Records) Group(document string) (store.GroupRecord, error) {
	doc, err := decodeDocument(r.types.group, document)
	if err != nil {
		return store.GroupRecord{}, err
	}
	return groupRecord(r.types.group, doc)
}
