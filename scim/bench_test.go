package scim

import "testing"

func BenchmarkNewUser(b *testing.B) {
	body := decoded(b, fullUser)
	for b.Loop() {
		if _, err := newUser(userType, body, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPatchUser decodes a stored user, disables it as Entra does, and encodes it again.
func BenchmarkPatchUser(b *testing.B) {
	document := userFrom(b, fullUser).Document
	body := decoded(b, `{"Operations":[{"op":"Replace","path":"active","value":"False"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"}]}`)
	for b.Loop() {
		doc, err := decodeDocument(userType, document)
		if err != nil {
			b.Fatal(err)
		}
		operations, err := parsePatch(body)
		if err != nil {
			b.Fatal(err)
		}
		e := editor{rt: userType, doc: doc}
		if err := e.apply(operations); err != nil {
			b.Fatal(err)
		}
		if _, err := userRecord(userType, e.doc); err != nil {
			b.Fatal(err)
		}
	}
}
