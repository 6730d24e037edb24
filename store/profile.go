package store

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Profile is what Doorlist itself knows of a person whom no provider has sent: a local owner, or somebody whom a sign-in
// makes. Empty texts are left out of the record.
type Profile struct {
	UserName, ExternalID, DisplayName string
	GivenName, FamilyName             string
	Email                             string
	AppRoles                          []string
}

// schemaOfUsers is the core schema of RFC 7643 section 4.1, which every answer names.
const schemaOfUsers = "urn:ietf:params:scim:schemas:core:2.0:User"

// profileDocument is a profile in answer form. A test of package scim demands that it is written, byte for byte, as a
// pushed user with the same attributes would be.
type profileDocument struct {
	Schemas    []string `json:"schemas"`
	ExternalID string   `json:"externalId,omitempty"`
	UserName   string   `json:"userName"`
	Name       struct {
		FamilyName string `json:"familyName,omitempty"`
		GivenName  string `json:"givenName,omitempty"`
	} `json:"name,omitzero"`
	DisplayName string         `json:"displayName,omitempty"`
	Active      bool           `json:"active"`
	Emails      []profileEmail `json:"emails,omitempty"`
	Roles       []profileRole  `json:"roles,omitempty"`
}

// profileKeys is profileDocument under the names of the comparison document.
type profileKeys struct {
	Schemas    []string `json:"schemas"`
	ExternalID string   `json:"externalid,omitempty"`
	UserName   string   `json:"username"`
	Name       struct {
		FamilyName string `json:"familyname,omitempty"`
		GivenName  string `json:"givenname,omitempty"`
	} `json:"name,omitzero"`
	DisplayName string         `json:"displayname,omitempty"`
	Active      bool           `json:"active"`
	Emails      []profileEmail `json:"emails,omitempty"`
	Roles       []profileRole  `json:"roles,omitempty"`
}

type profileEmail struct {
	Value   string `json:"value"`
	Type    string `json:"type"`
	Primary bool   `json:"primary"`
}

type profileRole struct {
	Value string `json:"value"`
}

// Record is the record of an active user with the profile.
func (p Profile) Record() UserRecord {
	p.AppRoles = distinct(p.AppRoles)
	r := UserRecord{UserName: p.UserName, ExternalID: p.ExternalID, DisplayName: p.DisplayName, Active: true, AppRoles: p.AppRoles}
	if p.Email != "" {
		r.Emails = []Email{{Value: p.Email, Type: "work", Primary: true}}
	}
	as := func(s string) string { return s }
	r.Document = marshal(p.document(as))
	r.Keys = marshal(profileKeys(p.document(Fold)))
	return r
}

// document writes every text but the external id, which is compared as it is, in the form that text gives it.
func (p Profile) document(text func(string) string) profileDocument {
	d := profileDocument{
		Schemas: []string{schemaOfUsers}, ExternalID: p.ExternalID, UserName: text(p.UserName), DisplayName: text(p.DisplayName), Active: true,
	}
	d.Name.FamilyName, d.Name.GivenName = text(p.FamilyName), text(p.GivenName)
	if p.Email != "" {
		d.Emails = []profileEmail{{Value: text(p.Email), Type: "work", Primary: true}}
	}
	for _, role := range p.AppRoles {
		d.Roles = append(d.Roles, profileRole{text(role)})
	}
	return d
}

// marshal writes a document as it is kept: without HTML escapes.
func marshal(document any) string {
	text, err := json.Marshal(document)
	if err != nil {
		return "" // only texts that are not UTF-8 fail, and the statement refuses those
	}
	return string(text)
}

// distinct drops empty values and those that equal an earlier one under Fold.
func distinct(values []string) []string {
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		key := Fold(strings.TrimSpace(v))
		again := seen[key]
		seen[key] = true
		return again
	})
}
