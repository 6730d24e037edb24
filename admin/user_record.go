package admin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"doorlist/store"
)

// ownedValue is a field of a person, with who owns it: whoever may change it.
type ownedValue struct {
	Name, Value string
	Entries     []entry   // in the place of a value that has several, or sub-attributes
	Schema      string    // of an extension; "" for the core
	At          time.Time // in the place of a value
	Owner       string
}

// Who owns a field.
const (
	ownedByUs     = "Doorlist"
	ownedByAdmin  = "an administrator"
	ownedByPerson = "the person"
)

// firstFields stand above the others of a record.
var firstFields = []string{"userName", "displayName", "active", "externalId"}

// record lists what is known of a person, field by field: first the record as it was sent, then what Doorlist keeps beside it.
func record(p store.PersonRecord) []ownedValue {
	sent := map[string]any{}
	takeApart(sent, "", map[string]any(readTold(p.User.Document)))
	delete(sent, "schemas")
	names := slices.Collect(maps.Keys(sent))
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(a, b)) })
	owner := ownerOf(p)
	var list []ownedValue
	for _, name := range names {
		v := ownedValue{Name: name, Entries: entriesOf(sent[name]), Owner: owner}
		if v.Entries == nil {
			v.Value = brief(shown(sent[name]))
		}
		if i := strings.LastIndexByte(name, ':'); i >= 0 {
			v.Schema, v.Name = name[:i], name[i+1:]
		}
		list = append(list, v)
	}
	return append(list, kept(p)...)
}

func rankOf(name string) int {
	if i := slices.Index(firstFields, name); i >= 0 {
		return i
	}
	return len(firstFields)
}

// ownerOf is who owns the record itself.
func ownerOf(p store.PersonRecord) string {
	switch {
	case p.Connection.ID == "":
		return ownedByAdmin
	case p.User.Origin == store.FromSignIn:
		return p.Connection.Name + ", at the sign-in"
	}
	return p.Connection.Name
}

// kept is what Doorlist keeps beside the record.
func kept(p store.PersonRecord) []ownedValue {
	list := []ownedValue{
		{Name: "id", Value: p.User.ID, Owner: ownedByUs},
		{Name: "created", At: p.User.CreatedAt, Owner: ownedByUs},
		{Name: "last changed", At: p.User.ModifiedAt, Owner: ownedByUs},
	}
	if p.SignIn.Subject != "" {
		list = append(list, ownedValue{Name: "subject, remembered from the first sign-in", Value: p.SignIn.Subject, Owner: ownedByUs})
	}
	if p.WaysIn.HasPassword {
		list = append(list, ownedValue{Name: "password", Value: "set; only a hash is kept", Owner: ownedByPerson})
	}
	if p.WaysIn.Choice != "" {
		list = append(list, ownedValue{Name: "single sign-on", Value: p.WaysIn.Choice, Owner: ownedByAdmin})
	}
	for _, g := range p.Grants {
		if g.Source == store.LocalGrant {
			list = append(list, ownedValue{Name: "role given by hand", Value: g.Role.Name, Owner: ownedByAdmin})
		}
	}
	return list
}

// indented is a document for people to read.
func indented(document string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(document), "", "  ") != nil {
		return document
	}
	return b.String()
}
