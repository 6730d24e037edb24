package store_test

import (
	"encoding/json"
	"strings"

	"doorlist/store"
)

// person is the record of an active person with a userName, and a document that agrees with it.
func person(userName, externalID string, emails ...string) store.UserRecord {
	r := store.UserRecord{UserName: userName, ExternalID: externalID, DisplayName: "Person " + userName, Active: true}
	for i, e := range emails {
		r.Emails = append(r.Emails, store.Email{Value: e, Type: "work", Primary: i == len(emails)-1})
	}
	return documented(r)
}

// documented writes the documents anew from the record's fields.
func documented(r store.UserRecord) store.UserRecord {
	doc := map[string]any{"userName": r.UserName, "displayName": r.DisplayName, "active": r.Active}
	keys := map[string]any{"username": store.Fold(r.UserName), "displayname": store.Fold(r.DisplayName), "active": r.Active}
	if r.ExternalID != "" {
		doc["externalId"], keys["externalid"] = r.ExternalID, r.ExternalID
	}
	if len(r.Emails) > 0 {
		doc["emails"], keys["emails"] = emailList(r.Emails, strings.Clone), emailList(r.Emails, store.Fold)
	}
	if len(r.AppRoles) > 0 {
		doc["roles"] = r.AppRoles
	}
	r.Document, r.Keys = asJSON(doc), asJSON(keys)
	return r
}

func emailList(emails []store.Email, spell func(string) string) []any {
	var list []any
	for _, e := range emails {
		list = append(list, map[string]any{"value": spell(e.Value), "type": spell(e.Type), "primary": e.Primary})
	}
	return list
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain maps and texts
	}
	return string(text)
}

func groupRecord(name, externalID string) store.GroupRecord {
	return store.GroupRecord{DisplayName: name, ExternalID: externalID, Document: asJSON(map[string]any{"displayName": name, "externalId": externalID}),
		Keys: asJSON(map[string]any{"displayname": store.Fold(name), "externalid": externalID})}
}

// edited is the record of a user after a change.
func edited(u store.User, edit func(r *store.UserRecord)) store.UserRecord {
	r := u.UserRecord
	edit(&r)
	return documented(r)
}
