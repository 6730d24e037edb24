package scim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzPatch applies any operations to a user: nothing panics, a user keeps a userName, the result sent back as a body is
// the same resource, and every refusal is one that the client reads as its own fault.
func FuzzPatch(f *testing.F) {
	for _, operations := range []string{
		`[{"op":"Replace","path":"active","value":"False"}]`,
		`[{"op":"replace","value":{"name.givenName":"g","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":"m"}}]`,
		`[{"op":"Add","path":"emails[type eq \"home\" and primary eq \"True\"].value","value":"h"},{"op":"remove","path":"emails[value co \"w\"]"}]`,
		`[{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]}]`,
		`[{"op":"remove","path":"emails","value":[{"value":"w"}]},{"op":"add","path":"urn:x:Acme:2.0:User:a.b","value":{"c":[1,{}]}}]`,
		`[{"op":"add","value":{"urn:x:y":{"a":{"b":null}},"addresses":[{"primary":true},{"primary":true}],"userName":""}}]`,
		`[{"op":"replace","path":"urn:x:Acme:2.0:User:tag.x","value":1},{"op":"replace","path":"urn:x:Acme:2.0:User","value":{"tag":"x"}}]`,
	} {
		f.Add(operations)
	}
	f.Fuzz(func(t *testing.T, operations string) {
		body, err := decodeObject([]byte(`{"Operations":` + operations + `}`))
		if err != nil {
			return
		}
		list, err := parsePatch(body)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		doc, err := decodeDocument(userType, userFrom(t, fullUser).Document)
		if err != nil {
			t.Fatal(err)
		}
		e := editor{rt: userType, doc: doc}
		if err := e.apply(list); err != nil {
			checkRefusal(t, err)
			return
		}
		got, err := userRecord(userType, e.doc)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if got.UserName == "" {
			t.Errorf("no userName: %s", got.Document)
		}
		if diff := cmp.Diff(got, userFrom(t, got.Document)); diff != "" {
			t.Errorf("sent back it is another resource (-got +back):\n%s", diff)
		}
	})
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	if status, _, known := classify(err); !known || status >= 500 {
		t.Errorf("status %d for %v", status, err)
	}
}

// FuzzTolerate makes sure that mending a value that was mended already changes nothing.
func FuzzTolerate(f *testing.F) {
	f.Add(`{"v":[{"value":"{\"value\":\"{\\\"value\\\":\\\"x\\\"}\"}"}]}`)
	f.Add(`{"v":{"value":"{\"value\":\"{\\\"value\\\":\\\"x\\\"}\"}","display":"{\"value\":1}"}}`)
	f.Add(`{"v":"True"}`)
	f.Add(`{"v":{"displayName":"d","display":"e","DISPLAYNAME2":1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		body, err := decodeObject([]byte(text))
		if err != nil {
			return
		}
		for _, a := range []*attribute{activeAttribute, managerAttribute, rolesAttribute, membersAttribute} {
			once := tolerate(a, body["v"])
			if diff := cmp.Diff(once, tolerate(a, once)); diff != "" {
				t.Errorf("%s (-once +twice):\n%s", a.name, diff)
			}
		}
	})
}
