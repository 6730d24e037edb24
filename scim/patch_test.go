package scim

import (
	"encoding/json"
	"errors"
	"testing"

	"doorlist/store"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/google/go-cmp/cmp"
)

// userFrom makes a record from a body, as a POST does.
func userFrom(t testing.TB, body string) store.UserRecord {
	t.Helper()
	record, err := newUser(userType, decoded(t, body), nil, nil)
	if err != nil {
		t.Fatalf("body %s: %v", body, err)
	}
	return record
}

func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	object, err := decodeObject([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return object
}

// patched applies operations to the user that a body makes.
func patched(t testing.TB, body, operations string) (store.UserRecord, error) {
	t.Helper()
	before := userFrom(t, body)
	list, err := parsePatch(decoded(t, `{"Operations":`+operations+`}`))
	if err != nil {
		return store.UserRecord{}, err
	}
	doc, err := decodeDocument(userType, before.Document)
	if err != nil {
		t.Fatal(err)
	}
	e := editor{rt: userType, doc: doc}
	if err := e.apply(list); err != nil {
		return store.UserRecord{}, err
	}
	return userRecord(userType, e.doc)
}

// content is a document without "schemas".
func content(t testing.TB, document string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(document), &object); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	delete(object, "schemas")
	return object
}

const enterprise = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`

func TestPatch_Users(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body, operations, want string // userName "u" and active true are added to body and want
	}{
		{"replace of a simple attribute", `"title":"a"`, `[{"op":"Replace","path":"title","value":"b"}]`, `"title":"b"`},
		{"names in any case", `"title":"a"`, `[{"op":"REPLACE","path":"TITLE","value":"b"}]`, `"title":"b"`},
		{"add fills an empty attribute", ``, `[{"op":"Add","path":"nickName","value":"n"}]`, `"nickName":"n"`},
		{"remove of a simple attribute", `"title":"a"`, `[{"op":"Remove","path":"title"}]`, ``},
		{"remove with another value still removes", `"title":"a"`, `[{"op":"Remove","path":"title","value":"b"}]`, ``},
		{"an empty string clears", `"title":"a"`, `[{"op":"replace","path":"title","value":""}]`, ``},
		{"null clears", `"title":"a"`, `[{"op":"replace","path":"title","value":null}]`, ``},
		{"remove of what is not there", ``, `[{"op":"remove","path":"title"}]`, ``},
		{"a path with the core URN", ``, `[{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:user:title","value":"b"}]`, `"title":"b"`},
		{"a common attribute with the core URN", ``, `[{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:externalId","value":"b"}]`, `"externalId":"b"`},

		{"a part of the name", `"name":{"givenName":"g"}`, `[{"op":"Replace","path":"name.familyName","value":"f"}]`, `"name":{"givenName":"g","familyName":"f"}`},
		{"the name as an object leaves other parts", `"name":{"givenName":"g"}`, `[{"op":"replace","path":"name","value":{"familyName":"f"}}]`, `"name":{"givenName":"g","familyName":"f"}`},
		{"null inside the name clears a part", `"name":{"givenName":"g","familyName":"f"}`, `[{"op":"replace","path":"name","value":{"familyName":null}}]`, `"name":{"givenName":"g"}`},
		{"the last part takes the name along", `"name":{"givenName":"g"}`, `[{"op":"remove","path":"name.givenName"}]`, ``},
		{"dotted keys", ``, `[{"op":"replace","value":{"name.givenName":"g","name.familyName":"f"}}]`, `"name":{"givenName":"g","familyName":"f"}`},
		{"whole before part", ``, `[{"op":"add","value":{"name.givenName":"new","name":{"givenName":"old","familyName":"f"}}}]`, `"name":{"givenName":"new","familyName":"f"}`},
		{"bracketed keys", ``, `[{"op":"replace","value":{"emails[type eq \"work\"].value":"x"}}]`, `"emails":[{"type":"work","value":"x"}]`},
		{"unknown keys are passed over", ``, `[{"op":"replace","value":{"shoeSize":42,"title":"b","name.shoeSize":1}}]`, `"title":"b"`},
		{"the server's own keys are passed over", ``, `[{"op":"replace","value":{"id":"x","meta":{"version":"1"},"groups":[],"schemas":[],"title":"b"}}]`, `"title":"b"`},

		{"replace of a missing element creates it", `"emails":[{"type":"home","value":"h"}]`, `[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"w"}]`,
			`"emails":[{"type":"home","value":"h"},{"type":"work","value":"w"}]`},
		{"replace of a present element leaves the others", `"emails":[{"type":"home","value":"h"},{"type":"work","value":"w"}]`, `[{"op":"Replace","path":"emails[type eq \"WORK\"].value","value":"x"}]`,
			`"emails":[{"type":"home","value":"h"},{"type":"work","value":"x"}]`},
		{"adds land in one element", ``, `[{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"l"},{"op":"Add","path":"addresses[type eq \"work\"].Formatted","value":"f"}]`,
			`"addresses":[{"type":"work","locality":"l","formatted":"f"}]`},
		{"an and of values describes an element", ``, `[{"op":"add","path":"emails[type eq \"work\" and primary eq true].value","value":"w"}]`, `"emails":[{"type":"work","primary":true,"value":"w"}]`},
		{"clearing the value takes the element along", `"emails":[{"type":"work","value":"w","primary":true}]`, `[{"op":"replace","path":"emails[type eq \"work\"].value","value":""}]`, ``},
		{"clearing a missing element does nothing", ``, `[{"op":"replace","path":"emails[type eq \"work\"].value","value":null}]`, ``},
		{"remove of a value in brackets", `"emails":[{"type":"work","value":"w","display":"d"},{"type":"home","value":"h"}]`, `[{"op":"Remove","path":"emails[type eq \"work\"].value","value":"old"}]`,
			`"emails":[{"type":"work","display":"d"},{"type":"home","value":"h"}]`},
		{"remove of an element", `"emails":[{"type":"work","value":"w"},{"type":"home","value":"h"}]`, `[{"op":"remove","path":"emails[type eq \"work\"]"}]`, `"emails":[{"type":"home","value":"h"}]`},
		{"remove of a missing element", `"emails":[{"type":"home","value":"h"}]`, `[{"op":"remove","path":"emails[type eq \"work\"]"}]`, `"emails":[{"type":"home","value":"h"}]`},
		{"replace of a whole element keeps what chose it", `"emails":[{"type":"work","value":"w","display":"d"}]`, `[{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"x"}}]`, `"emails":[{"type":"work","value":"x"}]`},
		{"add to a whole element", `"emails":[{"type":"work","value":"w","display":"d"}]`, `[{"op":"add","path":"emails[type eq \"work\"]","value":{"value":"x"}}]`, `"emails":[{"type":"work","value":"x","display":"d"}]`},
		{"a part of every element", `"emails":[{"value":"a"},{"value":"b"}]`, `[{"op":"replace","path":"emails.type","value":"other"}]`, `"emails":[{"value":"a","type":"other"},{"value":"b","type":"other"}]`},
		{"a part of an attribute without elements", ``, `[{"op":"add","path":"emails.value","value":"a"}]`, `"emails":[{"value":"a"}]`},
		{"remove of a part of every element", `"emails":[{"value":"a","type":"work"}]`, `[{"op":"remove","path":"emails.value"}]`, ``},

		{"add appends", `"emails":[{"value":"a"}]`, `[{"op":"add","path":"emails","value":[{"value":"b"}]}]`, `"emails":[{"value":"a"},{"value":"b"}]`},
		{"add of one object appends", `"emails":[{"value":"a"}]`, `[{"op":"add","path":"emails","value":{"value":"b"}}]`, `"emails":[{"value":"a"},{"value":"b"}]`},
		{"add of a present value completes it", `"emails":[{"value":"a","type":"work"}]`, `[{"op":"add","path":"emails","value":[{"value":"A","type":"Work","display":"d"}]}]`, `"emails":[{"value":"a","type":"work","display":"d"}]`},
		{"add of a value with another type", `"emails":[{"value":"a"}]`, `[{"op":"add","path":"emails","value":[{"value":"a","type":"work"},{"value":"a","type":"home"}]}]`,
			`"emails":[{"value":"a"},{"value":"a","type":"work"},{"value":"a","type":"home"}]`},
		{"add of a value without its type", ``, `[{"op":"add","path":"phoneNumbers","value":[{"value":"1","type":"work"},{"value":"1"}]}]`, `"phoneNumbers":[{"value":"1","type":"work"},{"value":"1"}]`},
		{"a value twice in a body", `"emails":[{"value":"a","type":"work"},{"value":"A","type":"Work","primary":true},{"value":"a"}]`, `[]`, `"emails":[{"value":"a","type":"work","primary":true},{"value":"a"}]`},
		{"a picture is compared exactly", `"photos":[{"value":"a"},{"value":"A"}]`, `[{"op":"add","path":"photos","value":[{"value":"a"}]}]`, `"photos":[{"value":"a"},{"value":"A"}]`},
		{"replace of a list", `"emails":[{"value":"a"}]`, `[{"op":"replace","path":"emails","value":[{"value":"b"}]}]`, `"emails":[{"value":"b"}]`},
		{"replace by an empty list", `"emails":[{"value":"a"}]`, `[{"op":"replace","path":"emails","value":[]}]`, ``},
		{"remove of a list", `"emails":[{"value":"a"}]`, `[{"op":"remove","path":"emails"}]`, ``},
		{"remove of listed elements", `"emails":[{"value":"a"},{"value":"b"},{"value":"c"}]`, `[{"op":"remove","path":"emails","value":[{"value":"A"},"c"]}]`, `"emails":[{"value":"b"}]`},
		{"remove of a listed value of one type", `"emails":[{"value":"a"},{"value":"a","type":"work"}]`, `[{"op":"remove","path":"emails","value":[{"value":"a","type":"work"}]}]`, `"emails":[{"value":"a"}]`},
		{"remove of a listed value by another display", `"emails":[{"value":"a","type":"work","primary":true}]`, `[{"op":"remove","path":"emails","value":[{"value":"a","display":"z","primary":false}]}]`, ``},
		{"remove of what is displayed", `"emails":[{"value":"a","display":"d"},{"value":"b"}]`, `[{"op":"remove","path":"emails","value":[{"display":"d"}]}]`, `"emails":[{"value":"b"}]`},
		{"remove of no elements removes none", `"emails":[{"value":"a"}]`, `[{"op":"remove","path":"emails","value":[]}]`, `"emails":[{"value":"a"}]`},
		{"remove of a listed address", `"addresses":[{"locality":"a"},{"locality":"b"}]`, `[{"op":"remove","path":"addresses","value":[{"locality":"a"}]}]`, `"addresses":[{"locality":"b"}]`},
		{"the primary that was set last wins", `"emails":[{"type":"home","value":"h"},{"type":"work","value":"w","primary":true}]`, `[{"op":"add","path":"emails[type eq \"home\"].primary","value":"True"}]`,
			`"emails":[{"type":"home","value":"h","primary":true},{"type":"work","value":"w","primary":false}]`},

		{"disable", ``, `[{"op":"Replace","path":"active","value":"False"}]`, `"active":false`},
		{"remove of active disables", ``, `[{"op":"remove","path":"active"}]`, `"active":false`},
		{"no active disables", ``, `[{"op":"replace","value":{"active":null}}]`, `"active":false`},
		{"disable without a path", ``, `[{"op":"replace","value":{"active":false}}]`, `"active":false`},
		{"disable without a path by text", ``, `[{"op":"replace","value":{"Active":"fAlse"}}]`, `"active":false`},

		{"manager as text", ``, `[{"op":"Add","path":` + enterprise + `:manager","value":"m"}]`, enterprise + `":{"manager":{"value":"m"}}`},
		{"manager by its bare name, a list of one", ``, `[{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/m","value":"m"}]}]`, enterprise + `":{"manager":{"value":"m"}}`},
		{"a new manager takes the old one's place", enterprise + `":{"manager":{"value":"m"}}`, `[{"op":"replace","path":` + enterprise + `:manager.value","value":"n"}]`, enterprise + `":{"manager":{"value":"n"}}`},
		{"an empty manager clears", enterprise + `":{"manager":{"value":"m"}}`, `[{"op":"replace","path":` + enterprise + `:manager","value":""}]`, ``},
		{"no manager clears", enterprise + `":{"manager":{"value":"m"}}`, `[{"op":"Replace","path":` + enterprise + `:manager","value":null}]`, ``},
		{"remove of the manager with a value", enterprise + `":{"manager":{"value":"m"},"department":"d"}`, `[{"op":"Remove","path":` + enterprise + `:manager","value":"m"}]`, enterprise + `":{"department":"d"}`},
		{"an extension as an object", enterprise + `":{"costCenter":"c"}`, `[{"op":"add","value":{` + enterprise + `":{"Department":"d","unknown":1}}}]`, enterprise + `":{"costCenter":"c","department":"d"}`},
		{"an extension as a path", ``, `[{"op":"add","path":` + enterprise + `","value":{"department":"d"}}]`, enterprise + `":{"department":"d"}`},
		{"remove of an extension", enterprise + `":{"costCenter":"c"}`, `[{"op":"remove","path":` + enterprise + `"}]`, ``},
		{"the dot form of an extension", ``, `[{"op":"replace","path":` + enterprise + `.department","value":"d"}]`, enterprise + `":{"department":"d"}`},

		{"an object behind the dot form", ``, `[{"op":"replace","path":` + enterprise + `.manager","value":{"value":"m"}}]`, enterprise + `":{"manager":{"value":"m"}}`},
		{"the dot form as a key", ``, `[{"op":"replace","value":{` + enterprise + `.manager":{"value":"m"},` + enterprise + `.department":"d","urn:ietf:params:scim:schemas:core:2.0:User.name":{"givenName":"g"}}}]`,
			enterprise + `":{"manager":{"value":"m"},"department":"d"},"name":{"givenName":"g"}`},
		{"the dot form in a body", enterprise + `.manager":{"value":"m"}`, `[]`, enterprise + `":{"manager":{"value":"m"}}`},
		{"an extension whose name continues a known one", ``, `[{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:Users","value":{"a":"b"}}]`, `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:Users":{"a":"b"}`},
		{"an extension without definition", `"urn:x:Acme:2.0:User":{"tag":1.50}`, `[{"op":"Replace","path":"urn:x:acme:2.0:User:Tag","value":"b"},{"op":"Add","path":"urn:x:Acme:2.0:User:on","value":true}]`,
			`"urn:x:Acme:2.0:User":{"tag":"b","on":true}`},
		{"remove of the last free attribute", `"urn:x:Acme:2.0:User":{"tag":"a"}`, `[{"op":"remove","path":"urn:x:Acme:2.0:User:tag"}]`, ``},
		{"remove of a whole free extension", `"urn:x:Acme:2.0:User":{"tag":"a"}`, `[{"op":"remove","path":"urn:x:acme:2.0:User"}]`, ``},

		{"roles as JSON in a string", ``, `[{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"The admin\"}"}]}]`, `"roles":[{"value":"Admin","display":"The admin"}]`},
		{"a misspelt attribute beside a known one", ``, `[{"op":"replace","value":{"acitve":false,"title":"t"}}]`, `"title":"t"`},
		{"an object for an attribute of an extension that is there", `"urn:x:Acme:2.0:User":{"tag":"a"}`, `[{"op":"add","path":"urn:x:Acme:2.0:User:tag","value":{"value":"w"}}]`, `"urn:x:Acme:2.0:User":{"tag":{"value":"w"}}`},
		{"a whole element that is not there yet", ``, `[{"op":"replace","path":"emails[type eq \"work\"]","value":"w"}]`, `"emails":[{"value":"w","type":"work"}]`},
		{"roles as JSON in a string at a value path", ``, `[{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"The admin\"}"}]`,
			`"roles":[{"value":"Admin","display":"The admin","primary":true}]`},
		{"a role added again", `"roles":[{"value":"Admin","type":"WindowsAzureActiveDirectoryRole","primary":false,"displayName":"Admin"}]`, `[{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]}]`,
			`"roles":[{"value":"Admin","display":"Admin","type":"WindowsAzureActiveDirectoryRole","primary":false}]`},
		{"a role by the quoted boolean", ``, `[{"op":"replace","path":"roles[primary eq \"True\"].type","value":"t"},{"op":"replace","path":"roles[primary eq \"True\"].value","value":"v"}]`, `"roles":[{"value":"v","type":"t","primary":true}]`},
		{"no operations", `"title":"a"`, `[]`, `"title":"a"`},
		{"text without a format", `"emails":[{"type":"work","value":"w"}]`, `[{"op":"replace","value":{"userName":"upd-1a2b3c4d","emails[type eq \"work\"].value":"upd-1","phoneNumbers[type eq \"fax\"].value":"<b>&"}}]`,
			`"userName":"upd-1a2b3c4d","emails":[{"type":"work","value":"upd-1"}],"phoneNumbers":[{"type":"fax","value":"<b>&"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := patched(t, with(`"userName":"u"`, test.body), test.operations)
			if err != nil {
				t.Fatal(err)
			}
			want := content(t, `{"userName":"u","active":true}`)
			for name, v := range content(t, with(``, test.want)) {
				want[name] = v
			}
			if diff := cmp.Diff(want, content(t, got.Document)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// with makes an object of two lists of members, either of which may be empty.
func with(a, b string) string {
	if a != "" && b != "" {
		a += ","
	}
	return "{" + a + b + "}"
}

func TestPatch_Refuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, operations string
		want             scimerrors.ScimType
	}{
		{"an unknown attribute in a path", `[{"op":"replace","path":"shoeSize","value":1}]`, scimerrors.ScimTypeInvalidPath},
		{"an unknown part", `[{"op":"replace","path":"name.shoeSize","value":1}]`, scimerrors.ScimTypeInvalidPath},
		{"an unknown attribute of a known extension", `[{"op":"replace","path":` + enterprise + `:shoeSize","value":1}]`, scimerrors.ScimTypeInvalidPath},
		{"a part of a simple attribute", `[{"op":"replace","path":"title.value","value":"x"}]`, scimerrors.ScimTypeInvalidPath},
		{"a malformed path", `[{"op":"replace","path":"emails[type eq","value":"x"}]`, scimerrors.ScimTypeInvalidPath},
		{"a path that is a program", `[{"op":"replace","path":"${7*7}","value":"x"}]`, scimerrors.ScimTypeInvalidPath},
		{"a value of misspelt attributes alone", `[{"op":"replace","value":{"acitve":false}}]`, scimerrors.ScimTypeInvalidPath},
		{"a key that is a program", `[{"op":"replace","value":{"{{7*7}}":"x"}}]`, scimerrors.ScimTypeInvalidSyntax},
		{"a core attribute in disguise", `[{"op":"replace","path":"userName:x","value":"y"}]`, scimerrors.ScimTypeInvalidPath},
		{"a filter on an attribute with one value", `[{"op":"replace","path":"name[givenName eq \"x\"].familyName","value":"x"}]`, scimerrors.ScimTypeInvalidPath},
		{"a filter on an attribute without definition", `[{"op":"replace","path":"urn:x:Acme:2.0:User:list[value eq \"x\"]","value":"x"}]`, scimerrors.ScimTypeInvalidPath},
		{"a sub-attribute before brackets", `[{"op":"remove","path":"emails.value[value eq \"a\"]"}]`, scimerrors.ScimTypeInvalidPath},
		{"a path that is no text", `[{"op":"replace","path":7,"value":"x"}]`, scimerrors.ScimTypeInvalidPath},
		{"a filter that describes no element", `[{"op":"replace","path":"emails[type ne \"work\"].value","value":"x"}]`, scimerrors.ScimTypeNoTarget},
		{"remove without a path", `[{"op":"remove"}]`, scimerrors.ScimTypeNoTarget},
		{"remove of the user name", `[{"op":"remove","path":"userName"}]`, scimerrors.ScimTypeMutability},
		{"remove of the core schema", `[{"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:User"}]`, scimerrors.ScimTypeMutability},
		{"a write of the id", `[{"op":"replace","path":"id","value":"x"}]`, scimerrors.ScimTypeMutability},
		{"a write of the meta data", `[{"op":"replace","path":"meta.created","value":"x"}]`, scimerrors.ScimTypeMutability},
		{"a write of the groups", `[{"op":"add","path":"groups","value":[{"value":"admins"}]}]`, scimerrors.ScimTypeMutability},
		{"an empty user name", `[{"op":"replace","path":"userName","value":""}]`, scimerrors.ScimTypeInvalidValue},
		{"no user name", `[{"op":"replace","value":{"userName":null}}]`, scimerrors.ScimTypeInvalidValue},
		{"an empty active", `[{"op":"replace","path":"active","value":""}]`, scimerrors.ScimTypeInvalidValue},
		{"active that is neither", `[{"op":"replace","path":"active","value":"perhaps"}]`, scimerrors.ScimTypeInvalidValue},
		{"a number for a text", `[{"op":"replace","path":"title","value":7}]`, scimerrors.ScimTypeInvalidValue},
		{"a text for a list", `[{"op":"replace","path":"emails","value":"x"}]`, scimerrors.ScimTypeInvalidValue},
		{"a text for an object", `[{"op":"replace","path":"name","value":"x"}]`, scimerrors.ScimTypeInvalidValue},
		{"no value", `[{"op":"replace","path":"title"}]`, scimerrors.ScimTypeInvalidValue},
		{"a value that is no object, without a path", `[{"op":"replace","value":"x"}]`, scimerrors.ScimTypeInvalidValue},
		{"an unknown operation", `[{"op":"move","path":"title","value":"x"}]`, scimerrors.ScimTypeInvalidSyntax},
		{"an operation that is no object", `["replace"]`, scimerrors.ScimTypeInvalidSyntax},
		{"operations that are no list", `{"op":"replace"}`, scimerrors.ScimTypeInvalidSyntax},
		{"a later operation that fails", `[{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"shoeSize","value":"x"}]`, scimerrors.ScimTypeInvalidPath},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := patched(t, `{"userName":"u"}`, test.operations)
			if err == nil {
				t.Fatal("accepted")
			}
			answer := failure(err, "r")
			if answer.Status != 400 || answer.ScimType != test.want {
				t.Errorf("answer %d %q (%s), want 400 %q", answer.Status, answer.ScimType, answer.Detail, test.want)
			}
		})
	}
}

func TestPatch_ErrorNamesTheOperation(t *testing.T) {
	t.Parallel()
	_, err := patched(t, `{"userName":"u"}`, `[{"op":"add","path":"title","value":"x"},{"op":"add","path":"emails[type eq \"work\"].primary","value":"x"}]`)
	var value *valueError
	if !errors.As(err, &value) || value.attribute != "emails.primary" {
		t.Fatalf("error %v, want one about emails.primary", err)
	}
	if got, want := err.Error(), `Operations[1]: "emails.primary" has the wrong type. Send true or false.`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
