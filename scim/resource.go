package scim

import (
	"fmt"

	"doorlist/store"
)

// newUser reads the body of a POST or PUT. previous is the document that a PUT replaces, nil for a POST. The password is
// left to p.
func newUser(rt *resourceType, body, previous map[string]any, p *passwordEdit) (store.UserRecord, error) {
	e := editor{rt: rt, doc: make(map[string]any), password: p}
	if err := e.merge(opReplace, withoutNulls(body)); err != nil {
		return store.UserRecord{}, err
	}
	if _, ok := e.doc[activeAttribute.name]; !ok {
		e.doc[activeAttribute.name] = activeByDefault(previous)
	}
	if err := e.replaces(previous); err != nil {
		return store.UserRecord{}, err
	}
	return userRecord(rt, e.doc)
}

// withoutNulls leaves out what a body says nothing of: a null in a POST or PUT is as good as no member, while in a PATCH
// it clears.
func withoutNulls(body map[string]any) map[string]any {
	said := make(map[string]any, len(body))
	for name, v := range body {
		if v != nil {
			said[name] = v
		}
	}
	return said
}

// activeByDefault is what a missing "active" means: true for a new user. A PUT without it keeps what was, because
// nobody may come back in by an omission.
func activeByDefault(previous map[string]any) bool {
	if previous == nil {
		return true
	}
	return previous[activeAttribute.name] == true
}

// userRecord checks a user as a whole and makes the record to store.
func userRecord(rt *resourceType, doc map[string]any) (store.UserRecord, error) {
	userName := text(doc, userNameAttribute)
	if userName == "" {
		return store.UserRecord{}, missing(userNameAttribute)
	}
	document, err := checkedDocument(rt, doc)
	if err != nil {
		return store.UserRecord{}, err
	}
	return store.UserRecord{
		UserName:    userName,
		ExternalID:  text(doc, externalIDAttribute),
		DisplayName: text(doc, displayNameAttribute),
		Active:      doc[activeAttribute.name] == true,
		Document:    document,
		Keys:        encodeKeys(rt, doc),
		Emails:      emails(doc),
		AppRoles:    appRoles(doc),
	}, nil
}

// newGroup reads the body of a POST or PUT; previous is as for newUser. The members are left to m.
func newGroup(rt *resourceType, body, previous map[string]any, m *memberEdit) (store.GroupRecord, error) {
	e := editor{rt: rt, doc: make(map[string]any), members: m}
	if err := e.merge(opReplace, withoutNulls(body)); err != nil {
		return store.GroupRecord{}, err
	}
	if !m.sent {
		m.removeAll() // a body replaces the members too (RFC 7644 section 3.5.1)
	}
	if err := e.replaces(previous); err != nil {
		return store.GroupRecord{}, err
	}
	return groupRecord(rt, e.doc)
}

// groupRecord checks a group as a whole and makes the record to store.
func groupRecord(rt *resourceType, doc map[string]any) (store.GroupRecord, error) {
	name := text(doc, groupNameAttribute)
	if name == "" {
		return store.GroupRecord{}, missing(groupNameAttribute)
	}
	document, err := checkedDocument(rt, doc)
	if err != nil {
		return store.GroupRecord{}, err
	}
	return store.GroupRecord{
		DisplayName: name,
		ExternalID:  text(doc, externalIDAttribute),
		Document:    document,
		Keys:        encodeKeys(rt, doc),
	}, nil
}

// checkedDocument encodes a resource and makes sure that it can be read again: PATCHes can let a resource grow beyond
// what a body may hold.
func checkedDocument(rt *resourceType, doc map[string]any) (string, error) {
	document := encodeDocument(rt, doc)
	if len(document) > maxDocument {
		return "", &limitError{fmt.Sprintf("The %s would be larger than %d bytes. Remove some values first.", rt.name, maxDocument)}
	}
	if len(freeExtensions(rt, doc)) == 0 {
		return document, nil
	}
	if _, err := decodeObject([]byte(document)); err != nil {
		return "", &limitError{"The " + rt.name + " would have too many extension attributes. Remove some first."}
	}
	return document, nil
}

func missing(a *attribute) error {
	return &valueError{a.label, "is required and missing or empty. Send a value."}
}

func text(doc map[string]any, a *attribute) string {
	s, _ := doc[a.name].(string)
	return s
}

func emails(doc map[string]any) []store.Email {
	var found []store.Email
	for element, value := range elements(doc, emailsAttribute) {
		kind, _ := element[typeKey].(string)
		found = append(found, store.Email{Value: value, Type: kind, Primary: isPrimary(element)})
	}
	return found
}

func appRoles(doc map[string]any) []string {
	var found []string
	for _, value := range elements(doc, rolesAttribute) {
		found = append(found, value)
	}
	return found
}

// elements goes through the elements of a list that have a value.
func elements(doc map[string]any, a *attribute) func(yield func(map[string]any, string) bool) {
	return func(yield func(map[string]any, string) bool) {
		list, _ := doc[a.name].([]any)
		for _, item := range list {
			element, _ := item.(map[string]any)
			value, _ := element[valueKey].(string)
			if value != "" && !yield(element, value) {
				return
			}
		}
	}
}
